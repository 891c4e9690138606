//! Two accounts of one start, and whether they agree.

use coracle_binary::start::{Code, Report, Verdict};
use coracle_testkit::reach::{Account, Reached};

/// What the proof says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    Starts,
    Fails,
    /// Not proven, and not known to fail.
    Undecided,
}

/// How the accounts stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agreement {
    BothStart,
    BothFail,
    /// Not proven, and it starts.
    UndecidedStarts,
    /// Not proven, and it fails.
    UndecidedFails,
    /// Proven, and it fails.
    Miss,
    /// Refused, and it starts.
    FalseAlarm,
    /// Both fail, and not for the same reason.
    OtherReason,
}

pub(crate) fn said(report: &Report) -> Said {
    // Everything is bound at start here, so what dies later fails.
    let certain = |verdict| verdict != Verdict::NotProven;
    if report.proven() {
        Said::Starts
    } else if report
        .findings
        .iter()
        .any(|finding| certain(finding.verdict))
    {
        Said::Fails
    } else {
        Said::Undecided
    }
}

pub(crate) fn agreement(report: &Report, account: &Account) -> Agreement {
    let starts = account.reached == Reached::Entry;
    match (said(report), starts) {
        (Said::Starts, true) => Agreement::BothStart,
        (Said::Starts, false) => Agreement::Miss,
        (Said::Fails, true) => Agreement::FalseAlarm,
        (Said::Undecided, true) => Agreement::UndecidedStarts,
        (Said::Undecided, false) => Agreement::UndecidedFails,
        (Said::Fails, false) if has_the_reason(report, account) => Agreement::BothFail,
        (Said::Fails, false) => Agreement::OtherReason,
    }
}

/// Whether one of the findings is what the loader or the kernel said.
fn has_the_reason(report: &Report, account: &Account) -> bool {
    let reasons = reasons(account);
    report
        .findings
        .iter()
        .any(|finding| reasons.contains(&finding.code))
}

const EACCES: i32 = 13;
const ENOENT: i32 = 2;
const ENOTDIR: i32 = 20;
const ELOOP: i32 = 40;
const ENOEXEC: i32 = 8;

/// What can be behind an account.
fn reasons(account: &Account) -> Vec<Code> {
    use Code::{
        BadShebang, CycleInLinks, IndirectTooEarly, InterpreterMissing, LibcLoaderMismatch,
        LibraryMissing, LibraryUnusable, Malformed, NotAProgram, NotExecutable, NotReadable,
        ProgramMissing, ScriptsTooDeep, SymbolMissing, Truncated, VersionMissing, WrongMachine,
    };
    let says = |words: &str| account.said.contains(words);
    match account.reached {
        Reached::NotExecuted(EACCES) => vec![NotExecutable, NotReadable, CycleInLinks],
        Reached::NotExecuted(ENOENT | ENOTDIR | ELOOP) => {
            vec![
                ProgramMissing,
                InterpreterMissing,
                BadShebang,
                CycleInLinks,
                ScriptsTooDeep,
            ]
        }
        Reached::NotExecuted(ENOEXEC) => {
            vec![NotAProgram, BadShebang, WrongMachine, Malformed, Truncated]
        }
        Reached::NotExecuted(_) => vec![Malformed, Truncated, WrongMachine, NotAProgram],
        // qemu's word for it.
        Reached::Exit(255) if says("Could not open '") => vec![InterpreterMissing],
        _ if says("Error loading shared library") => vec![
            LibraryUnusable,
            Truncated,
            Malformed,
            WrongMachine,
            LibraryMissing,
            NotReadable,
            CycleInLinks,
        ],
        _ if says("Error relocating") => vec![SymbolMissing, Malformed, WrongMachine],
        _ if says("No such file or directory") || says("Permission denied") => {
            vec![LibraryMissing, NotReadable, CycleInLinks, WrongMachine]
        }
        _ if says("' not found (required by") => vec![VersionMissing],
        _ if says("symbol lookup error")
            || says("undefined symbol")
            || says("symbol not found") =>
        {
            vec![SymbolMissing, VersionMissing, LibcLoaderMismatch]
        }
        _ if says("error while loading shared libraries") => {
            vec![
                LibraryUnusable,
                Truncated,
                Malformed,
                WrongMachine,
                LibraryMissing,
            ]
        }
        // A crash of the loader itself.
        _ => vec![
            IndirectTooEarly,
            Truncated,
            Malformed,
            LibcLoaderMismatch,
            LibraryUnusable,
            SymbolMissing,
            VersionMissing,
        ],
    }
}

/// Both accounts in a line, for whoever looks into a difference.
pub(crate) fn difference(
    path: &str,
    agreement: Agreement,
    report: &Report,
    account: &Account,
) -> String {
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            format!(
                "{}: {}: {}",
                finding.code, finding.subject, finding.explanation
            )
        })
        .collect();
    let said = account.said.lines().filter(|line| {
        !line
            .trim_start()
            .starts_with(|first: char| first.is_ascii_digit())
    });
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).take(4).collect();
    format!(
        "{path}: {agreement:?}: ours {findings:?}; {:?} {said:?}",
        account.reached
    )
}
