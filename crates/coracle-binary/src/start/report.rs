//! What a proof says: programs with what they load, findings, and what was not looked at.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dlopen::Opener;
use crate::elf::glibc_number;
use crate::{CpuLevel, Machine};

/// The outcome of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every program that was looked at, in the order of their discovery.
    pub programs: Vec<ProgramReport>,
    /// What stands against a start, in the order of its discovery. Empty when proven.
    pub findings: Vec<Finding>,
    /// What the loader would only warn about.
    pub notes: Vec<String>,
    /// What cannot be followed, such as what a script does.
    pub not_looked_at: Vec<String>,
    /// What is asked for and comes from outside when the container starts.
    pub provided: Vec<Provided>,
    /// Provided names that nothing asks for.
    pub unneeded: Vec<String>,
    /// Loaded objects that can open others while they run, and what they name. Never a finding: whether they do is
    /// theirs to decide.
    pub openers: Vec<Opener>,
}

/// A library that comes from outside when the container starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// Its name.
    pub name: String,
    /// Who asks for it: `/app/worker`, `libcuda.so.1 (NEEDED)`.
    pub chain: Vec<String>,
}

impl Report {
    /// Every program was found and would reach its entry point with everything bound.
    pub fn proven(&self) -> bool {
        self.findings.is_empty() && !self.programs.is_empty()
    }
}

/// One program and what its loader would load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramReport {
    /// The file, without links in its path.
    pub path: String,
    /// How it comes to be started: what names it first, the program's own path last.
    pub chain: Vec<String>,
    /// `PT_INTERP`, as written.
    pub interpreter: Option<String>,
    /// The C library that starts it.
    pub libc: Libc,
    /// What the loader loads besides the program, in load order; the loader itself included.
    pub objects: Vec<LoadedObject>,
    /// How many needed versions were looked up.
    pub versions_checked: usize,
    /// How many symbols were looked up, of all objects: those that may not be missing and that a relocation names.
    pub symbols_checked: usize,
    /// The highest `GLIBC_x.y` that the program itself asks for.
    pub glibc_needed: Option<(u32, u32)>,
    /// The CPU levels that it was proven for: the stated one, and each higher one for which the image has other files.
    pub levels: Vec<CpuLevel>,
    /// What it opens while it runs and was proven to find.
    pub opened: Vec<LoadedObject>,
}

/// The C library that starts a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Libc {
    /// The GNU C library, and its release where its loader says it: `2.36`.
    Glibc {
        /// Such as `(2, 36)`.
        release: Option<(u32, u32)>,
    },
    /// musl, and its release where its loader says it: `1.2.5`.
    Musl {
        /// Such as `(1, 2, 5)`.
        release: Option<(u32, u32, u32)>,
    },
    /// None: the program brings everything.
    Static,
    /// A loader that is neither, or none that could be read.
    Unknown,
}

/// `glibc 2.41`, `musl 1.2.5`, `static`; of one that is not known nothing.
impl fmt::Display for Libc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glibc {
                release: Some((major, minor)),
            } => write!(formatter, "glibc {major}.{minor}"),
            Self::Glibc { release: None } => formatter.write_str("glibc"),
            Self::Musl {
                release: Some((major, minor, patch)),
            } => write!(formatter, "musl {major}.{minor}.{patch}"),
            Self::Musl { release: None } => formatter.write_str("musl"),
            Self::Static => formatter.write_str("static"),
            Self::Unknown => Ok(()),
        }
    }
}

/// One file that the loader maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedObject {
    /// The path the loader opens it by.
    pub path: String,
    /// The file, without links in its path.
    pub file: String,
    /// Its `DT_SONAME`.
    pub soname: Option<String>,
    /// Who asked for it, the program first: `["/app/worker", "libssl.so.3"]`.
    pub needed_by: Vec<String>,
    /// The rule by which it was found: `RUNPATH $ORIGIN/../lib of /app/worker`, `/etc/ld.so.cache`, ….
    pub why_found: String,
}

/// One thing that stands against a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its stable name.
    pub code: Code,
    /// Whether it is known to fail or only not known to work.
    pub verdict: Verdict,
    /// The file, soname or word that it is about.
    pub subject: String,
    /// How we came there: `/app/worker`, `libssl.so.3 (NEEDED)`, ….
    pub chain: Vec<String>,
    /// What the kernel or the loader would say, and why.
    pub explanation: String,
    /// What would help; a caller who knows suites and packages may add to it.
    pub ways_out: Vec<String>,
    /// The version that is missing, such as `GLIBC_2.39`.
    pub missing_version: Option<String>,
    /// The file that lacks it, such as `/lib/x86_64-linux-gnu/libc.so.6`.
    pub provider: Option<String>,
}

/// Whether a finding is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The program does not reach its entry point.
    DoesNotStart,
    /// It reaches its entry point, and ends when it first calls what is missing, or does without what it cannot open.
    DiesLater,
    /// It may, but that cannot be decided from the files.
    NotProven,
}

/// Declares the codes once: the variant, its stable name and what it means.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $name:literal,)+) => {
        /// The stable name of a kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that users see, write and pass to `--allow-unproven`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The code of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            /// One line on what it means.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($meaning),+).trim_ascii(),)+
                }
            }
        }
    };
}

