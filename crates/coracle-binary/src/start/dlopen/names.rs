//! Names of libraries in the data of a file: `libfoo.so`, `libfoo.so.2`, `libfoo-1.2.so.0.3`.
//!
//! C ends each string with a NUL; Rust and Go put them one after the other, so that a name may follow another one.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem;

use crate::elf::{ElfFacts, Segment, SegmentKind};

/// No file names a library that is longer.
const LONGEST: usize = 80;
/// More than any file names; what follows is left out.
const MOST: usize = 200;
/// `PF_W`
const WRITABLE: u32 = 2;

/// The names in the segments that are mapped read-only.
pub(super) fn of(content: &[u8], facts: &ElfFacts) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for word in words(content, facts) {
        collect(content.get(word).unwrap_or_default(), &mut names);
    }
    names
}

/// Where words stand that may hold names.
pub(super) fn words(content: &[u8], facts: &ElfFacts) -> Vec<Range<usize>> {
    let read_only = facts
        .segments
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Load && segment.flags & WRITABLE == 0);
    let in_segment = |segment: &Segment| {
        let start = usize::try_from(segment.offset).unwrap_or(usize::MAX);
        let length = usize::try_from(segment.file_size).unwrap_or(usize::MAX);
        let bytes = content.get(start..).unwrap_or_default();
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let words = words_in(bytes).into_iter();
        words
            .map(move |word| word.start + start..word.end + start)
            .collect::<Vec<_>>()
    };
    read_only.flat_map(in_segment).collect()
}

/// `libfoo` of `libfoo.so.2`.
pub(super) fn stem(name: &str) -> &str {
    name.split_once(".so").map_or(name, |(stem, _)| stem)
}

/// The rows of bytes of which names are made, where `.so` is in them.
fn words_in(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut end = 0;
    for at in memmem::find_iter(bytes, ".so") {
        if at < end {
            continue;
        }
        let before = bytes.get(end..at).unwrap_or_default();
        let before = before.iter().rev().take_while(|byte| is_word(**byte));
        let start = at - before.count();
        let after = bytes.get(at..).unwrap_or_default();
        end = at + after.iter().take_while(|byte| is_word(**byte)).count();
        words.push(start..end);
    }
    words
}

/// The names in such a row.
fn collect(word: &[u8], names: &mut BTreeSet<String>) {
    let mut end = 0;
    for at in memmem::find_iter(word, "lib") {
        // In the middle of a word it is no name, unless that word is a name that just ended.
        if at != end || names.len() >= MOST {
            continue;
        }
        let rest = word.get(at..word.len().min(at + LONGEST));
        let rest = rest.unwrap_or_default();
        if let Some(length) = length(rest)
            && let Some(Ok(name)) = rest.get(..length).map(std::str::from_utf8)
        {
            names.insert(name.to_owned());
            end = at + length;
        }
    }
}

/// How long the name is that the bytes begin with.
fn length(bytes: &[u8]) -> Option<usize> {
    let word = bytes
        .iter()
        .position(|byte| !is_word(*byte))
        .unwrap_or(bytes.len());
    let word = bytes.get(..word)?;
    let so = memmem::find(word, b".so")?;
    let mut length = so + 3;
    // `lib.so` is nothing, and `libfoo.sock` no library.
    if so <= 3
        || word
            .get(length)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() && *byte != b'l')
    {
        return None;
    }
    while let Some(rest) = word.get(length..) {
        let digits = rest
            .iter()
            .skip(1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if rest.first() != Some(&b'.') || digits == 0 {
            break;
        }
        length += 1 + digits;
    }
    Some(length)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(bytes: &[u8]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for word in words_in(bytes) {
            collect(&bytes[word], &mut names);
        }
        names
    }

    fn check(bytes: &[u8], expected: &[&str]) {
        let names = names_in(bytes);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names, expected, "{}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn names_are_found_ended_by_nul_in_paths_and_one_after_the_other() {
        check(b"\0libfoo.so.1\0", &["libfoo.so.1"]);
        check(b"/usr/lib/libfoo-1.2.so.0.3 ", &["libfoo-1.2.so.0.3"]);
        check(
            b"\0libvulkan.so.1libvulkan.so",
            &["libvulkan.so", "libvulkan.so.1"],
        );
        check(b"liba.so.1.liba.so.2", &["liba.so.1"]);
        check(b"libstdc++.so.6", &["libstdc++.so.6"]);
    }

    #[test]
    fn what_is_no_name_is_not_taken_for_one() {
        for text in [
            "libnss_%s.so.%d",
            "lib.so",
            "zlibfoo.so.1",
            "libfoo.sock",
            "libfoo",
            "lib",
            "libfoo.s",
        ] {
            check(text.as_bytes(), &[]);
        }
        check("lib".repeat(100).as_bytes(), &[]);
    }

    #[test]
    fn what_a_file_names_is_bounded() {
        let text: String = (0..1000)
            .map(|number| format!("libx{number}.so\0"))
            .collect();
        assert_eq!(names_in(text.as_bytes()).len(), MOST);
    }
}
