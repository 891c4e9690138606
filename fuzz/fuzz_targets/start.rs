//! Fuzzes `coracle_fuzz::start`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::start(bytes));
