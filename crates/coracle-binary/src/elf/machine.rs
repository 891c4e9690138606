//! `e_machine` by the names that people use.

use std::fmt;

use super::{ByteOrder, Class, header};

const EM_386: u16 = 3;
const EM_PPC64: u16 = 21;
const EM_S390: u16 = 22;
const EM_ARM: u16 = 40;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;

/// The machine an ELF file is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Machine {
    /// `EM_X86_64`: Docker's amd64.
    X86_64,
    /// `EM_AARCH64`: Docker's arm64.
    Aarch64,
    /// `EM_ARM`, 32 bits.
    Arm,
    /// `EM_386`.
    I386,
    /// `EM_RISCV`; 32 bits too, which the class tells.
    Riscv64,
    /// `EM_PPC64`.
    Ppc64le,
    /// `EM_S390`.
    S390x,
    /// Any other number.
    Other(u16),
}

impl Machine {
    /// What an ELF file is made for whose first 64 bytes these are; `None` when it is none.
    pub fn of_file(head: &[u8]) -> Option<Self> {
        let (_, header) = header::read(head, None).ok()?;
        Some(header.machine)
    }

    /// From the number in the header.
    pub fn from_number(number: u16) -> Self {
        match number {
            EM_X86_64 => Self::X86_64,
            EM_AARCH64 => Self::Aarch64,
            EM_ARM => Self::Arm,
            EM_386 => Self::I386,
            EM_RISCV => Self::Riscv64,
            EM_PPC64 => Self::Ppc64le,
            EM_S390 => Self::S390x,
            other => Self::Other(other),
        }
    }

    /// Its name in platforms, Go's GOARCH; `None` for one that no image is for.
    pub fn architecture(self) -> Option<&'static str> {
        Some(match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
            Self::Arm => "arm",
            Self::I386 => "386",
            Self::Riscv64 => "riscv64",
            Self::Ppc64le => "ppc64le",
            Self::S390x => "s390x",
            Self::Other(_) => return None,
        })
    }

    /// The word size of its Linux programs.
    pub(crate) fn class(self) -> Class {
        if matches!(self, Self::Arm | Self::I386) {
            Class::Elf32
        } else {
            Class::Elf64
        }
    }

    /// The byte order of its Linux programs.
    pub(crate) fn byte_order(self) -> ByteOrder {
        if self == Self::S390x {
            ByteOrder::Big
        } else {
            ByteOrder::Little
        }
    }

    /// The number in the header.
    pub fn number(self) -> u16 {
        match self {
            Self::X86_64 => EM_X86_64,
            Self::Aarch64 => EM_AARCH64,
            Self::Arm => EM_ARM,
            Self::I386 => EM_386,
            Self::Riscv64 => EM_RISCV,
            Self::Ppc64le => EM_PPC64,
            Self::S390x => EM_S390,
            Self::Other(number) => number,
        }
    }

    /// The machine of an OCI platform's `architecture` (`amd64`, `arm64`, `arm`, `386`, `riscv64`, `ppc64le`, `s390x`).
    pub fn from_architecture(architecture: &str) -> Option<Self> {
        Some(match architecture {
            "amd64" => Self::X86_64,
            "arm64" => Self::Aarch64,
            "arm" => Self::Arm,
            "386" => Self::I386,
            "riscv64" => Self::Riscv64,
            "ppc64le" => Self::Ppc64le,
            "s390x" => Self::S390x,
            _ => return None,
        })
    }

    /// What the kernel gives as `AT_PLATFORM`, which is the loader's `$PLATFORM`; `None` where it depends on the CPU.
    pub fn kernel_platform(self) -> Option<&'static str> {
        match self {
            Self::X86_64 => Some("x86_64"),
            Self::Aarch64 => Some("aarch64"),
            _ => None,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::X86_64 => "x86-64",
            Self::Aarch64 => "aarch64",
            Self::Arm => "arm",
            Self::I386 => "i386",
            Self::Riscv64 => "riscv64",
            Self::Ppc64le => "ppc64le",
            Self::S390x => "s390x",
            Self::Other(number) => return write!(formatter, "machine {number}"),
        };
        formatter.write_str(name)
    }
}
