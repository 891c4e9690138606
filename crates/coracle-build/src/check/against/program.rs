//! The program that is asked about: a file, told apart from what only looks like one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coracle_binary::Linkage;
use coracle_binary::elf::{ElfFacts, Kind};
use coracle_binary::inspect::{self, Facts};
use coracle_oci::Platform;

use super::libc::Asks;

/// A program that is no image yet.
#[derive(Debug, Clone)]
pub struct Program {
    /// As it was named.
    pub path: PathBuf,
    /// Its name in an image, where it is `/app/NAME`.
    pub name: String,
    /// What it is for.
    pub platform: Platform,
    /// What it says of itself.
    pub facts: Facts,
    /// What it asks of a C library.
    pub asks: Asks,
    pub(super) content: Arc<[u8]>,
}

/// Why a file is not taken as a program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is none.
    #[error("there is no file {}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is {what}, expected an ELF program", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
        /// What to name in its place.
        instead: &'static str,
    },
    /// It is for a machine that no image is for.
    #[error("{} is for {machine}, and no image is", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// What it is for.
        machine: String,
    },
    /// It begins as an ELF file does and cannot be understood.
    #[error("cannot understand the program {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: inspect::Error,
    },
}

impl ProgramError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            ProgramError::Missing { .. } => Some(
                "compile it first; an image is named by its reference, and without --against"
                    .to_owned(),
            ),
            ProgramError::Other { instead, .. } => Some((*instead).to_owned()),
            ProgramError::Machine { .. } => Some(
                "compile it for a platform that images are for, such as linux/amd64 or linux/arm64"
                    .to_owned(),
            ),
            ProgramError::Unreadable { source, .. } => source.hint(),
            ProgramError::Read { .. } => None,
        }
    }
}

impl Program {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, cannot be read, or is no program of a machine that images are for.
    pub fn read(path: &Path) -> Result<Program, ProgramError> {
        let shown = || path.to_owned();
        let content = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                ProgramError::Missing { path: shown() }
            }
            io::ErrorKind::IsADirectory => other(
                path,
                "a folder",
                "name the file in it; a root filesystem is checked as rootfs:FOLDER, an OCI layout as oci:FOLDER",
            ),
            _ => ProgramError::Read {
                path: shown(),
                source,
            },
        })?;
        if let Some((what, instead)) = not_elf(&content) {
            return Err(other(path, what, instead));
        }
        let facts = Facts::read(&content).map_err(|source| ProgramError::Unreadable {
            path: shown(),
            source,
        })?;
        if let Some((what, instead)) = no_program(&facts.elf) {
            return Err(other(path, what, instead));
        }
        let machine = facts.elf.machine;
        let architecture = machine
            .architecture()
            .ok_or_else(|| ProgramError::Machine {
                path: shown(),
                machine: machine.to_string(),
            })?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Program {
            path: shown(),
            name: name.to_string_lossy().into_owned(),
            // `arm` alone is ARMv7, as the images of suites are.
            platform: Platform::linux(architecture).normalised(),
            asks: Asks::of(&facts),
            facts,
            content: content.into(),
        })
    }

    /// Where it is in an image.
    pub(super) fn inside(&self) -> String {
        format!("/app/{}", self.name)
    }

    /// Whether it brings all that it runs with.
    pub fn is_static(&self) -> bool {
        !matches!(self.facts.linkage, Linkage::Dynamic { .. }) && self.facts.elf.needed.is_empty()
    }
}

fn other(path: &Path, what: impl Into<String>, instead: &'static str) -> ProgramError {
    ProgramError::Other {
        path: path.to_owned(),
        what: what.into(),
        instead,
    }
}

/// Where the name of the format stands in the header of a tar's first member.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// What a file is that does not begin as ELF files do, and what to name in its place.
fn not_elf(content: &[u8]) -> Option<(String, &'static str)> {
    if content.starts_with(b"\x7fELF") {
        return None;
    }
    if let Some(script) = content.strip_prefix(b"#!") {
        let line = script.split(|byte| *byte == b'\n').next().unwrap_or(script);
        let line = String::from_utf8_lossy(line.get(..60).unwrap_or(line)).into_owned();
        return Some((
            format!("a script (`#!{}`)", line.trim_end()),
            "name the compiled program that the script starts",
        ));
    }
    let (what, instead) = if content.is_empty() {
        ("an empty file", "compile it again")
    } else if content.starts_with(b"!<arch>\n") {
        (
            "an archive (of object files, or a package)",
            "name the program that was linked from it, or unpack the package",
        )
    } else if content.get(TAR_MAGIC) == Some(b"ustar") {
        (
            "a tar archive",
            "images in archives are docker-archive:FILE and oci-archive:FILE; else unpack it",
        )
    } else if content.starts_with(b"\x1f\x8b")
        || content.starts_with(b"\x28\xb5\x2f\xfd")
        || content.starts_with(b"\xfd7zXZ\0")
        || content.starts_with(b"PK\x03\x04")
    {
        ("a compressed file", "unpack it, and name the program in it")
    } else if content.starts_with(b"MZ") {
        ("a program for Windows", "compile it for Linux")
    } else if [
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\xce\xfa\xed\xfe",
    ]
    .iter()
    .any(|magic| content.starts_with(*magic))
    {
        ("a program for macOS", "compile it for Linux")
    } else {
        ("no program", "name what the compiler wrote for Linux")
    };
    Some((what.to_owned(), instead))
}

/// What an ELF file is that is no program, and what to name in its place.
fn no_program(facts: &ElfFacts) -> Option<(String, &'static str)> {
    match facts.kind {
        Kind::Executable => None,
        // What packers leave has no dynamic section; libraries always have one.
        Kind::SharedObject if super::super::is_program(facts) || !facts.is_dynamic => None,
        Kind::SharedObject => {
            let soname = facts.soname.as_ref();
            let soname = soname.map(|name| format!(" ({name})")).unwrap_or_default();
            Some((
                format!("a shared library{soname}"),
                "name a program that loads it; --dlopen SONAME proves a library together with the program that opens it",
            ))
        }
        Kind::Relocatable => Some((
            "an object file that is not linked yet".to_owned(),
            "name the program that was linked from it",
        )),
        Kind::Core | Kind::Other(_) => Some((
            "an ELF file of another kind (a memory dump, or firmware)".to_owned(),
            "name the program itself",
        )),
    }
}
