//! Fuzzes `coracle_fuzz::loader_cache`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::loader_cache(bytes));
