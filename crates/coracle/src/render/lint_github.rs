//! Findings of `lint` for GitHub workflows: a command a finding, which GitHub shows on its line.

use coracle_lint::{Finding, Line, Report, Severity};

use super::check_github::{escaped, property};

/// All findings, in their order.
pub(crate) fn render(report: &Report) -> String {
    report.findings.iter().map(annotation).collect()
}

fn annotation(finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let place = &finding.place;
    let mut properties = vec![
        ("file", place.file.clone()),
        ("line", place.line.to_string()),
        ("endLine", place.end_line.to_string()),
    ];
    // Columns are only taken of what is on one line; GitHub's end is the last character.
    if place.line == place.end_line && place.end_column > place.column {
        properties.push(("col", place.column.to_string()));
        properties.push(("endColumn", (place.end_column - 1).to_string()));
    }
    properties.push(("title", format!("{} {}", finding.rule, finding.name)));
    let properties = properties
        .into_iter()
        .map(|(key, value)| format!("{key}={}", property(&value)));
    let mut message = finding.message.clone();
    for line in &finding.lines {
        message.push_str(&match line {
            Line::Why(why) => format!("\nwhy: {why}"),
            Line::Help(help) => format!("\nhelp: {help}"),
        });
    }
    for related in &finding.related {
        let place = &related.place;
        message.push_str(&format!(
            "\nsee {}:{}: {}",
            place.file, place.line, related.label
        ));
    }
    let properties: Vec<String> = properties.collect();
    format!(
        "::{level} {}::{}\n",
        properties.join(","),
        escaped(&message)
    )
}

#[cfg(test)]
mod tests {
    use crate::render::lint_sample;

    #[test]
    fn every_finding_is_an_annotation_of_its_line() {
        insta::assert_snapshot!(super::render(&lint_sample::report().0));
    }
}
