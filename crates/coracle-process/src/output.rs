//! What a program says: the two streams, and bytes cut into lines.

use std::collections::VecDeque;

/// Which of a program's two streams a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// All that a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Standard error, for people: bytes that are not UTF-8 replaced, secrets hidden.
    pub stderr: String,
}

/// Cuts the bytes of both streams into lines.
#[derive(Default)]
pub(crate) struct Lines {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Lines {
    /// Takes bytes and hands over the lines that are now whole.
    pub(crate) fn feed(
        &mut self,
        stream: Stream,
        bytes: &[u8],
        on_line: &mut dyn FnMut(Stream, &str),
    ) {
        let rest = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            rest.extend_from_slice(piece);
            if let Some(line) = rest.strip_suffix(b"\n") {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                on_line(stream, &String::from_utf8_lossy(line));
                rest.clear();
            }
        }
    }

    /// Hands over the last lines, which may lack their line end.
    pub(crate) fn finish(&mut self, on_line: &mut dyn FnMut(Stream, &str)) {
        for (stream, rest) in [
            (Stream::Stdout, &mut self.stdout),
            (Stream::Stderr, &mut self.stderr),
        ] {
            if !rest.is_empty() {
                on_line(stream, &String::from_utf8_lossy(rest));
                rest.clear();
            }
        }
    }
}

/// The last lines of one stream, for an error message.
#[derive(Default)]
pub(crate) struct Tail {
    lines: VecDeque<Vec<u8>>,
    rest: Vec<u8>,
    /// Which lines tell of progress alone, and are passed over.
    is_progress: Option<fn(&str) -> bool>,
}

impl Tail {
    const LINES: usize = 20;
    /// The bytes of one line that are kept.
    const LINE: usize = 16 * 1024;

    pub(crate) fn without(is_progress: Option<fn(&str) -> bool>) -> Self {
        Tail {
            is_progress,
            ..Tail::default()
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (line, is_whole) = match piece.strip_suffix(b"\n") {
                Some(line) => (line, true),
                None => (piece, false),
            };
            let room = Self::LINE.saturating_sub(self.rest.len());
            self.rest
                .extend_from_slice(line.get(..room).unwrap_or(line));
            if is_whole {
                let line = std::mem::take(&mut self.rest);
                self.keep(line);
            }
        }
    }

    fn keep(&mut self, line: Vec<u8>) {
        let is_progress = |judge: fn(&str) -> bool| judge(&String::from_utf8_lossy(&line));
        if self.is_progress.is_some_and(is_progress) {
            return;
        }
        if self.lines.len() == Self::LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// At most twenty lines, without blank ones at either end.
    pub(crate) fn text(mut self) -> String {
        if !self.rest.is_empty() {
            let line = std::mem::take(&mut self.rest);
            self.keep(line);
        }
        let lines = self.lines.iter().map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            String::from_utf8_lossy(line)
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        text.trim_end().trim_start_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_whole_whatever_the_pieces_were() {
        let mut seen = Vec::new();
        let mut on_line = |stream, line: &str| seen.push((stream, line.to_owned()));
        let mut lines = Lines::default();
        for piece in [&b"on"[..], b"e\r\ntw", b"o\n\nla", b"st"] {
            lines.feed(Stream::Stdout, piece, &mut on_line);
        }
        lines.feed(Stream::Stderr, b"\xff\n", &mut on_line);
        lines.finish(&mut on_line);
        let expected = [
            (Stream::Stdout, "one"),
            (Stream::Stdout, "two"),
            (Stream::Stdout, ""),
            (Stream::Stderr, "\u{fffd}"),
            (Stream::Stdout, "last"),
        ];
        assert_eq!(
            seen,
            expected.map(|(stream, line)| (stream, line.to_owned()))
        );
    }

    #[test]
    fn the_tail_is_the_last_lines() {
        let mut tail = Tail::default();
        for number in 0..10_000 {
            tail.feed(format!("line {number}\n").as_bytes());
        }
        let text = tail.text();
        assert_eq!(text.lines().count(), Tail::LINES);
        assert!(text.ends_with("line 9999"), "{text}");
    }

    #[test]
    fn progress_pushes_nothing_out_of_the_tail() {
        let mut tail = Tail::without(Some(|line| line.starts_with("step")));
        tail.feed(b"\n# what is wrong\r\n");
        for number in 0..100 {
            tail.feed(format!("step {number}\n").as_bytes());
        }
        tail.feed(&[b'x'; 3 * Tail::LINE]);
        let text = tail.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "# what is wrong");
        assert_eq!(lines[1].len(), Tail::LINE);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_between_pieces(pieces in prop::collection::vec("[a\n]{0,4}", 0..8)) {
            let mut seen = Vec::new();
            let mut lines = Lines::default();
            for piece in &pieces {
                lines.feed(Stream::Stdout, piece.as_bytes(), &mut |_, line| seen.push(line.to_owned()));
            }
            lines.finish(&mut |_, line| seen.push(line.to_owned()));
            let whole = pieces.concat();
            prop_assert_eq!(seen, whole.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
