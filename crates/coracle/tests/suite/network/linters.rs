//! `lint` beside other linters on the same files: where both have a rule on the same ground, they agree, or it is known why not.
//!
//! Judged are the lint's own fixtures and well-made repositories, each as a repository of its own. The table is
//! `docs/agreement/linters.md`; `CORACLE_FULL=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::tool;
use serde_json::Value;

use crate::support::Place;

/// A rule of ours, who else has one on that ground, and theirs.
const COMMON: [(&str, &str, &[&str]); 6] = [
    ("CRC303", "hadolint", &["DL3002"]),
    ("CRC304", "hadolint", &["DL3006", "DL3007"]),
    ("CRC305", "hadolint", &["DL3025"]),
    ("CRC306", "hadolint", &["DL4006"]),
    ("CRC308", "hadolint", &["DL3009"]),
    ("CRC311", "zizmor", &["excessive-permissions"]),
];

/// Why the two say different things of a file: the rule, who alone says something, parts of the paths of all such files,
/// and the reason.
const EXPLAINED: &[(&str, Alone, &[&str], &str)] = &[
    (
        "CRC303",
        Alone::Ours,
        &["CRC303/bad-distroless/", "CRC303/bad-no-user/"],
        "hadolint looks only for the last USER, and not as whom the base runs",
    ),
    (
        "CRC304",
        Alone::Ours,
        &["CRC102/bad-moved-tag/", "CRC304/bad-no-distribution/"],
        "a tag without a version, or without the distribution, is another image tomorrow, too",
    ),
    (
        "CRC304",
        Alone::Theirs,
        &[
            "CRC104/good-stage-for-each/",
            "CRC303/bad-distroless/",
            "CRC304/good-own-base/",
        ],
        "the name is that of a stage (each architecture has one), holds its release, or is what the repository builds itself",
    ),
    (
        "CRC305",
        Alone::Ours,
        &["CRC305/bad-busy/"],
        "the shell only keeps the container busy, and is written as a list",
    ),
    (
        "CRC305",
        Alone::Theirs,
        &[
            "rust-alpine-all-the-way/",
            "rust-crt-static/",
            "windows-escape/",
            "CRC002/bad-slip/",
            "CRC002/good-named/",
            "CRC108/",
            "CRC301/bad-in-a-folder/",
            "CRC305/good-exec/",
        ],
        "a HEALTHCHECK in shell form, which no signal reaches; a shell that makes way (exec); a comment that is ours to honour",
    ),
    (
        "CRC306",
        Alone::Ours,
        &[
            "CRC306/bad-background/",
            "CRC306/bad-heredoc/",
            "CRC306/bad-semicolons/",
        ],
        "`;` and lines without `set -e`, `&` with a bare `wait`: hadolint has no rule for them",
    ),
    (
        "CRC306",
        Alone::Theirs,
        &["CRC306/good-verified/"],
        "a pipe into a program that checks what it gets, and fails on nothing",
    ),
    (
        "CRC308",
        Alone::Ours,
        &["CRC308/bad-copied/"],
        "hadolint looks only at apt's lists",
    ),
    (
        "CRC308",
        Alone::Theirs,
        &["CRC308/good-same-step/"],
        "the lists are in a cache mount, and are none of the image's",
    ),
    (
        "CRC311",
        Alone::Theirs,
        &[
            "CRC312/bad-two-jobs/",
            "CRC312/good-other-times/",
            "CRC312/good-platforms/",
        ],
        "zizmor also asks that `packages: write` be said by each job, and not by the workflow",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alone {
    Ours,
    Theirs,
}

type Said = BTreeSet<(&'static str, String)>;

fn lint_crate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../coracle-lint")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Each small repository with its name, copied to where no other repository is around it.
fn repositories(place: &Path) -> Vec<(String, PathBuf)> {
    let top = lint_crate();
    let mut sources = folders(&top.join("corpus"));
    for rule in folders(&top.join("fixtures")) {
        sources.extend(folders(&rule));
    }
    let each = sources.into_iter().map(|source| {
        let name = source.strip_prefix(&top).unwrap().display().to_string();
        let folder = place.join("repositories").join(&name);
        copy(&source, &folder);
        (name, folder)
    });
    each.collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &place),
            false => drop(fs::copy(entry.path(), place).unwrap()),
        }
    }
}

fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn json(program: &str, arguments: &[&str], file: &Path) -> Value {
    let file = file.display().to_string();
    let text = tool(program, &[arguments, &[file.as_str()]].concat())
        .unwrap()
        .stdout;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{program} {file}: {error}: {text}"))
}

