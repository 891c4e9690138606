//! Every rule over every fixture: what is bad fires where `expected.txt` says, what is good fires nothing at all, and a
//! table of all of it is kept.
//!
//! A fixture is a small repository in `fixtures/RULE/bad…` or `fixtures/RULE/good…`. A line of a bad one's `expected.txt`
//! is `RULE FILE:LINE WORDS`, the words as they are underlined (of several lines the first); its own rule must find
//! exactly that. `skipped.txt` lists the rules that lack a fact there, `RULE because …`, where its own rule is meant to.

#![expect(
    clippy::unwrap_used,
    reason = "what a test's helper cannot do ends the test"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use coracle_lint::{
    Finding, Kind, Means, Place, Report, Repository, Selection, lint, lint_with, wanted,
};

/// What is beside a fixture's own files.
const NOTES: [&str; 2] = ["expected.txt", "skipped.txt"];

/// The day on which the fixtures are judged.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 27);

struct Fixture {
    rule: String,
    name: String,
    folder: PathBuf,
    repository: Repository,
}

fn fixtures() -> Vec<Fixture> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut fixtures = Vec::new();
    for rule in names(&top)
        .into_iter()
        .filter(|name| top.join(name).is_dir())
    {
        for name in names(&top.join(&rule)) {
            let folder = top.join(&rule).join(&name);
            fixtures.push(Fixture {
                repository: repository(&folder),
                rule: rule.clone(),
                name,
                folder,
            });
        }
    }
    fixtures
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn repository(folder: &Path) -> Repository {
    let mut repository = Repository::new();
    add(&mut repository, folder, "");
    loop {
        let wanted = wanted(&repository);
        for path in &wanted {
            let text = fs::read_to_string(folder.join(path)).unwrap();
            repository.add_text(path, text);
        }
        if wanted.is_empty() {
            break;
        }
    }
    repository
}

fn add(repository: &mut Repository, folder: &Path, prefix: &str) {
    for name in names(folder) {
        let (path, full) = (format!("{prefix}{name}"), folder.join(&name));
        if full.is_dir() {
            add(repository, &full, &format!("{path}/"));
        } else if !NOTES.contains(&path.as_str()) {
            let text = fs::read_to_string(&full).unwrap();
            repository.add(path.as_str(), text.len() as u64);
            if Kind::of(&path).is_some() {
                repository.add_text(path, text);
            }
        }
    }
}

impl Fixture {
    fn report(&self) -> Report {
        lint(&self.repository, TODAY, &Selection::default())
    }

    fn title(&self) -> String {
        format!("{}/{}", self.rule, self.name)
    }

    fn is_good(&self) -> bool {
        self.name.starts_with("good")
    }

    /// The lines of a note that are about a rule.
    fn noted(&self, note: &str, rule: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(note)).unwrap_or_default();
        let lines = text.lines().filter(|line| line.starts_with(rule));
        lines.map(ToOwned::to_owned).collect()
    }

    /// A finding as a line of `expected.txt`.
    fn line(&self, finding: &Finding) -> String {
        let place = &finding.place;
        let source = self.repository.source(&place.file).unwrap();
        let words = source.slice(place.start..place.end);
        let words = words.lines().next().unwrap_or_default();
        format!("{} {}:{} {words}", finding.rule, place.file, place.line)
    }
}

