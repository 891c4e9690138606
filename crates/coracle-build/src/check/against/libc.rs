//! What a program asks of a C library, and what that decides in a distribution whose archive is not read: the kind of its C
//! library and its version, and nothing else.

use std::fmt;

use coracle_binary::Linkage;
use coracle_binary::elf::{ElfFacts, glibc_number};
use coracle_binary::inspect::Facts;
use coracle_binary::start::{Code, Finding, Verdict};

use super::program::Program;
use super::releases::{Libc, Release};
use super::{Fate, Outcome};

/// What a program asks of a C library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: it brings what it needs.
    Nothing,
    /// The GNU C library.
    Glibc {
        /// The highest version that must be there.
        version: Option<(u32, u32)>,
        /// Versions that are names and no numbers: `GLIBC_PRIVATE`, `GLIBC_ABI_…`.
        named: Vec<String>,
    },
    /// musl, whose symbols have no versions.
    Musl,
    /// A loader of another name.
    Other {
        /// The loader.
        interpreter: String,
    },
}

/// The named version that stands for compact relocations (`DT_RELR`), and the release that brought it (its NEWS).
const RELR: (&str, (u32, u32)) = ("GLIBC_ABI_DT_RELR", (2, 36));
/// The musl that brought the same (its release notes): older ones start such a program and leave it broken.
const MUSL_WITH_RELR: (u32, u32, u32) = (1, 2, 4);

/// Where distributions have their loader.
const FOLDERS: [&str; 4] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
/// How the files of glibc's own libraries begin, after which comes `.so`: what of a program's needs no other package has.
const OF_GLIBC: [&str; 11] = [
    "ld-linux",
    "ld64",
    "libc",
    "libm",
    "libmvec",
    "libpthread",
    "libdl",
    "librt",
    "libresolv",
    "libutil",
    "libanl",
];

impl Asks {
    pub(super) fn of(facts: &Facts) -> Asks {
        let Linkage::Dynamic { interpreter } = &facts.linkage else {
            return Asks::Nothing;
        };
        let (folder, loader) = interpreter.rsplit_once('/').unwrap_or_default();
        let is_where_all_have_it = FOLDERS.contains(&folder);
        if is_where_all_have_it && loader.starts_with("ld-musl-") {
            return Asks::Musl;
        }
        let is_glibc = loader.starts_with("ld-linux") || loader.starts_with("ld64.so");
        if is_where_all_have_it && is_glibc {
            return glibc(&facts.elf);
        }
        Asks::Other {
            interpreter: interpreter.clone(),
        }
    }
}

/// Versions that are marked as weak are only warned of.
fn glibc(facts: &ElfFacts) -> Asks {
    let versions = facts.version_needs.iter().flat_map(|need| &need.versions);
    let versions = versions.filter(|version| !version.weak);
    let names: Vec<&str> = versions.map(|version| version.name.as_str()).collect();
    let mut named: Vec<String> = names
        .iter()
        .filter(|name| name.starts_with("GLIBC_") && glibc_number(name).is_none())
        .map(|name| (*name).to_owned())
        .collect();
    named.sort();
    named.dedup();
    Asks::Glibc {
        version: names.iter().filter_map(|name| glibc_number(name)).max(),
        named,
    }
}

impl fmt::Display for Asks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asks::Nothing => formatter.write_str("static"),
            Asks::Glibc {
                version: Some((major, minor)),
                ..
            } => write!(formatter, "linked to glibc, asks for GLIBC_{major}.{minor}"),
            Asks::Glibc { version: None, .. } => formatter.write_str("linked to glibc"),
            Asks::Musl => formatter.write_str("linked to musl"),
            Asks::Other { interpreter } => write!(formatter, "loaded by {interpreter}"),
        }
    }
}

impl Program {
    /// The libraries that it names and that are of no C library.
    pub fn other_libraries(&self) -> Vec<&str> {
        let needed = self.facts.elf.needed.iter().map(String::as_str);
        needed.filter(|name| !is_of_libc(name)).collect()
    }
}