/// What the others say, by the rule of ours that has the same ground.
fn theirs(name: &str, folder: &Path) -> (Said, BTreeMap<&'static str, usize>) {
    let mut said = Said::new();
    let mut judged = BTreeMap::new();
    let mut all = Vec::new();
    files(folder, &mut all);
    for file in all {
        let path = file.strip_prefix(folder).unwrap().display().to_string();
        let base = path.rsplit('/').next().unwrap_or_default();
        let is_dockerfile = base.starts_with("Dockerfile")
            || base.ends_with(".Dockerfile")
            || base == "Containerfile";
        let (who, answer, key) = if is_dockerfile {
            (
                "hadolint",
                json("hadolint", &["--no-fail", "--format", "json"], &file),
                "code",
            )
        } else if path.starts_with(".github/workflows/") {
            let arguments = [
                "--offline",
                "--no-exit-codes",
                "--no-progress",
                "--format",
                "json",
            ];
            ("zizmor", json("zizmor", &arguments, &file), "ident")
        } else {
            continue;
        };
        *judged.entry(who).or_default() += 1;
        let ids: BTreeSet<String> = answer
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].as_str().unwrap().to_owned())
            .collect();
        for (ours, other, rules) in COMMON {
            if other == who && rules.iter().any(|rule| ids.contains(*rule)) {
                said.insert((ours, format!("{name}/{path}")));
            }
        }
    }
    (said, judged)
}

fn ours(place: &Place, name: &str, folder: &Path) -> Said {
    let arguments = [
        "-C",
        folder.to_str().unwrap(),
        "lint",
        "--format",
        "json",
        "--error-on",
        "never",
    ];
    let answer = place.coracle().args(arguments).succeed().unwrap();
    let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
    let findings = answer["findings"].as_array().unwrap().iter();
    let each = findings.filter_map(|finding| {
        let (rule, ..) = COMMON.iter().find(|(ours, ..)| finding["rule"] == *ours)?;
        // hadolint knows no workflows, and zizmor no Dockerfiles.
        let file = finding["place"]["file"].as_str().unwrap();
        let is_workflow = file.starts_with(".github/");
        (is_workflow == (*rule == "CRC311")).then(|| (*rule, format!("{name}/{file}")))
    });
    each.collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn other_linters_say_the_same_on_common_ground_or_it_is_known_why_not() {
    let place = Place::new();
    let (mut all_ours, mut all_theirs) = (Said::new(), Said::new());
    let mut judged: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, folder) in repositories(place.path()) {
        all_ours.extend(ours(&place, &name, &folder));
        let (said, counts) = theirs(&name, &folder);
        all_theirs.extend(said);
        for (who, count) in counts {
            *judged.entry(who).or_default() += count;
        }
    }
    let mut unexplained = String::new();
    for (rule, file) in all_ours.symmetric_difference(&all_theirs) {
        let who = match all_ours.contains(&(*rule, file.clone())) {
            true => Alone::Ours,
            false => Alone::Theirs,
        };
        let mut explained = EXPLAINED.iter();
        if !explained.any(|(one, alone, parts, _)| {
            one == rule && *alone == who && parts.iter().any(|part| file.contains(part))
        }) {
            let _ = writeln!(unexplained, "{rule} {who:?} {file}");
        }
    }
    assert!(unexplained.is_empty(), "{unexplained}");
    let page = page(&judged, &all_ours, &all_theirs);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/agreement/linters.md");
    if std::env::var_os("CORACLE_FULL").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, page,
        "CORACLE_FULL=1 cargo xtask test --real linters writes it"
    );
}

fn page(judged: &BTreeMap<&str, usize>, ours: &Said, theirs: &Said) -> String {
    let mut page = String::from(
        "# Other linters on the same files\n\nEach small repository that the lint is tested with, bad and well made, judged by `coracle lint` and by \
         others on common ground. A row counts files of which a rule says something. A test repeats it\n(`cargo xtask test --real linters`) \
         and fails where the two differ without one of the reasons below.\n\n",
    );
    let counts: Vec<String> = judged
        .iter()
        .map(|(who, count)| format!("{who} judged {count} files"))
        .collect();
    let _ = writeln!(
        page,
        "{}. actionlint has no rule on common ground: what it is for, the lint leaves to it.\n",
        counts.join(", ")
    );
    page.push_str(
        "| coracle | other | both | coracle alone | other alone |\n|---|---|---|---|---|\n",
    );
    for (rule, who, rules) in COMMON {
        let of = |said: &Said| -> BTreeSet<String> {
            let files = said.iter().filter(|(one, _)| *one == rule);
            files.map(|(_, file)| file.clone()).collect()
        };
        let (ours, theirs) = (of(ours), of(theirs));
        let both = ours.intersection(&theirs).count();
        let _ = writeln!(
            page,
            "| {rule} | {who} {} | {both} | {} | {} |",
            rules.join(", "),
            ours.len() - both,
            theirs.len() - both
        );
    }
    page.push_str("\n## Why they differ\n\n");
    for (rule, alone, parts, reason) in EXPLAINED {
        let who = match alone {
            Alone::Ours => "coracle alone",
            Alone::Theirs => "the other alone",
        };
        let files: Vec<&str> = parts
            .iter()
            .map(|part| part.trim_end_matches('/'))
            .collect();
        let _ = writeln!(page, "- {rule}, {who}, of {}: {reason}.", files.join(", "));
    }
    page
}