#[test]
fn every_bad_fixture_fires_its_rule_where_it_says() {
    let mut wrong = String::new();
    for fixture in fixtures().iter().filter(|fixture| !fixture.is_good()) {
        let report = fixture.report();
        let own = report
            .findings
            .iter()
            .filter(|one| one.rule == fixture.rule);
        let found: Vec<String> = own.map(|finding| fixture.line(finding)).collect();
        let expected = fixture.noted("expected.txt", &fixture.rule);
        if expected.is_empty() && fixture.noted("skipped.txt", &fixture.rule).is_empty() {
            let _ = writeln!(
                wrong,
                "{} has no expected.txt with {}",
                fixture.title(),
                fixture.rule
            );
        }
        if found != expected {
            let _ = writeln!(
                wrong,
                "{}\n  expected {expected:#?}\n  found {found:#?}",
                fixture.title()
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_good_fixture_fires_anything_or_lacks_a_fact_for_its_own_rule() {
    let mut wrong = String::new();
    for fixture in fixtures().iter().filter(|fixture| fixture.is_good()) {
        let report = fixture.report();
        for finding in &report.findings {
            let line = fixture.line(finding);
            let _ = writeln!(wrong, "{}: {line}: {}", fixture.title(), finding.message);
        }
        for skipped in report.skipped.iter().filter(|one| one.rule == fixture.rule) {
            let because = &skipped.because;
            let _ = writeln!(wrong, "{}: skipped, because {because}", fixture.title());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// As many well-made files as there have to be at least.
const WELL_MADE: usize = 60;

#[test]
fn nothing_fires_on_any_well_made_repository() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folders = names(&top).into_iter().map(|name| top.join(name));
    let mut wrong = String::new();
    let mut files = 0;
    for folder in folders.filter(|folder| folder.is_dir()) {
        let repository = repository(&folder);
        let sources = repository.sources();
        let kinds = sources.map(|source| Kind::of(source.path()));
        let is_judged = |kind: &Option<Kind>| {
            matches!(
                kind,
                Some(
                    Kind::Dockerfile | Kind::Compose | Kind::Workflow | Kind::Ignore | Kind::Action
                )
            )
        };
        files += kinds.filter(is_judged).count();
        let report = lint(&repository, TODAY, &Selection::default());
        let name = folder.file_name().unwrap().to_string_lossy();
        assert_eq!(report.unread, [], "{name}");
        for finding in &report.findings {
            let Place { file, line, .. } = &finding.place;
            let (rule, message) = (finding.rule, &finding.message);
            let _ = writeln!(wrong, "{name}/{file}:{line}: {rule} {message}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(files >= WELL_MADE, "{files}");
}

#[test]
fn a_rule_that_lacks_a_fact_says_which() {
    for fixture in fixtures().iter().filter(|fixture| !fixture.is_good()) {
        let report = fixture.report();
        let own = report.skipped.iter().filter(|one| one.rule == fixture.rule);
        let got: Vec<String> = own
            .map(|one| format!("{} because {}", one.rule, one.because))
            .collect();
        assert_eq!(
            got,
            fixture.noted("skipped.txt", &fixture.rule),
            "{}",
            fixture.title()
        );
    }
}

#[test]
fn every_fixture_is_read_whole() {
    for fixture in fixtures() {
        assert_eq!(fixture.report().unread, [], "{}", fixture.title());
    }
}

#[test]
fn the_table_of_rules_and_fixtures_is_as_it_was() {
    let mut table = String::new();
    for fixture in fixtures() {
        let report = fixture.report();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &report.findings {
            *counts.entry(finding.rule).or_default() += 1;
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(rule, count)| format!("{rule}×{count}"))
            .collect();
        let told = if counts.is_empty() {
            "–".to_owned()
        } else {
            counts.join(" ")
        };
        let _ = writeln!(table, "{:40} {told}", fixture.title());
    }
    insta::assert_snapshot!(table);
}

#[test]
fn rules_that_judge_at_once_say_the_same_in_the_same_order() {
    let means = Means {
        threads: NonZeroUsize::new(4).unwrap(),
        ..Means::default()
    };
    for fixture in fixtures() {
        let one = fixture.report();
        let four = lint_with(&fixture.repository, TODAY, &Selection::default(), &means);
        let title = fixture.title();
        assert_eq!(format!("{four:?}"), format!("{one:?}"), "{title}");
    }
}

/// What is found in a repository whose only Dockerfile is this: each rule with the words that it underlines and those that it
/// shows beside them, without the space between them.
fn words(repository: &Repository) -> Vec<String> {
    let plain = |place: &Place| {
        let source = repository.source(&place.file).unwrap();
        let words = source.slice(place.start..place.end).replace("$$", "$");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let report = lint(repository, TODAY, &Selection::default());
    let found = report.findings.iter().map(|finding| {
        let related = finding.related.iter().map(|related| plain(&related.place));
        let related: Vec<String> = related.collect();
        format!(
            "{} {} [{}]",
            finding.rule,
            plain(&finding.place),
            related.join(" | ")
        )
    });
    let mut found: Vec<String> = found.collect();
    found.sort();
    found
}

/// A Dockerfile that stands within a compose file is judged as one that is a file, and its findings stand on the same words.
#[test]
fn a_dockerfile_within_another_file_has_the_same_findings_on_the_same_words() {
    let mut wrong = String::new();
    let mut judged = 0;
    for fixture in fixtures() {
        let is_alone = fixture.repository.sources().all(|source| {
            let kind = Kind::of(source.path());
            let is_other = matches!(
                kind,
                Some(Kind::Compose | Kind::Workflow | Kind::Action | Kind::Bake)
            );
            !is_other && (kind != Some(Kind::Dockerfile) || source.path() == "Dockerfile")
        });
        let Some(dockerfile) = fixture.repository.source("Dockerfile") else {
            continue;
        };
        // Comments that silence are those of the file around it.
        if !is_alone || matches!(&*fixture.rule, "CRC001" | "CRC002") {
            continue;
        }
        judged += 1;
        let mut as_file = repository(&fixture.folder);
        as_file.add_text(
            "compose.yaml",
            "services:\n  x:\n    build:\n      context: .\n",
        );
        let text = dockerfile.text().replace('$', "$$");
        let lines = text.lines().map(|line| format!("        {line}\n"));
        let mut within = Repository::new();
        let files = fixture.repository.below("");
        for (path, size) in files.filter(|(path, _)| *path != "Dockerfile") {
            within.add(path, size);
            if let Some(source) = fixture.repository.source(path) {
                within.add_text(path, source.text());
            }
        }
        within.add_text(
            "compose.yaml",
            format!(
                "services:\n  x:\n    build:\n      context: .\n      dockerfile_inline: |\n{}",
                lines.collect::<String>()
            ),
        );
        let (as_file, within) = (words(&as_file), words(&within));
        if as_file != within {
            let _ = writeln!(
                wrong,
                "{}\n  as a file {as_file:#?}\n  within {within:#?}",
                fixture.title()
            );
        }
    }
    assert!(judged > 50, "{judged}");
    assert!(wrong.is_empty(), "{wrong}");
}
