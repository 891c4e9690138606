//! A report in which there is something of everything, for the tests of how it looks.

use coracle_lint::{
    Finding, Line, Related, Report, Repository, Severity, Skipped, SourceFile, Unread,
};

const DOCKERFILE: &str = "FROM rust:1.90 AS build\nRUN cargo build --release\n\nFROM debian\nCOPY --from=build /src/api /\nCMD /api \u{1b}[31m\n";
const COMPOSE: &str = "services:\n  api:\n    build: .\n";

/// The report and what it is of.
pub(super) fn report() -> (Report, Repository) {
    let mut repository = Repository::new();
    repository.add_text("api/Dockerfile", DOCKERFILE);
    repository.add_text("compose.yaml", COMPOSE);
    let dockerfile = SourceFile::new("api/Dockerfile", DOCKERFILE);
    let compose = SourceFile::new("compose.yaml", COMPOSE);
    let place = |file: &SourceFile, words: &str| {
        let start = file.text().find(words).unwrap_or_default();
        file.place_of(start..start + words.len())
    };
    let related = |file: &SourceFile, words: &str, label: &str| Related {
        place: place(file, words),
        label: label.to_owned(),
    };
    let root = Finding {
        rule: "CRC303",
        name: "runs-as-root",
        severity: Severity::Warning,
        place: place(&dockerfile, "FROM debian"),
        label: Some("its user is root".to_owned()),
        message: "the image runs as root".to_owned(),
        lines: vec![
            Line::Why("what breaks out of the program is root".to_owned()),
            Line::Help("add USER 65532:65532, 100% sure".to_owned()),
        ],
        related: vec![
            related(&dockerfile, "/src/api", "what it runs comes from here"),
            related(&compose, "build: .", "the service that is built from it"),
        ],
    };
    let shell = Finding {
        rule: "CRC305",
        name: "shell-form",
        severity: Severity::Error,
        place: place(&dockerfile, "CMD /api \u{1b}[31m"),
        label: None,
        message: "signals do not reach `/api \u{1b}[31m`".to_owned(),
        lines: Vec::new(),
        related: Vec::new(),
    };
    let report = Report {
        findings: vec![root, shell],
        skipped: vec![Skipped {
            file: "api/Dockerfile".to_owned(),
            rule: "CRC304",
            name: "floating-base",
            because: "BASE has no value".to_owned(),
        }],
        unread: vec![Unread {
            file: "old/compose.yml".to_owned(),
            because: "line 2, column 1: it is no YAML".to_owned(),
        }],
        silenced: 1,
        looked_at: 3,
    };
    (report, repository)
}
