//! What a lock does not decide, and what becomes of it when cargo is asked, when it does not answer, and when nobody asks.

#![expect(
    clippy::unwrap_used,
    reason = "what a test's helper cannot do ends the test"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use coracle_lint::{Ask, CargoQuestion, Means, Report, Repository, Selection, lint_with};

const DOCKERFILE: &str = "FROM rust:1.91-bookworm AS build\nWORKDIR /work\nCOPY . .\nRUN cargo build --locked --release --features x && install -D target/release/api /out/api\n\nFROM debian:bookworm-slim\nCOPY --from=build /out/api /usr/local/bin/api\nCMD [\"/usr/local/bin/api\"]\n";

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nx = []\n[dependencies]\nclient = \"1\"\n";

const LOCK: &str = "version = 4\n[[package]]\nname = \"api\"\nversion = \"0.1.0\"\ndependencies = [\"client\"]\n[[package]]\nname = \"client\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\ndependencies = [\"native-tls\"]\n[[package]]\nname = \"native-tls\"\nversion = \"0.2.14\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// Says the same of everything.
#[derive(Debug)]
struct Says {
    answer: Result<&'static [(&'static str, &'static str)], &'static str>,
    asked: AtomicUsize,
}

impl Ask for Says {
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<BTreeSet<(String, String)>, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        assert_eq!((question.workspace, question.package), ("", "api"));
        assert_eq!(question.question.features, ["x"]);
        let answer = self.answer.map_err(ToOwned::to_owned)?;
        let packages = answer.iter();
        Ok(packages
            .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
            .collect())
    }
}

fn judged(lock: &str, ask: Option<&dyn Ask>) -> Report {
    let mut repository = Repository::new();
    repository.add_text("Dockerfile", DOCKERFILE);
    repository.add_text("Cargo.toml", MANIFEST);
    repository.add_text("Cargo.lock", lock);
    repository.add("src/main.rs", 12);
    let selection = Selection {
        select: vec!["CRC109".parse().unwrap()],
        ..Selection::default()
    };
    let means = Means {
        ask,
        ..Means::default()
    };
    let today = jiff::civil::date(2026, 11, 27);
    lint_with(&repository, today, &selection, &means)
}

fn told(report: &Report) -> (usize, Vec<&str>) {
    let skipped = report.skipped.iter().map(|one| one.because.as_str());
    (report.findings.len(), skipped.collect())
}

#[test]
fn nobody_asks_and_the_rule_is_skipped() {
    let report = judged(LOCK, None);
    let (found, skipped) = told(&report);
    assert_eq!((found, skipped.len()), (0, 1), "{skipped:?}");
}

#[test]
fn what_cargo_says_decides() {
    let linked = Says {
        answer: Ok(&[
            ("api", "0.1.0"),
            ("client", "1.0.0"),
            ("native-tls", "0.2.14"),
        ]),
        asked: AtomicUsize::new(0),
    };
    let report = judged(LOCK, Some(&linked));
    assert_eq!(told(&report), (1, Vec::new()));
    assert!(linked.asked.load(Ordering::Relaxed) > 0);
    let not_linked = Says {
        answer: Ok(&[("api", "0.1.0"), ("client", "1.0.0")]),
        asked: AtomicUsize::new(0),
    };
    assert_eq!(told(&judged(LOCK, Some(&not_linked))), (0, Vec::new()));
}

#[test]
fn a_cargo_that_does_not_answer_is_told_and_the_rest_goes_on() {
    let says = Says {
        answer: Err("cargo does not tell: it is not installed"),
        asked: AtomicUsize::new(0),
    };
    let report = judged(LOCK, Some(&says));
    let (found, skipped) = told(&report);
    assert_eq!((found, skipped.len()), (0, 1));
    assert!(
        skipped[0].ends_with("and cargo does not tell: it is not installed"),
        "{skipped:?}"
    );
}

#[test]
fn what_the_lock_decides_is_not_asked() {
    let says = Says {
        answer: Err("no"),
        asked: AtomicUsize::new(0),
    };
    let alone = LOCK.replace("dependencies = [\"native-tls\"]\n", "");
    let alone = alone
        .split("[[package]]\nname = \"native-tls\"")
        .next()
        .unwrap();
    assert_eq!(told(&judged(alone, Some(&says))), (0, Vec::new()));
    assert_eq!(says.asked.load(Ordering::Relaxed), 0);
}
