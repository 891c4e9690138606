//! From header blocks to one raw entry: GNU's long names and PAX records are gathered until the header that they describe.

use std::io::Read;

use tar::{EntryType, Header};

use super::ReadError;
use super::extended::{self, Extended};
use super::input::Input;
use super::numeric;

const BLOCK: u64 = super::super::tar::BLOCK as u64;
/// Go's `maxSpecialFileSize`: what names and PAX records may take.
const MOST_EXTENDED: u64 = 1 << 20;

/// An entry before its names are judged.
pub(super) struct Raw {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) kind: EntryType,
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) mtime: i64,
    pub(super) extended: Extended,
    /// Where its header is.
    pub(super) position: u64,
}

/// The next entry, or none at the archive's end.
pub(super) fn next<R: Read>(input: &mut Input<R>) -> Result<Option<Raw>, ReadError> {
    let mut extended = Extended::default();
    let (mut long_path, mut long_link) = (None, None);
    loop {
        let position = input.position();
        let wrong = |reason: String| malformed(position, &reason);
        let Some(header) = read_header(input)? else {
            // What describes an entry that never comes is forgotten, as Go's reader does.
            return Ok(None);
        };
        let size = unsigned("size", &header.as_old().size).map_err(wrong)?;
        match header.entry_type() {
            EntryType::XHeader => {
                let records = special(input, size, position)?;
                extended = extended::parse(&records).map_err(wrong)?;
            }
            EntryType::XGlobalHeader => drop(special(input, size, position)?),
            EntryType::GNULongName => long_path = Some(text(special(input, size, position)?)),
            EntryType::GNULongLink => long_link = Some(text(special(input, size, position)?)),
            _ => {
                let raw = join(&header, extended, long_path, long_link, position);
                return raw.map(Some).map_err(wrong);
            }
        }
    }
}

/// Reads a header block and checks its sum. Two blocks of zeros, or no more input, are the end.
fn read_header<R: Read>(input: &mut Input<R>) -> Result<Option<Header>, ReadError> {
    let position = input.position();
    let mut header = Header::new_old();
    if !input.fill(header.as_mut_bytes())? {
        return Ok(None);
    }
    let is_zero = |header: &Header| header.as_bytes().iter().all(|byte| *byte == 0);
    if is_zero(&header) {
        if input.fill(header.as_mut_bytes())? && !is_zero(&header) {
            let reason = "a single block of zeros between entries";
            return Err(malformed(position, reason));
        }
        return Ok(None);
    }
    let said = numeric::parse(&header.as_old().cksum);
    let sums = checksums(&header);
    if sums.iter().any(|sum| Some(*sum) == said) {
        return Ok(Some(header));
    }
    let said = said.map_or_else(|| "that is no number".to_owned(), |said| said.to_string());
    let [sum, _] = sums;
    let reason = format!("expected the header's checksum {said}, got {sum}");
    Err(malformed(position, &reason))
}

/// The sum of all bytes as they should be counted, and with signs as some old programs counted. The checksum's own field counts
/// as spaces.
fn checksums(header: &Header) -> [i64; 2] {
    let bytes = header.as_bytes().iter().enumerate();
    let counted = bytes.map(|(index, byte)| match index {
        148..156 => b' ',
        _ => *byte,
    });
    [
        counted.clone().map(i64::from).sum(),
        counted.map(|byte| i64::from(byte.cast_signed())).sum(),
    ]
}

/// The content of a header that only describes the next one.
fn special<R: Read>(input: &mut Input<R>, size: u64, position: u64) -> Result<Vec<u8>, ReadError> {
    if size > MOST_EXTENDED {
        let reason =
            format!("expected at most {MOST_EXTENDED} bytes of names and attributes, got {size}");
        return Err(malformed(position, &reason));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    if !bytes.is_empty() && !input.fill(&mut bytes)? {
        return Err(malformed(input.position(), "it ends in the middle"));
    }
    input.skip(size.wrapping_neg() % BLOCK)?;
    Ok(bytes)
}

/// GNU's names end at the first NUL.
fn text(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    bytes
}

/// Which value counts where several are given is Go's choice: GNU's long names, then PAX, then the header.
fn join(
    header: &Header,
    mut extended: Extended,
    long_path: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    position: u64,
) -> Result<Raw, String> {
    let old = header.as_old();
    let path = long_path
        .or(extended.path.take())
        .unwrap_or_else(|| header.path_bytes().into_owned());
    let link = long_link
        .or(extended.link.take())
        .unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned());
    let mut kind = header.entry_type();
    if kind.is_contiguous() || kind.is_file() {
        // Before USTAR there was no type for directories.
        kind = match path.last() {
            Some(b'/') => EntryType::Directory,
            _ => EntryType::Regular,
        };
    }
    // Links, devices and directories have no content, whatever their size says.
    let size = match kind {
        EntryType::Regular => or_field(extended.size, "size", &old.size)?,
        _ => 0,
    };
    let mode = number("mode", &old.mode)? & 0o7777;
    Ok(Raw {
        path,
        link,
        kind,
        size,
        mode: u32::try_from(mode).unwrap_or_default(),
        uid: or_field(extended.uid, "owner", &old.uid)?,
        gid: or_field(extended.gid, "group", &old.gid)?,
        mtime: extended
            .mtime
            .map_or_else(|| number("time", &old.mtime), Ok)?,
        extended,
        position,
    })
}

fn or_field(extended: Option<u64>, what: &str, field: &[u8]) -> Result<u64, String> {
    extended.map_or_else(|| unsigned(what, field), Ok)
}

fn unsigned(what: &str, field: &[u8]) -> Result<u64, String> {
    u64::try_from(number(what, field)?).map_err(|_| format!("its {what} is negative"))
}

fn number(what: &str, field: &[u8]) -> Result<i64, String> {
    numeric::parse(field).ok_or_else(|| format!("its {what} is not a number"))
}

pub(super) fn malformed(position: u64, reason: &str) -> ReadError {
    let reason = reason.to_owned();
    ReadError::Malformed { position, reason }
}
