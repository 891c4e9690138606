//! Reading integers out of a byte slice that may be lying: every read is checked, none panics.

use std::cell::RefCell;
use std::ops::Range;

/// A byte slice with a word size and a byte order.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) bytes: &'a [u8],
    /// 64-bit addresses and offsets.
    pub(crate) wide: bool,
    pub(crate) little: bool,
    /// Who wants to know what is read.
    pub(crate) trace: Option<&'a Trace>,
}

/// Which bytes of a file were read.
pub(crate) struct Trace {
    /// Where the file is in memory.
    base: usize,
    ranges: RefCell<Vec<Range<usize>>>,
}

impl Trace {
    /// Parts that are as near to each other as this are one.
    const GAP: usize = 64;

    pub(crate) fn of(file: &[u8]) -> Self {
        Self {
            base: file.as_ptr().addr(),
            ranges: RefCell::default(),
        }
    }

    /// Notes a part of the file by its place in memory.
    fn note(&self, read: &[u8]) {
        let start = read.as_ptr().addr().wrapping_sub(self.base);
        self.add(start..start.saturating_add(read.len()));
    }

    /// Notes a part of the file by its offsets.
    pub(crate) fn add(&self, read: Range<usize>) {
        let mut ranges = self.ranges.borrow_mut();
        match ranges.last_mut() {
            Some(last) if last.start <= read.start && read.start <= last.end + Self::GAP => {
                last.end = last.end.max(read.end);
            }
            _ => ranges.push(read),
        }
    }

    /// The parts in order, none touching another.
    pub(crate) fn into_ranges(self) -> Vec<Range<usize>> {
        let mut ranges = self.ranges.into_inner();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end + Self::GAP => {
                    last.end = last.end.max(range.end);
                }
                _ => merged.push(range),
            }
        }
        merged
    }
}

impl<'a> Words<'a> {
    pub(crate) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// `length` bytes from `offset`, or `None` when any of them is outside.
    pub(crate) fn slice(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let slice = self.room(offset, length)?;
        if let Some(trace) = self.trace {
            trace.note(slice);
        }
        Some(slice)
    }

    /// The same, for bytes of which only some are going to be read.
    pub(crate) fn room(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = usize::try_from(offset.checked_add(length)?).ok()?;
        self.bytes.get(start..end)
    }

    pub(crate) fn u8(&self, offset: u64) -> Option<u8> {
        self.slice(offset, 1)?.first().copied()
    }

    pub(crate) fn u16(&self, offset: u64) -> Option<u16> {
        let raw: [u8; 2] = self.slice(offset, 2)?.try_into().ok()?;
        Some(if self.little {
            u16::from_le_bytes(raw)
        } else {
            u16::from_be_bytes(raw)
        })
    }

    pub(crate) fn u32(&self, offset: u64) -> Option<u32> {
        let raw: [u8; 4] = self.slice(offset, 4)?.try_into().ok()?;
        Some(if self.little {
            u32::from_le_bytes(raw)
        } else {
            u32::from_be_bytes(raw)
        })
    }

    pub(crate) fn u64(&self, offset: u64) -> Option<u64> {
        let raw: [u8; 8] = self.slice(offset, 8)?.try_into().ok()?;
        Some(if self.little {
            u64::from_le_bytes(raw)
        } else {
            u64::from_be_bytes(raw)
        })
    }

    /// One address: four or eight bytes, as the class says.
    pub(crate) fn word(&self, offset: u64) -> Option<u64> {
        if self.wide {
            self.u64(offset)
        } else {
            self.u32(offset).map(u64::from)
        }
    }

    /// The size of one address in bytes.
    pub(crate) fn word_size(&self) -> u64 {
        if self.wide { 8 } else { 4 }
    }
}
