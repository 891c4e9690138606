//! `coracle check PROGRAM --against PLACE`: would a program that is no image yet start there? Nothing is installed, unpacked
//! or run.
//!
//! ```text
//!             ┌ suite: the packages that a build would take, in memory ─┐
//!  program ─► ┼ image: its layers merged, the program put in ───────────┼► proof ─► Outcome
//!             └ release: its C library's kind and version ──────────────┘  (of a release no proof)
//! ```

mod archives;
mod image;
mod libc;
mod made;
mod place;
mod program;
mod releases;
mod suite;
#[cfg(test)]
mod tests;

use coracle_binary::start::{Finding, Libc, Report, Verdict};
use coracle_distro::Suite;

pub(crate) use self::archives::Archives;
pub use self::libc::Asks;
pub use self::place::{Place, PlaceError, Places, Subject};
pub use self::program::{Program, ProgramError};
pub use self::releases::{Libc as ReleaseLibc, Release};
use super::{Asked, Error, World};
use crate::settings::Settings;

/// What it takes to look at packages, besides what images take.
pub(crate) struct Elsewhere<'a, 'b> {
    pub(crate) looking: &'a World<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) archives: &'a Archives<'b>,
}

/// A program, and how it stands in each place.
#[derive(Debug)]
pub struct Placed {
    /// The program.
    pub program: Program,
    /// One a place, in the order asked for.
    pub standings: Vec<Standing>,
}

/// How a program stands in one place.
#[derive(Debug)]
pub struct Standing {
    /// Where: `debian/bookworm`, `ubuntu/24.04`, or the image as it was written.
    pub place: String,
    /// Whether somebody asked for just this place, and not for all.
    pub is_named: bool,
    /// What is known of it.
    pub basis: Basis,
    /// What was found, or why it could not be looked at.
    pub outcome: Result<Outcome, Error>,
}

/// What an outcome rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The start-proof over the files that would be there.
    Proof,
    /// The kind and version of the C library; other libraries were not looked at.
    LibcAlone,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// In a word.
    pub fate: Fate,
    /// In a line: the first thing that stands against it, or what it starts with.
    pub reason: String,
    /// What stands against it, the weightiest first.
    pub findings: Vec<Finding>,
}

/// What becomes of a program in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is proven to start.
    Starts,
    /// The C library would do; more is not known of the place.
    LibcFits,
    /// It starts, and ends when it first calls what is missing.
    DiesLater,
    /// That cannot be decided.
    NotProven,
    /// The suite has no package with what it needs.
    NotInSuite,
    /// It does not start.
    DoesNotStart,
}

impl Fate {
    /// Whether nothing stands against it.
    pub fn is_well(self) -> bool {
        matches!(self, Fate::Starts | Fate::LibcFits)
    }
}

impl Placed {
    /// Whether all is well: in every place that was asked for by name, and where all were asked for in one at least.
    pub fn is_well(&self) -> bool {
        let named = self.standings.iter().filter(|standing| standing.is_named);
        let all_named = named.clone().all(Standing::is_well);
        let has_others = self.standings.len() > named.count();
        all_named && (!has_others || self.standings.iter().any(Standing::is_well))
    }

    /// What would help where it does not start, each way once, those of the places asked for by name first.
    pub fn ways_out(&self) -> Vec<&str> {
        let (named, others): (Vec<&Standing>, Vec<&Standing>) = self
            .standings
            .iter()
            .partition(|standing| standing.is_named);
        let mut ways: Vec<&str> = Vec::new();
        let proven = |standing: &&Standing| standing.basis == Basis::Proof;
        for standing in named.into_iter().chain(others.into_iter().filter(proven)) {
            let findings = standing
                .outcome
                .iter()
                .flat_map(|outcome| &outcome.findings);
            for way in findings.flat_map(|finding| &finding.ways_out) {
                if !ways.contains(&way.as_str()) {
                    ways.push(way);
                }
            }
        }
        ways
    }
}

impl Standing {
    /// Whether nothing is known to stand against it.
    pub fn is_well(&self) -> bool {
        self.outcome
            .as_ref()
            .is_ok_and(|outcome| outcome.fate.is_well())
    }
}