codes! {
    /// The launch names no program.
    NothingToStart = "nothing-to-start",
    /// The program, or a path on the way to it, is not there.
    ProgramMissing = "program-missing",
    /// The working directory is not there or may not be entered.
    WorkingDirectory = "working-directory",
    /// The program may not be executed by the image's user.
    NotExecutable = "not-executable",
    /// A file that must be read may not be read by the image's user.
    NotReadable = "not-readable",
    /// A user that a wrapper switches to is not in /etc/passwd.
    UnknownUser = "unknown-user",
    /// Links lead round in a circle.
    CycleInLinks = "cycle-in-links",
    /// The file is neither an ELF program nor a script with a first line #!.
    NotAProgram = "not-a-program",
    /// The first line of a script cannot be used.
    BadShebang = "bad-shebang",
    /// Scripts whose interpreters are scripts, more than the kernel follows.
    ScriptsTooDeep = "scripts-too-deep",
    /// The ELF file is damaged.
    Malformed = "malformed",
    /// The file ends before its segments do.
    Truncated = "truncated",
    /// The file is made for another machine.
    WrongMachine = "wrong-machine",
    /// A shared library is started as if it were a program.
    LibraryAsProgram = "library-as-program",
    /// The loader that the program names is not there or cannot be executed.
    InterpreterMissing = "interpreter-missing",
    /// The loader is none that this proof knows.
    UnknownLoader = "unknown-loader",
    /// The loader is started by hand, with its own rules.
    LoaderAsProgram = "loader-as-program",
    /// A file that is built for glibc is loaded by musl or by gcompat.
    GlibcOnMusl = "glibc-on-musl",
    /// A library is nowhere where the loader looks.
    LibraryMissing = "library-missing",
    /// A library is found and cannot be loaded.
    LibraryUnusable = "library-unusable",
    /// A version that is asked for is not defined by the file that should define it.
    VersionMissing = "version-missing",
    /// A symbol that is bound at start or at its first call is defined by no loaded file.
    SymbolMissing = "symbol-missing",
    /// A file is bound to a function of another one that may not be ready yet.
    IndirectTooEarly = "indirect-too-early",
    /// libc.so.6 and the loader come from different releases of glibc.
    LibcLoaderMismatch = "libc-loader-mismatch",
    /// A file needs a higher CPU level than the one that is stated.
    CpuLevel = "cpu-level",
    /// What is found depends on the CPU.
    CpuDependentPath = "cpu-dependent-path",
    /// An audit library is asked for, which may change what is loaded.
    AuditUnproven = "audit-unproven",
    /// A library is to be opened by a program that has no loader whose rules are known.
    DlopenUnproven = "dlopen-unproven",
    /// The program is packed; what runs cannot be seen.
    Packed = "packed",
    /// A Go program was built without cgo, and a driver in it does nothing without.
    CgoStub = "cgo-stub",
    /// A limit of the proof was reached.
    TooMuch = "too-much",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Finding {
    /// A finding with its chain, explanation and ways out still to be filled in.
    pub(super) fn new(code: Code, verdict: Verdict, subject: &str, explanation: String) -> Self {
        Self {
            code,
            verdict,
            subject: subject.to_owned(),
            chain: Vec::new(),
            explanation,
            ways_out: Vec::new(),
            missing_version: None,
            provider: None,
        }
    }

    /// It is certain that the program does not start.
    pub(super) fn fails(code: Code, subject: &str, explanation: String) -> Self {
        Self::new(code, Verdict::DoesNotStart, subject, explanation)
    }

    /// It cannot be decided whether the program starts.
    pub(super) fn unproven(code: Code, subject: &str, explanation: String) -> Self {
        Self::new(code, Verdict::NotProven, subject, explanation)
    }

    pub(super) fn through(mut self, chain: &[String]) -> Self {
        self.chain = chain.to_vec();
        self
    }

    /// Whether a user may have an image published all the same: not where it is certain that it does not start.
    pub fn may_be_allowed(&self) -> bool {
        self.verdict != Verdict::DoesNotStart
    }

    pub(super) fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.ways_out.push(way_out.into());
        self
    }

    pub(super) fn wrong_machine(subject: &str, got: Machine, expected: Machine) -> Self {
        // A 64-bit kernel may be built to run its 32-bit relatives, so that is not certain to fail.
        let relative = matches!(
            (expected, got),
            (Machine::X86_64, Machine::I386) | (Machine::Aarch64, Machine::Arm)
        );
        let verdict = if relative {
            Verdict::NotProven
        } else {
            Verdict::DoesNotStart
        };
        let explanation =
            format!("exec format error: made for {got}, and the platform is {expected}");
        Self::new(Code::WrongMachine, verdict, subject, explanation)
            .way_out(format!("build or package it for {expected}"))
    }
}

impl Report {
    /// Takes in what loaded objects may open, each said once.
    pub(super) fn open(&mut self, openers: Vec<Opener>) {
        for opener in openers {
            if !self.openers.contains(&opener) {
                self.openers.push(opener);
            }
        }
    }

    /// Adds what comes from outside, each name once.
    pub(super) fn provide(&mut self, provided: Vec<Provided>) {
        for one in provided {
            if !self.provided.iter().any(|known| known.name == one.name) {
                let by = one.chain.iter().rev().nth(1).cloned().unwrap_or_default();
                let name = &one.name;
                self.not_looked_at.push(format!(
                    "{name} is provided at run time (asked for by {by}), with all that it needs itself"
                ));
                self.provided.push(one);
            }
        }
    }
}

/// The highest `GLIBC_x.y` that any program of the report asks for itself.
pub fn version_ceiling(report: &Report) -> Option<(u32, u32)> {
    let missing = report
        .findings
        .iter()
        .filter_map(|finding| glibc_number(finding.missing_version.as_deref()?));
    report
        .programs
        .iter()
        .filter_map(|program| program.glibc_needed)
        .chain(missing)
        .max()
}
