//! Packed executables: what runs is not what the file shows.

use std::fmt;

use crate::elf::{ElfFacts, SegmentKind};

/// A program that compressed an executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packer {
    /// UPX.
    Upx,
}

impl Packer {
    /// The packer of a program, if it is packed.
    ///
    /// UPX leaves neither `PT_INTERP` nor `PT_DYNAMIC`, so that a dynamic program looks static; its magic
    /// `UPX!` stands in the first pages and again in the last bytes. UPX itself contains the magic too, so
    /// both places are asked for.
    pub fn of(bytes: &[u8], facts: &ElfFacts) -> Option<Self> {
        let dynamic = facts.is_dynamic && !facts.needed.is_empty();
        let loads = facts
            .segments
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Load)
            .count();
        if facts.interpreter.is_some() || dynamic || loads > 4 {
            return None;
        }
        let head = bytes.get(..4096).unwrap_or(bytes);
        let tail = bytes.get(bytes.len().saturating_sub(64)..).unwrap_or(bytes);
        let has = |part: &[u8]| memchr::memmem::find(part, b"UPX!").is_some();
        (has(head) && has(tail)).then_some(Self::Upx)
    }
}

impl fmt::Display for Packer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UPX")
    }
}
