//! What a program says: the two streams, and bytes cut into lines.

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
    bytes: Vec<u8>,
}

impl Tail {
    const LINES: usize = 20;
    const BYTES: usize = 16 * 1024;

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 2 * Self::BYTES {
            let surplus = self.bytes.len().saturating_sub(Self::BYTES);
            self.bytes.drain(..surplus);
        }
    }

    /// At most twenty lines, without blank ones at either end.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let mut last: Vec<&str> = text.trim_end().lines().rev().take(Self::LINES).collect();
        last.reverse();
        last.join("\n").trim_matches('\n').to_owned()
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
