//! CPU levels: the instructions of a machine that a binary uses without asking whether the CPU has them.
//!
//! Levels are named as container platforms name them: Go's `GOAMD64=v3` and `GOARM64=v8.1`, the `variant` of a
//! platform. The baseline of a machine is what every CPU of it has.

use std::fmt;

use crate::Machine;
use crate::elf::ElfFacts;
use crate::go::BuildInfo;

/// x86-64 CPUs as compilers call them, by the number of the level that they have.
const X86_64_CPUS: [(u8, &[&str]); 4] = [
    (1, &["x86-64", "k8", "athlon64", "opteron", "core2"]),
    (
        2,
        &[
            "x86-64-v2",
            "nehalem",
            "corei7",
            "westmere",
            "sandybridge",
            "corei7-avx",
            "ivybridge",
            "core-avx-i",
            "silvermont",
            "goldmont",
            "btver2",
            "bdver1",
            "bdver2",
            "bdver3",
        ],
    ),
    (
        3,
        &[
            "x86-64-v3",
            "haswell",
            "core-avx2",
            "broadwell",
            "skylake",
            "alderlake",
            "raptorlake",
            "bdver4",
            "znver1",
            "znver2",
            "znver3",
        ],
    ),
    (
        4,
        &[
            "x86-64-v4",
            "skylake-avx512",
            "cascadelake",
            "cooperlake",
            "icelake-client",
            "icelake-server",
            "tigerlake",
            "rocketlake",
            "sapphirerapids",
            "emeraldrapids",
            "graniterapids",
            "znver4",
            "znver5",
        ],
    ),
];
/// arm64 CPUs as compilers call them, by the architecture that they have.
const AARCH64_CPUS: [((u8, u8), &[&str]); 6] = [
    (
        (8, 0),
        &[
            "generic",
            "cortex-a35",
            "cortex-a53",
            "cortex-a57",
            "cortex-a72",
            "cortex-a73",
        ],
    ),
    ((8, 1), &["thunderx2t99"]),
    (
        (8, 2),
        &[
            "cortex-a55",
            "cortex-a75",
            "cortex-a76",
            "cortex-a77",
            "cortex-a78",
            "neoverse-n1",
            "a64fx",
        ],
    ),
    (
        (8, 4),
        &["neoverse-v1", "neoverse-512tvb", "apple-a13", "apple-m1"],
    ),
    ((8, 6), &["ampere1"]),
    (
        (9, 0),
        &[
            "neoverse-n2",
            "neoverse-v2",
            "cortex-a510",
            "cortex-a710",
            "cortex-a715",
            "cortex-x2",
            "cortex-x3",
        ],
    ),
];
/// Instructions as compilers switch them on (`-C target-feature`), by the number of the level that has them.
const X86_64_FEATURES: [(u8, &[&str]); 4] = [
    (1, &["fxsr", "sse", "sse2", "x87"]),
    (
        2,
        &[
            "cmpxchg16b",
            "lahfsahf",
            "popcnt",
            "sse3",
            "ssse3",
            "sse4.1",
            "sse4.2",
        ],
    ),
    (
        3,
        &[
            "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave",
        ],
    ),
    (
        4,
        &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
    ),
];
/// The same of arm64, by the architecture that makes them obligatory.
const AARCH64_FEATURES: [((u8, u8), &[&str]); 8] = [
    ((8, 0), &["neon"]),
    ((8, 1), &["crc", "lor", "lse", "pan", "rdm", "vh"]),
    ((8, 2), &["dpb", "ras"]),
    ((8, 3), &["fcma", "jsconv", "paca", "pacg", "rcpc"]),
    ((8, 4), &["dit", "dotprod", "flagm", "lse2", "rcpc2"]),
    ((8, 5), &["bti", "dpb2", "flagm2", "frintts", "sb"]),
    ((8, 6), &["bf16", "i8mm"]),
    ((9, 0), &["sve", "sve2"]),
];
/// What of ARMv8 each ARMv9 has: 9.0 is 8.5 and more.
const V9_OFFSET: u8 = 5;

/// A CPU level of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuLevel {
    machine: Machine,
    number: (u8, u8),
}

impl CpuLevel {
    /// What every CPU of the machine has, as distributions and compilers take it.
    pub fn baseline(machine: Machine) -> Self {
        let number = match machine {
            Machine::X86_64 => (1, 0),
            Machine::Aarch64 => (8, 0),
            Machine::Arm => (7, 0),
            _ => (0, 0),
        };
        Self { machine, number }
    }

    /// The level that a platform's variant states, `v3` or `v8.1`; none is the baseline. `None` for a text that is
    /// no level.
    pub fn of_variant(machine: Machine, variant: Option<&str>) -> Option<Self> {
        let Some(text) = variant.filter(|text| !text.is_empty()) else {
            return Some(Self::baseline(machine));
        };
        let level = Self {
            machine,
            number: number(text.strip_prefix('v').unwrap_or(text))?,
        };
        level.is_real().then_some(level)
    }

