//! What files do not decide, and what becomes of it when cargo or go is asked, when it does not answer, and when nobody asks.

#![expect(
    clippy::unwrap_used,
    reason = "what a test's helper cannot do ends the test"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

use coracle_lint::{
    Ask, Built, CargoQuestion, GoQuestion, Listed, Listing, Means, Report, Repository, Selection,
    lint_with,
};

const DOCKERFILE: &str = "FROM rust:1.91-bookworm AS build\nWORKDIR /work\nCOPY . .\nRUN cargo build --locked --release --features x && install -D target/release/api /out/api\n\nFROM debian:bookworm-slim\nCOPY --from=build /out/api /usr/local/bin/api\nCMD [\"/usr/local/bin/api\"]\n";

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nx = []\n[dependencies]\nclient = \"1\"\n";

const LOCK: &str = "version = 4\n[[package]]\nname = \"api\"\nversion = \"0.1.0\"\ndependencies = [\"client\"]\n[[package]]\nname = \"client\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\ndependencies = [\"native-tls\"]\n[[package]]\nname = \"native-tls\"\nversion = \"0.2.14\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// Says the same of everything: a name, and a version with a feature behind a `+`.
#[derive(Debug)]
struct Says {
    answer: Result<&'static [(&'static str, &'static str)], &'static str>,
    asked: AtomicUsize,
}

impl Ask for Says {
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<Built, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        assert_eq!((question.workspace, question.package), ("", "api"));
        assert_eq!(question.question.features, ["x"]);
        let answer = self.answer.map_err(ToOwned::to_owned)?;
        let packages = answer.iter();
        Ok(packages
            .map(|(name, version)| {
                let (version, features) = version.split_once('+').unwrap_or((version, ""));
                let package = ((*name).to_owned(), version.to_owned());
                (package, [features.to_owned()].into())
            })
            .collect())
    }

    fn go(&self, question: &GoQuestion<'_>) -> Result<Listing, String> {
        panic!("nothing here is of go: {question:?}")
    }
}

fn judged(lock: &str, ask: Option<&dyn Ask>) -> Report {
    of_cargo("CRC109", lock, ask)
}

fn of_cargo(rule: &str, lock: &str, ask: Option<&dyn Ask>) -> Report {
    let mut repository = Repository::new();
    repository.add_text("Dockerfile", DOCKERFILE);
    repository.add_text("Cargo.toml", MANIFEST);
    repository.add_text("Cargo.lock", lock);
    repository.add("src/main.rs", 12);
    by_rule(rule, &repository, ask)
}

fn by_rule(rule: &str, repository: &Repository, ask: Option<&dyn Ask>) -> Report {
    let selection = Selection {
        select: vec![rule.parse().unwrap()],
        ..Selection::default()
    };
    let means = Means {
        ask,
        ..Means::default()
    };
    let today = jiff::civil::date(2026, 11, 27);
    lint_with(repository, today, &selection, &means)
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

/// The lock holds the sources of OpenSSL, which any feature may ask for.
#[test]
fn features_that_cargo_tells_decide_whether_a_library_is_compiled_in() {
    let package = |name: &str, dependencies: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"0.9.1\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\ndependencies = [{dependencies}]\n"
        )
    };
    let lock = LOCK.replace("\"native-tls\"", "\"openssl-sys\"");
    let lock = lock
        .split("[[package]]\nname = \"openssl-sys\"")
        .next()
        .unwrap();
    let lock = format!(
        "{lock}{}{}",
        package("openssl-sys", "\"openssl-src\""),
        package("openssl-src", "")
    );
    let asked = |openssl: &'static str| {
        let answer: &[(&str, &str)] = Box::leak(Box::new([
            ("api", "0.1.0"),
            ("client", "1.0.0"),
            ("openssl-sys", openssl),
        ]));
        Says {
            answer: Ok(answer),
            asked: AtomicUsize::new(0),
        }
    };
    let report = of_cargo("CRC103", &lock, None);
    assert_eq!(told(&report).0, 0);
    assert_eq!(report.skipped.len(), 1);
    let vendored = asked("0.9.1+vendored");
    assert_eq!(
        told(&of_cargo("CRC103", &lock, Some(&vendored))),
        (0, vec![])
    );
    let plain = asked("0.9.1");
    assert_eq!(told(&of_cargo("CRC103", &lock, Some(&plain))), (1, vec![]));
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

const GO_MOD: &str = "module example.com/api\n\ngo 1.24\n\nrequire (\n\texample.com/store v1.2.0\n\tgithub.com/mattn/go-sqlite3 v1.14.0 // indirect\n)\n";

