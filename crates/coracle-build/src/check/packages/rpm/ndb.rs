//! rpm's own kind of database, `Packages.db` (`lib/backend/ndb/rpmpkg.c`): pages of slots first, each with the place of one
//! package's header.

use super::u32_at;

const PAGE: usize = 4096;
const SLOT: usize = 16;
/// Places are counted in so many bytes.
const BLOCK: usize = 16;
const MAGIC: &[u8] = b"RpmP";
const SLOT_MAGIC: &[u8] = b"Slot";
const HEADER_MAGIC: &[u8] = b"BlbS";

/// The header of each package; `None` where the file is none, or is damaged.
pub(super) fn headers(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let pages = usize::try_from(u32_at(bytes, 12)?).ok()?;
    // The file's header is in the place of the first two slots.
    let slots = bytes.get(2 * SLOT..pages.checked_mul(PAGE)?)?;
    let mut headers = Vec::new();
    // Each is in one place of the file.
    let mut room = bytes.len();
    for slot in slots.chunks_exact(SLOT) {
        let place = u32_at(slot, 8)?;
        if !slot.starts_with(SLOT_MAGIC) || place == 0 {
            continue;
        }
        let at = usize::try_from(place).ok()?.checked_mul(BLOCK)?;
        let header = bytes.get(at..)?;
        if !header.starts_with(HEADER_MAGIC) {
            return None;
        }
        let length = usize::try_from(u32_at(header, 12)?).ok()?;
        room = room.checked_sub(length)?;
        headers.push(header.get(BLOCK..BLOCK.checked_add(length)?)?.to_vec());
    }
    Some(headers)
}
