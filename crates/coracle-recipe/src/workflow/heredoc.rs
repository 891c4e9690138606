//! Finds heredocs in a shell's script: where they begin, and the lines that they are.

use std::ops::Range;

/// A heredoc, in bytes of the script.
pub(super) struct Found {
    /// The line of its command, without the line break.
    pub(super) line: Range<usize>,
    /// Its text, in pieces: `<<-` takes tabs away.
    pub(super) body: Vec<Range<usize>>,
    pub(super) is_expanded: bool,
}

/// What is to come: `<<EOF`.
struct Start {
    delimiter: String,
    is_expanded: bool,
    strips_tabs: bool,
}

/// Finds all of them. Quotes and `$(…)` are followed over lines, for a heredoc may stand in them.
pub(super) fn find(script: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut scanner = Scanner {
        within: vec![Within::Code],
    };
    let mut at = 0;
    while at < script.len() {
        let line = line(script, at);
        at = line.end;
        let mut starts = scanner.line(script.get(line.clone()).unwrap_or_default());
        let text = script.get(line.clone()).unwrap_or_default();
        let command = line.start..line.start + text.trim_end_matches(['\n', '\r']).len();
        for start in starts.drain(..) {
            let body = body(script, &mut at, &start);
            found.push(Found {
                line: command.clone(),
                body,
                is_expanded: start.is_expanded,
            });
        }
    }
    found
}

/// The line that begins here, with its line break.
fn line(script: &str, at: usize) -> Range<usize> {
    let rest = script.get(at..).unwrap_or_default();
    at..at + rest.find('\n').map_or(rest.len(), |end| end + 1)
}

/// The lines up to the delimiter, or to the end.
fn body(script: &str, at: &mut usize, start: &Start) -> Vec<Range<usize>> {
    let mut body: Vec<Range<usize>> = Vec::new();
    while *at < script.len() {
        let mut line = line(script, *at);
        *at = line.end;
        let text = script.get(line.clone()).unwrap_or_default();
        let stripped = match start.strips_tabs {
            true => text.trim_start_matches('\t'),
            false => text,
        };
        if stripped.trim_end_matches(['\n', '\r']) == start.delimiter {
            break;
        }
        line.start += text.len() - stripped.len();
        match body.last_mut() {
            Some(last) if last.end == line.start => last.end = line.end,
            _ => body.push(line),
        }
    }
    body
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    Single,
    Double,
}

struct Scanner {
    /// What it is in, the innermost last.
    within: Vec<Within>,
}

impl Scanner {
    /// The heredocs that begin on a line.
    fn line(&mut self, line: &str) -> Vec<Start> {
        let mut starts = Vec::new();
        let mut at = 0;
        let mut is_word_start = true;
        while let Some(one) = line.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = line.get(at..).unwrap_or_default();
            let within = self.within.last().copied().unwrap_or(Within::Code);
            let was_word_start = std::mem::replace(
                &mut is_word_start,
                one.is_whitespace() || ";&|(".contains(one),
            );
            let mut length = one.len_utf8();
            match (within, one) {
                (Within::Single, '\'') | (Within::Double, '"') => self.leave(),
                (Within::Single, _) => {}
                (_, '\\') => {
                    let next = rest.chars().nth(1);
                    length += next.map_or(0, char::len_utf8);
                }
                (_, '$') if rest.starts_with("$(") => {
                    self.within.push(Within::Code);
                    length = 2;
                }
                (Within::Double, _) => {}
                (Within::Code, '#') if was_word_start => break,
                (Within::Code, '\'') => self.within.push(Within::Single),
                (Within::Code, '"') => self.within.push(Within::Double),
                (Within::Code, '(') => self.within.push(Within::Code),
                (Within::Code, ')') => self.leave(),
                (Within::Code, '<') if rest.starts_with("<<<") => length = 3,
                (Within::Code, '<') if rest.starts_with("<<") => {
                    if let Some((start, end)) = start(rest) {
                        starts.push(start);
                        length = end;
                    }
                }
                (Within::Code, _) => {}
            }
            at += length;
        }
        starts
    }

    fn leave(&mut self) {
        if self.within.len() > 1 {
            self.within.pop();
        }
    }
}

/// `<<EOF`, `<<-'EOF'`, `<< \EOF`, and how long that is. A number is none: `1 << 2` shifts.
fn start(rest: &str) -> Option<(Start, usize)> {
    let after = rest.strip_prefix("<<")?;
    let (after, strips_tabs) = match after.strip_prefix('-') {
        Some(after) => (after, true),
        None => (after, false),
    };
    let word = after.trim_start_matches([' ', '\t']);
    let end = match word.chars().next()? {
        quote @ ('"' | '\'') => word.get(1..)?.find(quote)? + 2,
        _ => {
            let is_end = |one: char| one.is_whitespace() || ";&|<>()".contains(one);
            word.find(is_end).unwrap_or(word.len())
        }
    };
    let written = word.get(..end)?;
    let delimiter = written.replace(['"', '\'', '\\'], "");
    let is_name = delimiter.starts_with(|one: char| one.is_alphabetic() || one == '_');
    let start = Start {
        is_expanded: delimiter == written,
        delimiter,
        strips_tabs,
    };
    is_name.then(|| (start, rest.len() - word.len() + end))
}
