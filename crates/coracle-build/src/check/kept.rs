//! What is kept of a file of an image that is looked at: enough for every question, and no more.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coracle_binary::Mentions;
use coracle_binary::reduce::{self, Reduced};
use coracle_oci::layer::{ReadEntry, ReadKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::shelf::Shelved;

/// The SHA-256 of a file's content, by which files are compared of which not all is kept.
pub(super) type Sum = [u8; 32];

/// What is kept of one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Kept {
    /// All of it: what is read as text, and what cannot be reduced.
    Whole(#[serde(with = "whole")] Arc<[u8]>),
    /// Of an ELF file what a proof reads.
    Elf {
        /// That.
        #[serde(with = "shared")]
        reduced: Arc<Reduced>,
        /// Of the whole file.
        sum: Sum,
    },
    /// One of these two, on the disk until it is asked for.
    Shelved(Shelved),
    /// The first bytes, which say that it is nothing that could start.
    Head {
        /// In bytes.
        length: u64,
        /// The first of them.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        /// Of the whole file.
        sum: Sum,
    },
    /// A file of a folder, which is read when it is asked for. It is never written down.
    #[serde(skip)]
    OnDisk {
        /// Where.
        path: PathBuf,
        /// In bytes.
        length: u64,
    },
}

/// An ELF file's header has so many bytes at most.
pub(super) const HEADER: usize = 64;
/// So much is read at once.
const PIECE: usize = 1 << 16;
/// The kernel looks at so many bytes to tell what a file is.
const HEAD: usize = 256;
/// Scripts, lists and databases beyond this are nobody's.
const LONGEST_TEXT: u64 = 64 << 20;
/// Files that are read whole, by their names or the ends of their paths.
const TEXTS: [&str; 19] = [
    "etc/passwd",
    "etc/group",
    "etc/nsswitch.conf",
    "etc/os-release",
    "usr/lib/os-release",
    "etc/alpine-release",
    "ld.so.preload",
    "ld.so.cache",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "etc/alternatives",
    "pyvenv.cfg",
    "etc/ld.so.conf",
    "krb5.conf",
    "openssl.cnf",
    "rpm/rpmdb.sqlite",
    "rpm/Packages.db",
    "rpm/Packages",
];
/// Records of packages, one a file; and lists of the files of packages, beside which much else is.
const RECORDS: &str = "var/lib/dpkg/status.d/";
const LISTS: (&str, &str) = ("var/lib/dpkg/info/", ".list");

impl Kept {
    /// Chooses what of a layer's file is kept, reading it.
    pub(super) fn of(entry: &ReadEntry, reader: &mut dyn Read) -> io::Result<Kept> {
        let ReadKind::File { length } = entry.kind else {
            return Ok(Kept::head_of(0, Vec::new(), Sha256::new()));
        };
        let mut bytes = Vec::new();
        reader.take(HEAD as u64).read_to_end(&mut bytes)?;
        let is_elf = bytes.starts_with(b"\x7fELF");
        let is_read = is_elf || bytes.starts_with(b"#!") || is_text(&entry.path);
        if is_read && (is_elf || length <= LONGEST_TEXT) {
            let all = reduce::capacity(usize::try_from(length).unwrap_or_default());
            bytes.reserve_exact(all.saturating_sub(bytes.len()));
            reader.read_to_end(&mut bytes)?;
            return Ok(match Reduced::of(&bytes) {
                Some(reduced) => Kept::Elf {
                    reduced: Arc::new(reduced),
                    sum: Sha256::digest(&bytes).into(),
                },
                None => Kept::Whole(Arc::from(bytes)),
            });
        }
        let mut sum = Sha256::new_with_prefix(&bytes);
        add(&mut sum, reader)?;
        let may_be_opened = entry.mode & 0o111 != 0 || entry.path.contains(".so");
        if !is_read && !may_be_opened {
            bytes = Vec::new();
        }
        bytes.shrink_to_fit();
        Ok(Kept::head_of(length, bytes, sum))
    }

    fn head_of(length: u64, bytes: Vec<u8>, sum: Sha256) -> Kept {
        Kept::Head {
            length,
            bytes,
            sum: sum.finalize().into(),
        }
    }

    /// The file's length, in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Kept::Whole(bytes) => bytes.len() as u64,
            Kept::Elf { reduced, .. } => reduced.length(),
            Kept::Shelved(shelved) => shelved.length,
            Kept::Head { length, .. } | Kept::OnDisk { length, .. } => *length,
        }
    }

    /// The SHA-256 of all of the file; `None` where it cannot be read.
    pub(super) fn sum(&self) -> Option<Sum> {
        Some(match self {
            Kept::Whole(bytes) => Sha256::digest(bytes).into(),
            Kept::Elf { sum, .. } | Kept::Head { sum, .. } => *sum,
            Kept::Shelved(shelved) => shelved.sum,
            Kept::OnDisk { path, .. } => sum_of(path).ok()?,
        })
    }

    /// The first bytes, an ELF file's header among them; of a folder's file no more is read.
    pub(super) fn head(&self) -> Cow<'_, [u8]> {
        let bytes: &[u8] = match self {
            Kept::Whole(bytes) => bytes,
            Kept::Elf { reduced, .. } => reduced.head(),
            Kept::Shelved(shelved) => &shelved.head,
            Kept::Head { bytes, .. } => bytes,
            Kept::OnDisk { path, .. } => {
                let mut bytes = Vec::new();
                let file = std::fs::File::open(path);
                // What cannot be read begins with nothing.
                let _ = file.and_then(|file| file.take(HEADER as u64).read_to_end(&mut bytes));
                return Cow::Owned(bytes);
            }
        };
        Cow::Borrowed(bytes.get(..HEADER).unwrap_or(bytes))
    }

    /// Whether it begins as ELF files do.
    pub(super) fn is_elf(&self) -> bool {
        self.head().starts_with(b"\x7fELF")
    }

    /// Whether it begins as scripts do.
    pub(super) fn is_script(&self) -> bool {
        self.head().starts_with(b"#!")
    }

    /// What its texts show.
    pub(super) fn mentions(&self) -> Mentions {
        match self {
            Kept::Elf { reduced, .. } => reduced.mentions(),
            Kept::Shelved(shelved) => shelved.mentions().unwrap_or_default(),
            other => Mentions::find(&other.content(Vec::new()).unwrap_or_default()),
        }
    }

    /// What is known of the bytes; all that is not is zero.
    pub(super) fn content(&self, mut room: Vec<u8>) -> Option<Cow<'_, [u8]>> {
        match self {
            Kept::Whole(bytes) => Some(Cow::Borrowed(bytes)),
            Kept::Elf { reduced, .. } => Some(Cow::Owned(reduced.fill(room))),
            Kept::Shelved(shelved) => shelved.content(room).map(Cow::Owned),
            Kept::Head { bytes, .. } => Some(Cow::Borrowed(bytes)),
            Kept::OnDisk { path, .. } => {
                room.clear();
                std::fs::File::open(path)
                    .ok()?
                    .read_to_end(&mut room)
                    .ok()?;
                Some(Cow::Owned(room))
            }
        }
    }
}

