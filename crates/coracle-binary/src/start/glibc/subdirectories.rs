//! The directories below a searched one that the loader tries first (`elf/dl-hwcaps.c`).

use crate::Machine;

/// Below each directory: what every CPU searches, and what some do. From 2.37 on only glibc-hwcaps is left of it.
pub(super) fn subdirectories(
    machine: Machine,
    release: Option<(u32, u32)>,
) -> (&'static [&'static str], &'static [&'static str]) {
    let old = release.is_none_or(|release| release < (2, 37));
    match machine {
        Machine::X86_64 if old => (
            &[
                "/tls/x86_64/x86_64",
                "/tls/x86_64",
                "/tls",
                "/x86_64/x86_64",
                "/x86_64",
                "",
            ],
            &[
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
        ),
        Machine::X86_64 => (
            &[""],
            &[
                "glibc-hwcaps/x86-64-v4",
                "glibc-hwcaps/x86-64-v3",
                "glibc-hwcaps/x86-64-v2",
            ],
        ),
        Machine::Aarch64 if old => (
            &["/tls/aarch64", "/tls", "/aarch64", ""],
            &["tls/atomics", "atomics"],
        ),
        Machine::Ppc64le => (
            &[""],
            &[
                "glibc-hwcaps/power10",
                "glibc-hwcaps/power9",
                "power9",
                "power8",
            ],
        ),
        Machine::S390x => (
            &[""],
            &[
                "glibc-hwcaps/z16",
                "glibc-hwcaps/z15",
                "glibc-hwcaps/z14",
                "glibc-hwcaps/z13",
                "z16",
                "z15",
                "z14",
            ],
        ),
        _ => (&[""], &[]),
    }
}
