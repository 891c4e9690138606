//! Fuzzes `coracle_fuzz::dockerfile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::dockerfile(bytes));
