//! What is kept of an ELF file where there is no room for all of it: each byte that a proof or an inspection reads, at its
//! place. A file reduced and filled up again with zeros gives the same facts, the same symbols and the same proof.
//!
//! Most of a file is code and data, which nobody here reads. What is kept is not listed by hand: the readers themselves
//! note what they read. Loaders and libcs are kept whole, because what they search is text somewhere in them.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};

use crate::bytes::Trace;
use crate::crates;
use crate::elf::{ByteOrder, Class, DynamicSymbols, ElfFacts, SegmentKind};
use crate::go::BuildInfo;
use crate::mentions::{self, Mentions};
use crate::start::{dlopen, identity};

/// The first bytes are kept whatever they are, and the last: packers leave their marks there.
const HEAD: usize = 4096;
const TAIL: usize = 64;

/// What is looked for anywhere in a file: first the marks of loaders, then what others look for.
static TEXTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let texts = identity::MARKS.into_iter().chain(dlopen::places());
    let texts = texts.chain(mentions::texts());
    // Of texts that begin in one place the longest holds the others.
    let mut search = AhoCorasick::builder();
    search
        .match_kind(MatchKind::LeftmostLongest)
        .build(texts)
        .ok()
});

/// No text that is looked for is longer.
const LONGEST: usize = 64;

/// An ELF file without what nobody reads of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduced {
    length: u64,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    offset: u64,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl Reduced {
    /// Reduces a whole file; `None` where that would not be the same: it is no ELF file, damaged, of an odd kind, or a loader.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(b"\x7fELF") {
            return None;
        }
        let trace = Trace::of(bytes);
        let facts = ElfFacts::trace(bytes, Some(&trace)).ok()?;
        if !is_usual(bytes, &facts) || identity::is_of_glibc(&facts) {
            return None;
        }
        for found in TEXTS.iter().flat_map(|texts| texts.find_iter(bytes)) {
            if found.pattern().as_usize() < identity::MARKS.len() {
                return None;
            }
            // Another text may begin in this one.
            trace.add(found.start()..(found.end() + LONGEST).min(bytes.len()));
        }
        DynamicSymbols::trace(bytes, &facts, Some(&trace)).ok()?;
        BuildInfo::trace(bytes, &facts, &trace);
        if dlopen::can_open(&facts) {
            for range in dlopen::parts(bytes, &facts) {
                trace.add(range);
            }
        }
        for range in crates::parts(bytes, &facts) {
            trace.add(range);
        }
        let end = bytes.len();
        trace.add(0..HEAD.min(end));
        trace.add(end.saturating_sub(TAIL)..end);
        let part = |range: Range<usize>| {
            Some(Part {
                offset: range.start as u64,
                bytes: bytes.get(range.start..range.end.min(end))?.to_vec(),
            })
        };
        Some(Self {
            length: end as u64,
            parts: trace.into_ranges().into_iter().filter_map(part).collect(),
        })
    }

    /// The file's length, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many bytes are kept.
    pub fn kept(&self) -> usize {
        self.parts.iter().map(|part| part.bytes.len()).sum()
    }

    /// The first bytes of the file, as they are.
    pub fn head(&self) -> &[u8] {
        self.parts.first().map_or(&[], |part| &part.bytes)
    }

    /// What texts of the file show; the same as of the whole file.
    pub fn mentions(&self) -> Mentions {
        self.lent().mentions()
    }

    /// The file filled up with zeros, in `room` where it is large enough.
    pub fn fill(&self, room: Vec<u8>) -> Vec<u8> {
        self.lent().fill(room)
    }

    fn lent(&self) -> Lent<'_> {
        let parts = self.parts.iter().map(|part| LentPart {
            offset: part.offset,
            bytes: &part.bytes,
        });
        Lent {
            length: self.length,
            parts: parts.collect(),
        }
    }
}

/// A [`Reduced`] that lies in bytes which somebody else holds: it is written down in the same way.
#[derive(Debug, Deserialize)]
pub struct Lent<'b> {
    length: u64,
    #[serde(borrow)]
    parts: Vec<LentPart<'b>>,
}

#[derive(Debug, Deserialize)]
struct LentPart<'b> {
    offset: u64,
    #[serde(with = "serde_bytes")]
    bytes: &'b [u8],
}

