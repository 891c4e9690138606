//! Fuzzes `coracle_fuzz::bake`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::bake(bytes));
