//! A Dockerfile as it is: every byte of it in order, every instruction with its words and their places, and what is
//! wrong with it beside.
//!
//! ```text
//!  text ─► lines ─────────► parse ─────────────► Document ─► stages ─► Stages
//!          continued lines  flags, words, forms              bases, scopes, what was set where
//!          joined           (with `words`, `mount`)
//! ```
//! A mistake stops nothing: what cannot be read is told in [`Document::diagnostics`], and everything else is there.
//! Lines are joined, comments skipped and here-documents found as BuildKit does. Nothing is expanded here; where that is
//! asked for, see [`Stages`].
//!
//! ```
//! use coracle_recipe::dockerfile::document::{Arguments, Document};
//!
//! let text = "FROM rust AS build\nRUN --mount=type=cache,target=/t cargo build \\\n  --locked\nBOGUS\n";
//! let document = Document::read(text);
//! assert_eq!(document.print(), text);
//! assert_eq!(document.diagnostics[0].problem.to_string(), "there is no instruction BOGUS");
//! let run = document.instructions().nth(1).unwrap();
//! let Arguments::Run(run) = &run.arguments else { panic!() };
//! assert_eq!(run.mounts[0].target.as_ref().unwrap().text, "/t");
//! assert_eq!(run.script.as_ref().unwrap().as_str(), "cargo build   --locked");
//! ```

mod arguments;
mod instruction;
mod lines;
mod mount;
mod parse;
mod problem;
mod scope;
mod stages;
mod words;

pub use instruction::{
    Arguments, Comment, Copy, Directive, Flag, Form, From, Heredoc, Instruction, Item, Pair, Run,
    Source, Word,
};
pub use mount::{Mount, MountKind};
pub use problem::{Diagnostic, Problem};
pub use scope::Scope;
pub use stages::{Base, Setting, Settings, Stage, Stages, Step};

use crate::span::{Lines, Span};

/// A Dockerfile, whole.
#[derive(Debug, Clone)]
pub struct Document {
    lines: Lines,
    /// `\`, or the backtick that a directive chose.
    pub escape: char,
    /// Everything, in the order of the file.
    pub items: Vec<Item>,
    /// What is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Document {
    /// Reads any text.
    pub fn read(text: &str) -> Document {
        let lines = Lines::new(text);
        let read = lines::read(&lines);
        let mut document = Document {
            lines,
            escape: read.escape,
            items: read.items,
            diagnostics: read.diagnostics,
        };
        let order = document.check_order();
        document.diagnostics.extend(order);
        document
            .diagnostics
            .sort_by_key(|diagnostic| diagnostic.span.start);
        document
    }

    /// The same bytes again, item by item.
    pub fn print(&self) -> String {
        let items = self.items.iter().map(|item| self.slice(item.lines()));
        std::iter::once(self.lines.mark()).chain(items).collect()
    }

    /// What stands in the file at a place.
    pub fn slice(&self, span: &Span) -> &str {
        self.lines.at(span)
    }

    /// The instructions, in their order.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.items.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(instruction),
            _ => None,
        })
    }

    /// The parser directives, in their order.
    pub fn directives(&self) -> impl Iterator<Item = &Directive> {
        self.items.iter().filter_map(|item| match item {
            Item::Directive(directive) => Some(directive),
            _ => None,
        })
    }

    /// All comments, also those within instructions, in their order.
    pub fn comments(&self) -> impl Iterator<Item = &Comment> {
        self.items.iter().flat_map(|item| match item {
            Item::Comment(comment) => std::slice::from_ref(comment),
            Item::Instruction(instruction) => instruction.comments.as_slice(),
            Item::Directive(_) | Item::Blank(_) => &[],
        })
    }

    /// The comments that stand directly above an instruction, line by line without a gap: what is said of it.
    pub fn comments_above(&self, instruction: &Instruction) -> Vec<&Comment> {
        let mut comments = Vec::new();
        for item in &self.items {
            match item {
                Item::Comment(comment) => comments.push(comment),
                _ if item.lines() == &instruction.lines => return comments,
                _ => comments.clear(),
            }
        }
        Vec::new()
    }

    /// What comes before the first `FROM`, and whether there is one.
    fn check_order(&self) -> Vec<Diagnostic> {
        let is_from = |instruction: &Instruction| instruction.name() == "FROM";
        let mut found = Vec::new();
        for instruction in self.instructions() {
            if is_from(instruction) {
                return found;
            }
            if !matches!(&*instruction.name(), "ARG" | "") {
                found.push(Diagnostic {
                    problem: Problem::BeforeFrom {
                        instruction: instruction.name(),
                    },
                    span: instruction.keyword.span.clone(),
                });
            }
        }
        found.push(Diagnostic {
            problem: Problem::NoStage,
            span: self.lines.span(&(0..0)),
        });
        found
    }
}

#[cfg(test)]
mod tests;