fn is_of_libc(name: &str) -> bool {
    let begin = name.split(".so").next().unwrap_or(name);
    // ld-linux-x86-64.so.2, libc.musl-x86_64.so.1.
    OF_GLIBC.contains(&begin)
        || begin.starts_with("ld-linux-")
        || begin.starts_with("ld-musl-")
        || begin.starts_with("libc.musl-")
}

/// What the C library of a release decides.
pub(super) fn decide(program: &Program, release: &Release) -> Outcome {
    let elf = &program.facts.elf;
    let platform = &program.platform;
    if !release
        .architectures
        .contains(&platform.architecture.as_str())
    {
        return undecided(format!("nothing is known of it for {platform}"));
    }
    match (&program.asks, release.libc) {
        (Asks::Nothing, _) => fits("it brings what it needs".to_owned()),
        (Asks::Other { interpreter }, _) => undecided(format!(
            "its loader is {interpreter}, which no distribution has there of itself"
        )),
        (_, Libc::None) => stops(
            program,
            "it is linked dynamically, and nothing is there: neither its loader nor libraries",
            None,
        ),
        (Asks::Glibc { .. }, libc @ Libc::Musl(_)) => stops(
            program,
            &format!("it is linked to glibc, and there is {libc}"),
            None,
        ),
        (Asks::Musl, libc @ Libc::Glibc(_)) => stops(
            program,
            &format!("it is linked to musl, and there is {libc}"),
            None,
        ),
        (Asks::Musl, Libc::Musl(version)) if elf.has_relr && version < MUSL_WITH_RELR => stops(
            program,
            &format!(
                "it has compact relocations (DT_RELR), and {} does not know them",
                release.libc
            ),
            None,
        ),
        (Asks::Musl, libc @ Libc::Musl(_)) => fits(format!(
            "{libc}, whose functions have no versions to compare"
        )),
        (Asks::Glibc { version, named }, Libc::Glibc(has)) => {
            of_glibc(program, (*version, named), has)
        }
    }
}

fn of_glibc(
    program: &Program,
    (version, named): (Option<(u32, u32)>, &[String]),
    has: Option<(u32, u32)>,
) -> Outcome {
    let Some(has) = has else {
        return undecided(
            "its glibc is renewed all the time: no version holds for long".to_owned(),
        );
    };
    let (major, minor) = has;
    if let Some((wants, needed)) = version.filter(|version| *version > has) {
        let wants = format!("GLIBC_{wants}.{needed}");
        let reason = format!("asks for {wants}, and there is glibc {major}.{minor}");
        return stops(program, &reason, Some(wants));
    }
    let is_there = |name: &&String| *name == RELR.0 && has >= RELR.1;
    match named.iter().find(|name| !is_there(name)) {
        Some(name) => undecided(format!(
            "asks for {name}, and whether its glibc {major}.{minor} has that, no number says"
        )),
        None => fits(format!("glibc {major}.{minor}")),
    }
}

fn fits(reason: String) -> Outcome {
    Outcome {
        fate: Fate::LibcFits,
        reason,
        findings: Vec::new(),
    }
}

fn undecided(reason: String) -> Outcome {
    Outcome {
        fate: Fate::NotProven,
        reason,
        findings: Vec::new(),
    }
}

/// It is certain that it does not start.
pub(super) fn stops(program: &Program, reason: &str, missing_version: Option<String>) -> Outcome {
    let path = program.path.display().to_string();
    let (code, way_out) = match &missing_version {
        Some(_) => (
            Code::VersionMissing,
            "link it against that release's glibc or an older one, or statically",
        ),
        None => (
            Code::InterpreterMissing,
            "build it for that C library, or link it statically",
        ),
    };
    let finding = Finding {
        code,
        verdict: Verdict::DoesNotStart,
        subject: path.clone(),
        chain: vec![path],
        explanation: reason.to_owned(),
        ways_out: vec![way_out.to_owned()],
        missing_version,
        provider: None,
    };
    Outcome {
        fate: Fate::DoesNotStart,
        reason: reason.to_owned(),
        findings: vec![finding],
    }
}
