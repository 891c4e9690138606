//! Fuzzes `coracle_fuzz::packages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::packages(bytes));
