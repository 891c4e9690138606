//! A rule's page on a terminal: Markdown as it is, with headings and code told apart where there are colours; and the
//! list of all rules.

use std::fmt::Write as _;

use coracle_lint::{Pattern, RULES, Rule};

use super::Style;

const BOLD: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[36m";
const PLAIN: &str = "\u{1b}[0m";

/// The page.
pub(crate) fn render(rule: &Rule, style: Style) -> String {
    let mut text = String::new();
    let mut is_code = false;
    for line in rule.page.lines() {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        let heading = line.trim_start_matches('#');
        match (style, is_fence) {
            (_, true) => {}
            (Style::Plain, false) if is_code => {
                let _ = writeln!(text, "{}", format!("    {line}").trim_end());
            }
            (Style::Coloured, false) if is_code => {
                let _ = writeln!(text, "    {FAINT}{line}{PLAIN}");
            }
            (Style::Coloured, false) if heading.len() < line.len() => {
                let _ = writeln!(text, "{BOLD}{}{PLAIN}", heading.trim_start());
            }
            (_, false) if heading.len() < line.len() => {
                let _ = writeln!(text, "{}", heading.trim_start());
            }
            (_, false) => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    let severity = rule.severity.as_str();
    let _ = write!(text, "\nSeverity: {severity}.");
    if !rule.hadolint.is_empty() {
        let _ = write!(
            text,
            " On common ground with hadolint's {}.",
            rule.hadolint.join(", ")
        );
    }
    text.push('\n');
    text
}

/// Every rule, a line each.
pub(crate) fn list() -> String {
    RULES.iter().map(|rule| line(rule)).collect()
}

/// Those that are meant.
pub(crate) fn list_of(pattern: &Pattern) -> String {
    let meant = RULES.iter().filter(|rule| pattern.is_of(rule));
    meant.map(|rule| line(rule)).collect()
}

fn line(rule: &Rule) -> String {
    let severity = rule.severity.as_str();
    format!(
        "{}  {severity:7}  {:28} {}\n",
        rule.id, rule.name, rule.meaning
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_readable_with_and_without_colours() {
        let rule = coracle_lint::find_rule("CRC303").unwrap();
        let text = render(rule, Style::Plain);
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(text.starts_with("CRC303 runs-as-root\n"));
        assert!(!text.contains("```"));
        let coloured = render(rule, Style::Coloured);
        let bare = coloured
            .replace(BOLD, "")
            .replace(FAINT, "")
            .replace(PLAIN, "");
        let trimmed = |text: &str| {
            text.lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(trimmed(&bare), trimmed(&text));
    }

    #[test]
    fn the_list_has_a_line_a_rule() {
        assert_eq!(list().lines().count(), RULES.len());
        let of_kind = list_of(&"CRC30".parse().unwrap());
        assert!(
            of_kind.lines().count() >= 3 && of_kind.lines().all(|line| line.starts_with("CRC30"))
        );
    }
}
