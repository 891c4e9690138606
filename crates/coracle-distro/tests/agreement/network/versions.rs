//! Our order of versions against `dpkg --compare-versions`: made up ones, and every version of both suites.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;

use coracle_distro::{Architecture, Archive, Suite, Version};
use coracle_testkit::agreement::{Sample, Table, keep, opening, packages_files};
use coracle_testkit::command::Hermetic;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::{SUITES, client};

/// One shell asks dpkg about every line, and prints those on which dpkg says no.
const ASK: &str = "while read -r left sign right; do \
    dpkg --compare-versions \"$left\" \"$sign\" \"$right\" || echo \"$left $sign $right\"; done <pairs";

/// As above, about what dpkg takes for a version.
const ASK_WHETHER: &str =
    "while read -r text; do dpkg --validate-version -- \"$text\" && echo \"$text\"; done <texts";

fn sign(left: &Version, right: &Version) -> &'static str {
    match left.cmp(right) {
        Ordering::Less => "lt",
        Ordering::Equal => "eq",
        Ordering::Greater => "gt",
    }
}

fn shell(folder: &Path, script: &str) -> String {
    let shell = Hermetic::new("sh", folder)
        .args(["-c", script])
        .env("LC_ALL", "C")
        .directory(folder);
    shell.run().unwrap().stdout
}

/// The pairs that stand otherwise for dpkg.
fn refused_by_dpkg(pairs: &[(Version, Version)]) -> Vec<String> {
    let half = pairs.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let ask = |pairs: &[(Version, Version)]| {
            let folder = tempfile::tempdir().unwrap();
            let line = |(left, right): &(Version, Version)| {
                format!("{left} {} {right}\n", sign(left, right))
            };
            let lines: String = pairs.iter().map(line).collect();
            std::fs::write(folder.path().join("pairs"), lines).unwrap();
            let said = shell(folder.path(), ASK);
            said.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let threads: Vec<_> = pairs
            .chunks(half)
            .map(|pairs| scope.spawn(move || ask(pairs)))
            .collect();
        let said = threads.into_iter().map(|thread| thread.join().unwrap());
        said.flatten().collect()
    })
}

/// Two versions that are alike up to some part, so that most of what they say must be compared.
fn alike() -> impl Strategy<Value = (String, String)> {
    let part = || {
        prop_oneof![
            "[0-9]{1,3}",
            "[a-z]{1,3}",
            "[.+~]{1,2}",
            "~~",
            "0{1,3}",
            "rc",
            "-",
            "\\+deb1[23]u",
            "[A-Za-z0-9.+~]{1,6}",
        ]
    };
    let parts = || proptest::collection::vec(part(), 0..6);
    let epoch = || prop_oneof![Just(""), Just("0:"), Just("1:"), Just("00:"), Just("10:")];
    let start = "[0-9]{1,2}";
    (
        epoch(),
        epoch(),
        start,
        parts(),
        part(),
        part(),
        parts(),
        any::<bool>(),
    )
        .prop_map(
            |(left_epoch, right_epoch, start, before, left, right, after, same_epoch)| {
                let (before, after) = (before.concat(), after.concat());
                let right_epoch = if same_epoch { left_epoch } else { right_epoch };
                (
                    format!("{left_epoch}{start}{before}{left}{after}"),
                    format!("{right_epoch}{start}{before}{right}{after}"),
                )
            },
        )
}

fn runner(sample: &Sample, cases: u32) -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&sample.seed().to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// As many made up pairs as are asked; how many of them were versions.
fn check_made_up(sample: &Sample) -> usize {
    let cases = u32::try_from(sample.count(5, 100)).unwrap();
    let count = std::cell::Cell::new(0);
    let many = proptest::collection::vec(alike(), 200);
    let result = runner(sample, cases).run(&many, |pairs| {
        let read =
            |(left, right): &(String, String)| Some((left.parse().ok()?, right.parse().ok()?));
        let pairs: Vec<(Version, Version)> = pairs.iter().filter_map(read).collect();
        count.set(count.get() + pairs.len());
        match refused_by_dpkg(&pairs).as_slice() {
            [] => Ok(()),
            refused => Err(TestCaseError::fail(refused.join("; "))),
        }
    });
    if let Err(TestError::Fail(why, _)) = result {
        panic!("for dpkg these stand otherwise: {why}");
    }
    count.get()
}

/// What dpkg takes for a version is one for us; how many of the texts were.
fn check_whether(sample: &Sample) -> usize {
    let cases = u32::try_from(sample.count(2, 20)).unwrap();
    let count = std::cell::Cell::new(0);
    let many = proptest::collection::vec("[0-9][0-9a-zA-Z.+~:_%é-]{0,8}", 200);
    let result = runner(sample, cases).run(&many, |texts| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("texts"), texts.join("\n") + "\n").unwrap();
        let said = shell(folder.path(), ASK_WHETHER);
        for text in said.lines() {
            let read = text.parse::<Version>();
            prop_assert!(read.is_ok(), "dpkg takes {text}: {read:?}");
        }
        count.set(count.get() + said.lines().count());
        Ok(())
    });
    result.unwrap();
    count.get()
}

/// The distinct versions of a suite, in our order.
fn listed(archive: &Archive<'_>, keep: &dyn coracle_distro::Keep) -> Vec<Version> {
    let folder = tempfile::tempdir().unwrap();
    let listed = packages_files(archive, keep, folder.path()).unwrap();
    let texts: BTreeSet<&str> = listed.iter().map(|package| package.version()).collect();
    let mut versions: Vec<Version> = texts
        .into_iter()
        .map(|text| text.parse().unwrap())
        .collect();
    versions.sort();
    versions
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_order_of_versions_agrees_with_dpkg() {
    let mut sample = Sample::from_environment("versions");
    let dpkg = coracle_testkit::command::tool("dpkg-query", &["-Wf${Version}", "dpkg"]).unwrap();
    let mut table = Table::new(
        "versions",
        "the_order_of_versions_agrees_with_dpkg",
        "The order of versions",
        &format!("`dpkg --compare-versions` of dpkg {}", dpkg.stdout),
        &sample,
    );
    let (made_up, taken) = (check_made_up(&sample), check_whether(&sample));
    table.say(&format!(
        "{made_up} made up pairs that differ in one part: all stand as dpkg has them. {taken} made up texts that \
         `dpkg --validate-version` takes: all are versions."
    ));
    let (client, keep) = (client(), keep());
    let mut differing = Vec::new();
    for suite in SUITES {
        let suite = Suite::parse(suite).unwrap();
        let archive = Archive::open(opening(suite, Architecture::Amd64, &client, &keep)).unwrap();
        let versions = listed(&archive, &keep);
        let neighbours: Vec<(Version, Version)> = versions
            .windows(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect();
        let count = sample.count(1_000, usize::MAX);
        let asked = match sample.is_full() {
            true => neighbours,
            false => sample.choose(&neighbours, count),
        };
        let refused = refused_by_dpkg(&asked);
        table.releases(&archive);
        table.say(&format!(
            "{} distinct versions, sorted; {} pairs of neighbours asked, {} the same.",
            versions.len(),
            asked.len(),
            asked.len() - refused.len()
        ));
        differing.extend(refused);
    }
    eprintln!("{}", table.finish().unwrap());
    assert_eq!(differing, Vec::<String>::new());
}
