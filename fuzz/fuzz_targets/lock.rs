//! Fuzzes `coracle_fuzz::lock`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::lock(bytes));
