//! Debian's architectures and what the loader calls home on each.

use std::fmt;
use std::str::FromStr;

/// A Debian architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
    /// ARMv7, hard float.
    Armhf,
    /// 32-bit x86.
    I386,
    /// POWER8 and newer, little endian.
    Ppc64el,
    /// RISC-V, 64 bit.
    Riscv64,
    /// IBM Z.
    S390x,
}

/// Name, multiarch triplet, interpreter.
type Facts = (&'static str, &'static str, &'static str);

impl Architecture {
    /// Every architecture, by name.
    pub const ALL: [Self; 7] = [
        Self::Amd64,
        Self::Arm64,
        Self::Armhf,
        Self::I386,
        Self::Ppc64el,
        Self::Riscv64,
        Self::S390x,
    ];

    fn facts(self) -> Facts {
        match self {
            Self::Amd64 => ("amd64", "x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"),
            Self::Arm64 => ("arm64", "aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"),
            Self::Armhf => ("armhf", "arm-linux-gnueabihf", "/lib/ld-linux-armhf.so.3"),
            Self::I386 => ("i386", "i386-linux-gnu", "/lib/ld-linux.so.2"),
            Self::Ppc64el => ("ppc64el", "powerpc64le-linux-gnu", "/lib64/ld64.so.2"),
            Self::Riscv64 => (
                "riscv64",
                "riscv64-linux-gnu",
                "/lib/ld-linux-riscv64-lp64d.so.1",
            ),
            Self::S390x => ("s390x", "s390x-linux-gnu", "/lib/ld64.so.1"),
        }
    }

    /// `amd64`.
    pub fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// `x86_64-linux-gnu`, the folder of its libraries.
    pub fn triplet(self) -> &'static str {
        self.facts().1
    }

    /// The interpreter that programs name, `/lib64/ld-linux-x86-64.so.2`.
    pub fn interpreter(self) -> &'static str {
        self.facts().2
    }

    /// Where the loader looks, merged-/usr and without the leading slash, in its order:
    /// `usr/lib/x86_64-linux-gnu`, `usr/lib`.
    pub fn loader_directories(self) -> [String; 2] {
        [format!("usr/lib/{}", self.triplet()), "usr/lib".to_owned()]
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(text: &str) -> Result<Self, UnknownArchitecture> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.as_str() == text)
            .ok_or_else(|| UnknownArchitecture {
                text: text.chars().take(80).collect(),
            })
    }
}

/// The text names no architecture that coracle knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown architecture {text:?}, coracle knows {}", Architecture::ALL.map(Architecture::as_str).join(", "))]
pub struct UnknownArchitecture {
    /// What was given.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_is_found_by_its_name_and_has_a_home() {
        for architecture in Architecture::ALL {
            assert_eq!(architecture.as_str().parse(), Ok(architecture));
            assert!(architecture.interpreter().starts_with("/lib"));
        }
        assert_eq!(
            Architecture::Arm64.loader_directories(),
            ["usr/lib/aarch64-linux-gnu", "usr/lib"]
        );
        assert!("x86_64".parse::<Architecture>().is_err());
    }
}
