//! The types of relocations that musl knows on each machine (`arch/*/reloc.h`); any other stops the start.

use std::collections::BTreeSet;

use crate::Machine;

/// From this release on `DT_RELR` is followed; the one before was sometimes given it by a distribution.
pub(super) const COMPACT: (u32, u32, u32) = (1, 2, 4);
/// No distribution gave it to releases before this one.
pub(super) const SOMETIMES_COMPACT: (u32, u32, u32) = (1, 2, 3);
/// From this release on RISC-V has descriptors of thread-local variables.
const DESCRIPTORS_ON_RISCV: (u32, u32, u32) = (1, 2, 5);
const RISCV_DESCRIPTOR: u64 = 12;

/// The first type that the loader does not know; `None` when it knows all.
pub(super) fn unsupported(
    machine: Machine,
    release: Option<(u32, u32, u32)>,
    types: &BTreeSet<u64>,
) -> Option<u64> {
    let known = known(machine);
    let old = release.is_some_and(|release| release < DESCRIPTORS_ON_RISCV);
    types.iter().copied().find(|number| {
        let too_new = machine == Machine::Riscv64 && old && *number == RISCV_DESCRIPTOR;
        // The highest bit is not looked at.
        !known.contains(&(number & 0x7fff_ffff)) || too_new
    })
}

/// What the loader says of a type it does not know.
pub(super) fn says(path: &str, number: u64) -> String {
    format!("Error relocating {path}: unsupported relocation type {number}")
}

fn known(machine: Machine) -> &'static [u64] {
    match machine {
        Machine::X86_64 => &[0, 1, 2, 5, 6, 7, 8, 16, 17, 18, 36],
        Machine::Aarch64 => &[0, 257, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031],
        Machine::Arm => &[0, 2, 13, 17, 18, 19, 20, 21, 22, 23],
        Machine::I386 => &[0, 1, 2, 5, 6, 7, 8, 14, 35, 36, 37, 41],
        Machine::Riscv64 => &[0, 2, 3, 4, 5, 7, 9, 11, RISCV_DESCRIPTOR],
        Machine::Ppc64le => &[0, 19, 20, 21, 22, 38, 43, 68, 73, 78],
        Machine::S390x => &[0, 9, 10, 11, 12, 22, 54, 55, 56],
        Machine::Other(_) => &[],
    }
}
