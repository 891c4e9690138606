//! Findings of `lint` for people: the offending words underlined, what else has part in it, why, and what helps.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use coracle_lint::{Finding, Line, Place, Report, Repository, Severity};

use super::{Style, counted, plain};

/// All findings, in their order, and what they come to.
pub(crate) fn render(report: &Report, repository: &Repository, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut text = String::new();
    for finding in &report.findings {
        let rendered = renderer.render(&[of_finding(finding, repository)]);
        let lines = rendered.lines().map(str::trim_end);
        text.extend(lines.flat_map(|line| [line, "\n"]));
        text.push('\n');
    }
    for unread in &report.unread {
        let _ = writeln!(
            text,
            "{} is not judged: {}",
            plain(&unread.file),
            plain(&unread.because)
        );
    }
    text.push_str(&closing(report));
    text
}

fn of_finding<'a>(finding: &'a Finding, repository: &'a Repository) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(plain(&finding.message))
        .id(finding.rule);
    let mut group = Group::with_title(title).elements(snippets(finding, repository));
    for line in &finding.lines {
        group = group.element(match line {
            Line::Why(why) => Level::NOTE.with_name("why").message(plain(why)),
            Line::Help(help) => Level::HELP.message(plain(help)),
        });
    }
    group
}

/// A snippet a file, the finding's own first.
fn snippets<'a>(finding: &'a Finding, repository: &'a Repository) -> Vec<Element<'a>> {
    let mut files = vec![finding.place.file.as_str()];
    for related in &finding.related {
        if !files.contains(&related.place.file.as_str()) {
            files.push(&related.place.file);
        }
    }
    let snippet = |file: &'a str| {
        let text = repository.source(file)?.text();
        let mut snippet = Snippet::source(text).path(plain(file));
        if file == finding.place.file {
            let primary = AnnotationKind::Primary.span(bytes(&finding.place, text));
            snippet = snippet.annotation(match &finding.label {
                Some(label) => primary.label(plain(label)),
                None => primary,
            });
        }
        let here = finding
            .related
            .iter()
            .filter(|related| related.place.file == file);
        let context = here.map(|related| {
            let span = AnnotationKind::Context.span(bytes(&related.place, text));
            span.label(plain(&related.label))
        });
        Some(snippet.annotations(context).into())
    };
    files.into_iter().filter_map(snippet).collect()
}

/// Never beyond the text: the renderer would not have it.
fn bytes(place: &Place, text: &str) -> std::ops::Range<usize> {
    let end = place.end.min(text.len());
    place.start.min(end)..end
}

fn closing(report: &Report) -> String {
    let files = counted(report.looked_at, "file");
    let counts = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|severity| (report.count(severity), severity.as_str()));
    let said = counts.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, what)| counted(count, what)).collect();
    let mut text = match said.is_empty() {
        true => format!("nothing found in {files}"),
        false => format!("{} in {files}", said.join(", ")),
    };
    if report.silenced > 0 {
        let _ = write!(text, "; {} ignored by comments", report.silenced);
    }
    if !report.skipped.is_empty() {
        let skipped = counted(report.skipped.len(), "judgement");
        let _ = write!(
            text,
            "; {skipped} skipped for want of a fact: --statistics tells them"
        );
    }
    text.push('\n');
    text
}

/// How often each rule spoke, and what was skipped and why.
pub(crate) fn statistics(report: &Report) -> String {
    let mut text = String::new();
    for count in report.summary().iter().filter(|count| count.findings > 0) {
        let rule = count.rule;
        let severity = rule.severity.as_str();
        let _ = writeln!(
            text,
            "{:5}  {}  {severity:7}  {}",
            count.findings, rule.id, rule.name
        );
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for skipped in &report.skipped {
        let (rule, file, because) = (skipped.rule, plain(&skipped.file), plain(&skipped.because));
        let _ = writeln!(
            text,
            "{file}: {rule} {} skipped, because {because}",
            skipped.name
        );
    }
    if !report.skipped.is_empty() {
        text.push('\n');
    }
    text.push_str(&closing(report).replace(": --statistics tells them", ""));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::lint_sample;

    #[test]
    fn the_offending_words_are_underlined_and_what_has_part_in_it_is_shown() {
        let (report, repository) = lint_sample::report();
        insta::assert_snapshot!(render(&report, &repository, Style::Plain));
    }

    #[test]
    fn the_statistics_say_how_often_and_why_not() {
        insta::assert_snapshot!(statistics(&lint_sample::report().0));
    }

    #[test]
    fn a_place_beyond_the_text_is_shown_at_its_end() {
        let (mut report, repository) = lint_sample::report();
        for finding in &mut report.findings {
            finding.place.end = usize::MAX;
        }
        assert!(render(&report, &repository, Style::Coloured).contains("CRC303"));
    }
}
