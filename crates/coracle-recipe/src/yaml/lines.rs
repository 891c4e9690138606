//! Lines of a text by their bytes, for what comes and goes by the line.

/// A text and the bytes of its lines.
#[derive(Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl<'a> Text<'a> {
    /// Where the line of a byte begins.
    pub(super) fn line_start(self, at: usize) -> usize {
        let before = self.0.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |at| at + 1)
    }

    /// Where the line of a byte ends, before its line break.
    pub(super) fn line_end(self, at: usize) -> usize {
        let line = self.slice(at, self.next_line(at));
        let without = line.strip_suffix('\n').unwrap_or(line);
        at + without.strip_suffix('\r').unwrap_or(without).len()
    }

    /// Where the line behind the one of a byte begins.
    pub(super) fn next_line(self, at: usize) -> usize {
        let behind = self.0.get(at..).unwrap_or_default();
        behind.find('\n').map_or(self.0.len(), |end| at + end + 1)
    }

    pub(super) fn slice(self, start: usize, end: usize) -> &'a str {
        self.0.get(start..end).unwrap_or_default()
    }

    /// The last line, from `at` on, of the comments that are indented by more than `column`.
    pub(super) fn over_comments(self, at: usize, column: usize) -> usize {
        let mut last = at;
        loop {
            let next = self.next_line(last);
            let line = self.slice(next, self.line_end(next));
            let text = line.trim_start_matches([' ', '\t']);
            if next == last || !text.starts_with('#') || line.len() - text.len() <= column {
                return last;
            }
            last = next;
        }
    }

    /// How its lines end.
    pub(super) fn line_break(self) -> &'static str {
        match self.0.split_once('\n') {
            Some((first, _)) if first.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}
