//! `coracle lint`: what is wrong with the files of a repository, on stdout; exit code 1 where something is found that is
//! bad enough. No process is started, unless `--with-graph` asks for it.

mod asked;
mod files;

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;

use coracle_lint::{Means, Pattern, Report, Selection, Severity, UnknownRule};

use self::asked::Asked;
pub(crate) use self::files::FilesError;
use super::Failure;
use crate::arguments::{CheckFormat, ErrorOn, Global, Least, Lint};
use crate::render::{
    self, Style, counted, lint_github, lint_json, lint_page, lint_sarif, lint_text,
};
use crate::settings;

/// Runs the command.
pub(crate) fn run(global: &Global, lint: &Lint) -> Result<(), Failure> {
    if let Some(rule) = &lint.explain {
        return explain(rule);
    }
    let mut selection = selection(lint)?;
    let top = files::top(&global.directory)?;
    selection.within = files::within(&global.directory, &top, &lint.paths)?;
    let read = files::read(&top)?;
    if !global.quiet {
        render::told(&read.untold);
    }
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let asked = lint
        .with_graph
        .then(|| Asked::new(top.clone(), settings::own_toolchain()));
    let means = Means {
        ask: asked.as_ref().map(|asked| asked as &dyn coracle_lint::Ask),
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let report = coracle_lint::lint_with(&read.repository, today, &selection, &means);
    super::answer(&match (lint.format, lint.statistics) {
        (CheckFormat::Text, true) => lint_text::statistics(&report),
        (CheckFormat::Text, false) => lint_text::render(&report, &read.repository, style()),
        (CheckFormat::Json, _) => lint_json::render(&report),
        (CheckFormat::Sarif, _) => lint_sarif::render(&report),
        (CheckFormat::Github, _) => lint_github::render(&report),
    })?;
    ended(&report, lint.error_on)
}

fn explain(rule: &str) -> Result<(), Failure> {
    if rule == "all" {
        return super::answer(&lint_page::list());
    }
    match coracle_lint::find_rule(rule) {
        Some(rule) => super::answer(&lint_page::render(rule, style())),
        None => {
            // A beginning of numbers is a pattern, and names no page.
            let pattern: Pattern = rule.parse()?;
            super::answer(&lint_page::list_of(&pattern))
        }
    }
}

/// Colours only where somebody looks, and does not mind them.
fn style() -> Style {
    let is_unwanted = settings::variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    match std::io::stdout().is_terminal() && !is_unwanted {
        true => Style::Coloured,
        false => Style::Plain,
    }
}

fn selection(lint: &Lint) -> Result<Selection, Failure> {
    let patterns = |written: &[String]| -> Result<Vec<Pattern>, UnknownRule> {
        written.iter().map(|word| word.parse()).collect()
    };
    Ok(Selection {
        select: patterns(&lint.select)?,
        ignore: patterns(&lint.ignore)?,
        least: match lint.min_severity {
            Least::Error => Severity::Error,
            Least::Warning => Severity::Warning,
            Least::Note => Severity::Note,
        },
        within: Vec::new(),
    })
}

/// What all of it comes to.
fn ended(report: &Report, error_on: ErrorOn) -> Result<(), Failure> {
    let least = match error_on {
        ErrorOn::Error => Severity::Error,
        ErrorOn::Warning => Severity::Warning,
        ErrorOn::Note => Severity::Note,
        ErrorOn::Never => return Ok(()),
    };
    match report.worst() {
        Some(worst) if worst >= least => Err(Failure::Found {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
        }),
        _ => Ok(()),
    }
}

/// `1 error and 2 warnings found`.
pub(crate) fn found_text(errors: usize, warnings: usize, notes: usize) -> String {
    let counts = [(errors, "error"), (warnings, "warning"), (notes, "note")];
    let said = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut said: Vec<String> = said.map(|(count, what)| counted(count, what)).collect();
    let last = said.pop().unwrap_or_else(|| "nothing".to_owned());
    match said.is_empty() {
        true => format!("{last} found"),
        false => format!("{} and {last} found", said.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::found_text;

    #[test]
    fn what_was_found_is_a_sentence() {
        assert_eq!(found_text(1, 0, 0), "1 error found");
        assert_eq!(found_text(1, 2, 0), "1 error and 2 warnings found");
        assert_eq!(found_text(2, 1, 1), "2 errors, 1 warning and 1 note found");
    }
}
