//! Comments that ask for silence, as they are written: `# coracle ignore=CRC203 reason`, `# coracle global ignore=…`, and
//! hadolint's own. Not what they cover.

use std::ops::Range;

use crate::source::SourceFile;

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Coracle,
    Hadolint,
}

/// One rule that a comment asks to ignore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pragma {
    pub(super) tool: Tool,
    /// For the whole file.
    pub(super) is_global: bool,
    /// As written: a number, a beginning of one, a name.
    pub(super) rule: String,
    /// Its bytes.
    pub(super) bytes: Range<usize>,
    /// The line of the comment, from 1.
    pub(super) line: usize,
    /// Nothing but the comment is on the line.
    pub(super) is_alone: bool,
}

/// Every one of a file.
pub(super) fn read(file: &SourceFile) -> Vec<Pragma> {
    let mut pragmas = Vec::new();
    for (number, start, line) in file.lines() {
        let comments = line.match_indices('#').filter(|(at, _)| {
            let before = line.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with([' ', '\t', '\u{feff}'])
        });
        for (at, _) in comments {
            let before = line.get(..at).unwrap_or_default();
            let is_alone = before.trim_start_matches('\u{feff}').trim().is_empty();
            let mut reader = Reader { line, at: at + 1 };
            let Some((tool, is_global)) = reader.head() else {
                continue;
            };
            while let Some(bytes) = reader.word() {
                pragmas.push(Pragma {
                    tool,
                    is_global,
                    rule: line.get(bytes.clone()).unwrap_or_default().to_owned(),
                    bytes: start + bytes.start..start + bytes.end,
                    line: number,
                    is_alone,
                });
                reader.spaces();
                if !reader.takes(",") {
                    break;
                }
            }
        }
    }
    pragmas
}

/// A place within a line.
struct Reader<'a> {
    line: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// `coracle [global] ignore =`.
    fn head(&mut self) -> Option<(Tool, bool)> {
        self.spaces();
        let tool = match (self.takes("coracle"), self.line.get(self.at..)) {
            (true, _) => Tool::Coracle,
            (false, Some(rest)) if rest.starts_with("hadolint") => {
                self.takes("hadolint");
                Tool::Hadolint
            }
            _ => return None,
        };
        let after_tool = self.at;
        self.spaces();
        let is_global = self.takes("global");
        self.spaces();
        if self.at == after_tool || !self.takes("ignore") {
            return None;
        }
        self.spaces();
        self.takes("=").then_some((tool, is_global))
    }

    fn rest(&self) -> &str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, word: &str) -> bool {
        let has = self.rest().starts_with(word);
        self.at += if has { word.len() } else { 0 };
        has
    }

    fn word(&mut self) -> Option<Range<usize>> {
        self.spaces();
        let start = self.at;
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let rest = self.rest();
        self.at += rest
            .find(|character| !is_part(character))
            .unwrap_or(rest.len());
        (self.at > start).then_some(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, bool, bool)]) {
        let read = read(&SourceFile::new("f", line));
        let got: Vec<_> = read
            .iter()
            .map(|one| (one.rule.as_str(), one.is_global, one.is_alone))
            .collect();
        assert_eq!(got, expected, "{line}");
        for one in &read {
            assert_eq!(line.get(one.bytes.clone()), Some(one.rule.as_str()));
        }
    }

    #[test]
    fn comments_name_rules_and_then_a_reason() {
        check(
            "# coracle ignore=CRC203 it is small",
            &[("CRC203", false, true)],
        );
        let two = [("CRC203", false, true), ("runs-as-root", false, true)];
        check("#coracle ignore = CRC203 , runs-as-root because", &two);
        check("  # coracle global ignore=CRC3", &[("CRC3", true, true)]);
        check(
            "runs-on: x # coracle ignore=CRC312",
            &[("CRC312", false, false)],
        );
        check(
            "# hadolint ignore=DL3008,DL3059",
            &[("DL3008", false, true), ("DL3059", false, true)],
        );
        check("# hadolint global ignore=DL3008", &[("DL3008", true, true)]);
        check(
            "\u{feff}# coracle ignore=CRC203",
            &[("CRC203", false, true)],
        );
    }

    #[test]
    fn other_comments_ask_for_nothing() {
        for line in [
            "# coracle",
            "# coracle ignores=CRC203",
            "# coracleignore=CRC203",
            "a#coracle ignore=CRC1",
            "# see coracle ignore=CRC1",
        ] {
            check(line, &[]);
        }
    }
}
