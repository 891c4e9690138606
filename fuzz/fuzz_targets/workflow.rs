//! Fuzzes `coracle_fuzz::workflow`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::workflow(bytes));