impl Outcome {
    fn without_findings(fate: Fate, reason: String) -> Outcome {
        Outcome {
            fate,
            reason,
            findings: Vec::new(),
        }
    }

    /// What a proof comes to.
    fn of_proof(report: Report) -> Outcome {
        let with = started_with(&report);
        let is_proven = report.proven();
        let mut findings = report.findings;
        findings.sort_by_key(|finding| std::cmp::Reverse(fate(finding)));
        match findings.first() {
            Some(first) => Outcome {
                fate: fate(first),
                reason: without_fate(&first.explanation).to_owned(),
                findings,
            },
            None if is_proven => Outcome::without_findings(Fate::Starts, with),
            None => Outcome::without_findings(
                Fate::NotProven,
                "no program was found to prove".to_owned(),
            ),
        }
    }
}

fn fate(finding: &Finding) -> Fate {
    match finding.verdict {
        Verdict::DoesNotStart => Fate::DoesNotStart,
        Verdict::DiesLater => Fate::DiesLater,
        Verdict::NotProven => Fate::NotProven,
    }
}

/// An explanation may begin with what the fate says already.
fn without_fate(explanation: &str) -> &str {
    let begin = "it does not start: ";
    explanation.strip_prefix(begin).unwrap_or(explanation)
}

/// `glibc 2.41, 4 libraries`.
fn started_with(report: &Report) -> String {
    let Some(program) = report.programs.first() else {
        return String::new();
    };
    let libc = match &program.libc {
        Libc::Static => return "static: it needs nothing of the place".to_owned(),
        Libc::Unknown => return String::new(),
        libc => libc.to_string(),
    };
    let libraries = match program.objects.len() {
        1 => "1 library".to_owned(),
        count => format!("{count} libraries"),
    };
    format!(
        "{libc}, {libraries}: {} versions and {} symbols looked up",
        program.versions_checked, program.symbols_checked
    )
}

/// Looks at a program in every place that is asked for, all of them where none is; what cannot be looked at hides no other.
pub(crate) fn against(
    program: Program,
    places: &[Places],
    asked: &Asked,
    elsewhere: &Elsewhere<'_, '_>,
) -> Placed {
    let standings = spread(places).into_iter().map(|(place, is_named)| {
        let (basis, outcome) = stand(&program, &place, asked, elsewhere);
        Standing {
            place: place.to_string(),
            is_named,
            basis,
            outcome,
        }
    });
    Placed {
        standings: standings.collect(),
        program,
    }
}

/// Each place once, and whether it is asked for by name; those first.
fn spread(places: &[Places]) -> Vec<(Place, bool)> {
    let named = places.iter().filter_map(|place| match place {
        Places::One(place) => Some((place.clone(), true)),
        Places::All => None,
    });
    let mut spread: Vec<(Place, bool)> = named.collect();
    if places.is_empty() || places.contains(&Places::All) {
        let suites = Suite::readable().map(Place::Suite);
        let releases = Release::all().iter().map(Place::Release);
        spread.extend(suites.chain(releases).map(|place| (place, false)));
    }
    let mut once: Vec<(Place, bool)> = Vec::new();
    for (place, is_named) in spread {
        if !once.iter().any(|(known, _)| *known == place) {
            once.push((place, is_named));
        }
    }
    once
}

fn stand(
    program: &Program,
    place: &Place,
    asked: &Asked,
    elsewhere: &Elsewhere<'_, '_>,
) -> (Basis, Result<Outcome, Error>) {
    let outcome = match place {
        Place::Suite(suite) => suite::stand(program, suite, asked, elsewhere),
        Place::Image(target) => image::stand(program, target, asked, elsewhere.looking),
        // What needs nothing is proven once for every place.
        Place::Release(_) if program.is_static() => Ok(suite::alone(program, None, asked)),
        Place::Release(release) => {
            return (Basis::LibcAlone, Ok(libc::decide(program, release)));
        }
    };
    (Basis::Proof, outcome)
}
