//! Fuzzes `coracle_fuzz::cargo_manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| coracle_fuzz::cargo_manifest(bytes));
