//! What the joined line of an instruction says: its name, its flags, its arguments. How lines are joined is not known
//! here, and nothing is expanded.

use std::ops::Range;

use crate::span::Span;
use crate::text::Text;

use super::arguments;
use super::instruction::{Arguments, Flag, Heredoc, Instruction, Word};
use super::lines::Logical;
use super::problem::{Diagnostic, Problem};
use super::words;

/// Flags by instruction.
const FLAGS: &[(&str, &[&str])] = &[
    (
        "ADD",
        &[
            "checksum",
            "chmod",
            "chown",
            "exclude",
            "keep-git-dir",
            "link",
            "unpack",
        ],
    ),
    (
        "COPY",
        &["chmod", "chown", "exclude", "from", "link", "parents"],
    ),
    ("FROM", &["platform"]),
    (
        "HEALTHCHECK",
        &[
            "interval",
            "retries",
            "start-interval",
            "start-period",
            "timeout",
        ],
    ),
    ("RUN", &["device", "mount", "network", "security"]),
];

/// Flags that stand for themselves.
const SWITCHES: &[&str] = &["keep-git-dir", "link", "parents", "unpack"];

/// Flags that may be there more than once.
const MANY: &[&str] = &["device", "exclude", "mount"];

/// Instructions that there are.
const NAMES: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Instructions that `ONBUILD` cannot keep.
const NOT_LATER: &[&str] = &["FROM", "MAINTAINER", "ONBUILD"];

/// A joined line, read.
pub(super) fn instruction(
    logical: Logical,
    span: Span,
    lines: Span,
    heredocs: Vec<Heredoc>,
    escape: char,
    found: &mut Vec<Diagnostic>,
) -> Instruction {
    let mut parser = Parser {
        text: &logical.text,
        escape,
        mounts: Vec::new(),
        found,
    };
    let whole = 0..logical.text.as_str().len();
    let mut instruction = parser.instruction(&whole, heredocs, 0);
    instruction.comments = logical.comments;
    instruction.span = span;
    instruction.lines = lines;
    instruction
}

/// The here-documents that a joined line announces, without their texts.
pub(super) fn heredocs(text: &Text, escape: char) -> Vec<Heredoc> {
    let line = text.as_str();
    if !line.contains("<<") {
        return Vec::new();
    }
    let whole = 0..line.len();
    let (mut name, mut rest) = words::first(line, &whole);
    if text.get(&name).eq_ignore_ascii_case("ONBUILD") {
        (name, rest) = words::first(line, &rest);
    }
    let can = ["ADD", "COPY", "RUN"].iter();
    let mut can = can.filter(|can| text.get(&name).eq_ignore_ascii_case(can));
    let (_, rest) = flags(line, &rest, escape);
    if can.next().is_none() || matches!(words::json(line, &rest), words::Json::Words(_)) {
        return Vec::new();
    }
    // Whatever the file's escape character is, here it is a shell's.
    let cut = words::quoted(line, &whole, '\\');
    if !cut.is_closed || !are_braces_known(line) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut cut = cut.words.into_iter();
    while let Some(mut word) = cut.next() {
        let written = text.get(&word);
        if written.ends_with("<<") && !written.ends_with("<<<") {
            word.end = cut.next().map_or(word.end, |next| next.end);
        }
        found.extend(opener(text, &word));
    }
    found
}

/// Whether every `${…}` of a line is one that builders expand: else they look for no here-documents in it.
fn are_braces_known(line: &str) -> bool {
    let mut open = 0_usize;
    let mut quote = None;
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => {
                rest.next();
            }
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(closing)) if character == closing => quote = None,
            ('$', None | Some('"')) if rest.as_str().starts_with('{') => {
                if !is_brace_known(rest.as_str()) {
                    return false;
                }
                open += 1;
            }
            ('}', None) => open = open.saturating_sub(1),
            ('}', Some('"')) if open > 0 => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// Whether what begins with `{` is a name and an operator that builders know.
fn is_brace_known(written: &str) -> bool {
    let after = written.trim_start_matches('{');
    let operator = after.trim_start_matches(|one: char| one.is_alphanumeric() || one == '_');
    let is_known = operator.starts_with(['}', '+', '-', '?', '#', '%', '/']);
    let is_known = is_known
        || [":+", ":-", ":?"]
            .iter()
            .any(|known| operator.starts_with(known));
    is_known && operator.len() < after.len() && !written.starts_with("{{")
}

/// `3<<-"EOF"`.
pub(super) fn opener(text: &Text, word: &Range<usize>) -> Option<Heredoc> {
    let written = text.get(word);
    let (descriptor, rest) = written.split_once("<<")?;
    let is_number = descriptor.bytes().all(|byte| byte.is_ascii_digit());
    let strips_tabs = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    let delimiter = words::joined(&words::bare(rest, &(0..rest.len()), '\\'));
    let is_word = words::quoted(rest, &(0..rest.len()), '\\').words.len() == 1;
    if !is_number || rest.contains('<') || delimiter.is_empty() || !is_word {
        return None;
    }
    Some(Heredoc {
        opener: Word {
            text: written.to_owned(),
            span: text.span(word.clone()),
        },
        expands: !rest.contains(['\'', '"']),
        delimiter,
        strips_tabs,
        descriptor: descriptor.parse().unwrap_or(0),
        body: Text::default(),
        terminator: None,
    })
}

