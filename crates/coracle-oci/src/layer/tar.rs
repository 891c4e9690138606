//! Writes tar by hand, because every byte counts: USTAR headers (POSIX.1-1988) with PAX records (POSIX.1-2001) only where
//! USTAR cannot say it. No user or group names, no device numbers, no times but the modification time in whole seconds.
//!
//! The archive ends with two blocks of zeros and nothing more: it is not padded to a multiple of 10,240 bytes as GNU tar's is.

use std::io::{self, Write};

use super::{Entry, EntryKind};

pub(super) const BLOCK: usize = 512;
type Block = [u8; BLOCK];

/// What does not fit into the eleven octal digits of a USTAR field.
const MOST_IN_11_DIGITS: u64 = 0o777_7777_7777;
const MOST_IN_7_DIGITS: u64 = 0o777_7777;

/// Writes one entry: PAX records if need be, header, content, padding.
pub(super) fn write_entry(writer: &mut dyn Write, entry: &Entry) -> io::Result<()> {
    let (kind, link, size) = match &entry.kind {
        EntryKind::File(content) => (b'0', "", content.length()),
        EntryKind::HardLink(target) => (b'1', target.as_str(), 0),
        EntryKind::Symlink(target) => (b'2', target.as_str(), 0),
        EntryKind::Directory => (b'5', "", 0),
    };
    let path = match kind {
        b'5' => format!("{}/", entry.path),
        _ => entry.path.clone(),
    };
    let mut records = Vec::new();
    let mut header = Header::new(kind);
    header.set_link(link, &mut records);
    header.set_path(&path, &mut records);
    header.number(100, 7, u64::from(entry.mode & 0o7777));
    header.set_number(108, 7, entry.uid, "uid", &mut records);
    header.set_number(116, 7, entry.gid, "gid", &mut records);
    header.set_number(124, 11, size, "size", &mut records);
    match u64::try_from(entry.mtime) {
        Ok(mtime) => header.set_number(136, 11, mtime, "mtime", &mut records),
        Err(_) => {
            header.number(136, 11, 0);
            records.push(("mtime", entry.mtime.to_string()));
        }
    }
    write_records(writer, records)?;
    writer.write_all(&header.finish())?;
    if let EntryKind::File(content) = &entry.kind {
        let written = io::copy(&mut content.open()?, writer)?;
        pad(writer, written)?;
    }
    Ok(())
}

/// The end of an archive.
pub(super) fn write_end(writer: &mut dyn Write) -> io::Result<()> {
    writer.write_all(&[0; 2 * BLOCK])
}

/// PAX records in a header of their own, sorted by key.
fn write_records(writer: &mut dyn Write, mut records: Vec<(&str, String)>) -> io::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    records.sort_unstable();
    let text: String = records
        .iter()
        .map(|(key, value)| record(key, value))
        .collect();
    let mut header = Header::new(b'x');
    header.text(0, 100, "././@PaxHeader");
    header.number(100, 7, 0o644);
    header.number(108, 7, 0);
    header.number(116, 7, 0);
    header.number(124, 11, text.len() as u64);
    header.number(136, 11, 0);
    writer.write_all(&header.finish())?;
    writer.write_all(text.as_bytes())?;
    pad(writer, text.len() as u64)
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    if length.to_string().len() != rest.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

fn pad(writer: &mut dyn Write, length: u64) -> io::Result<()> {
    let over = usize::try_from(length % BLOCK as u64).unwrap_or(0);
    match over {
        0 => Ok(()),
        over => writer.write_all([0; BLOCK].get(over..).unwrap_or_default()),
    }
}

/// A header block that is being filled.
struct Header(Block);

impl Header {
    fn new(kind: u8) -> Self {
        let mut header = Self([0; BLOCK]);
        header.bytes(156, &[kind]);
        header.bytes(257, b"ustar\x0000");
        header
    }

    fn bytes(&mut self, offset: usize, bytes: &[u8]) {
        for (place, byte) in self.0.iter_mut().skip(offset).zip(bytes) {
            *place = *byte;
        }
    }

    /// As much of a text as fits, without cutting a character.
    fn text(&mut self, offset: usize, width: usize, text: &str) {
        let end = text.floor_char_boundary(width);
        self.bytes(offset, text.get(..end).unwrap_or_default().as_bytes());
    }

    /// Octal digits, and the NUL that is there already.
    fn number(&mut self, offset: usize, digits: usize, value: u64) {
        self.bytes(offset, format!("{value:0digits$o}").as_bytes());
    }

    /// A number, as a PAX record when it has too many digits.
    fn set_number(
        &mut self,
        offset: usize,
        digits: usize,
        value: u64,
        key: &'static str,
        records: &mut Vec<(&'static str, String)>,
    ) {
        let most = if digits == 7 {
            MOST_IN_7_DIGITS
        } else {
            MOST_IN_11_DIGITS
        };
        if value > most {
            records.push((key, value.to_string()));
        }
        self.number(offset, digits, if value > most { 0 } else { value });
    }

    fn set_link(&mut self, link: &str, records: &mut Vec<(&'static str, String)>) {
        if link.len() > 100 || !link.is_ascii() {
            records.push(("linkpath", link.to_owned()));
        }
        self.text(157, 100, link);
    }

    fn set_path(&mut self, path: &str, records: &mut Vec<(&'static str, String)>) {
        match split(path) {
            Some((prefix, name)) => {
                self.text(0, 100, name);
                self.text(345, 155, prefix);
            }
            None => {
                records.push(("path", path.to_owned()));
                self.text(0, 100, path);
            }
        }
    }

    /// Fills in the checksum: the sum of all bytes, with the checksum's own eight as spaces.
    fn finish(mut self) -> Block {
        self.bytes(148, b"        ");
        let sum: u64 = self.0.iter().map(|byte| u64::from(*byte)).sum();
        self.bytes(148, format!("{sum:06o}\0 ").as_bytes());
        self.0
    }
}

/// A path as USTAR's prefix and name, if it fits: the shortest prefix that leaves at most 100 bytes.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= 100 {
        return Some(("", path));
    }
    path.match_indices('/')
        .map(|(index, _)| path.split_at(index))
        .map(|(prefix, name)| (prefix, name.trim_start_matches('/')))
        .find(|(_, name)| name.len() <= 100)
        .filter(|(prefix, name)| prefix.len() <= 155 && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(record("path", "x"), "9 path=x\n");
        for length in 0..1200 {
            let text = record("path", &"x".repeat(length));
            let said: usize = text.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(said, text.len());
        }
    }

    #[test]
    fn a_path_is_split_only_at_a_slash_and_only_if_both_parts_fit() {
        let long = |one: usize, two: usize| format!("{}/{}", "p".repeat(one), "n".repeat(two));
        assert_eq!(split("a/b"), Some(("", "a/b")));
        assert_eq!(
            split(&long(155, 100)).map(|(prefix, name)| (prefix.len(), name.len())),
            Some((155, 100))
        );
        assert_eq!(split(&long(156, 90)), None);
        assert_eq!(split(&long(10, 101)), None);
        assert_eq!(split(&format!("{}/", "d".repeat(120))), None);
        assert_eq!(split("f\u{151}"), None);
    }
}
