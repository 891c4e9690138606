//! The directories below a searched one that the loader tries first (`elf/dl-hwcaps.c`).

use crate::Machine;

/// What is tried below each searched directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subdirectories {
    /// What every CPU tries, in order: the directory itself last.
    pub(super) always: &'static [&'static str],
    /// What only some CPUs try.
    pub(super) some_cpus: &'static [&'static str],
}

const NONE: Subdirectories = Subdirectories {
    always: &[""],
    some_cpus: &[],
};
const X86_64: Subdirectories = Subdirectories {
    always: &[""],
    some_cpus: &[
        "glibc-hwcaps/x86-64-v4",
        "glibc-hwcaps/x86-64-v3",
        "glibc-hwcaps/x86-64-v2",
    ],
};
const OLD_X86_64: Subdirectories = Subdirectories {
    always: &[
        "/tls/x86_64/x86_64",
        "/tls/x86_64",
        "/tls",
        "/x86_64/x86_64",
        "/x86_64",
        "",
    ],
    some_cpus: &[
        "glibc-hwcaps/x86-64-v4",
        "glibc-hwcaps/x86-64-v3",
        "glibc-hwcaps/x86-64-v2",
        "tls/haswell/x86_64",
        "tls/haswell",
        "haswell/x86_64",
        "haswell",
        "tls/xeon_phi",
        "xeon_phi",
        "haswell/avx512_1",
        "avx512_1",
    ],
};
const OLD_AARCH64: Subdirectories = Subdirectories {
    always: &["/tls/aarch64", "/tls", "/aarch64", ""],
    some_cpus: &["tls/atomics", "atomics"],
};
const PPC64LE: Subdirectories = Subdirectories {
    always: &[""],
    some_cpus: &[
        "glibc-hwcaps/power10",
        "glibc-hwcaps/power9",
        "power9",
        "power8",
    ],
};
const S390X: Subdirectories = Subdirectories {
    always: &[""],
    some_cpus: &[
        "glibc-hwcaps/z16",
        "glibc-hwcaps/z15",
        "glibc-hwcaps/z14",
        "glibc-hwcaps/z13",
        "z16",
        "z15",
        "z14",
    ],
};

/// From 2.37 on only glibc-hwcaps is left of it; a loader that does not say its release is an old one.
pub(super) fn subdirectories(machine: Machine, release: Option<(u32, u32)>) -> Subdirectories {
    let old = release.is_none_or(|release| release < (2, 37));
    match machine {
        Machine::X86_64 if old => OLD_X86_64,
        Machine::X86_64 => X86_64,
        Machine::Aarch64 if old => OLD_AARCH64,
        Machine::Ppc64le => PPC64LE,
        Machine::S390x => S390X,
        _ => NONE,
    }
}
