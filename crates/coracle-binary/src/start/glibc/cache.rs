//! `/etc/ld.so.cache`, new format (`glibc-ld.so.cache1.1`), alone or behind the old one
//! (`sysdeps/generic/dl-cache.h`).

#[cfg(test)]
pub(in crate::start) mod tests;

use crate::Machine;
use crate::bytes::Words;
use crate::elf::ByteOrder;
use crate::start::object::byte_order_of;

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
        let little = byte_order_of(machine) == ByteOrder::Little;
        let whole = Words {
            bytes,
            wide: true,
            little,
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

    /// The entries of this machine for a soname, in the cache's order.
    pub(super) fn look_up(&self, name: &str) -> Vec<Entry<'a>> {
        (0..self.entries)
            .filter_map(|index| self.entry(index, name))
            .collect()
    }

    fn entry(&self, index: u64, name: &str) -> Option<Entry<'a>> {
        let at = NEW_HEADER_SIZE + index * NEW_ENTRY_SIZE;
        let key = self.text(self.words.u32(at + 4)?)?;
        if key != name || self.words.u32(at)? != self.flags {
            return None;
        }
        let path = self.text(self.words.u32(at + 8)?)?;
        Some(Entry {
            path,
            for_some_cpus: self.words.u64(at + 16)? != 0,
        })
    }

    fn text(&self, offset: u32) -> Option<&'a str> {
        let rest = self.words.bytes.get(usize::try_from(offset).ok()?..)?;
        let rest = rest.get(..rest.len().min(TEXT_LIMIT))?;
        let end = memchr::memchr(0, rest)?;
        std::str::from_utf8(rest.get(..end)?).ok()
    }
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
