//! Fuzzes `coracle_fuzz::document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::document(bytes));
