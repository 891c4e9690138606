//! Lists of commands: what stands between two commands, and where a list ends. The commands themselves are read in
//! `simple` and `compound`, their words in `word`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::text::Text;

use super::{Body, Command, Operator, OperatorKind, Script};

/// Commands within commands; deeper ones are no real script's.
const DEPTH: usize = 40;

/// Why something is not understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble(pub(super) &'static str);

/// Reads a text; the names of the variables whose values were asked for come back too.
pub(super) fn read(
    text: &Text,
    variable: &dyn Fn(&str) -> Option<String>,
) -> (Script, BTreeSet<String>) {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        heredocs: Vec::new(),
        announced: Vec::new(),
        asked: BTreeSet::new(),
        variable,
    };
    let mut commands = Vec::new();
    let mut start = 0;
    while parser.at < text.as_str().len() {
        let before = commands.len();
        match parser.list_into(&mut commands, &[], &mut start) {
            Ok(()) if parser.at >= text.as_str().len() => break,
            // A `)`, `fi` or `;;` that ends nothing.
            Ok(()) => parser.give_up(&mut commands, start, Trouble("an end without a beginning")),
            Err(trouble) => parser.give_up(&mut commands, start, trouble),
        }
        if commands.len() == before {
            break;
        }
    }
    let script = Script {
        commands,
        heredocs: parser.heredocs,
    };
    (script, parser.asked)
}

/// A here-document whose text comes after the line.
pub(super) struct Announced {
    pub(super) delimiter: String,
    pub(super) strips_tabs: bool,
    pub(super) index: usize,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a Text,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) heredocs: Vec<Text>,
    pub(super) announced: Vec<Announced>,
    pub(super) asked: BTreeSet<String>,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Parser<'a> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.as_str().get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Goes past `wanted`, where it is next.
    pub(super) fn skip(&mut self, wanted: &str) -> bool {
        let is_next = self.rest().starts_with(wanted);
        if is_next {
            self.at += wanted.len();
        }
        is_next
    }

    pub(super) fn written(&self, range: &Range<usize>) -> String {
        self.text.get(range).to_owned()
    }

    /// Goes past blanks, continued lines and a comment, but not past the end of the line.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.rest().starts_with("\\\n") => self.at += 2,
                Some('\\') if self.rest().starts_with("\\\r\n") => self.at += 3,
                Some('#') => {
                    let rest = self.rest();
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// Goes past blanks and ends of lines, and takes the here-documents that begin there.
    pub(super) fn lines(&mut self) {
        self.blanks();
        while self.skip("\n") {
            self.take_heredocs();
            self.blanks();
        }
    }

    /// Whether the next word is this one, unquoted and whole.
    pub(super) fn is_word(&self, wanted: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(wanted) else {
            return false;
        };
        let next = after.chars().next();
        next.is_none_or(|next| next.is_ascii_whitespace() || ";&|()<>".contains(next))
    }

    pub(super) fn take_word(&mut self, wanted: &str) -> bool {
        let is_next = self.is_word(wanted);
        if is_next {
            self.at += wanted.len();
        }
        is_next
    }

    /// A list that ends at one of these words, which is still to come, or else at a `)`, `;;` or the end.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<Vec<Command>, Trouble> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Trouble("nested too deep"));
        }
        let mut commands = Vec::new();
        self.list_into(&mut commands, ends, &mut 0)?;
        self.depth -= 1;
        Ok(commands)
    }

    /// Likewise; `start` is where the command begins that is being read.
    fn list_into(
        &mut self,
        commands: &mut Vec<Command>,
        ends: &[&str],
        start: &mut usize,
    ) -> Result<(), Trouble> {
        loop {
            self.lines();
            *start = self.at;
            let is_end = ends.iter().any(|end| self.is_word(end));
            if is_end || self.rest().starts_with([')', ';']) || self.rest().is_empty() {
                let last = commands
                    .last()
                    .and_then(|command| command.operator.as_ref());
                return match last.map(|operator| operator.kind) {
                    Some(OperatorKind::And | OperatorKind::Or | OperatorKind::Pipe) => {
                        Err(Trouble("an operator without a command behind it"))
                    }
                    _ => Ok(()),
                };
            }
            let mut command = self.command()?;
            self.blanks();
            command.operator = self.operator();
            let is_last = command.operator.is_none();
            // `(a) else`: behind a compound command, and nothing else, a word that ends the list needs no `;` before it.
            let is_compound =
                !matches!(command.body, Body::Simple(_)) && command.redirections.is_empty();
            commands.push(command);
            *start = self.at;
            if is_last {
                self.blanks();
                let is_end = is_compound && ends.iter().any(|end| self.is_word(end));
                return match is_end || self.rest().starts_with([')', ';']) || self.rest().is_empty()
                {
                    true => Ok(()),
                    false => Err(Trouble("no end of a command")),
                };
            }
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        const ALL: &[(&str, OperatorKind)] = &[
            ("&&", OperatorKind::And),
            ("||", OperatorKind::Or),
            ("|&", OperatorKind::Pipe),
            ("|", OperatorKind::Pipe),
            ("&", OperatorKind::Background),
            (";", OperatorKind::Semicolon),
            ("\n", OperatorKind::Line),
        ];
        // `;;` ends an arm of a `case`.
        let rest = self.rest();
        let mut found = ALL.iter().filter(|_| !rest.starts_with(";;"));
        let (written, kind) = found.find(|(written, _)| rest.starts_with(written))?;
        let start = self.at;
        self.at += written.len();
        let span = self.text.span(start..self.at);
        if *kind == OperatorKind::Line {
            self.take_heredocs();
        }
        Some(Operator { kind: *kind, span })
    }

    /// The texts of the here-documents of the line before.
    fn take_heredocs(&mut self) {
        for Announced {
            delimiter,
            strips_tabs,
            index,
        } in std::mem::take(&mut self.announced)
        {
            let mut body = self.text.part(&(self.at..self.at));
            while let Some(line) = self.rest().split_inclusive('\n').next() {
                let tabs = match strips_tabs {
                    true => line.len() - line.trim_start_matches('\t').len(),
                    false => 0,
                };
                let range = self.at + tabs..self.at + line.len();
                self.at = range.end;
                if self.text.get(&range).trim_end_matches(['\n', '\r']) == delimiter {
                    break;
                }
                body.append(&self.text.part(&range));
            }
            if let Some(kept) = self.heredocs.get_mut(index) {
                *kept = body;
            }
        }
    }

    /// The rest is not understood.
    fn give_up(&mut self, commands: &mut Vec<Command>, start: usize, trouble: Trouble) {
        let end = self.text.as_str().trim_end().len().max(start);
        commands.push(Command {
            body: Body::NotUnderstood { reason: trouble.0 },
            redirections: Vec::new(),
            is_negated: false,
            operator: None,
            span: self.text.span(start..end),
        });
        self.at = self.text.as_str().len();
    }
}
