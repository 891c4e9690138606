//! From header blocks to one raw entry: GNU's long names and PAX records are gathered until the header that they describe.

use std::io::Read;

use tar::{EntryType, Header};

use super::ReadError;
use super::extended::{self, Extended};
use super::input::Input;

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
        let wrong = |reason: &str| malformed(position, reason);
        let Some(header) = read_header(input)? else {
            // What describes an entry that never comes is forgotten, as Go's reader does.
            return Ok(None);
        };
        let kind = header.entry_type();
        let size = header
            .entry_size()
            .map_err(|error| wrong(&error.to_string()))?;
        match kind {
            EntryType::XHeader => {
                extended =
                    extended::parse(&special(input, size)?).map_err(|reason| wrong(&reason))?
            }
            EntryType::XGlobalHeader => drop(special(input, size)?),
            EntryType::GNULongName => long_path = Some(text(special(input, size)?)),
            EntryType::GNULongLink => long_link = Some(text(special(input, size)?)),
            _ => {
                let raw = join(&header, extended, long_path, long_link, position);
                return raw.map(Some).map_err(|error| wrong(&error.to_string()));
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
        return match input.fill(header.as_mut_bytes())? && !is_zero(&header) {
            true => Err(malformed(
                position,
                "a single block of zeros between entries",
            )),
            false => Ok(None),
        };
    }
    let said = header
        .cksum()
        .map_err(|error| malformed(position, &error.to_string()))?;
    let sum = header
        .as_bytes()
        .iter()
        .enumerate()
        // The checksum's own field counts as spaces.
        .map(|(index, byte)| {
            if (148..156).contains(&index) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum::<u32>();
    if sum != said {
        return Err(malformed(
            position,
            &format!("expected the header's checksum {said}, got {sum}"),
        ));
    }
    Ok(Some(header))
}

/// The content of a header that only describes the next one.
fn special<R: Read>(input: &mut Input<R>, size: u64) -> Result<Vec<u8>, ReadError> {
    let position = input.position();
    if size > MOST_EXTENDED {
        let reason =
            format!("expected at most {MOST_EXTENDED} bytes of names and attributes, got {size}");
        return Err(malformed(position, &reason));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    if !bytes.is_empty() && !input.fill(&mut bytes)? {
        return Err(malformed(position, "it ends in the middle"));
    }
    input.skip(size.wrapping_neg() % BLOCK)?;
    Ok(bytes)
}

/// GNU's names end at the first NUL.
fn text(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

/// Which value counts where several are given is Go's choice: GNU's long names, then PAX, then the header.
fn join(
    header: &Header,
    mut extended: Extended,
    long_path: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    position: u64,
) -> std::io::Result<Raw> {
    let path = long_path.or(extended.path.take());
    let link = long_link.or(extended.link.take());
    let path = path.unwrap_or_else(|| header.path_bytes().into_owned());
    let mut kind = header.entry_type();
    if kind.is_contiguous() || kind.is_file() {
        // Before USTAR there was no type for directories.
        kind = if path.ends_with(b"/") {
            EntryType::Directory
        } else {
            EntryType::Regular
        };
    }
    // Links, devices and directories have no content, whatever their size says.
    let size = match kind {
        EntryType::Regular => match extended.size {
            Some(size) => size,
            None => header.entry_size()?,
        },
        _ => 0,
    };
    let mtime = match extended.mtime {
        Some(mtime) => mtime,
        // Base-256 fields are two's complement: a time before 1970 comes as a very large number.
        None => header.mtime()?.cast_signed(),
    };
    Ok(Raw {
        link: link.unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned()),
        path,
        kind,
        size,
        mode: header.mode()? & 0o7777,
        uid: extended.uid.map_or_else(|| header.uid(), Ok)?,
        gid: extended.gid.map_or_else(|| header.gid(), Ok)?,
        mtime,
        extended,
        position,
    })
}

pub(super) fn malformed(position: u64, reason: &str) -> ReadError {
    let reason = reason.to_owned();
    ReadError::Malformed { position, reason }
}
