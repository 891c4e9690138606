//! How things look. Everything here writes to stderr, except what a command returns as text for stdout.

pub(crate) mod check_github;
pub(crate) mod check_json;
#[cfg(test)]
mod check_sample;
pub(crate) mod check_sarif;
pub(crate) mod check_text;
pub(crate) mod diff_json;
pub(crate) mod diff_text;
pub(crate) mod doctor;
pub(crate) mod explain_text;
pub(crate) mod lint_github;
pub(crate) mod lint_json;
pub(crate) mod lint_page;
#[cfg(test)]
mod lint_sample;
pub(crate) mod lint_sarif;
pub(crate) mod lint_text;
pub(crate) mod metadata_json;
pub(crate) mod openers;
mod placed;
mod placed_json;
mod placed_text;
pub(crate) mod plan_json;
pub(crate) mod plan_text;
pub(crate) mod progress;
pub(crate) mod rebuilt_json;
pub(crate) mod rebuilt_text;
#[cfg(test)]
mod samples;
mod sarif;
pub(crate) mod service_json;
pub(crate) mod service_text;
pub(crate) mod summary;
pub(crate) mod why_json;
#[cfg(test)]
mod why_sample;
pub(crate) mod why_text;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

/// Whether what is shown may have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// None.
    Plain,
    /// As terminals have them.
    Coloured,
}

/// Says what is not the answer, a line each.
pub(crate) fn told(lines: &[String]) {
    let mut stderr = std::io::stderr().lock();
    for line in lines {
        // When stderr is gone there is nobody left to tell.
        let _ = writeln!(stderr, "{}", plain(line));
    }
}

/// Shows a failure with its causes and its hint.
pub(crate) fn failure(failure: &dyn Error, hint: Option<String>) {
    // When stderr is gone there is nobody left to tell.
    let _ = std::io::stderr()
        .lock()
        .write_all(failure_text(failure, hint).as_bytes());
}

/// Shows what failed for several platforms: each failure as it would be told alone, then what that means for all.
pub(crate) fn platform_failures(failures: &[coracle_build::PlatformFailure]) {
    for one in failures {
        let text = failure_text(one.error.as_ref(), one.error.hint());
        let text = text.replacen("error: ", &format!("error: {}: ", one.platform), 1);
        // As above.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

fn failure_text(failure: &dyn Error, hint: Option<String>) -> String {
    let mut text = format!("error: {failure}\n");
    let mut said = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // A transparent wrapper says what its inside says: once is enough.
        if words != said {
            let indented = words.trim_end().replace('\n', "\n    ");
            let _ = writeln!(text, "  because: {indented}");
        }
        said = words;
        cause = error.source();
    }
    if let Some(hint) = hint {
        let _ = writeln!(text, "  help: {hint}");
    }
    text
}

/// Texts of images are anybody's: what would move a terminal's cursor or colour it is shown as an escape.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_debug()),
            false => shown.push(character),
        }
    }
    shown
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// `14.9 MB`: bytes in powers of 1000, as registries and docker show them.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000..1_000_000_000 => {
            format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
        }
        _ => format!(
            "{}.{} GB",
            bytes / 1_000_000_000,
            bytes % 1_000_000_000 / 100_000_000
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_image_says_moves_no_cursor() {
        assert_eq!(plain("a\u{1b}[31m\nb'é"), "a\\u{1b}[31m\\nb'é");
        assert_eq!(
            [1, 2].map(|count| counted(count, "file")),
            ["1 file", "2 files"]
        );
    }

    #[test]
    fn sizes_are_in_powers_of_a_thousand() {
        let shown: Vec<_> = [0, 999, 1_500, 14_949_999, 2_000_000_000].map(size).into();
        assert_eq!(shown, ["0 B", "999 B", "1.5 kB", "14.9 MB", "2.0 GB"]);
    }
}
