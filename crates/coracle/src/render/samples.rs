//! Verdicts for the tests of how they look.

use coracle_build::check::{Contents, Others, Unneeded, Verdict};
use coracle_build::policy::{Judgement, Violation};
use coracle_build::settings::Platform;
use coracle_build::start::{Code, Finding, Libc, ProgramReport, Report, Verdict as Certainty};

/// An image with a finding of each certainty and a note, and one that starts.
pub(crate) fn verdicts() -> [Verdict; 2] {
    let missing = finding(
        Code::LibraryMissing,
        Certainty::DoesNotStart,
        "libssl.so.3",
        "error while loading shared libraries: libssl.so.3: cannot open shared object file",
    );
    let later = finding(
        Code::SymbolMissing,
        Certainty::DiesLater,
        "/usr/lib/libpq.so.5",
        "undefined symbol: PQclear",
    );
    let packed = finding(
        Code::Packed,
        Certainty::NotProven,
        "/app/my tool",
        "the program is packed",
    );
    let broken = Report {
        programs: vec![program("/app/api")],
        findings: vec![missing, later],
        notes: vec!["/usr/lib/libtiff.so.6 has no version information".to_owned()],
        ..Report::default()
    };
    let well = Report {
        programs: vec![program("/app/worker")],
        ..Report::default()
    };
    let judgement = Judgement {
        violations: vec![rule("linkage", "/app/api is dynamic, expected static")],
        warnings: vec![rule("user", "it runs as root, expected another user")],
    };
    [
        verdict("ghcr.io/acme/api:v1", broken, vec![packed], judgement),
        verdict(
            "docker-archive:worker.tar",
            well,
            Vec::new(),
            Judgement::default(),
        ),
    ]
}

fn verdict(
    target: &str,
    report: Report,
    other_findings: Vec<Finding>,
    judgement: Judgement,
) -> Verdict {
    Verdict {
        target: target.to_owned(),
        platform: Platform::linux("amd64"),
        digest: None,
        report,
        others: Others {
            programs: other_findings.len(),
            findings: other_findings,
            ..Others::default()
        },
        contents: Contents::default(),
        unneeded: Unneeded::default(),
        crates: Vec::new(),
        judgement,
    }
}

pub(super) fn rule(key: &'static str, text: &str) -> Violation {
    Violation {
        key,
        text: text.to_owned(),
    }
}

pub(super) fn program(path: &str) -> ProgramReport {
    ProgramReport {
        path: path.to_owned(),
        chain: vec![path.to_owned()],
        interpreter: None,
        libc: Libc::Static,
        objects: Vec::new(),
        versions_checked: 0,
        symbols_checked: 0,
        glibc_needed: None,
        levels: Vec::new(),
        opened: Vec::new(),
    }
}

fn finding(code: Code, verdict: Certainty, subject: &str, explanation: &str) -> Finding {
    Finding {
        code,
        verdict,
        subject: subject.to_owned(),
        chain: vec!["/app/api".to_owned(), format!("{subject} (NEEDED)")],
        explanation: explanation.to_owned(),
        ways_out: vec!["add the package that has it".to_owned()],
        missing_version: None,
        provider: None,
    }
}
