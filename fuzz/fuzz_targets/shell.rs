//! Fuzzes `coracle_fuzz::shell`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::shell(bytes));
