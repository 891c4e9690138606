//! Tests of the parallel compressor: one member, the same bytes for any number of threads, errors that come through.

use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::digest::Digest;

/// Bytes that compress somewhat and hold no long repeats: numbers of a fixed generator, as text.
fn sample(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut bytes = Vec::with_capacity(length + 20);
    while bytes.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend(format!("{:x} ", state >> 44).bytes());
    }
    bytes.truncate(length);
    bytes
}

fn zip(input: &[u8], level: u32, threads: usize, step: usize) -> Vec<u8> {
    let mut output = Vec::new();
    compress::<io::Error>(&mut output, level, threads, |writer| {
        input
            .chunks(step)
            .try_for_each(|chunk| writer.write_all(chunk))
    })
    .unwrap();
    output
}

fn check(input: &[u8], level: u32) {
    let output = zip(input, level, 1, usize::MAX);
    for threads in [0, 2, 5] {
        assert!(
            zip(input, level, threads, 100_000) == output,
            "{threads} threads, {} bytes",
            input.len()
        );
    }
    // A decoder of one member must use up all the bytes.
    let mut rest = &output[..];
    let mut back = Vec::new();
    flate2::bufread::GzDecoder::new(&mut rest)
        .read_to_end(&mut back)
        .unwrap();
    assert!(
        back == input,
        "{} bytes came back as {}",
        input.len(),
        back.len()
    );
    assert!(rest.is_empty());
}

#[test]
fn any_number_of_threads_makes_the_same_single_member() {
    let input = sample(3 * BLOCK + 7);
    for length in [
        0,
        1,
        DICTIONARY,
        BLOCK - 1,
        BLOCK,
        BLOCK + 1,
        2 * BLOCK,
        3 * BLOCK + 7,
    ] {
        check(&input[..length], 6);
    }
}

#[test]
fn every_level_and_hardly_compressible_input_come_back() {
    let input = sample(BLOCK + 40_000);
    for level in 0..=9 {
        check(&input, level);
    }
    let noise: Vec<u8> = input
        .chunks(64)
        .flat_map(|chunk| Digest::of(chunk).hex().into_bytes())
        .collect();
    check(&noise, 1);
    check(&vec![0; 2 * BLOCK + 5], 9);
}

#[test]
fn blocks_know_what_was_before_them() {
    // The second block repeats the end of the first: without the dictionary it would be as large again.
    let end = sample(DICTIONARY - 300);
    let mut input = vec![0; BLOCK - end.len()];
    input.extend(&end);
    let first = zip(&input, 9, 1, BLOCK).len();
    input.extend(&end);
    let both = zip(&input, 9, 1, BLOCK).len();
    assert!(both - first < end.len() / 50, "{first} and {both}");
}

#[test]
fn the_header_names_no_time_and_no_system() {
    assert_eq!(
        zip(b"x", 6, 1, 1)[..10],
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    );
}

/// Changes with the compressor's version or its parameters: then `COMPRESSOR` and the changelog must change too.
#[test]
fn the_compressed_bytes_are_those_of_the_named_compressor() {
    let input = sample(BLOCK + 100_000);
    let found: Vec<String> = [1, 6, 9]
        .map(|level| Digest::of(&zip(&input, level, 2, BLOCK)).hex())
        .to_vec();
    assert_eq!(COMPRESSOR, "zlib-rs 0.6.8, 1 MiB blocks, 32 KiB dictionary");
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [&str; 3] = [
    "12361e771b41d8e4c009d9716ac23d1796d6dcd5da5a109ff7274514fca523fb",
    "0edbc303ed2f4a572c4572c11f0b2c5318f55fc369419e804a895b4f5727583c",
    "332f2e3895b01af5bde92efb38ed48de05aab86d7669af72cbf99f946d330dff",
];

struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.checked_sub(bytes.len()) {
            Some(left) => self.0 = left,
            None => return Err(io::ErrorKind::StorageFull.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_stops_everything_and_is_the_error() {
    let input = sample(BLOCK);
    for threads in [1, 2, 5] {
        for room in [0, 10, 500_000] {
            let mut output = Full(room);
            let error = compress::<io::Error>(&mut output, 1, threads, |writer| {
                (0..40).try_for_each(|_| writer.write_all(&input))
            })
            .unwrap_err();
            assert_eq!(
                error.kind(),
                io::ErrorKind::StorageFull,
                "{threads} threads, room for {room}"
            );
        }
    }
}

#[test]
fn an_error_of_the_producer_comes_through() {
    for threads in [1, 4] {
        let error = compress::<io::Error>(&mut Vec::new(), 1, threads, |writer| {
            writer.write_all(&sample(3 * BLOCK))?;
            Err(io::Error::other("no more"))
        })
        .unwrap_err();
        assert_eq!(error.to_string(), "no more");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn how_the_input_is_cut_does_not_matter(length in 0..2 * BLOCK, step in 1..200_000usize, threads in 1..4usize) {
        let input = sample(length);
        prop_assert!(zip(&input, 1, threads, step.max(length / 50)) == zip(&input, 1, 1, usize::MAX));
    }
}
