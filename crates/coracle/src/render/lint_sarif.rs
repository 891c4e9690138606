//! Findings of `lint` for code scanning: SARIF 2.1.0. These types are the format, and change only by
//! additions.
//!
//! A finding is a result with the offending words as its region. Every rule that spoke has its page as help.

use std::collections::BTreeSet;

use coracle_lint::{self as lint, Line, Rule as LintRule};
use serde::Serialize;

use super::sarif::{self, Message, message, uri};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Message<'static>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message<'a>,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

/// The report as one run.
pub(crate) fn render(report: &lint::Report) -> String {
    let ids: BTreeSet<&str> = report.findings.iter().map(|one| one.rule).collect();
    let spoke = lint::RULES.iter().filter(|rule| ids.contains(rule.id));
    let rules: Vec<&LintRule> = spoke.copied().collect();
    let results = report.findings.iter();
    let results = results.map(|one| result(one, &rules)).collect();
    let rules = rules.iter().copied().map(rule).collect();
    sarif::log("coracle lint", rules, results, None::<()>)
}

fn rule(rule: &LintRule) -> Rule {
    Rule {
        id: rule.id,
        name: rule.name,
        short_description: message(rule.meaning),
        help: Help {
            text: rule.page,
            markdown: rule.page,
        },
        default_configuration: Configuration {
            level: rule.severity.as_str(),
        },
    }
}

fn result<'a>(finding: &'a lint::Finding, rules: &[&LintRule]) -> Outcome<'a> {
    let mut said = finding.message.clone();
    for line in &finding.lines {
        said.push_str(&match line {
            Line::Why(why) => format!("\nWhy: {why}"),
            Line::Help(help) => format!("\nHelp: {help}"),
        });
    }
    let related = finding.related.iter().enumerate();
    let related = related.map(|(at, one)| Location {
        id: Some(at + 1),
        physical_location: physical(&one.place),
        message: Some(message(&one.label)),
    });
    Outcome {
        rule_id: finding.rule,
        rule_index: rules
            .iter()
            .position(|rule| rule.id == finding.rule)
            .unwrap_or_default(),
        level: finding.severity.as_str(),
        message: Message { text: said.into() },
        locations: [Location {
            id: None,
            physical_location: physical(&finding.place),
            message: finding.label.as_deref().map(message),
        }],
        related_locations: related.collect(),
    }
}

fn physical(place: &lint::Place) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: uri(&place.file),
        },
        region: Region {
            start_line: place.line,
            start_column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            byte_offset: place.start,
            byte_length: place.end - place.start,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::lint_sample;

    fn rendered() -> String {
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        render(&lint_sample::report().0).replace(&version, "\"version\": \"[version]\"")
    }

    #[test]
    fn every_result_has_its_region_and_its_rule_with_a_page() {
        let log: serde_json::Value = serde_json::from_str(&rendered()).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap();
            let rule = &rules[usize::try_from(index).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(
                rule["help"]["markdown"]
                    .as_str()
                    .unwrap()
                    .contains("## How to fix")
            );
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(region["startLine"].as_u64() >= Some(1), "{region}");
        }
    }

    #[test]
    fn the_results_are_as_they_were() {
        let log: serde_json::Value = serde_json::from_str(&rendered()).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"]).unwrap());
    }

    #[test]
    fn a_log_without_findings_is_still_a_log() {
        let log: serde_json::Value =
            serde_json::from_str(&render(&lint::Report::default())).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    }
}