fn sum_of(path: &Path) -> io::Result<Sum> {
    let mut sum = Sha256::new();
    add(&mut sum, &mut std::fs::File::open(path)?)?;
    Ok(sum.finalize().into())
}

/// Adds all that there is to a sum.
fn add(sum: &mut Sha256, reader: &mut dyn Read) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => sum.update(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_text(path: &str) -> bool {
    let is_path_file = |name: &str| name.starts_with("ld-musl-") && name.ends_with(".path");
    TEXTS.iter().any(|text| path.ends_with(text))
        || path.starts_with(RECORDS)
        || path.starts_with(LISTS.0) && path.ends_with(LISTS.1)
        || path.rsplit('/').next().is_some_and(is_path_file)
}

/// Shared bytes as one piece.
mod whole {
    use std::sync::Arc;

    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        serde_bytes::serialize(&**bytes, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
        let bytes: Vec<u8> = serde_bytes::deserialize(from)?;
        Ok(Arc::from(bytes))
    }
}

/// Shared records, each written where it is.
mod shared {
    use std::sync::Arc;

    use coracle_binary::reduce::Reduced;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        record: &Arc<Reduced>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        Reduced::serialize(record, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<Reduced>, D::Error> {
        Reduced::deserialize(from).map(Arc::new)
    }
}
