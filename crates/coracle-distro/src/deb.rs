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

use control::Fields;
pub(crate) use merge::merged;

/// More than any package of Debian unpacks to; a .deb beyond it is not read on.
pub const LARGEST_UNPACKED: u64 = 8 << 30;

/// A package, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deb {
    /// The control stanza as shipped: what `status.d` gets.
    pub control: String,
    /// The sums that the package lists, by merged-/usr path.
    pub md5sums: BTreeMap<String, String>,
    /// The paths that the package calls configuration, `/etc/…`.
    pub conffiles: Vec<String>,
    /// The maintainer scripts, in the order of [`SCRIPTS`].
    pub scripts: Vec<Script>,
    /// `triggers` as shipped, empty where there is none.
    pub triggers: String,
    /// `shlibs` as shipped, empty where there is none.
    pub shlibs: String,
    /// `symbols` as shipped, empty where there is none.
    pub symbols: String,
    /// Every file, in the package's order, with merged-/usr paths.
    pub files: Vec<PackageFile>,
    fields: Fields,
}

/// The maintainer scripts that a package can ship.
pub const SCRIPTS: [&str; 5] = ["preinst", "postinst", "prerm", "postrm", "config"];

/// One maintainer script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// `postinst`.
    pub name: String,
    /// As shipped; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Relative, without `./`, merged-/usr: `usr/lib/x86_64-linux-gnu/libc.so.6`.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
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
pub enum FileKind {
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

    /// The same package with its parts uncompressed: reading it costs a copy.
    pub fn uncompressed(from: impl Read) -> Result<Vec<u8>, Error> {
        let mut members = ar::Members::open(from)?;
        let mut written = ar::Written::new();
        for part in ["debian-binary", "control.tar", "data.tar"] {
            let bytes = members.expect(part, |from| {
                let mut bytes = Vec::new();
                from.read_to_end(&mut bytes)
                    .map_err(|source| Error::read(part, source))?;
                Ok(bytes)
            })?;
            written.add(part, &bytes);
        }
        Ok(written.finish())
    }

    /// `Package:`
    pub fn name(&self) -> &str {
        self.field("package").unwrap_or_default()
    }

    /// `Version:`
    pub fn version(&self) -> &str {
        self.field("version").unwrap_or_default()
    }

    /// `Architecture:`
    pub fn architecture(&self) -> &str {
        self.field("architecture").unwrap_or_default()
    }

    /// The source package's name, which is the package's own where `Source` is absent.
    pub fn source(&self) -> &str {
        let source = self
            .field("source")
            .and_then(|source| source.split_whitespace().next());
        source.unwrap_or_else(|| self.name())
    }

    /// A field of the control stanza, its name in any case, its lines joined by line breaks.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .get(&name.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// A script's text.
    pub fn script(&self, name: &str) -> Option<&str> {
        self.scripts
            .iter()
            .find(|script| script.name == name)
            .map(|script| script.text.as_str())
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
