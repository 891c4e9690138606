//! Everything one binary says about itself, in one record.

use crate::crates::{self, EmbeddedCrate, embedded_crates};
use crate::elf::{self, ElfFacts};
use crate::go::{self, BuildInfo};
use crate::{Linkage, Mentions, Packer};

/// The facts of one binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What the kernel and the loader see.
    pub elf: ElfFacts,
    /// How it is linked. What a packed file shows is not what runs.
    pub linkage: Linkage,
    /// What packed it.
    pub packer: Option<Packer>,
    /// Go's build information, when it is a Go program.
    pub go: Option<BuildInfo>,
    /// The crates that `cargo auditable` listed in it.
    pub crates: Option<Vec<EmbeddedCrate>>,
    /// The well-known paths in its bytes.
    pub mentions: Mentions,
}

/// Why a binary's facts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no readable ELF file.
    #[error(transparent)]
    Elf(#[from] elf::Error),
    /// Its Go build information is broken.
    #[error(transparent)]
    Go(#[from] go::Error),
    /// Its list of crates is broken.
    #[error(transparent)]
    Crates(#[from] crates::Error),
}

impl Error {
    /// What to do next, when there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Elf(error) => error.hint(),
            Self::Go(error) => error.hint(),
            Self::Crates(error) => error.hint(),
        }
    }
}

impl Facts {
    /// Reads the facts of one whole file.
    ///
    /// # Errors
    /// When the file is no ELF file, is cut short, or holds build information that is broken.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let elf = ElfFacts::read(bytes)?;
        Ok(Self {
            linkage: Linkage::of(&elf),
            packer: Packer::of(bytes, &elf),
            go: BuildInfo::of(bytes, &elf)?,
            crates: embedded_crates(bytes)?,
            mentions: Mentions::find(bytes),
            elf,
        })
    }
}
