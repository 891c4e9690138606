//! A Debian package file taken apart in memory: what it says of itself, its scripts, its files.
//!
//! No script is run, no file is written, no link is followed. See deb(5) and deb-control(5).

mod ar;
mod control;
mod data;
mod merge;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

pub use control::Control;

/// More than any package of Debian unpacks to; a .deb beyond it is not read on.
pub const LARGEST_UNPACKED: u64 = 8 << 30;

/// A package, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deb {
    /// The control stanza.
    pub control: Control,
    /// `md5sums` as shipped, empty where there is none.
    pub md5sums: String,
    /// The paths that the package calls configuration, `/etc/…`.
    pub conffiles: Vec<String>,
    /// `preinst`, `postinst`, `prerm`, `postrm`, `config` by name, as shipped.
    pub scripts: BTreeMap<String, String>,
    /// `triggers` as shipped, empty where there is none.
    pub triggers: String,
    /// `shlibs` as shipped, empty where there is none.
    pub shlibs: String,
    /// Every file, in the package's order, with merged-/usr paths.
    pub files: Vec<PackageFile>,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Relative, without `./`, merged-/usr: `usr/lib/x86_64-linux-gnu/libc.so.6`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, setuid, setgid and sticky among them.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Seconds since 1970.
    pub mtime: u64,
}

/// What a file is. Nothing else is accepted from a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file with these bytes.
    File(Arc<[u8]>),
    /// A symbolic link with this target, as shipped unless the move into `usr/` would break it.
    Symlink(String),
    /// The same file as this path of the package.
    HardLink(String),
}

impl Deb {
    /// Reads a .deb to its end.
    pub fn read(from: impl Read) -> Result<Deb, Error> {
        let mut members = ar::Members::open(from)?;
        members.expect("debian-binary", |from| {
            let mut version = String::new();
            from.take(16)
                .read_to_string(&mut version)
                .map_err(|source| Error::read("debian-binary", source))?;
            if version.starts_with("2.") {
                Ok(())
            } else {
                Err(Error::FormatVersion {
                    version: version.trim().to_owned(),
                })
            }
        })?;
        let control = members.expect("control.tar", control::read)?;
        let files = members.expect("data.tar", data::read)?;
        Ok(control.into_deb(files))
    }

    /// The file at a merged-/usr path.
    pub fn file(&self, path: &str) -> Option<&PackageFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Why a .deb could not be taken apart.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the fields are named for what they hold and the messages say it"
)]
pub enum Error {
    /// It is no ar archive, or cut.
    #[error("it is not a Debian package: {problem}")]
    NotADeb { problem: String },
    /// A format that deb(5) does not describe.
    #[error("its format is {version:?}, expected 2.0")]
    FormatVersion { version: String },
    /// A part has an unknown compression.
    #[error(
        "its member {member:?} is not one of {expected}, {expected}.gz, {expected}.xz, {expected}.zst"
    )]
    Member {
        member: String,
        expected: &'static str,
    },
    /// A part is cut or does not unpack.
    #[error("its {part} could not be read")]
    Read {
        part: String,
        source: std::io::Error,
    },
    /// A part is larger than any honest package's.
    #[error("its {part} unpacks to more than {limit} bytes")]
    TooLarge { part: &'static str, limit: u64 },
    /// The control stanza is not one.
    #[error("its control stanza is malformed: {problem}")]
    Control { problem: String },
    /// A path that would leave the place where it is unpacked.
    #[error("it has the path {path:?}, which is refused: {problem}")]
    Path { path: String, problem: &'static str },
    /// A device, a pipe, or a tar member that nobody knows.
    #[error("{path} is {kind}, expected a file, a directory or a link")]
    Kind { path: String, kind: String },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        Some("the archive signed these bytes, so this is a limit of coracle's: please report the package".to_owned())
    }

    fn read(part: &str, source: std::io::Error) -> Self {
        Self::Read {
            part: part.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