    /// The level of a CPU as compilers name it (`-C target-cpu`, `-march`); `None` where it is not known.
    pub fn of_target_cpu(machine: Machine, name: &str) -> Option<Self> {
        let number = match machine {
            Machine::X86_64 => {
                let found = X86_64_CPUS.iter().find(|(_, names)| names.contains(&name));
                (found?.0, 0)
            }
            Machine::Aarch64 => {
                AARCH64_CPUS
                    .iter()
                    .find(|(_, names)| names.contains(&name))?
                    .0
            }
            _ if name == "generic" => return Some(Self::baseline(machine)),
            _ => return None,
        };
        Some(Self { machine, number })
    }

    /// The lowest level that has instructions as compilers name them (`-C target-feature`); `None` where no level has.
    pub fn of_feature(machine: Machine, name: &str) -> Option<Self> {
        let number = match machine {
            Machine::X86_64 => {
                let found = X86_64_FEATURES
                    .iter()
                    .find(|(_, names)| names.contains(&name));
                (found?.0, 0)
            }
            Machine::Aarch64 => {
                AARCH64_FEATURES
                    .iter()
                    .find(|(_, names)| names.contains(&name))?
                    .0
            }
            _ => return None,
        };
        Some(Self { machine, number })
    }

    /// What Go recorded: `GOAMD64`, `GOARM64` or `GOARM`, with the setting's text.
    pub fn of_go(machine: Machine, info: &BuildInfo) -> Option<(Self, String)> {
        let key = match machine {
            Machine::X86_64 => "GOAMD64",
            Machine::Aarch64 => "GOARM64",
            Machine::Arm => "GOARM",
            _ => return None,
        };
        let value = info.settings.get(key)?;
        let mut words = value.split(',');
        let mut level = Self::of_variant(machine, words.next())?;
        // Atomic instructions on top of 8.0 are what 8.1 has them in.
        if machine == Machine::Aarch64 && words.any(|word| word == "lse") {
            level.number = level.number.max((8, 1));
        }
        Some((level, format!("{key}={value} in its build information")))
    }

    /// What an ELF file's note of needed instructions asks for.
    pub fn of_elf(facts: &ElfFacts) -> Option<Self> {
        let bits = facts.notes.isa_needed.filter(|bits| *bits != 0)?;
        let highest = u8::try_from(32 - bits.leading_zeros()).ok()?;
        let machine = facts.machine;
        (machine == Machine::X86_64).then_some(Self {
            machine,
            number: (highest, 0),
        })
    }

    /// The level that one whole binary needs and why we think so; `None` where nothing raises it.
    pub fn of_binary(facts: &ElfFacts, go: Option<&BuildInfo>) -> Option<(Self, String)> {
        let note = || "its note of the instructions that it needs".to_owned();
        let noted = Self::of_elf(facts).map(|level| (level, note()));
        let of_go = go.and_then(|info| Self::of_go(facts.machine, info));
        let known = noted.into_iter().chain(of_go);
        known
            .filter(|(level, _)| !level.is_within(Self::baseline(facts.machine)))
            .max_by_key(|(level, _)| *level)
    }

    /// Its machine.
    pub fn machine(self) -> Machine {
        self.machine
    }

    /// Whether every CPU of the level `stated` has all of this one.
    pub fn is_within(self, stated: Self) -> bool {
        let ((major, minor), (stated_major, stated_minor)) = (self.number, stated.number);
        if self.machine == Machine::Aarch64 && (major, stated_major) == (8, 9) {
            return minor <= stated_minor.saturating_add(V9_OFFSET);
        }
        self.number <= stated.number
    }

    /// The `variant` of a platform whose CPUs have this level; `None` for the baseline.
    pub fn variant(self) -> Option<String> {
        (self != Self::baseline(self.machine)).then(|| match self.number {
            (major, 0) => format!("v{major}"),
            (major, minor) => format!("v{major}.{minor}"),
        })
    }

    /// An x86-64 level by its number.
    pub(crate) fn from_x86_64(number: u8) -> Self {
        Self {
            machine: Machine::X86_64,
            number: (number, 0),
        }
    }

    fn is_real(self) -> bool {
        match self.machine {
            Machine::X86_64 => matches!(self.number, (1..=4, 0)),
            Machine::Aarch64 => matches!(self.number, (8, 0..=9) | (9, 0..=5)),
            Machine::Arm => matches!(self.number, (5..=8, 0)),
            _ => false,
        }
    }
}

/// `8` or `8.1`.
fn number(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl fmt::Display for CpuLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.number;
        match self.machine {
            Machine::X86_64 if major == 1 => formatter.write_str("x86-64"),
            Machine::X86_64 => write!(formatter, "x86-64-v{major}"),
            Machine::Aarch64 if minor == 0 => write!(formatter, "armv{major}-a"),
            Machine::Aarch64 => write!(formatter, "armv{major}.{minor}-a"),
            Machine::Arm => write!(formatter, "armv{major}"),
            machine => machine.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests;
