//! Our solver against `apt-get -s install --no-install-recommends` in an empty root.

use std::collections::BTreeSet;

use coracle_distro::solve::Request;
use coracle_distro::{Architecture, Archive, Suite};
use coracle_testkit::agreement::{Sample, Table, keep, opening};

use super::apt::{Answer, Apt, version};
use super::requests::{Kind, requests};
use super::{SUITES, client};

/// A request on which the two differ.
struct Difference {
    kind: Kind,
    request: String,
    theirs: String,
    ours: String,
}

fn ours(archive: &Archive<'_>, packages: &[String]) -> Result<BTreeSet<String>, String> {
    let request = Request {
        packages,
        ..Request::default()
    };
    let closure = archive
        .closure(&request)
        .map_err(|error| error.to_string())?;
    let name = |package: &&coracle_distro::Package| format!("{}={}", package.name, package.version);
    Ok(closure.iter().map(name).collect())
}

#[expect(
    clippy::print_stderr,
    reason = "a full run is long: what differs is told at once"
)]
fn compare(archive: &Archive<'_>, apt: &Apt, asked: &(Kind, Vec<String>)) -> Option<Difference> {
    let (kind, packages) = asked;
    let (theirs, ours) = (apt.simulate(packages), ours(archive, packages));
    let only = |left: &BTreeSet<String>, right: &BTreeSet<String>| {
        let only: Vec<&str> = left.difference(right).map(String::as_str).collect();
        only.join(" ")
    };
    let count = |names: &BTreeSet<String>| format!("{} packages", names.len());
    let (theirs, ours) = match (theirs, ours) {
        (Answer::Refuses(_), Err(_)) => return None,
        (Answer::Installs(theirs), Ok(ours)) if theirs == ours => return None,
        (Answer::Installs(theirs), Ok(ours)) => (only(&theirs, &ours), only(&ours, &theirs)),
        (Answer::Refuses(why), Ok(ours)) => (format!("refused: {why}"), count(&ours)),
        (Answer::Installs(theirs), Err(why)) => (count(&theirs), format!("refused: {why}")),
    };
    let request = packages.join(" ");
    eprintln!("{kind} {request}: only apt {theirs:?}, only coracle {ours:?}");
    Some(Difference {
        kind,
        request,
        theirs,
        ours,
    })
}

/// Asks apt from as many threads as this machine is asked to build with.
fn differences(
    archive: &Archive<'_>,
    apt: &Apt,
    requests: &[(Kind, Vec<String>)],
) -> Vec<Difference> {
    let half = requests.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = requests
            .chunks(half)
            .map(|requests| {
                scope.spawn(|| {
                    let compared = requests.iter().map(|asked| compare(archive, apt, asked));
                    compared.flatten().collect::<Vec<_>>()
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.flatten().collect()
    })
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn closures_agree_with_apt() {
    let (client, keep) = (client(), keep());
    let mut sample = Sample::from_environment("resolver");
    let mut table = Table::new(
        "resolver",
        "closures_agree_with_apt",
        "The packages that a request draws in",
        &format!(
            "`apt-get -s install --no-install-recommends` of {}",
            version()
        ),
        &sample,
    );
    let mut differing = 0;
    let architectures = match sample.is_full() {
        true => &[Architecture::Amd64, Architecture::Arm64][..],
        false => &[Architecture::Amd64],
    };
    for (suite, architecture) in SUITES.iter().flat_map(|suite| {
        architectures
            .iter()
            .map(move |architecture| (suite, architecture))
    }) {
        let suite = Suite::parse(suite).unwrap();
        let archive = Archive::open(opening(suite, *architecture, &client, &keep)).unwrap();
        let apt = Apt::of(&archive, &keep);
        let part = if *architecture == Architecture::Amd64 {
            1
        } else {
            4
        };
        let requests = requests(&mut sample, &apt.listed, part);
        let differences = differences(&archive, &apt, &requests);
        table.releases(&archive);
        table.say(&format!(
            "{} requests, {} the same.",
            requests.len(),
            requests.len() - differences.len()
        ));
        differing += differences.len();
        if !differences.is_empty() {
            table.head(&["kind", "request", "only apt", "only coracle"]);
        }
        for difference in &differences {
            let Difference {
                kind,
                request,
                theirs,
                ours,
            } = difference;
            table.row(&[kind, request, theirs, ours]);
        }
    }
    eprintln!("{}", table.finish().unwrap());
    assert_eq!(differing, 0, "see the table above");
}
