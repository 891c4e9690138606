//! Images of many makes: `coracle check` says of each whether it starts, and then it is really started, until its entry
//! point, in the root that the kernel's overlayfs makes of the same layers.
//!
//! An image is a root of some kind (`base`, `musl`, `layout`) and one layer over it, in which something was changed; what the
//! layer is made of (deletions, opaque folders) is what the kernel wrote down. Others a builder makes of Dockerfiles
//! (`builder`). A plain run judges a sample, `CORACLE_FULL=1` all and writes docs/agreement/images.md.

pub(super) mod base;
mod builder;
mod change;
mod classic;
mod image;
mod layout;
mod musl;
mod recipe;
mod table;

use std::collections::BTreeMap;

use coracle_testkit::agreement::Sample;
use coracle_testkit::command::Hermetic;
use coracle_testkit::reach::{Account, Reached};
use serde_json::Value;

use self::base::{Base, Make};
use self::change::Change;
use self::image::{Case, Images};
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

/// One image: what we say of it, and how far it came.
struct Judged {
    make: &'static str,
    change: &'static str,
    described: String,
    verdict: Value,
    account: Account,
}

/// A change that has no meaning for a root, whatever program of it is taken.
struct Skipped {
    make: &'static str,
    change: &'static str,
    why: &'static str,
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn images_of_many_makes_are_judged_as_they_start() {
    let place = Place::new();
    let mut sample = Sample::from_environment("images");
    let mut bases = base::debian(&place, sample.is_full());
    bases.extend(layout::bases(&place, &bases, &mut sample));
    bases.extend(musl::bases(&place, sample.is_full()));
    let (mut judged, mut skipped) = (builder::judge(&place, &mut sample), Vec::new());
    for base in &bases {
        let (these, without) = judge(&place, base, &mut sample);
        judged.extend(these);
        skipped.extend(without);
    }
    println!("{}", table::of(&sample, &judged, &skipped));
    let mut wrong = 0;
    for one in &judged {
        let agreement = agreement(&one.verdict, &one.account);
        if matches!(agreement, Agreement::BothStart | Agreement::BothFail) {
            continue;
        }
        let is_undecided = matches!(
            agreement,
            Agreement::UndecidedFails | Agreement::UndecidedStarts
        );
        wrong += usize::from(!is_undecided);
        let findings = serde_json::to_string(&one.verdict["findings"]).unwrap();
        let Judged {
            make,
            change,
            described,
            account,
            ..
        } = one;
        println!("{make}: {change}: {described}: {agreement:?}: {account:?}: {findings}");
    }
    assert_eq!(wrong, 0);
}

/// Changes images of one root in many ways, and judges them.
fn judge(place: &Place, base: &Base, sample: &mut Sample) -> (Vec<Judged>, Vec<Skipped>) {
    let make = base.make.name();
    let changes = match base.make {
        Make::Musl => musl::changes(),
        _ => change::CHANGES.to_vec(),
    };
    let folder = format!("images-{}-{}-{make}", base.suite, base.architecture);
    let mut images = Images::new(&place.path().join(folder.replace([' ', '/', ','], "-")));
    let programs = base.programs(place, sample);
    let (mut cases, mut skipped) = (Vec::new(), Vec::new());
    for number in 0..base.make.count(sample) {
        // Each change is tried before one is tried again.
        let (name, change) = changes[number % changes.len()];
        match changed(base, &programs, (name, change), sample) {
            Ok(case) => {
                let account = case.start();
                let target = images.add(&case);
                cases.push((target, case.described(), name, account));
            }
            Err(why) => skipped.push(Skipped {
                make,
                change: name,
                why,
            }),
        }
    }
    let targets: Vec<String> = cases.iter().map(|(target, ..)| target.clone()).collect();
    let mut verdicts = check(place.coracle(), &targets);
    let judged = cases
        .into_iter()
        .map(|(target, described, change, account)| Judged {
            make,
            change,
            described,
            verdict: verdicts.remove(&target).unwrap(),
            account,
        });
    let judged = judged.collect();
    images.remove();
    (judged, skipped)
}

/// A case for which the change has a meaning, of some program; or why there is none.
fn changed<'b>(
    base: &'b Base,
    programs: &[base::Program],
    (name, change): (&'static str, Change),
    sample: &mut Sample,
) -> Result<Case<'b>, &'static str> {
    let mut why = "no program is there";
    for _ in 0..4 {
        let program = &programs[sample.below(programs.len())];
        let mut case = Case::new(base, program, name);
        change(&mut case, sample);
        match case.skipped {
            None => return Ok(case),
            Some(reason) => why = reason,
        }
    }
    Err(why)
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn who_looks_at_an_image_starts_nothing() {
    let place = Place::new();
    let bases = base::debian(&place, false);
    let mut images = Images::new(&place.path().join("images"));
    let target = images.of_base(&bases[0], "/usr/bin/curl");
    let other = images.of_base(&bases[1], "/usr/bin/curl");
    let root = format!("rootfs:{}", bases[0].root.display());
    let program = format!("file:{}", bases[0].root.join("usr/bin/curl").display());
    let places = format!("trixie,ubuntu/26.04,{target},{root}");
    for words in [
        vec!["check", "--all", &target],
        vec!["check", &root],
        vec!["check", &program, "--against", &places],
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
fn check(coracle: Hermetic, targets: &[String]) -> BTreeMap<String, Value> {
    let mut verdicts = BTreeMap::new();
    for some in targets.chunks(50) {
        let words = ["--quiet", "check", "--format", "json"].map(str::to_owned);
        let checked = coracle.clone().args(words).args(some.iter().cloned());
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
