//! Where ELF headers of 32 and 64 bits have what stripping reads and writes; all of it little-endian.

/// Places of fields, and sizes of records, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    /// An address' or offset's size.
    pub(super) word: usize,
    /// Of the file's header: where the tables are, and how many rows they have.
    pub(super) segments: usize,
    pub(super) segment_count: usize,
    pub(super) sections: usize,
    pub(super) section_count: usize,
    pub(super) section_names: usize,
    /// Of a program header.
    pub(super) segment_size: usize,
    pub(super) segment_offset: usize,
    pub(super) segment_bytes: usize,
    /// Of a section header; `sh_info` follows `sh_link`.
    pub(super) section_size: usize,
    pub(super) section_offset: usize,
    pub(super) section_bytes: usize,
    pub(super) section_link: usize,
    pub(super) section_align: usize,
    /// Of a symbol.
    pub(super) symbol_size: usize,
    pub(super) symbol_info: usize,
    pub(super) symbol_section: usize,
}

const OF_32: Class = Class {
    word: 4,
    segments: 28,
    segment_count: 44,
    sections: 32,
    section_count: 48,
    section_names: 50,
    segment_size: 32,
    segment_offset: 4,
    segment_bytes: 16,
    section_size: 40,
    section_offset: 16,
    section_bytes: 20,
    section_link: 24,
    section_align: 32,
    symbol_size: 16,
    symbol_info: 12,
    symbol_section: 14,
};
const OF_64: Class = Class {
    word: 8,
    segments: 32,
    segment_count: 56,
    sections: 40,
    section_count: 60,
    section_names: 62,
    segment_size: 56,
    segment_offset: 8,
    segment_bytes: 32,
    section_size: 64,
    section_offset: 24,
    section_bytes: 32,
    section_link: 40,
    section_align: 48,
    symbol_size: 24,
    symbol_info: 4,
    symbol_section: 6,
};

impl Class {
    /// That of a file, when it is ELF and little-endian.
    pub(super) fn of(bytes: &[u8]) -> Option<Class> {
        match bytes.strip_prefix(b"\x7fELF")? {
            [1, 1, ..] => Some(OF_32),
            [2, 1, ..] => Some(OF_64),
            _ => None,
        }
    }
}

/// A number of up to eight bytes.
pub(super) fn read(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    let from_high = bytes.iter().rev();
    Some(from_high.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Writes a number that fits.
pub(super) fn write(bytes: &mut [u8], at: usize, size: usize, number: usize) -> Option<()> {
    let number = u64::try_from(number).ok()?.to_le_bytes();
    let place = bytes.get_mut(at..at.checked_add(size)?)?;
    place.copy_from_slice(number.get(..size)?);
    Some(())
}
