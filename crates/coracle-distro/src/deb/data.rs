//! data.tar: the files. Everything about a path is decided here, before anybody writes it.

use std::io::Read;
use std::sync::Arc;

use tar::EntryType;

use super::merge::{merged, relative, target};
use super::{Error, FileKind, LARGEST_UNPACKED, PackageFile};

/// More than any package of Debian has.
const MOST_FILES: usize = 1 << 20;

pub(super) fn read(from: &mut dyn Read) -> Result<Vec<PackageFile>, Error> {
    let part = "data.tar";
    let mut files = Vec::new();
    let mut total = 0;
    let mut archive = tar::Archive::new(from);
    for entry in archive
        .entries()
        .map_err(|source| Error::read(part, source))?
    {
        let mut entry = entry.map_err(|source| Error::read(part, source))?;
        total += entry.size();
        if total > LARGEST_UNPACKED || files.len() >= MOST_FILES {
            return Err(Error::TooLarge {
                part,
                limit: LARGEST_UNPACKED,
            });
        }
        files.extend(file(&mut entry)?);
    }
    Ok(files)
}

/// One member; the package's root directory and a tar's own records are nothing.
fn file(entry: &mut tar::Entry<'_, impl Read>) -> Result<Option<PackageFile>, Error> {
    let shipped = relative(&entry.path_bytes())?;
    let entry_type = entry.header().entry_type();
    if shipped.is_empty() || entry_type == EntryType::XGlobalHeader {
        return Ok(None);
    }
    let path = merged(&shipped, entry_type.is_symlink());
    let header = |error| Error::read(&shipped, error);
    let (mode, uid, gid, mtime) = (
        entry.header().mode().map_err(header)? & 0o7777,
        entry.header().uid().map_err(header)?,
        entry.header().gid().map_err(header)?,
        entry.header().mtime().map_err(header)?,
    );
    let kind = match entry_type {
        EntryType::Directory => FileKind::Directory,
        EntryType::Regular | EntryType::Continuous => FileKind::File(bytes(entry, &shipped)?),
        EntryType::Symlink => FileKind::Symlink(target(&link(entry, &shipped)?, &shipped, &path)),
        EntryType::Link => {
            let to = link(entry, &shipped)?;
            FileKind::HardLink(merged(&relative(to.as_bytes())?, false))
        }
        other => {
            return Err(Error::Kind {
                path: shipped,
                kind: name(other),
            });
        }
    };
    Ok(Some(PackageFile {
        path,
        kind,
        mode,
        uid,
        gid,
        mtime,
    }))
}

/// Grows with what is there: the header's size is only a claim.
fn bytes(entry: &mut tar::Entry<'_, impl Read>, path: &str) -> Result<Arc<[u8]>, Error> {
    let size = entry.size();
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(1 << 20));
    entry
        .read_to_end(&mut bytes)
        .map_err(|source| Error::read(path, source))?;
    if bytes.len() as u64 != size {
        let short = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it is cut");
        return Err(Error::read(path, short));
    }
    Ok(bytes.into())
}

fn link(entry: &tar::Entry<'_, impl Read>, path: &str) -> Result<String, Error> {
    let refuse = |problem| Error::Path {
        path: path.to_owned(),
        problem,
    };
    let target = entry
        .link_name_bytes()
        .ok_or_else(|| refuse("it is a link to nothing"))?;
    let target =
        String::from_utf8(target.into_owned()).map_err(|_| refuse("its target is not UTF-8"))?;
    if target.is_empty() || target.contains('\0') {
        return Err(refuse("it is a link to nothing"));
    }
    Ok(target)
}

fn name(entry_type: EntryType) -> String {
    match entry_type {
        EntryType::Char => "a character device".to_owned(),
        EntryType::Block => "a block device".to_owned(),
        EntryType::Fifo => "a pipe".to_owned(),
        other => format!("a tar member of type {:?}", char::from(other.as_byte())),
    }
}
