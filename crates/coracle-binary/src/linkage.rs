//! How a program is linked: with a loader, or without one.

use std::fmt;

use crate::elf::{ElfFacts, Kind};

/// How a program is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linkage {
    /// It names a loader (`PT_INTERP`).
    Dynamic {
        /// The loader's path.
        interpreter: String,
    },
    /// It names none and is loaded at a fixed address.
    Static,
    /// It names none and relocates itself.
    StaticPie,
}

impl Linkage {
    /// The linkage of a program. A shared library without `PT_INTERP` reads as [`Linkage::StaticPie`]: ask
    /// [`ElfFacts::needed`] to tell them apart.
    pub fn of(facts: &ElfFacts) -> Self {
        match (&facts.interpreter, facts.kind) {
            (Some(interpreter), _) => Self::Dynamic {
                interpreter: interpreter.clone(),
            },
            (None, Kind::SharedObject) => Self::StaticPie,
            (None, _) => Self::Static,
        }
    }
}

impl fmt::Display for Linkage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic { interpreter } => write!(formatter, "dynamic, loaded by {interpreter}"),
            Self::Static => formatter.write_str("static"),
            Self::StaticPie => formatter.write_str("static-pie"),
        }
    }
}
