//! Tests of digests and of the verifying streams.

use std::io::{Read, Write};

use proptest::prelude::*;

use super::*;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn check(input: &str, expected: &str) {
    assert_eq!(input.parse::<Digest>().unwrap_err().to_string(), expected);
}

#[test]
fn the_digest_of_nothing_is_the_well_known_one() {
    assert_eq!(Digest::of(b"").to_string(), EMPTY);
    assert_eq!(EMPTY.parse::<Digest>().unwrap(), Digest::of(b""));
}

#[test]
fn errors_name_the_part_that_is_wrong() {
    check(
        "nginx",
        "expected a digest of the form sha256:<64 hex digits>, got `nginx`",
    );
    check(
        "sha512:00",
        "expected a digest made with sha256, got one made with `sha512`",
    );
    check("sha256:00", "expected 64 hex digits after `sha256:`, got 2");
    check(
        &EMPTY.to_uppercase().replace("SHA", "sha"),
        "expected lower-case hex digits after `sha256:`, got `E` as digit 1",
    );
    check(
        &format!("{EMPTY}0"),
        "expected 64 hex digits after `sha256:`, got 65",
    );
    check(
        &EMPTY.replace("b855", "é855"),
        "expected lower-case hex digits after `sha256:`, got `\\u{e9}` as digit 61",
    );
}

#[test]
fn hashing_streams_pass_bytes_on_and_count_them() {
    let mut reader = HashingReader::new(&b"hello"[..]);
    let mut writer = HashingWriter::new(Vec::new());
    std::io::copy(&mut reader, &mut writer).unwrap();
    let (_, read, read_length) = reader.finish();
    let (bytes, written, written_length) = writer.finish();
    assert_eq!((read, read_length), (Digest::of(b"hello"), 5));
    assert_eq!((written, written_length), (Digest::of(b"hello"), 5));
    assert_eq!(bytes, b"hello");
}

/// Reads one byte at a time and says what arrived and how it ended.
fn drain(mut reader: impl Read) -> (Vec<u8>, Result<(), String>) {
    let mut seen = Vec::new();
    loop {
        let mut byte = [0];
        match reader.read(&mut byte) {
            Ok(0) => return (seen, Ok(())),
            Ok(_) => seen.extend(byte),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
                let again = reader.read(&mut byte).unwrap_err();
                assert_eq!(again.to_string(), error.to_string());
                return (seen, Err(error.to_string()));
            }
        }
    }
}

#[test]
fn the_last_byte_of_a_wrong_content_is_never_returned() {
    let expected = Digest::of(b"hello");
    let (seen, end) = drain(VerifyingReader::new(&b"hellp"[..], expected, 5));
    assert_eq!(seen, b"hell");
    assert_eq!(
        end.unwrap_err(),
        format!(
            "expected {expected} over 5 bytes, got {} over 5 bytes",
            Digest::of(b"hellp")
        )
    );
}

#[test]
fn longer_and_shorter_contents_are_refused() {
    let expected = Digest::of(b"hello");
    let (seen, end) = drain(VerifyingReader::new(&b"hello!"[..], expected, 5));
    assert_eq!(seen, b"hell");
    assert_eq!(
        end.unwrap_err(),
        format!("expected {expected} over 5 bytes, got more than 5 bytes")
    );
    let (_, end) = drain(VerifyingReader::new(&b"hell"[..], expected, 5));
    assert!(end.unwrap_err().ends_with("over 4 bytes"));
    let (_, end) = drain(VerifyingReader::new(&b"x"[..], Digest::of(b""), 0));
    assert!(end.unwrap_err().ends_with("more than 0 bytes"));
    assert_eq!(
        drain(VerifyingReader::new(&b""[..], Digest::of(b""), 0)),
        (vec![], Ok(()))
    );
}

#[test]
fn without_a_length_a_wrong_content_has_no_end_of_file() {
    let expected = Digest::of(b"hello");
    let (seen, end) = drain(VerifyingReader::of_any_length(&b"hell"[..], expected));
    assert_eq!(seen, b"hell");
    assert_eq!(
        end.unwrap_err(),
        format!(
            "expected {expected}, got {} over 4 bytes",
            Digest::of(b"hell")
        )
    );
    assert_eq!(
        drain(VerifyingReader::of_any_length(&b"hello"[..], expected)),
        (b"hello".to_vec(), Ok(()))
    );
}

proptest! {
    #[test]
    fn parsing_never_panics(input in ".{0,100}") {
        let _ = input.parse::<Digest>();
        let _ = format!("sha256:{input}").parse::<Digest>();
    }

    #[test]
    fn printed_digests_parse_to_themselves(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let digest = Digest::of(&bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        let mut hasher = Hasher::new();
        for byte in &bytes { hasher.write_all(&[*byte]).unwrap(); }
        prop_assert_eq!(hasher.finish(), (digest, bytes.len() as u64));
    }

    #[test]
    fn only_the_right_content_reads_to_its_end(bytes in proptest::collection::vec(any::<u8>(), 0..64), other in proptest::collection::vec(any::<u8>(), 0..64)) {
        let reader = VerifyingReader::new(&other[..], Digest::of(&bytes), bytes.len() as u64);
        prop_assert_eq!(drain(reader).1.is_ok(), bytes == other);
        let reader = VerifyingReader::of_any_length(&other[..], Digest::of(&bytes));
        prop_assert_eq!(drain(reader).1.is_ok(), bytes == other);
    }
}
