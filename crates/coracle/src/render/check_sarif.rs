//! Verdicts for code scanning: SARIF 2.1.0. These types are the format, and change only by additions.
//!
//! A finding is a result; its rule is its code. An image has no lines: the place is the file inside the image, at its
//! first line because some readers want one, and the logical location says which image and platform it is in.

mod of_programs;

use std::collections::BTreeSet;

use coracle_build::check::Verdict;
use coracle_build::check::against::Placed;
use coracle_build::policy::{Judgement, Violation};
use coracle_build::start::{self, Code};
use serde::Serialize;

use super::sarif::{self, Message, message, uri};

/// The rule of what a loader would only warn about.
const NOTE: (&str, &str) = (
    "note",
    "The loader would warn about it, and start the program.",
);
/// What the rule of a policy's key says.
const POLICY: &str = "What the policy says of images, by its key.";
/// The root folder of the image that a result is about.
const ROOT: &str = "IMAGE_ROOT";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message<'static>,
}

#[derive(Serialize)]
struct BaseIds {
    #[serde(rename = "IMAGE_ROOT")]
    root: BaseId,
}

#[derive(Serialize)]
struct BaseId {
    description: Message<'static>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'static str,
    level: &'static str,
    message: Message<'a>,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprints>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "coracle/v1")]
    first: String,
}

/// All verdicts in one run, and the programs.
pub(crate) fn render(verdicts: &[Verdict], placed: &[Placed]) -> String {
    let mut results = Vec::new();
    for verdict in verdicts {
        let all = verdict.report.findings.iter();
        results.extend(
            all.chain(&verdict.others.findings)
                .map(|finding| of_finding(verdict, finding)),
        );
        let Judgement {
            violations,
            warnings,
        } = &verdict.judgement;
        results.extend(
            violations
                .iter()
                .map(|rule| of_rule(verdict, "error", rule)),
        );
        results.extend(
            warnings
                .iter()
                .map(|rule| of_rule(verdict, "warning", rule)),
        );
        let notes = verdict.report.notes.iter();
        results.extend(notes.map(|note| of_note(verdict, note)));
    }
    results.extend(placed.iter().flat_map(of_programs::results));
    let bases = BaseIds {
        root: BaseId {
            description: message("The root folder of the image that the logical location names."),
        },
    };
    sarif::log("coracle", rules(&results), results, Some(bases))
}

/// The rules of the results, in the order of their names.
fn rules(results: &[Outcome<'_>]) -> Vec<Rule> {
    let ids: BTreeSet<&'static str> = results.iter().map(|result| result.rule_id).collect();
    let meaning = |id| match Code::parse(id) {
        Some(code) => code.meaning(),
        None if id == NOTE.0 => NOTE.1,
        None if id == of_programs::RULE.0 => of_programs::RULE.1,
        None => POLICY,
    };
    ids.into_iter()
        .map(|id| Rule {
            id,
            short_description: message(meaning(id)),
        })
        .collect()
}

fn of_finding<'a>(verdict: &Verdict, finding: &'a start::Finding) -> Outcome<'a> {
    let mut text = format!("{}: {}", finding.subject, finding.explanation);
    if finding.chain.len() > 1 {
        text.push_str(&format!("\nChain: {}", finding.chain.join(" → ")));
    }
    for way_out in &finding.ways_out {
        text.push_str(&format!("\nWay out: {way_out}"));
    }
    Outcome {
        rule_id: finding.code.as_str(),
        level: match finding.verdict {
            start::Verdict::DoesNotStart | start::Verdict::DiesLater => "error",
            start::Verdict::NotProven => "warning",
        },
        message: Message { text: text.into() },
        locations: [location(verdict, file(finding))],
        partial_fingerprints: Some(Fingerprints {
            first: verdict.fingerprint(finding),
        }),
    }
}

fn of_rule<'a>(verdict: &Verdict, level: &'static str, rule: &'a Violation) -> Outcome<'a> {
    Outcome {
        rule_id: rule.key,
        level,
        message: message(&rule.text),
        locations: [location(verdict, "/")],
        partial_fingerprints: None,
    }
}

fn of_note<'a>(verdict: &Verdict, note: &'a str) -> Outcome<'a> {
    let program = verdict.report.programs.first();
    Outcome {
        rule_id: NOTE.0,
        level: "note",
        message: message(note),
        locations: [location(
            verdict,
            program.map_or("/", |program| program.path.as_str()),
        )],
        partial_fingerprints: None,
    }
}

/// The file that a finding is about: its subject, else what asked for that.
fn file(finding: &start::Finding) -> &str {
    let mut named = std::iter::once(&finding.subject).chain(finding.chain.iter().rev());
    named
        .find(|word| word.starts_with('/'))
        .map_or("/", |path| path.split(" (").next().unwrap_or(path))
}

fn location(verdict: &Verdict, path: &str) -> Location {
    let image = format!("{} ({})", verdict.target, verdict.platform);
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: uri(path),
                uri_base_id: Some(ROOT),
            },
            region: Region { start_line: 1 },
        },
        logical_locations: [LogicalLocation {
            name: path.to_owned(),
            fully_qualified_name: format!("{image}:{path}"),
            kind: "resource",
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn rendered() -> String {
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        render(&samples::verdicts(), &[]).replace(&version, "\"version\": \"[version]\"")
    }

    #[test]
    fn every_finding_is_a_result_with_its_rule_and_its_place() {
        insta::assert_snapshot!(rendered());
    }

    #[test]
    fn what_the_specification_requires_is_there() {
        let log: serde_json::Value = serde_json::from_str(&rendered()).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert!(run["tool"]["driver"]["name"].is_string());
        let rules: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 6);
        for result in results {
            assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
            assert!(result["message"]["text"].is_string());
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            assert!(!place["uri"].as_str().unwrap().starts_with('/'));
        }
    }

    #[test]
    fn a_log_without_findings_is_still_a_log() {
        let log: serde_json::Value = serde_json::from_str(&render(&[], &[])).unwrap();
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    }
}