/// The words in front that begin with two dashes, and what follows them.
fn flags(text: &str, range: &Range<usize>, escape: char) -> (Vec<Range<usize>>, Range<usize>) {
    let mut flags = Vec::new();
    let mut rest = range.clone();
    for word in words::quoted(text, range, escape).words {
        let written = text.get(word.clone()).unwrap_or_default();
        if !written.starts_with("--") {
            break;
        }
        rest.start = word.end;
        if words::joined(&words::bare(text, &word, escape)) == "--" {
            break;
        }
        flags.push(word);
    }
    (flags, words::trimmed(text, &rest))
}

/// Reads pieces of one joined line.
pub(super) struct Parser<'a> {
    pub(super) text: &'a Text,
    pub(super) escape: char,
    /// The values of `--mount` of the instruction that is read.
    pub(super) mounts: Vec<(words::Places, Range<usize>)>,
    found: &'a mut Vec<Diagnostic>,
}

impl Parser<'_> {
    fn instruction(
        &mut self,
        range: &Range<usize>,
        heredocs: Vec<Heredoc>,
        depth: usize,
    ) -> Instruction {
        let line = self.text.as_str();
        let (keyword, rest) = words::first(line, range);
        let keyword = self.word(&keyword);
        let name = keyword.text.to_ascii_uppercase();
        let (flags, rest) = flags(line, &rest, self.escape);
        let flags: Vec<Flag> = flags.iter().map(|range| self.flag(range)).collect();
        let span = self.text.span(words::trimmed(line, range));
        let mut instruction = Instruction {
            keyword,
            flags,
            arguments: Arguments::Wrong,
            heredocs,
            comments: Vec::new(),
            lines: span.clone(),
            span,
        };
        if !NAMES.contains(&&*name) {
            let name = instruction.keyword.text.clone();
            self.tell(
                Problem::UnknownInstruction { name },
                &instruction.keyword.span,
            );
            return instruction;
        }
        self.check_flags(&name, &instruction.flags);
        if name == "ONBUILD" && !rest.is_empty() {
            let later = self
                .text
                .get(&words::first(line, &rest).0)
                .to_ascii_uppercase();
            if NOT_LATER.contains(&&*later) || depth > 0 {
                let span = self.text.span(rest);
                self.tell(Problem::Onbuild { name: later }, &span);
                return instruction;
            }
            let heredocs = std::mem::take(&mut instruction.heredocs);
            let inner = self.instruction(&rest, heredocs, depth + 1);
            instruction.arguments = Arguments::Onbuild(Box::new(inner));
            return instruction;
        }
        match arguments::read(self, &name, &rest, &instruction) {
            Ok(arguments) => instruction.arguments = arguments,
            Err(problem) => {
                let span = instruction.span.clone();
                self.tell(problem, &span);
            }
        }
        instruction
    }

    fn flag(&mut self, range: &Range<usize>) -> Flag {
        let kept = words::bare(self.text.as_str(), range, self.escape);
        let middle = kept.iter().position(|(_, character)| *character == '=');
        let (name, value) = kept.split_at(middle.unwrap_or(kept.len()));
        let name = words::joined(name);
        let name = name.strip_prefix("--").unwrap_or(&name).to_owned();
        let value = value.split_first().map(|((equals, _), value)| {
            let range = equals + 1..range.end;
            if name == "mount" {
                self.mounts.push((value.to_vec(), range.clone()));
            }
            Word {
                text: words::joined(value),
                span: self.text.span(range),
            }
        });
        Flag {
            name,
            value,
            span: self.text.span(range.clone()),
        }
    }

    fn check_flags(&mut self, instruction: &str, flags: &[Flag]) {
        let known = FLAGS.iter().find(|(name, _)| *name == instruction);
        let known = known.map_or(&[][..], |(_, flags)| *flags);
        for (index, flag) in flags.iter().enumerate() {
            let name = flag.name.clone();
            let is_again = flags.iter().take(index).any(|other| other.name == name);
            let problem = if !known.contains(&&*name) {
                Problem::UnknownFlag {
                    instruction: instruction.to_owned(),
                    flag: name,
                }
            } else if flag.value.is_none() && !SWITCHES.contains(&&*name) {
                Problem::FlagWithoutValue { flag: name }
            } else if is_again && !MANY.contains(&&*name) {
                Problem::RepeatedFlag { flag: name }
            } else {
                continue;
            };
            self.tell(problem, &flag.span);
        }
    }

    pub(super) fn word(&self, range: &Range<usize>) -> Word {
        Word {
            text: self.text.get(range).to_owned(),
            span: self.text.span(range.clone()),
        }
    }

    pub(super) fn words(&self, ranges: &[Range<usize>]) -> Vec<Word> {
        ranges.iter().map(|range| self.word(range)).collect()
    }

    pub(super) fn tell(&mut self, problem: Problem, span: &Span) {
        self.found.push(Diagnostic {
            problem,
            span: span.clone(),
        });
    }
}