/// Lists a program that imports a store, and what that imports.
#[derive(Debug)]
struct Lists {
    /// Imported by the store, with whether it is empty without cgo.
    behind: Result<(&'static str, bool), &'static str>,
}

impl Ask for Lists {
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<Built, String> {
        panic!("nothing here is of cargo: {question:?}")
    }

    fn go(&self, question: &GoQuestion<'_>) -> Result<Listing, String> {
        assert_eq!((question.folder, question.is_workspace), ("", false));
        assert_eq!(question.program, "example.com/api");
        assert_eq!(question.context.tags, ["x"]);
        let cgo = question.context.cgo;
        let (behind, is_empty) = self.behind.map_err(ToOwned::to_owned)?;
        let package = |module: &str, imports: &[&str]| Listed {
            module: Some((module.to_owned(), "v1.2.0".to_owned())),
            imports: imports.iter().map(|path| (*path).to_owned()).collect(),
            ..Listed::default()
        };
        let last = Listed {
            uses_c: cgo && is_empty,
            is_empty: !cgo && is_empty,
            ..package(behind, &[])
        };
        let packages = [
            (
                "example.com/api",
                package("example.com/api", &["example.com/store"]),
            ),
            ("example.com/store", package("example.com/store", &[behind])),
            (behind, last),
        ];
        let packages = packages.map(|(path, listed)| (path.to_owned(), listed));
        Ok(packages.into_iter().collect())
    }
}

/// A Go program in an image without glibc, by a command that builds it.
fn of_go(rule: &str, build: &str, ask: Option<&dyn Ask>) -> Report {
    let mut repository = Repository::new();
    let dockerfile = format!(
        "FROM golang:1.26-bookworm AS build\nWORKDIR /work\nCOPY . .\nRUN {build}\n\nFROM alpine:3.22\nCOPY --from=build /api /api\nCMD [\"/api\"]\n"
    );
    repository.add_text("Dockerfile", dockerfile);
    repository.add_text("go.mod", GO_MOD);
    repository.add_text(
        "main.go",
        "package main\n\nimport _ \"example.com/store\"\n\nfunc main() {}\n",
    );
    by_rule(rule, &repository, ask)
}

#[test]
fn go_decides_whether_a_module_from_elsewhere_needs_cgo() {
    let judged = |behind: Option<(&'static str, bool)>| {
        let lists = behind.map(|behind| Lists { behind: Ok(behind) });
        let ask = lists.as_ref().map(|lists| lists as &dyn Ask);
        of_go("CRC105", "CGO_ENABLED=0 go build -tags x -o /api .", ask)
    };
    let unknown = judged(None);
    let (found, skipped) = told(&unknown);
    assert_eq!(
        (found, skipped),
        (
            0,
            vec!["whether api imports github.com/mattn/go-sqlite3 is not known"]
        )
    );
    assert_eq!(
        told(&judged(Some(("example.com/plain", false)))),
        (0, vec![])
    );
    let stub = judged(Some(("github.com/mattn/go-sqlite3", false)));
    assert_eq!(told(&stub), (1, vec![]));
    let empty = judged(Some(("example.com/native", true)));
    assert_eq!(told(&empty), (1, vec![]));
    assert_eq!(
        empty.findings[0].message,
        "nothing of example.com/native is left without cgo, and api does not build"
    );
    // The import that is here is shown; those of other modules are not.
    assert_eq!(empty.findings[0].related.len(), 1);
}

#[test]
fn go_decides_whether_a_program_needs_a_c_library() {
    let judged = |build: &str, behind: Option<(&'static str, bool)>| {
        let lists = behind.map(|behind| Lists { behind: Ok(behind) });
        let ask = lists.as_ref().map(|lists| lists as &dyn Ask);
        let report = of_go("CRC101", build, ask);
        (report.findings.len(), report.skipped.len())
    };
    let usual = "go build -tags x -o /api .";
    assert_eq!(judged(usual, None), (0, 1));
    assert_eq!(judged(usual, Some(("example.com/native", true))), (1, 0));
    assert_eq!(judged(usual, Some(("net", false))), (1, 0));
    assert_eq!(judged(usual, Some(("example.com/plain", false))), (0, 0));
    // Even without C it asks for a loader.
    let pie = "CGO_ENABLED=0 go build -buildmode=pie -tags x -o /api .";
    assert_eq!(judged(pie, None), (0, 1));
}

#[test]
fn a_go_that_does_not_answer_is_told() {
    let lists = Lists {
        behind: Err("go does not tell: it is not installed"),
    };
    let build = "CGO_ENABLED=0 go build -tags x -o /api .";
    let report = of_go("CRC105", build, Some(&lists));
    let (found, skipped) = told(&report);
    assert_eq!((found, skipped.len()), (0, 1));
    assert!(
        skipped[0].ends_with("is not known, and go does not tell: it is not installed"),
        "{skipped:?}"
    );
}
