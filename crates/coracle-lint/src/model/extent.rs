//! How far what begins on a line goes. Only indentation is looked at: a comment that asks for silence may stand above
//! anything.

use std::ops::RangeInclusive;

use crate::source::SourceFile;

/// A line of YAML, and all that is indented below it.
pub(super) fn of_entry(file: &SourceFile, line: usize) -> RangeInclusive<usize> {
    let indentation = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let mut lines = file.lines().skip(line.saturating_sub(1));
    let own = lines.next().map_or(0, |(_, _, text)| indentation(text));
    let below = lines.take_while(|(_, _, text)| text.trim().is_empty() || indentation(text) > own);
    let last = below.filter(|(_, _, text)| !text.trim().is_empty()).last();
    line..=last.map_or(line, |(number, _, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_holds_what_is_indented_below_it() {
        let text = "jobs:\n  a:\n    steps:\n      - uses: x\n        with:\n          y: z\n\n      - run: |\n          one\n\n          two\n  b: 1\n";
        let file = SourceFile::new("w.yml", text);
        let check = |line, last| assert_eq!(of_entry(&file, line), line..=last, "{line}");
        check(4, 6);
        check(8, 11);
        check(2, 11);
        check(12, 12);
    }
}
