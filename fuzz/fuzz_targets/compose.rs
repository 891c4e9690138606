//! Fuzzes `coracle_fuzz::compose`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::compose(bytes));
