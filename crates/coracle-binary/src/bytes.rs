//! Reading integers out of a byte slice that may be lying: every read is checked, none panics.

/// A byte slice with a word size and a byte order.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) bytes: &'a [u8],
    /// 64-bit addresses and offsets.
    pub(crate) wide: bool,
    pub(crate) little: bool,
}

impl<'a> Words<'a> {
    pub(crate) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// `length` bytes from `offset`, or `None` when any of them is outside.
    pub(crate) fn slice(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = usize::try_from(offset.checked_add(length)?).ok()?;
        self.bytes.get(start..end)
    }

    pub(crate) fn u8(&self, offset: u64) -> Option<u8> {
        self.bytes.get(usize::try_from(offset).ok()?).copied()
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
