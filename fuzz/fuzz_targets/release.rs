//! Fuzzes `coracle_fuzz::release`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::release(bytes));
