//! Programs in places, for people: a table for each program, then the ways out.

use std::fmt::Write as _;

use coracle_build::check::against::{Basis, Placed, Standing};

use super::{counted, placed, plain};

/// One program.
pub(super) fn block(one: &Placed) -> String {
    let program = &one.program;
    let mut text = format!(
        "{}  {}  {}\n",
        plain(&program.path.display().to_string()),
        program.platform,
        placed::described(one)
    );
    let everywhere = same_everywhere(&one.standings);
    let (proven, by_libc): (Vec<&Standing>, Vec<&Standing>) = match everywhere {
        Some(first) => {
            let line = row("everywhere", (0, 0), first);
            text.push_str(&line);
            (Vec::new(), Vec::new())
        }
        None => {
            let standings = one.standings.iter();
            standings.partition(|standing| standing.basis == Basis::Proof)
        }
    };
    let widest = |of: fn(&Standing) -> usize| one.standings.iter().map(of).max();
    let width = (
        widest(|standing| standing.place.len()).unwrap_or_default(),
        widest(|standing| placed::word(standing).len()).unwrap_or_default(),
    );
    for standing in proven {
        text.push_str(&row(&standing.place, width, standing));
    }
    if !by_libc.is_empty() {
        let _ = writeln!(text, "  {}", by_libc_alone(one));
    }
    for standing in by_libc {
        text.push_str(&row(&standing.place, width, standing));
    }
    let _ = writeln!(text, "  {}", sum(&one.standings));
    for way_out in one.ways_out() {
        let _ = writeln!(text, "    way out: {}", plain(way_out));
    }
    text
}

fn row(place: &str, (width, word): (usize, usize), standing: &Standing) -> String {
    let line = format!(
        "  {:<width$}  {:<word$}  {}",
        plain(place),
        placed::word(standing),
        placed::reason(standing)
    );
    format!("{}\n", line.trim_end())
}

/// What is to be known of the rows below it.
fn by_libc_alone(one: &Placed) -> String {
    match one.program.other_libraries().as_slice() {
        [] => "by the C library alone, for these archives are not read:".to_owned(),
        others => format!(
            "by the C library alone, for these archives are not read: whether {} there was not looked at:",
            match others {
                [only] => format!("{only} is"),
                several => format!("{} are", several.join(", ")),
            }
        ),
    }
}

/// The first standing where all are alike.
fn same_everywhere(standings: &[Standing]) -> Option<&Standing> {
    let (first, others) = standings.split_first()?;
    let outcome = first.outcome.as_ref().ok()?;
    let is_same = |other: &Standing| other.outcome.as_ref().is_ok_and(|other| other == outcome);
    (!others.is_empty() && others.iter().all(is_same)).then_some(first)
}

/// `starts in 1 of 2 places; by its libc alone it could in 8 of 20 more`.
fn sum(standings: &[Standing]) -> String {
    let of = |basis| {
        let these = standings
            .iter()
            .filter(move |standing| standing.basis == basis);
        let well = these.clone().filter(|standing| standing.is_well()).count();
        (well, these.count())
    };
    let proven = match of(Basis::Proof) {
        (_, 0) => None,
        (well, all) => Some(format!("starts in {well} of {}", counted(all, "place"))),
    };
    let by_libc = match of(Basis::LibcAlone) {
        (_, 0) => None,
        (well, all) => Some(format!("by its libc alone it could in {well} of {all}")),
    };
    let told: Vec<String> = proven.into_iter().chain(by_libc).collect();
    told.join("; ")
}
