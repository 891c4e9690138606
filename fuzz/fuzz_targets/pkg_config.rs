//! Fuzzes `coracle_fuzz::pkg_config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::pkg_config(bytes));
