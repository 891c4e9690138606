//! `/etc/ld.so.cache`, new format (`glibc-ld.so.cache1.1`), alone or behind the old one
//! (`sysdeps/generic/dl-cache.h`).

#[cfg(test)]
pub(in crate::start) mod tests;

use std::cmp::Ordering;

use crate::Machine;
use crate::bytes::Words;
use crate::elf::ByteOrder;

const OLD_MAGIC: &[u8] = b"ld.so-1.7.0";
const OLD_HEADER_SIZE: u64 = 16;
const OLD_ENTRY_SIZE: u64 = 12;
const NEW_MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const NEW_HEADER_SIZE: u64 = 48;
const NEW_ENTRY_SIZE: u64 = 24;
/// No path in a cache is longer.
const TEXT_LIMIT: usize = 4096;

/// A cache whose header holds; entries are read when asked for.
#[derive(Clone, Copy)]
pub(super) struct Cache<'a> {
    /// From the new format's header on; offsets count from here.
    words: Words<'a>,
    entries: u64,
    /// The flags that an entry of this machine has.
    flags: u32,
}

/// One entry for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) path: &'a str,
    /// It is for some CPUs only.
    pub(super) for_some_cpus: bool,
}

impl<'a> Cache<'a> {
    /// `None` when the loader would do without the file.
    pub(super) fn read(bytes: &'a [u8], machine: Machine) -> Option<Self> {
        let little = machine.byte_order() == ByteOrder::Little;
        let whole = Words {
            bytes,
            wide: true,
            little,
            trace: None,
        };
        let start = if bytes.starts_with(OLD_MAGIC) {
            let old = OLD_HEADER_SIZE
                .checked_add(u64::from(whole.u32(12)?).checked_mul(OLD_ENTRY_SIZE)?)?;
            usize::try_from(old.next_multiple_of(8)).ok()?
        } else {
            0
        };
        let words = Words {
            bytes: bytes.get(start..)?,
            ..whole
        };
        if !words.bytes.starts_with(NEW_MAGIC) {
            return None;
        }
        let entries = u64::from(words.u32(20)?);
        let room = words.length().checked_sub(NEW_HEADER_SIZE)? / NEW_ENTRY_SIZE;
        // Byte 28: 0 not said, 2 little, 3 big endian; the loader refuses the other one.
        let order = words.u8(28)? & 3;
        let agrees = order == 0 || order == if little { 2 } else { 3 };
        (entries <= room && agrees).then_some(Self {
            words,
            entries,
            flags: flags(machine)?,
        })
    }

    /// The entries of this machine for a soname, in the cache's order: what the loader's binary search comes upon
    /// (`search_cache` in `elf/dl-cache.c`). A cache that is out of order hides its entries from it, and so from us.
    pub(super) fn look_up(&self, name: &str) -> Vec<Entry<'a>> {
        let Some(found) = self.search(name) else {
            return Vec::new();
        };
        let is_named = |index: &u64| {
            let key = self.key(*index);
            key.is_some_and(|key| compare(name.as_bytes(), key) == Ordering::Equal)
        };
        let before = (0..found).rev().take_while(is_named).count() as u64;
        let named = (found + 1..self.entries).take_while(is_named).count() as u64;
        (found - before..=found + named)
            .filter_map(|index| self.entry(index))
            .collect()
    }

    /// An entry of this name. An entry whose name lies beyond the file ends the search.
    fn search(&self, name: &str) -> Option<u64> {
        let (mut left, mut right) = (0, self.entries);
        while left < right {
            // The loader's middle of two inclusive bounds.
            let middle = left.midpoint(right - 1);
            match compare(name.as_bytes(), self.key(middle)?) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => left = middle + 1,
                Ordering::Greater => right = middle,
            }
        }
        None
    }

    fn key(&self, index: u64) -> Option<&'a [u8]> {
        self.text(self.words.u32(place(index) + 4)?)
    }

    fn entry(&self, index: u64) -> Option<Entry<'a>> {
        let at = place(index);
        if self.words.u32(at)? != self.flags {
            return None;
        }
        let path = self.text(self.words.u32(at + 8)?)?;
        Some(Entry {
            path: std::str::from_utf8(path).ok()?,
            for_some_cpus: self.words.u64(at + 16)? != 0,
        })
    }

    /// A text that is cut ends with the file: behind it the kernel maps zeros.
    fn text(&self, offset: u32) -> Option<&'a [u8]> {
        let rest = self.words.bytes.get(usize::try_from(offset).ok()?..)?;
        let rest = rest.get(..rest.len().min(TEXT_LIMIT))?;
        let end = memchr::memchr(0, rest).unwrap_or(rest.len());
        (!rest.is_empty()).then_some(rest.get(..end)?)
    }
}

fn place(index: u64) -> u64 {
    NEW_HEADER_SIZE + index * NEW_ENTRY_SIZE
}

/// The order of names in a cache, which runs from the last to the first: digits count as numbers (`_dl_cache_libcmp`).
fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left, mut right) = (left, right);
    while let Some(one) = left.first() {
        let other = right.first().copied().unwrap_or_default();
        match (one.is_ascii_digit(), other.is_ascii_digit()) {
            (true, true) => {
                let numbers = (number(&mut left), number(&mut right));
                if numbers.0 != numbers.1 {
                    return numbers.0.wrapping_sub(numbers.1).cmp(&0);
                }
            }
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) if *one != other => return one.cast_signed().cmp(&other.cast_signed()),
            (false, false) => {
                left = left.get(1..).unwrap_or_default();
                right = right.get(1..).unwrap_or_default();
            }
        }
    }
    0.cmp(&right.first().map_or(0, |byte| byte.cast_signed()))
}

/// Takes the digits from the front; as in C, the number may run over.
fn number(text: &mut &[u8]) -> i32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    *text = rest;
    digits.iter().fold(0_i32, |number, digit| {
        number
            .wrapping_mul(10)
            .wrapping_add(i32::from(digit - b'0'))
    })
}

/// `_DL_CACHE_DEFAULT_ID` of each machine: an ELF libc6 library of its ABI.
fn flags(machine: Machine) -> Option<u32> {
    Some(match machine {
        Machine::X86_64 => 0x0303,
        Machine::Aarch64 => 0x0a03,
        Machine::Arm => 0x0903,
        Machine::I386 => 0x0003,
        Machine::Riscv64 => 0x1003,
        Machine::Ppc64le => 0x0503,
        Machine::S390x => 0x0403,
        Machine::Other(_) => return None,
    })
}
