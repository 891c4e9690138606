//! Programs that are no images yet: a result for each place where one does not start, at the program's own file.

use coracle_build::check::against::{Placed, Standing};

use super::{
    ArtifactLocation, Fingerprints, Location, LogicalLocation, Message, Outcome, PhysicalLocation,
    Region, uri,
};
use crate::render::placed;

/// The rule of what has no finding of a proof.
pub(super) const RULE: (&str, &str) = (
    "place",
    "A place where a program does not start for a reason that no proof gives.",
);

/// What stands against a program.
pub(super) fn results(one: &Placed) -> impl Iterator<Item = Outcome<'_>> {
    let standings = one.standings.iter();
    standings.filter_map(|standing| {
        let level = placed::level(one, standing)?;
        Some(of_standing(one, standing, level))
    })
}

fn of_standing<'a>(one: &'a Placed, standing: &'a Standing, level: &'static str) -> Outcome<'a> {
    let program = one.program.path.display().to_string();
    let place = &standing.place;
    let mut text = format!(
        "{program} on {place}: {}: {}",
        placed::word(standing),
        placed::reason(standing)
    );
    let mut findings = standing
        .outcome
        .iter()
        .flat_map(|outcome| &outcome.findings);
    let first = findings.next();
    if let Some(finding) = first {
        if finding.chain.len() > 1 {
            text.push_str(&format!("\nChain: {}", finding.chain.join(" → ")));
        }
        for way_out in &finding.ways_out {
            text.push_str(&format!("\nWay out: {way_out}"));
        }
    }
    let rule_id = first.map_or(RULE.0, |finding| finding.code.as_str());
    let platform = &one.program.platform;
    Outcome {
        rule_id,
        level,
        message: Message { text: text.into() },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: uri(program.trim_start_matches("./")),
                    uri_base_id: None,
                },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation {
                name: place.clone(),
                fully_qualified_name: format!("{program} ({platform}) on {place}"),
                kind: "resource",
            }],
        }],
        // The program's next version that fails there for the same reason is the same result.
        partial_fingerprints: Some(Fingerprints {
            first: format!("{program}:{platform}:{place}:{rule_id}"),
        }),
    }
}
