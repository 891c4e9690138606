//! A hash table of Berkeley DB, `Packages` of older releases (`src/dbinc/db_page.h`): pages of pairs, a key and a value;
//! what has no room in one is in a chain of further pages.

use super::u32_at;

/// What a page begins with, in bytes.
const HEADER: usize = 26;
const MAGIC: u32 = 0x0006_1561;
/// Kinds of pages.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;
/// Kinds of items.
const IN_PAGE: u8 = 1;
const OFF_PAGE: u8 = 3;

/// Every value; `None` where the file is none, or is damaged.
pub(super) fn values(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    // One of a machine with the other order of bytes is not read.
    if u32_at(bytes, 12)? != MAGIC {
        return None;
    }
    let size = usize::try_from(u32_at(bytes, 20)?).ok()?;
    let is_usual = size.is_power_of_two() && (512..=65536).contains(&size);
    let pages = Pages {
        bytes: is_usual.then_some(bytes)?,
        size,
    };
    let mut values = Vec::new();
    // Each is in one place of the file.
    let mut room = bytes.len();
    for page in bytes.chunks_exact(size).skip(1) {
        if matches!(page.get(25)?, &HASH | &HASH_UNSORTED) {
            let entries = usize::from(u16_at(page, 20)?);
            for value in (1..entries).step_by(2) {
                let value = pages.value(page, value)?;
                room = room.checked_sub(value.len())?;
                values.push(value);
            }
        }
    }
    Some(values)
}

struct Pages<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Pages<'_> {
    /// An item of a page. Items lie from the page's end on, each before the one in front of it.
    fn value(&self, page: &[u8], index: usize) -> Option<Vec<u8>> {
        let place = |index: usize| Some(usize::from(u16_at(page, HEADER + index * 2)?));
        let (from, to) = (place(index)?, place(index - 1)?);
        let item = page.get(from..to)?;
        match *item.first()? {
            IN_PAGE => Some(item.get(1..)?.to_vec()),
            OFF_PAGE => self.chain(u32_at(item, 4)?, usize::try_from(u32_at(item, 8)?).ok()?),
            _ => None,
        }
    }

    fn chain(&self, first: u32, length: usize) -> Option<Vec<u8>> {
        if length > self.bytes.len() {
            return None;
        }
        let mut value = Vec::new();
        let mut next = first;
        while value.len() < length {
            let start = usize::try_from(next).ok()?.checked_mul(self.size)?;
            let page = self.bytes.get(start..start.checked_add(self.size)?)?;
            let here = usize::from(u16_at(page, 22)?);
            if *page.get(25)? != OVERFLOW || here == 0 {
                return None;
            }
            value.extend_from_slice(page.get(HEADER..HEADER + here)?);
            next = u32_at(page, 16)?;
        }
        (value.len() == length).then_some(value)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}
