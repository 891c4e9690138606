//! A table of an SQLite file (the format's own description, "Database File Format"): pages that are a tree, whose leaves
//! have the rows; what has no room in a leaf goes on in further pages.

/// What such a file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Kinds of pages of a table.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;
/// Behind the file's own header the first page begins.
const FILE_HEADER: usize = 100;

/// The last blob of every row of a table; `None` where the file is none, or is damaged.
pub(super) fn rows(bytes: &[u8], table: &str) -> Option<Vec<Vec<u8>>> {
    let file = File::of(bytes)?;
    let schema = file.table(1)?;
    // type, name, the table's name, its first page, the text
    let root = schema.iter().find_map(|row| {
        let values = values(row)?;
        let is_it = values.first()?.1 == b"table" && values.get(1)?.1 == table.as_bytes();
        let page = values.get(3)?.1.iter();
        is_it.then(|| page.fold(0u32, |page, byte| page << 8 | u32::from(*byte)))
    })?;
    let rows = file.table(root)?;
    rows.iter().map(|row| last_blob(row)).collect()
}

fn last_blob(row: &[u8]) -> Option<Vec<u8>> {
    let values = values(row)?;
    let mut blobs = values
        .iter()
        .rev()
        .filter(|(kind, _)| *kind >= 12 && kind % 2 == 0);
    blobs.next().map(|(_, blob)| blob.to_vec())
}

struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    usable: usize,
}

impl<'a> File<'a> {
    fn of(bytes: &'a [u8]) -> Option<File<'a>> {
        let page = match (bytes.starts_with(MAGIC), u16_at(bytes, 16)?) {
            (true, 1) => 65536,
            (true, page) if page >= 512 => usize::from(page),
            _ => return None,
        };
        let reserved = usize::from(*bytes.get(20)?);
        let usable = page.checked_sub(reserved).filter(|usable| *usable >= 480)?;
        Some(File {
            bytes,
            page,
            usable,
        })
    }

    /// A page, counted from 1.
    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number.checked_sub(1)?)
            .ok()?
            .checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.page)?)
    }

    /// The rows below a page.
    fn table(&self, root: u32) -> Option<Vec<Vec<u8>>> {
        let mut rows = Vec::new();
        let mut waiting = vec![root];
        // Each page is in one place of the tree, and each row in one of the file.
        let mut left = self.bytes.len() / self.page;
        let mut room = self.bytes.len();
        while let Some(number) = waiting.pop() {
            left = left.checked_sub(1)?;
            let page = self.page(number)?;
            let start = if number == 1 { FILE_HEADER } else { 0 };
            let cells = usize::from(u16_at(page, start + 3)?);
            let (kind, header) = match *page.get(start)? {
                LEAF => (LEAF, 8),
                INTERIOR => (INTERIOR, 12),
                _ => return None,
            };
            let mut below = Vec::new();
            for cell in 0..cells {
                let at = usize::from(u16_at(page, start + header + cell * 2)?);
                match kind {
                    LEAF => {
                        let row = self.row(page, at)?;
                        room = room.checked_sub(row.len())?;
                        rows.push(row);
                    }
                    _ => below.push(u32_at(page, at)?),
                }
            }
            if kind == INTERIOR {
                below.push(u32_at(page, start + 8)?);
            }
            waiting.extend(below.into_iter().rev());
        }
        Some(rows)
    }

    /// A row of a leaf: its length, its number, and as much of it as has room.
    fn row(&self, page: &[u8], mut at: usize) -> Option<Vec<u8>> {
        let length = usize::try_from(variable(page, &mut at)?).ok()?;
        variable(page, &mut at)?;
        if length > self.bytes.len() {
            return None;
        }
        let most = self.usable - 35;
        let here = if length <= most {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let fitting = least + (length - least) % (self.usable - 4);
            if fitting <= most { fitting } else { least }
        };
        let mut row = page.get(at..at.checked_add(here)?)?.to_vec();
        let mut next = match length > here {
            true => u32_at(page, at + here)?,
            false => 0,
        };
        while row.len() < length {
            let page = self.page(next)?;
            let rest = (length - row.len()).min(self.usable - 4);
            row.extend_from_slice(page.get(4..4 + rest)?);
            next = u32_at(page, 0)?;
        }
        Some(row)
    }
}

/// The values of a row, each with the number that says what it is.
fn values(row: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut at = 0;
    let end = usize::try_from(variable(row, &mut at)?).ok()?;
    let mut from = end;
    let mut values = Vec::new();
    while at < end {
        let kind = variable(row, &mut at)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => (kind - 12) / 2,
        };
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        values.push((kind, row.get(from..to)?));
        from = to;
    }
    Some(values)
}

/// A number of up to nine bytes, the highest first, each but the last with a bit that says that more follow.
fn variable(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some(number << 8 | u64::from(byte));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(two.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}
