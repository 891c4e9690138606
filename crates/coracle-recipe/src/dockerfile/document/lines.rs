//! From the lines of a file to its items: directives, comments, blank lines, and the joined line of each instruction with
//! its here-documents, as BuildKit's parser has it. What a joined line says is not read here but in `parse`.

use std::ops::Range;

use crate::span::{Lines, Span};
use crate::text::Text;

use super::instruction::{Comment, Directive, Heredoc, Item, Word};
use super::parse;
use super::problem::{Diagnostic, Problem};

/// What was read.
pub(super) struct Read {
    pub(super) escape: char,
    pub(super) items: Vec<Item>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The joined line of an instruction.
pub(super) struct Logical {
    /// Without continuations and comments.
    pub(super) text: Text,
    pub(super) comments: Vec<Comment>,
    /// From its first character to its last, comments within.
    pub(super) span: Range<usize>,
}

/// A line of the file.
#[derive(Clone)]
struct Line {
    /// Without its line break.
    content: Range<usize>,
    /// With it.
    whole: Range<usize>,
}

/// Reads a whole file.
pub(super) fn read(lines: &Lines) -> Read {
    let mut reader = Reader {
        lines,
        rest: split(lines.text()).into_iter().peekable(),
        directives: Some(Vec::new()),
        read: Read {
            escape: '\\',
            items: Vec::new(),
            diagnostics: Vec::new(),
        },
    };
    while let Some(line) = reader.rest.next() {
        let item = reader.item(&line);
        reader.read.items.push(item);
    }
    reader.read
}

fn split(text: &str) -> Vec<Line> {
    let mut at = 0;
    let all = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        Line {
            content: start..start + content.len(),
            whole: start..at,
        }
    });
    all.collect()
}

struct Reader<'a> {
    lines: &'a Lines,
    rest: std::iter::Peekable<std::vec::IntoIter<Line>>,
    /// The names of the directives so far; `None` after the first line that is none.
    directives: Option<Vec<String>>,
    read: Read,
}

impl Reader<'_> {
    fn item(&mut self, line: &Line) -> Item {
        let bare = self.lines.slice(&line.content).trim();
        if let Some(directive) = self.directive(line, bare) {
            return Item::Directive(directive);
        }
        if bare.is_empty() {
            return Item::Blank(self.lines.span(&line.whole));
        }
        if bare.starts_with('#') {
            return Item::Comment(self.comment(line));
        }
        let (logical, mut end) = self.join(line);
        let mut heredocs = Vec::new();
        let announced = parse::heredocs(&logical.text, self.read.escape);
        for opener in announced {
            let (heredoc, after) = self.heredoc(opener, end);
            heredocs.push(heredoc);
            end = after;
        }
        let whole = self.lines.span(&(line.whole.start..end));
        let span = self.lines.span(&logical.span);
        let found = &mut self.read.diagnostics;
        let instruction =
            parse::instruction(logical, span, whole, heredocs, self.read.escape, found);
        Item::Instruction(instruction)
    }

    /// `# name=value`, while only such lines have been there.
    fn directive(&mut self, line: &Line, bare: &str) -> Option<Directive> {
        let seen = self.directives.take()?;
        let (name, value) = bare.strip_prefix('#')?.split_once('=')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if !matches!(&*name, "syntax" | "escape" | "check") || value.is_empty() {
            return None;
        }
        let end = line.content.start + self.lines.slice(&line.content).trim_end().len();
        let value = Word {
            text: value.to_owned(),
            span: self.lines.span(&(end - value.len()..end)),
        };
        if seen.contains(&name) {
            let name = name.clone();
            self.tell(Problem::RepeatedDirective { name }, value.span.clone());
        } else if name == "escape" {
            match &*value.text {
                "\\" => self.read.escape = '\\',
                "`" => self.read.escape = '`',
                written => {
                    let written = written.to_owned();
                    self.tell(Problem::Escape { written }, value.span.clone());
                }
            }
        }
        self.directives = Some(seen.into_iter().chain([name.clone()]).collect());
        Some(Directive {
            name,
            value,
            lines: self.lines.span(&line.whole),
        })
    }

    fn comment(&self, line: &Line) -> Comment {
        let content = self.lines.slice(&line.content);
        let start = line.content.start + (content.len() - content.trim_start().len());
        let range = start..line.content.start + content.trim_end().len();
        let text = self.lines.slice(&range);
        Comment {
            text: text.strip_prefix('#').unwrap_or(text).trim().to_owned(),
            span: self.lines.span(&range),
            lines: self.lines.span(&line.whole),
        }
    }

    /// Joins an instruction's lines; where the last of them ends comes back too.
    fn join(&mut self, first: &Line) -> (Logical, usize) {
        let content = self.lines.slice(&first.content);
        let start = first.content.start + (content.len() - content.trim_start().len());
        let mut logical = Logical {
            text: Text::default(),
            comments: Vec::new(),
            span: start..start,
        };
        let mut end = first.whole.end;
        let mut is_open = self.take(&mut logical, &(start..first.content.end));
        while is_open && let Some(line) = self.rest.next() {
            end = line.whole.end;
            let bare = self.lines.slice(&line.content).trim();
            if bare.starts_with('#') {
                logical.comments.push(self.comment(&line));
            } else if bare.is_empty() {
                self.tell(Problem::EmptyContinuation, self.lines.span(&line.whole));
            } else {
                is_open = self.take(&mut logical, &line.content);
            }
        }
        (logical, end)
    }

    /// Adds a line without its continuation; whether it had one.
    fn take(&self, logical: &mut Logical, content: &Range<usize>) -> bool {
        let written = self.lines.slice(content);
        let before = written
            .trim_end_matches([' ', '\t'])
            .strip_suffix(self.read.escape);
        let before = before.filter(|before| !before.ends_with(self.read.escape));
        let kept = before.unwrap_or(written);
        let range = content.start..content.start + kept.len();
        logical.text.push(kept, &self.lines.span(&range));
        logical.span.end = content.start + written.trim_end().len();
        before.is_some()
    }

    /// Reads the lines of a here-document; where its last ends comes back too.
    fn heredoc(&mut self, mut heredoc: Heredoc, mut end: usize) -> (Heredoc, usize) {
        heredoc.body.push("", &self.lines.span(&(end..end)));
        for line in self.rest.by_ref() {
            end = line.whole.end;
            let stripped = |range: &Range<usize>| {
                let written = self.lines.slice(range);
                let tabs = match heredoc.strips_tabs {
                    true => written.len() - written.trim_start_matches('\t').len(),
                    false => 0,
                };
                range.start + tabs..range.end
            };
            let content = stripped(&line.content);
            if self.lines.slice(&content) == heredoc.delimiter {
                heredoc.terminator = Some(self.lines.span(&content));
                return (heredoc, end);
            }
            let whole = stripped(&line.whole);
            let span = self.lines.span(&whole);
            heredoc.body.push(self.lines.slice(&whole), &span);
        }
        let delimiter = heredoc.delimiter.clone();
        let span = heredoc.opener.span.clone();
        self.tell(Problem::OpenHeredoc { delimiter }, span);
        (heredoc, end)
    }

    fn tell(&mut self, problem: Problem, span: Span) {
        self.read.diagnostics.push(Diagnostic { problem, span });
    }
}