impl Lent<'_> {
    /// What texts of the file show; the same as of the whole file.
    pub fn mentions(&self) -> Mentions {
        let parts: Vec<&[u8]> = self.parts.iter().map(|part| part.bytes).collect();
        Mentions::among(&parts)
    }

    /// The file filled up with zeros, in `room` where it is large enough. New memory is zero, and what is not written of it
    /// costs nothing.
    pub fn fill(&self, mut room: Vec<u8>) -> Vec<u8> {
        let length = usize::try_from(self.length).unwrap_or_default();
        if length >= LARGE || room.capacity() < length {
            let mut zeros = vec![0; capacity(length)];
            zeros.truncate(length);
            return self.laid_out(zeros);
        }
        room.clear();
        for part in &self.parts {
            let offset = usize::try_from(part.offset).unwrap_or(usize::MAX);
            if offset > length || part.bytes.len() > length - offset {
                break;
            }
            room.resize(offset.max(room.len()), 0);
            room.extend_from_slice(part.bytes);
        }
        room.resize(length, 0);
        room
    }

    /// The parts at their places in zeros.
    fn laid_out(&self, mut zeros: Vec<u8>) -> Vec<u8> {
        for part in &self.parts {
            let Ok(from) = usize::try_from(part.offset) else {
                break;
            };
            let to = from.saturating_add(part.bytes.len());
            let Some(place) = zeros.get_mut(from..to) else {
                break;
            };
            place.copy_from_slice(part.bytes);
        }
        zeros
    }
}

/// A file of this length has memory of its own.
const LARGE: usize = 1 << 20;
/// What is as large as this glibc takes from the kernel each time, and gives back: smaller pieces it keeps, up to twice the
/// largest of them that it ever saw.
const APART: usize = 33 << 20;

/// How much memory to take for a file of this length, so that it is given back when the file is forgotten. What is not
/// written of it costs nothing.
pub fn capacity(length: usize) -> usize {
    match length >= LARGE {
        true => length.max(APART),
        false => length,
    }
}

/// The header says of itself what its machine's files say: a file that does not may be read in two ways.
fn is_usual(bytes: &[u8], facts: &ElfFacts) -> bool {
    let wide = facts.machine.class() == Class::Elf64;
    let little = facts.machine.byte_order() == ByteOrder::Little;
    let expected = [if wide { 2 } else { 1 }, if little { 1 } else { 2 }, 1];
    let mapped = facts.segments.iter();
    let mut mapped = mapped.filter(|segment| segment.kind == SegmentKind::Load);
    bytes.get(4..7) == Some(&expected) && mapped.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::{APART, LARGE, Reduced};
    use crate::elf::ElfFacts;
    use crate::elf::writer::Elf;
    use crate::mentions::Mentions;

    #[test]
    fn a_reduced_file_shows_the_same_texts() {
        let mut extra = vec![b'x'; 20_000];
        extra.extend(
            b"/etc/ssl/cert.pem/etc/ssl/certs/usr/share/zoneinfo/TLS 1.3, server CertificateVerify",
        );
        extra.extend([b'x'; 20_000]);
        extra.extend(b"time.LoadLocation\0");
        extra.extend([b'x'; 20_000]);
        let whole = Elf {
            extra,
            ..Elf::program(&[])
        }
        .build();
        let expected = Mentions::find(&whole);
        assert!(expected.speaks_tls && expected.go_loads_time_zones);
        assert_eq!(expected.certificates.as_deref(), Some("/etc/ssl/cert.pem"));
        let reduced = Reduced::of(&whole).unwrap();
        assert!(reduced.kept() < 10_000);
        assert_eq!(reduced.mentions(), expected);
        let filled = reduced.fill(Vec::new());
        assert_eq!(Mentions::find(&filled), expected);
        // In memory that was used before, too.
        assert_eq!(reduced.fill(vec![1; 2 * whole.len()]), filled);
    }

    #[test]
    fn a_large_file_is_filled_up_in_memory_of_its_own() {
        let whole = Elf {
            extra: vec![b'x'; LARGE],
            ..Elf::program(&["libc.so.6"])
        }
        .build();
        let reduced = Reduced::of(&whole).unwrap();
        let filled = reduced.fill(vec![1; 2 * whole.len()]);
        assert_eq!(filled.len(), whole.len());
        assert!(filled.capacity() >= APART && reduced.kept() < LARGE);
        assert_eq!(ElfFacts::read(&filled), ElfFacts::read(&whole));
    }
}
