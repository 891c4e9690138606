//! Images of many makes: `coracle check` says of each whether it starts, and then it is really started, until its entry
//! point, in the root that the kernel's overlayfs makes of the same layers.
//!
//! An image is a root of a distribution and one layer over it, in which something was changed; what the layer is made of
//! (deletions, opaque folders) is what the kernel wrote down. A plain run judges a sample, `CORACLE_FULL=1` all and writes
//! docs/agreement/images.md.

mod change;
mod classic;
pub(super) mod image;

use std::collections::BTreeMap;

use coracle_testkit::agreement::{Sample, Table};
use coracle_testkit::reach::{Account, Reached};
use serde_json::Value;

use self::change::CHANGES;
use self::image::{Base, Case, Images};
use crate::support::Place;

/// How the accounts of one image stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    BothStart,
    BothFail,
    UndecidedFails,
    UndecidedStarts,
    OtherReason,
    Miss,
    FalseAlarm,
}

const COLUMNS: [(Agreement, &str); 7] = [
    (Agreement::BothStart, "it starts, and we say so"),
    (Agreement::BothFail, "it fails, and we say why"),
    (Agreement::UndecidedFails, "not proven, and it fails"),
    (Agreement::UndecidedStarts, "not proven, and it starts"),
    (Agreement::OtherReason, "other reason"),
    (Agreement::Miss, "misses"),
    (Agreement::FalseAlarm, "false alarms"),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn images_of_many_makes_are_judged_as_they_start() {
    let place = Place::new();
    let mut sample = Sample::from_environment("images");
    let bases = Base::all(&place, sample.is_full());
    let mut images = Images::new(&place.path().join("images"));
    let mut cases = Vec::new();
    for base in &bases {
        let programs = base.programs(&place, &mut sample);
        let count = sample.count(24, 120);
        for number in 0..count {
            // Each change is tried before one is tried again.
            let (name, change) = CHANGES[number % CHANGES.len()];
            let program = &programs[sample.below(programs.len())];
            let mut case = Case::new(base, program, name);
            change(&mut case, &mut sample);
            let account = case.start();
            let target = images.add(&case);
            cases.push((target, case.described(), name, account));
        }
    }
    let targets: Vec<String> = cases.iter().map(|(target, ..)| target.clone()).collect();
    let verdicts = check(&place, &targets);
    let mut counts: BTreeMap<&str, BTreeMap<Agreement, usize>> = BTreeMap::new();
    let mut differences = Vec::new();
    for (target, described, change, account) in &cases {
        let verdict = &verdicts[target];
        let agreement = agreement(verdict, account);
        *counts
            .entry(change)
            .or_default()
            .entry(agreement)
            .or_default() += 1;
        if !matches!(agreement, Agreement::BothStart | Agreement::BothFail) {
            let findings = serde_json::to_string(&verdict["findings"]).unwrap();
            differences.push((
                agreement,
                format!("{change}: {described}: {agreement:?}: {account:?}: {findings}"),
            ));
        }
    }
    println!("{}", table(&sample, &counts, cases.len()));
    for (_, difference) in &differences {
        println!("{difference}");
    }
    let wrong = differences.iter().filter(|(agreement, _)| {
        !matches!(
            agreement,
            Agreement::UndecidedFails | Agreement::UndecidedStarts
        )
    });
    assert_eq!(wrong.count(), 0);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn who_looks_at_an_image_starts_nothing() {
    let place = Place::new();
    let bases = Base::all(&place, false);
    let mut images = Images::new(&place.path().join("images"));
    let target = images.of_base(&bases[0], "/usr/bin/curl");
    let other = images.of_base(&bases[1], "/usr/bin/curl");
    let root = format!("rootfs:{}", bases[0].root.display());
    for words in [
        vec!["check", "--all", &target],
        vec!["check", &root],
        vec!["why", &target, "libssl.so.3"],
        vec!["diff", &target, &other],
        vec![
            "explain",
            "curl: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file or directory",
            &target,
        ],
    ] {
        let log = place.path().join("started");
        let watched = [
            "-f",
            "-e",
            "trace=execve,execveat",
            "-o",
            log.to_str().unwrap(),
        ];
        let program = crate::support::program().display().to_string();
        let line = watched.map(str::to_owned).into_iter().chain([program]);
        let line = line.chain(words.iter().map(|word| (*word).to_owned()));
        let ended = place.coracle_through("strace").args(line).run().unwrap();
        assert_eq!(ended.code, 0, "{words:?}: {}{}", ended.stdout, ended.stderr);
        let log = std::fs::read_to_string(log).unwrap();
        let started = log.lines().filter(|line| line.contains("execve")).count();
        assert_eq!(started, 1, "{words:?}: only coracle itself: {log}");
    }
}

/// What `coracle check` says of each target.
fn check(place: &Place, targets: &[String]) -> BTreeMap<String, Value> {
    let mut verdicts = BTreeMap::new();
    for some in targets.chunks(50) {
        let words = ["--quiet", "check", "--format", "json"].map(str::to_owned);
        let checked = place.coracle().args(words).args(some.iter().cloned());
        let checked = checked.run().unwrap();
        assert!([0, 1].contains(&checked.code), "{}", checked.stderr);
        let told: Value = serde_json::from_str(&checked.stdout).unwrap();
        for image in told["images"].as_array().unwrap() {
            verdicts.insert(image["target"].as_str().unwrap().to_owned(), image.clone());
        }
    }
    verdicts
}

fn agreement(verdict: &Value, account: &Account) -> Agreement {
    let findings = verdict["findings"].as_array().unwrap();
    let proven = verdict["proven"].as_bool().unwrap();
    // Everything is bound at start here, so what dies later fails.
    let fails = findings
        .iter()
        .any(|finding| finding["verdict"] != "not-proven");
    let starts = account.reached == Reached::Entry;
    match (proven, fails, starts) {
        (true, _, true) => Agreement::BothStart,
        (true, _, false) => Agreement::Miss,
        (false, true, true) => Agreement::FalseAlarm,
        (false, false, true) => Agreement::UndecidedStarts,
        (false, false, false) => Agreement::UndecidedFails,
        (false, true, false) => {
            let reasons = reasons(account);
            let code = |finding: &Value| finding["code"].as_str().unwrap().to_owned();
            let has_it = findings
                .iter()
                .any(|finding| reasons.contains(&code(finding).as_str()));
            if has_it {
                Agreement::BothFail
            } else {
                Agreement::OtherReason
            }
        }
    }
}

/// The findings that can be behind an account.
fn reasons(account: &Account) -> &'static [&'static str] {
    const EACCES: i32 = 13;
    const ENOEXEC: i32 = 8;
    let says = |words: &str| account.said.contains(words);
    match account.reached {
        Reached::NotExecuted(EACCES) => &["not-executable", "not-readable", "working-directory"],
        Reached::NotExecuted(ENOEXEC) => {
            &["not-a-program", "bad-shebang", "wrong-machine", "truncated"]
        }
        Reached::NotExecuted(_) => &[
            "program-missing",
            "interpreter-missing",
            "bad-shebang",
            "cycle-in-links",
            "working-directory",
        ],
        // qemu's word for it.
        Reached::Exit(255) if says("Could not open '") => &["interpreter-missing"],
        _ if says("Error loading shared library") || says("Error relocating") => &[
            "library-missing",
            "library-unusable",
            "glibc-on-musl",
            "symbol-missing",
            "not-readable",
        ],
        _ if says("No such file or directory") || says("Permission denied") => &[
            "library-missing",
            "not-readable",
            "cycle-in-links",
            "wrong-machine",
        ],
        _ if says("' not found (required by") => &["version-missing"],
        _ if says("symbol lookup error") || says("undefined symbol") => {
            &["symbol-missing", "version-missing", "libc-loader-mismatch"]
        }
        _ => &[
            "library-unusable",
            "truncated",
            "malformed",
            "wrong-machine",
            "library-missing",
            "libc-loader-mismatch",
            "version-missing",
            "symbol-missing",
            "glibc-on-musl",
        ],
    }
}

fn table(
    sample: &Sample,
    counts: &BTreeMap<&str, BTreeMap<Agreement, usize>>,
    images: usize,
) -> String {
    let mut table = Table::new(
        "images",
        "images_of_many_makes_are_judged_as_they_start",
        "Images, judged and started",
        "real starts, until the entry point, in the root that overlayfs makes of the layers",
        sample,
    );
    table.say(&format!(
        "{images} images: roots of Debian made by mmdebstrap with one layer over each, in which one thing was changed; as OCI \
         layouts, archives of layouts and archives of docker save."
    ));
    let heads: Vec<&str> = COLUMNS.iter().map(|(_, head)| *head).collect();
    table.head(&[&["change", "images"], heads.as_slice()].concat());
    for (change, of_change) in counts {
        let total: usize = of_change.values().sum();
        let cells = COLUMNS.map(|(agreement, _)| {
            let count = of_change.get(&agreement).copied().unwrap_or_default();
            count.to_string()
        });
        let total = total.to_string();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        table.row(&[&[*change, &total], cells.as_slice()].concat());
    }
    table.finish().unwrap()
}
