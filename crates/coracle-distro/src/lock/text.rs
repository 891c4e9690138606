//! The text of `coracle.lock`: written in one order, read strictly.
//!
//! Written by hand, a row a line, so that a merge or a review sees packages and not syntax.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Lock, Pin, ReleasePin, Section};
use crate::names::{is_name, is_pool_path};
use crate::suite::Architecture;

/// What the file is called.
pub const FILE_NAME: &str = "coracle.lock";

const HEADER: &str = "\
# The archive packages that builds and images use, pinned by coracle. Commit this file.
# `coracle update` moves the pins; `--locked` refuses to change them.
version = 1
";

/// Why a lock could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not TOML of the lock's shape, or has a key that this version does not know.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A newer coracle wrote it.
    #[error("line {line}: the lock has version {version}, this coracle reads version 1")]
    Version {
        /// Counted from 1.
        line: usize,
        /// What it says.
        version: i64,
    },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Syntax { .. } => {
                    "restore the file from git, or delete it and let `coracle build` write a new one"
                }
                Self::Version { .. } => "use the coracle that wrote the file, or a newer one",
            }
            .to_owned(),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockRecord {
    #[serde(rename = "version")]
    _version: serde::de::IgnoredAny,
    #[serde(default)]
    section: Vec<Spanned<SectionRecord>>,
}

/// Read first and alone, so that a newer file is called newer and not misspelt.
#[derive(Deserialize)]
struct VersionRecord {
    version: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionRecord {
    suite: String,
    architecture: String,
    releases: Vec<Spanned<ReleaseRecord>>,
    build: Vec<Spanned<PinRecord>>,
    run: Vec<Spanned<PinRecord>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseRecord {
    archive: String,
    date: String,
    digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinRecord {
    name: String,
    version: String,
    architecture: String,
    archive: String,
    size: u64,
    sha256: String,
    path: String,
}

impl Lock {
    /// Reads the text of a lock. Unknown keys, versions and rows of a wrong shape are errors.
    pub fn read(text: &str) -> Result<Lock, Error> {
        let syntax = |error: toml::de::Error| Error::Syntax {
            line: line(text, &error.span().unwrap_or_default()),
            problem: error.message().to_owned(),
        };
        let version = toml::from_str::<VersionRecord>(text)
            .map_err(syntax)?
            .version;
        if *version.get_ref() != 1 {
            let line = line(text, &version.span());
            return Err(Error::Version {
                line,
                version: version.into_inner(),
            });
        }
        let record: LockRecord = toml::from_str(text).map_err(syntax)?;
        let mut lock = Lock::default();
        for spanned in record.section {
            let span = spanned.span();
            let record = spanned.into_inner();
            let key = section_key(&record).map_err(|problem| at(text, &span, problem))?;
            if lock.sections.contains_key(&key) {
                let problem = format!("{} {} has a second section", key.0, key.1);
                return Err(at(text, &span, problem));
            }
            lock.sections.insert(key, section(record, text)?);
        }
        Ok(lock)
    }

    /// The text to write: the same for the same lock, whatever order its rows came in.
    pub fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        for ((suite, architecture), section) in &self.sections {
            let _ = write!(
                text,
                "\n[[section]]\nsuite = {suite:?}\narchitecture = \"{architecture}\"\n"
            );
            write_rows(&mut text, "releases", &section.releases, release_row);
            write_rows(&mut text, "build", &section.build, pin_row);
            write_rows(&mut text, "run", &section.run, pin_row);
        }
        text
    }
}

fn write_rows<T: Ord>(text: &mut String, name: &str, rows: &[T], row: fn(&T) -> String) {
    let sorted: BTreeSet<&T> = rows.iter().collect();
    if sorted.is_empty() {
        let _ = writeln!(text, "{name} = []");
        return;
    }
    let _ = writeln!(text, "{name} = [");
    for value in sorted {
        let _ = writeln!(text, "  {{ {} }},", row(value));
    }
    text.push_str("]\n");
}

fn release_row(release: &ReleasePin) -> String {
    let ReleasePin {
        archive,
        date,
        digest,
    } = release;
    format!("archive = \"{archive}\", date = \"{date}\", digest = \"{digest}\"")
}

fn pin_row(pin: &Pin) -> String {
    let Pin {
        name,
        version,
        architecture,
        path,
        sha256,
        size,
        archive,
    } = pin;
    format!(
        "name = \"{name}\", version = \"{version}\", architecture = \"{architecture}\", \
         archive = \"{archive}\", size = {size}, sha256 = \"{sha256}\", path = \"{path}\""
    )
}

fn section_key(record: &SectionRecord) -> Result<(String, Architecture), String> {
    let plain = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
            })
    };
    match record.suite.split_once('/') {
        Some((distribution, codename)) if plain(distribution) && plain(codename) => {}
        _ => {
            return Err(format!(
                "{:?} is not a suite like debian/trixie",
                record.suite
            ));
        }
    }
    let architecture = record
        .architecture
        .parse()
        .map_err(|error| format!("{error}"))?;
    Ok((record.suite.clone(), architecture))
}

fn section(record: SectionRecord, text: &str) -> Result<Section, Error> {
    Ok(Section {
        releases: rows(record.releases, text, release, |release| {
            release.archive.to_string()
        })?,
        build: rows(record.build, text, pin, |pin| pin.name.clone())?,
        run: rows(record.run, text, pin, |pin| pin.name.clone())?,
    })
}

/// Turns records into rows; two rows of one key are an error, since neither could be believed.
fn rows<R, T: Ord>(
    records: Vec<Spanned<R>>,
    text: &str,
    row: fn(R) -> Result<T, String>,
    key: fn(&T) -> String,
) -> Result<Vec<T>, Error> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let span = record.span();
        let value = row(record.into_inner()).map_err(|problem| at(text, &span, problem))?;
        let key = key(&value);
        if !seen.insert(key.clone()) {
            return Err(at(text, &span, format!("{key} has a second row")));
        }
        rows.push(value);
    }
    rows.sort();
    Ok(rows)
}

fn release(record: ReleaseRecord) -> Result<ReleasePin, String> {
    Ok(ReleasePin {
        archive: record.archive.parse().map_err(|error| format!("{error}"))?,
        date: record
            .date
            .parse()
            .map_err(|_| format!("{:?} is not a date like 2026-09-12T07:55:41Z", record.date))?,
        digest: record.digest.parse().map_err(|error| format!("{error}"))?,
    })
}

fn pin(record: PinRecord) -> Result<Pin, String> {
    if !is_name(&record.name) {
        return Err(format!("{:?} is not a package name", record.name));
    }
    if record.architecture != "all" && record.architecture.parse::<Architecture>().is_err() {
        return Err(format!(
            "{} has the unknown architecture {:?}",
            record.name, record.architecture
        ));
    }
    if !is_pool_path(&record.path) {
        return Err(format!(
            "{} has the path {:?}, expected pool/….deb",
            record.name, record.path
        ));
    }
    Ok(Pin {
        version: record
            .version
            .parse()
            .map_err(|error| format!("{}: {error}", record.name))?,
        archive: record.archive.parse().map_err(|error| format!("{error}"))?,
        sha256: record
            .sha256
            .parse()
            .map_err(|error| format!("{}: {error}", record.name))?,
        name: record.name,
        architecture: record.architecture,
        path: record.path,
        size: record.size,
    })
}

fn at(text: &str, span: &Range<usize>, problem: String) -> Error {
    Error::Syntax {
        line: line(text, span),
        problem,
    }
}

fn line(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
