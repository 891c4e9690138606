//! The constraint in a file's head: `//go:build` before the package clause, else `// +build` lines before the last blank line
//! of the comments that the file begins with.

use std::ops::Range;

use crate::go::constraint::Constraint;
use crate::place::{Place, Placed};

/// A line of the head, without blanks around it.
struct Line<'a> {
    text: &'a str,
    bytes: Range<usize>,
    /// Whether it is before the last blank line of the comments at the beginning.
    is_apart: bool,
}

/// When a file is built, as its head says; an error is why go refuses it.
pub(in crate::go) fn constraint(
    file: &str,
    text: &str,
) -> Result<Option<Placed<Constraint>>, Placed<String>> {
    let lines = lines(text);
    let mut new = lines
        .iter()
        .filter_map(|line| Some((line, go_build(line.text)?)));
    if let Some((line, expression)) = new.next() {
        let place = Place::new(file, line.bytes.clone());
        if let Some((second, _)) = new.next() {
            let place = Place::new(file, second.bytes.clone());
            return Err(Placed::new(
                "it has several //go:build lines".to_owned(),
                place,
            ));
        }
        return match Constraint::parse(expression) {
            Some(constraint) => Ok(Some(Placed::new(constraint, place))),
            None => Err(Placed::new(
                "its //go:build line is no expression".to_owned(),
                place,
            )),
        };
    }
    let old: Vec<(&Line<'_>, Constraint)> = lines
        .iter()
        .filter(|line| line.is_apart)
        .filter_map(|line| Some((line, Constraint::parse_old(plus_build(line.text)?)?)))
        .collect();
    let (Some((first, _)), Some((last, _))) = (old.first(), old.last()) else {
        return Ok(None);
    };
    let place = Place::new(file, first.bytes.start..last.bytes.end);
    let all = old.into_iter().map(|(_, constraint)| constraint).collect();
    Ok(Some(Placed::new(Constraint::All(all), place)))
}

/// What stands behind `//go:build`.
fn go_build(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("//go:build")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

/// What stands behind `// +build`.
fn plus_build(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("//")?
        .trim_start()
        .strip_prefix("+build")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

/// The lines that are `//` comments, up to the first that is neither a comment nor blank.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    // Whether only `//` comments and blank lines came so far.
    let mut is_beginning = true;
    let mut is_in_block = false;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_start().trim_start_matches('\u{feff}');
        let start = at + whole.len() - line.len();
        let line = line.trim_end();
        at += whole.len();
        if line.is_empty() && is_beginning {
            lines.iter_mut().for_each(|line| line.is_apart = true);
            continue;
        }
        let is_comment = line.starts_with("//");
        is_beginning = is_beginning && is_comment;
        if is_comment && !is_in_block {
            lines.push(Line {
                text: line,
                bytes: start..start + line.len(),
                is_apart: false,
            });
        }
        match after_comments(line, is_in_block) {
            Some(is_open) => is_in_block = is_open,
            None => break,
        }
    }
    lines
}

/// Whether a block comment is open at the end of a line; `None` where something else is on it.
fn after_comments(line: &str, is_open: bool) -> Option<bool> {
    let mut rest = line;
    let mut is_open = is_open;
    loop {
        if is_open {
            match rest.split_once("*/") {
                Some((_, after)) => rest = after.trim_start(),
                None => return Some(true),
            }
            is_open = false;
        } else if rest.is_empty() || rest.starts_with("//") {
            return Some(false);
        } else {
            rest = rest.strip_prefix("/*")?;
            is_open = true;
        }
    }
}
