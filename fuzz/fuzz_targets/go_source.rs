//! Fuzzes `coracle_fuzz::go_source`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::go_source(bytes));
