//! Reading a package index that an InRelease lists: kept or fetched, unpacked, held to its digests.

use std::io::{self, Read};

use super::read::{TakeError, Wanted};
use super::{Error, Opening, ReleaseUsed};
use crate::Sha256;
use crate::digest::{Hasher, Verify};
use crate::index::Index;
use crate::release::{File, Release};
use crate::suite::ArchiveId;
use crate::xz;

/// Reads the package index, from the store where its digest is kept.
pub(super) fn index(
    opening: &Opening<'_>,
    id: &ArchiveId,
    release: &Release,
    used: &ReleaseUsed,
    roots: &[String],
) -> Result<Index, Error> {
    let folder = format!("{}/binary-{}", id.directory, opening.architecture);
    let what = format!("the package index of {id} for {}", opening.architecture);
    let plain_path = format!("{folder}/Packages");
    let not_listed = |path: &str| Error::NotListed {
        archive: id.to_string(),
        url: used.url.clone().unwrap_or_else(|| "the store".to_owned()),
        path: path.to_owned(),
    };
    let plain = release
        .file(&plain_path)
        .ok_or_else(|| not_listed(&plain_path))?;
    if let Some(kept) = opening.kept(&what, &plain.sha256)? {
        // It was checked before it was kept, and its digest says that it is the same.
        return Ok(Index::checked(read_kept(&what, kept, plain)?, id.name));
    }
    let compressed = Form::ALL.iter().find_map(|form| {
        let path = format!("{plain_path}{}", form.suffix());
        Some((*form, release.file(&path)?, path))
    });
    let (form, file, path) = compressed.ok_or_else(|| not_listed(&plain_path))?;
    let wanted = Wanted {
        what: &what,
        file,
        urls: urls(id, release, roots, &path, &file.sha256),
    };
    let text = fetch_index(opening, &wanted, form, plain)?;
    let text = String::from_utf8(text).map_err(|_| Error::Compression {
        what: what.clone(),
        problem: "it is not UTF-8".to_owned(),
    })?;
    let index = Index::read(&text, id.name).map_err(|source| Error::Index {
        archive: id.to_string(),
        source,
    })?;
    // The plain form: reading it again costs a hash instead of a second of unpacking.
    let kept = opening
        .keep
        .keep(&plain.sha256, plain.size, &mut text.as_bytes());
    kept.map_err(|source| Error::Keep { what, source })?;
    Ok(index)
}

fn read_kept(what: &str, kept: Box<dyn Read + Send>, file: File) -> Result<Vec<u8>, Error> {
    let mut text = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0).min(1 << 28));
    let read = Verify::new(kept, file.sha256, file.size).read_to_end(&mut text);
    read.map_err(|source| Error::Keep {
        what: what.to_owned(),
        source,
    })?;
    Ok(text)
}

/// Unpacks the index while it arrives and holds both forms to their digests.
fn fetch_index(
    opening: &Opening<'_>,
    wanted: &Wanted<'_>,
    form: Form,
    plain: File,
) -> Result<Vec<u8>, Error> {
    opening.stream(wanted, |from| {
        let mut text = Vec::new();
        let content = |error: io::Error| TakeError::Content(error.to_string());
        form.reader(from)
            .map_err(content)?
            .take(plain.size.saturating_add(1))
            .read_to_end(&mut text)
            .map_err(content)?;
        io::copy(from, &mut io::sink()).map_err(content)?;
        let mut hasher = Hasher::default();
        hasher.update(&text);
        if text.len() as u64 != plain.size || hasher.finish() != plain.sha256 {
            return Err(TakeError::Content(format!(
                "expected sha256:{} over {} bytes inside",
                plain.sha256, plain.size
            )));
        }
        Ok(text)
    })
}

/// How an index travels, the preferred first.
#[derive(Clone, Copy)]
enum Form {
    Xz,
    Gzip,
    Plain,
}

impl Form {
    const ALL: [Self; 3] = [Self::Xz, Self::Gzip, Self::Plain];

    fn suffix(self) -> &'static str {
        match self {
            Self::Xz => ".xz",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    fn reader<'a>(self, from: &'a mut dyn Read) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Xz => Box::new(xz::reader(from)?),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(from)),
            Self::Plain => Box::new(from),
        })
    }
}

/// By digest first, so that a mirror in the middle of an update still serves the matching file.
pub(super) fn urls(
    id: &ArchiveId,
    release: &Release,
    roots: &[String],
    path: &str,
    sha256: &Sha256,
) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut urls = Vec::new();
    for root in roots {
        if release.by_hash {
            urls.push(format!(
                "{root}/dists/{}/{folder}/by-hash/SHA256/{sha256}",
                id.path
            ));
        }
        urls.push(format!("{root}/dists/{}/{path}", id.path));
    }
    urls
}
