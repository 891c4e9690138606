//! An InRelease: verified, then held to what was asked for, then read.
//!
//! Nothing here fetches. The order is the point: no field is looked at before the signature holds,
//! and no file list is handed out before the record says that it is the wanted archive, now.

mod error;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

pub use error::Error;

use crate::Sha256;
use crate::signature::{self, Keyring};
use crate::suite::{Architecture, ArchiveId};

/// How far a Date may lie ahead of this machine's clock.
pub const CLOCK_SKEW: Duration = Duration::from_secs(15 * 60);

/// A verified InRelease.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its `Date:`.
    pub date: Timestamp,
    /// Its `Valid-Until:`, where there is one.
    pub valid_until: Option<Timestamp>,
    /// The digest of the whole signed file.
    pub digest: Sha256,
    /// Whether files can be asked for by their digest (`Acquire-By-Hash`).
    pub by_hash: bool,
    files: BTreeMap<String, File>,
}

/// A file that an InRelease lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// What an InRelease is held to.
pub struct Asked<'a> {
    /// The archive it must be.
    pub archive: &'a ArchiveId,
    /// The architecture it must list.
    pub architecture: Architecture,
    /// The keys that count.
    pub keyring: &'a Keyring,
    /// The time.
    pub now: Timestamp,
    /// The newest Date seen of this archive, and where it was seen.
    pub newest_seen: Option<(Timestamp, &'static str)>,
    /// How its age is judged.
    pub age: Age,
}

/// How the age of an InRelease is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// It must be valid now; where it does not say how long it is, it must not be older than seen.
    Current,
    /// It must be valid now, but may be older than one that was seen.
    MayBeOlder,
    /// It is the very file that the lock pins, so that its time is over is expected.
    Pinned,
}

impl Release {
    /// Verifies a whole InRelease file and holds it to what was asked.
    pub fn open(in_release: &[u8], asked: &Asked<'_>) -> Result<Release, Error> {
        let text = signature::verify(in_release, asked.keyring, asked.now)?;
        let text = String::from_utf8(text).map_err(|_| Error::malformed("it is not UTF-8"))?;
        let fields = Fields::read(&text)?;
        identity(&fields, asked)?;
        let release = Release {
            date: fields
                .time("Date")?
                .ok_or_else(|| Error::malformed("it has no Date"))?,
            valid_until: fields.time("Valid-Until")?,
            digest: Sha256::of(in_release),
            by_hash: fields
                .get("Acquire-By-Hash")
                .is_some_and(|value| value == "yes"),
            files: files(&fields)?,
        };
        age(&release, asked)?;
        Ok(release)
    }

    /// A listed file, by its path under the archive's folder.
    pub fn file(&self, path: &str) -> Option<File> {
        self.files.get(path).copied()
    }
}

/// 1. It is the archive that was asked for.
fn identity(fields: &Fields<'_>, asked: &Asked<'_>) -> Result<(), Error> {
    let got = |name: &str| fields.get(name).unwrap_or_default();
    let id = asked.archive;
    if got("Origin") != id.origin {
        return Err(Error::WrongOrigin {
            expected: id.origin.to_owned(),
            got: got("Origin"),
        });
    }
    if got("Label") != id.label {
        return Err(Error::WrongLabel {
            expected: id.label.to_owned(),
            got: got("Label"),
        });
    }
    if got("Codename") != id.codename {
        return Err(Error::WrongCodename {
            expected: id.codename.clone(),
            got: got("Codename"),
        });
    }
    if !got("Components")
        .split_whitespace()
        .any(|word| word == id.component)
    {
        return Err(Error::NoComponent {
            expected: id.component.to_owned(),
            got: got("Components"),
        });
    }
    if !got("Architectures")
        .split_whitespace()
        .any(|word| word == asked.architecture.as_str())
    {
        return Err(Error::NoArchitecture {
            expected: asked.architecture,
            got: got("Architectures"),
        });
    }
    Ok(())
}

/// 2. It is of now: not of the future, not over, not older than what was seen before.
fn age(release: &Release, asked: &Asked<'_>) -> Result<(), Error> {
    let Release {
        date, valid_until, ..
    } = release;
    if date.duration_since(asked.now) > CLOCK_SKEW.try_into().unwrap_or(jiff::SignedDuration::ZERO)
    {
        return Err(Error::Future {
            date: *date,
            now: asked.now,
        });
    }
    if asked.age == Age::Pinned {
        return Ok(());
    }
    match (valid_until, asked.newest_seen) {
        (Some(end), _) if *end < asked.now => Err(Error::Expired {
            valid_until: *end,
            now: asked.now,
        }),
        (None, Some((seen, seen_in))) if *date < seen && asked.age == Age::Current => {
            Err(Error::Older {
                date: *date,
                seen,
                seen_in,
            })
        }
        _ => Ok(()),
    }
}

fn files(fields: &Fields<'_>) -> Result<BTreeMap<String, File>, Error> {
    let listed = fields
        .lines("SHA256")
        .ok_or_else(|| Error::malformed("it has no SHA256 list"))?;
    let mut files = BTreeMap::new();
    for line in listed.iter().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let (Some(sha256), Some(size), Some(path), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Error::malformed(format!(
                "{line:?} is not a digest, a size and a path"
            )));
        };
        let sha256 = sha256
            .parse()
            .map_err(|error| Error::malformed(format!("{error}")))?;
        let size = size
            .parse()
            .map_err(|_| Error::malformed(format!("{size:?} is not a size")))?;
        if files
            .insert(path.to_owned(), File { sha256, size })
            .is_some()
        {
            return Err(Error::malformed(format!("it lists {path} twice")));
        }
    }
    Ok(files)
}

/// The one stanza of an InRelease.
struct Fields<'a>(deb822_fast::borrowed::BorrowedParagraph<'a>);

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let mut stanzas = deb822_fast::borrowed::iter_paragraphs_borrowed(text);
        let first = stanzas
            .next()
            .ok_or_else(|| Error::malformed("it is empty"))?;
        let first = first.map_err(|error| Error::malformed(error.to_string()))?;
        if stanzas.next().is_some() {
            return Err(Error::malformed("it has a second stanza"));
        }
        for (place, field) in first.iter().enumerate() {
            if first
                .iter()
                .skip(place + 1)
                .any(|other| other.name().eq_ignore_ascii_case(field.name()))
            {
                return Err(Error::malformed(format!(
                    "it has two fields {}",
                    field.name()
                )));
            }
        }
        Ok(Self(first))
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0
            .get_field(name)
            .map(|field| field.join().trim().to_owned())
    }

    fn lines(&self, name: &str) -> Option<&[&'a str]> {
        self.0.get(name)
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        // Debian writes UTC as a zone's name, which RFC 2822 does not know.
        let zoned = match text.strip_suffix(" UTC") {
            Some(start) => format!("{start} +0000"),
            None => text.clone(),
        };
        let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&zoned);
        time.map(Some)
            .map_err(|_| Error::malformed(format!("its {name} {text:?} is not a time")))
    }
}
