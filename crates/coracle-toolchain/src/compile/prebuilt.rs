//! A program that something else compiled: nothing is started, the file is looked at and taken.
//!
//! Only whether it is a program for the platform at all; what it needs is read by those who know binaries.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Artifact, MadeOf, Target};
use crate::project::PrebuiltProgram;

/// Why a file is not taken as a program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("the prebuilt program {} is not there", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read the prebuilt program {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder.
    #[error("the prebuilt program {} is a folder", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// It is a script.
    #[error("the prebuilt program {} is a script (`{line}`), expected an ELF program", path.display())]
    Script {
        /// The file.
        path: PathBuf,
        /// Its first line.
        line: String,
    },
    /// It is something else.
    #[error("the prebuilt program {} is no ELF program", path.display())]
    NoProgram {
        /// The file.
        path: PathBuf,
    },
    /// It is a program for another machine.
    #[error("the prebuilt program {} is for {machine}, expected one for {target}", path.display())]
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// What it is for.
        machine: String,
        /// What was asked for.
        target: Target,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Missing { .. } => Some(
                "compile it first; paths of `prebuilt` are relative to coracle.toml, those of --prebuilt to the current folder"
                    .to_owned(),
            ),
            Error::Folder { .. } => Some("name the file in it".to_owned()),
            Error::Script { .. } => Some(
                "name the compiled program that the script starts: coracle images have no shell"
                    .to_owned(),
            ),
            Error::NoProgram { .. } => {
                Some("name what the compiler wrote for Linux, not an archive of it".to_owned())
            }
            Error::OtherMachine { target, .. } => Some(format!("name what was compiled for {target}")),
            Error::Read { .. } => None,
        }
    }
}

/// Takes the file as what compiling would have given.
pub(super) fn take(program: &PrebuiltProgram, target: Target) -> Result<Artifact, Error> {
    check(&program.path, target)?;
    Ok(Artifact {
        path: program.path.clone(),
        fresh: true,
        toolchain: "prebuilt".to_owned(),
        made_of: MadeOf {
            sources: vec![program.path.clone()],
            ..MadeOf::default()
        },
        linked: Vec::new(),
        asked: Vec::new(),
        cpu: Vec::new(),
        time64: target != Target::LinuxArmV7,
        back_end: None,
    })
}

/// As much of a file as tells what it is: an ELF header up to the machine, or the first line of a script.
const HEAD: u64 = 80;

/// Looks whether the file is a program for the platform.
///
/// # Errors
/// See [`Error`].
pub fn check(path: &Path, target: Target) -> Result<(), Error> {
    let head = head(path)?;
    let path = path.to_owned();
    if let Some(script) = head.strip_prefix(b"#!") {
        let line = String::from_utf8_lossy(script);
        let line = format!("#!{}", line.lines().next().unwrap_or_default());
        return Err(Error::Script { path, line });
    }
    if !head.starts_with(b"\x7fELF") {
        return Err(Error::NoProgram { path });
    }
    // `EI_CLASS` and `EI_DATA`, then `e_machine`: all the platforms are little-endian.
    let is_little_64 = head.get(4..6) == Some(&[2, 1]);
    let is_little_32 = head.get(4..6) == Some(&[1, 1]);
    let machine = head.get(18..20).map(|bytes| (bytes[0], bytes[1]));
    let found = match machine {
        Some((62, 0)) if is_little_64 => Target::LinuxAmd64.to_string(),
        Some((183, 0)) if is_little_64 => Target::LinuxArm64.to_string(),
        Some((40, 0)) if is_little_32 => Target::LinuxArmV7.to_string(),
        Some((low, high)) => format!("another machine (ELF e_machine {low} {high})"),
        None => return Err(Error::NoProgram { path }),
    };
    if found == target.to_string() {
        return Ok(());
    }
    let machine = found;
    Err(Error::OtherMachine {
        path,
        machine,
        target,
    })
}

fn head(path: &Path) -> Result<Vec<u8>, Error> {
    let shown = path.to_owned();
    let read = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::Missing {
            path: path.to_owned(),
        },
        _ => Error::Read {
            path: path.to_owned(),
            source,
        },
    };
    let metadata = std::fs::metadata(path).map_err(read)?;
    if metadata.is_dir() {
        return Err(Error::Folder { path: shown });
    }
    if !metadata.is_file() {
        return Err(Error::NoProgram { path: shown });
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(read)?;
    file.take(HEAD).read_to_end(&mut head).map_err(read)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(bytes: &[u8]) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, bytes).unwrap();
        match check(&path, Target::LinuxAmd64) {
            Ok(()) => "taken".to_owned(),
            Err(error) => error
                .to_string()
                .replace(&path.display().to_string(), "program"),
        }
    }

    fn elf(class: u8, machine: u8) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1]);
        bytes[18] = machine;
        bytes
    }

    #[test]
    fn only_a_program_for_the_platform_is_taken() {
        assert_eq!(says(&elf(2, 62)), "taken");
        assert!(says(&elf(2, 183)).ends_with("is for linux/arm64, expected one for linux/amd64"));
        assert!(says(&elf(1, 40)).ends_with("is for linux/arm/v7, expected one for linux/amd64"));
        assert!(says(&elf(1, 62)).contains("is for another machine"));
        assert!(says(b"#!/bin/sh\nexec true\n").contains("is a script (`#!/bin/sh`)"));
        for bytes in [&b""[..], b"\x7fEL", b"\x7fELF\x02\x01", b"PK\x03\x04"] {
            assert!(says(bytes).ends_with("is no ELF program"), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_there_and_a_folder_are_told_apart() {
        let folder = tempfile::TempDir::new().unwrap();
        let check = |path: &Path| check(path, Target::LinuxAmd64).unwrap_err();
        assert!(matches!(check(folder.path()), Error::Folder { .. }));
        let missing = folder.path().join("missing");
        assert!(matches!(check(&missing), Error::Missing { .. }));
    }
}
