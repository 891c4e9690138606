//! Programs in places, for programs: a part of the verdicts' JSON, version 1. These types are the format, and change only by
//! additions.

use coracle_build::check::against::{Asks, Basis, Placed, Standing};
use serde::Serialize;

use super::check_json::{Finding, finding};
use super::placed;

#[derive(Serialize)]
pub(super) struct Program<'a> {
    path: String,
    platform: String,
    /// It starts in each place that was asked for by name; of all, in one.
    passes: bool,
    /// `glibc`, `musl`, `static` or `unknown`.
    libc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    glibc_needed: Option<String>,
    /// Beside those of its C library.
    libraries_needed: Vec<&'a str>,
    places: Vec<Place<'a>>,
    ways_out: Vec<&'a str>,
}

#[derive(Serialize)]
struct Place<'a> {
    place: &'a str,
    /// Asked for by name, and not with all others.
    named: bool,
    /// `proof`, or `libc-alone`, where other libraries were not looked at.
    basis: &'static str,
    verdict: &'static str,
    reason: String,
    findings: Vec<Finding<'a>>,
}

pub(super) fn program(one: &Placed) -> Program<'_> {
    let program = &one.program;
    let (libc, glibc_needed) = match &program.asks {
        Asks::Nothing => ("static", None),
        Asks::Glibc { version, .. } => (
            "glibc",
            version.map(|(major, minor)| format!("{major}.{minor}")),
        ),
        Asks::Musl => ("musl", None),
        Asks::Other { .. } => ("unknown", None),
    };
    Program {
        path: program.path.display().to_string(),
        platform: program.platform.to_string(),
        passes: one.is_well(),
        libc,
        glibc_needed,
        libraries_needed: program.other_libraries(),
        places: one.standings.iter().map(place).collect(),
        ways_out: one.ways_out(),
    }
}

fn place(standing: &Standing) -> Place<'_> {
    let findings = standing
        .outcome
        .iter()
        .flat_map(|outcome| &outcome.findings);
    Place {
        place: &standing.place,
        named: standing.is_named,
        basis: match standing.basis {
            Basis::Proof => "proof",
            Basis::LibcAlone => "libc-alone",
        },
        verdict: placed::name(standing),
        reason: placed::reason(standing),
        findings: findings.map(finding).collect(),
    }
}
