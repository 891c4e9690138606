//! What everything that was looked at comes to: nothing, or one failure with its counts and its exit code.

use coracle_build::Error;
use coracle_build::check::Verdict;
use coracle_build::check::against::{Basis, Placed};

use crate::commands::Failure;
use crate::{exit, render};

/// What was counted.
#[derive(Default)]
struct Counts {
    looked: usize,
    failing: usize,
    /// How many of those fail by their policy alone.
    starting: usize,
    unseen: usize,
    /// The exit code of the first that could not be looked at.
    unseen_code: Option<u8>,
}

/// What the verdicts come to. Of a program each place counts that was asked for by name, and all others as one.
pub(super) fn ended(
    verdicts: &[Verdict],
    placed: Vec<Placed>,
    unseen: &[Error],
) -> Result<(), Failure> {
    let failing = verdicts.iter().filter(|verdict| !verdict.is_well());
    let mut counts = Counts {
        looked: verdicts.len() + unseen.len(),
        failing: failing.clone().count(),
        starting: failing.filter(|verdict| verdict.starts()).count(),
        unseen: unseen.len(),
        unseen_code: unseen.first().map(|error| exit::number(error.class())),
    };
    let mut told = Vec::new();
    for one in placed {
        counts.add(one, &mut told);
    }
    let code = match (counts.failing, counts.unseen_code) {
        (0, None) => return Ok(()),
        (0, Some(code)) => code,
        _ => exit::FINDINGS,
    };
    Err(Failure::Unwell {
        failing: counts.failing,
        starting: counts.starting,
        looked: counts.looked,
        unseen: counts.unseen,
        code,
    })
}

impl Counts {
    /// Counts a program, and tells why places could not be looked at, each reason once.
    fn add(&mut self, placed: Placed, told: &mut Vec<String>) {
        let is_well_somewhere = placed.standings.iter().any(|standing| standing.is_well());
        let (mut others, mut seen_others, mut unseen_code) = (0, 0, None);
        for standing in placed.standings {
            let is_well = standing.is_well();
            let error = standing.outcome.err().map(Error::from);
            let code = error.as_ref().map(|error| exit::number(error.class()));
            if let Some(error) = error
                && !told.contains(&error.to_string())
            {
                render::failure(&error, error.hint());
                told.push(error.to_string());
            }
            match (standing.is_named, code) {
                (true, Some(code)) => self.add_unseen(code),
                (true, None) => self.add_seen(is_well),
                (false, Some(code)) => {
                    others += 1;
                    unseen_code = Some(unseen_code.unwrap_or(code));
                }
                (false, None) => {
                    others += 1;
                    seen_others += usize::from(standing.basis == Basis::Proof);
                }
            }
        }
        match unseen_code {
            _ if others == 0 => {}
            // Of all places some may be out of reach, but not all that would have been looked into.
            Some(code) if seen_others == 0 => self.add_unseen(code),
            _ => self.add_seen(is_well_somewhere),
        }
    }

    fn add_seen(&mut self, is_well: bool) {
        self.looked += 1;
        self.failing += usize::from(!is_well);
    }

    fn add_unseen(&mut self, code: u8) {
        self.looked += 1;
        self.unseen += 1;
        self.unseen_code = Some(self.unseen_code.unwrap_or(code));
    }
}
