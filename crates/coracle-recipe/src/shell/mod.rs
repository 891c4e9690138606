//! What a shell is told to do: the commands of the text of a `RUN` or of a workflow's `run:`, with their words, operators
//! and redirections, each with its place.
//!
//! The grammar is that of POSIX, with what is common of bash's. Nothing is guessed: what is not understood is there as
//! [`Body::NotUnderstood`], and a word's value is only told where it is the same whatever happens before. No file name
//! pattern is matched, no command is looked up, nothing is run.
//!
//! ```
//! use coracle_recipe::{Text, shell};
//!
//! let text = Text::plain("apt-get update && V=1 curl -fsSL \"https://x/$NAME\" | tar x");
//! let script = shell::read(&text, &|name| (name == "NAME").then(|| "tool".to_owned()));
//! let curl = script.simple().nth(1).unwrap();
//! assert_eq!(curl.values(), ["curl", "-fsSL", "https://x/tool"]);
//! assert_eq!(script.commands[1].operator.as_ref().unwrap().kind, shell::OperatorKind::Pipe);
//! ```

mod compound;
mod parse;
mod simple;
mod variables;
mod word;

use crate::span::Span;
use crate::text::Text;
use crate::value::Unknown;

/// What a text tells a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The commands, each with the operator behind it.
    pub commands: Vec<Command>,
    /// The texts of here-documents, to which redirections point.
    pub heredocs: Vec<Text>,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it is.
    pub body: Body,
    /// Where its input and output go, in their order.
    pub redirections: Vec<Redirection>,
    /// Whether `!` stands before the pipeline that it begins.
    pub is_negated: bool,
    /// What follows; `None` at the end of the text or of what the command is part of.
    pub operator: Option<Operator>,
    /// From its first character to its last, redirections within.
    pub span: Span,
}

/// What a command is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Assignments, a program and its arguments.
    Simple(Simple),
    /// `{ …; }`.
    Group(Vec<Command>),
    /// `( … )`.
    Subshell(Vec<Command>),
    /// `if`, with each `elif` and `else`.
    If {
        /// Conditions and what is done where they hold; at least one.
        branches: Vec<Branch>,
        /// Behind `else`.
        otherwise: Option<Vec<Command>>,
    },
    /// `while` or `until`.
    Loop {
        /// `until`: as long as the condition does not hold.
        is_until: bool,
        /// The condition and what is done.
        branch: Branch,
    },
    /// `for`.
    For {
        /// The variable's name.
        variable: Word,
        /// Behind `in`; `None` for the script's own arguments.
        words: Option<Vec<Word>>,
        /// What is done.
        body: Vec<Command>,
    },
    /// `case`.
    Case {
        /// What is looked at.
        word: Word,
        /// Patterns and what is done.
        arms: Vec<Arm>,
    },
    /// `name() …`: only defined here.
    Function {
        /// Its name.
        name: Word,
        /// What it does.
        body: Box<Command>,
    },
    /// Something else. What comes before it was understood; what comes after may be missing.
    NotUnderstood {
        /// Why.
        reason: &'static str,
    },
}

/// A condition and what is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its last command decides.
    pub condition: Vec<Command>,
    /// What is done.
    pub body: Vec<Command>,
}

/// An arm of a `case`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// Any of them.
    pub patterns: Vec<Word>,
    /// What is done.
    pub body: Vec<Command>,
}

/// Assignments, and mostly a program with its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simple {
    /// `name=value` in front.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments; none where only variables are set or files opened.
    pub words: Vec<Word>,
}

impl Simple {
    /// The name of the program, where it is known.
    pub fn name(&self) -> Option<&str> {
        self.words.first().and_then(Word::known)
    }

    /// All words, the unknown ones as they are written.
    pub fn values(&self) -> Vec<&str> {
        let words = self.words.iter();
        words
            .map(|word| word.known().unwrap_or(&word.text))
            .collect()
    }
}

/// `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What is behind the `=`.
    pub value: Word,
    /// `+=`.
    pub is_added: bool,
    /// All of it.
    pub span: Span,
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written.
    pub text: String,
    /// What it is once quotes are gone and variables expanded, where that is certain.
    pub value: Result<String, Unknown>,
    /// Whether some of it is quoted.
    pub is_quoted: bool,
    /// Whether it is a pattern of file names, whose matches it stands for.
    pub is_pattern: bool,
    /// The commands of `$(…)` and the like within, each with its own.
    pub substitutions: Vec<Vec<Command>>,
    /// Where.
    pub span: Span,
}

impl Word {
    /// Its value, where it is known.
    pub fn known(&self) -> Option<&str> {
        self.value.as_deref().ok()
    }
}

/// Where input comes from or output goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The number in front.
    pub descriptor: Option<u32>,
    /// As written: `>`, `>>`, `<<-`, `>&` …
    pub operator: String,
    /// The file, the descriptor, or what ends the here-document.
    pub target: Word,
    /// The index of the here-document's text in the script, where the text has it.
    pub heredoc: Option<usize>,
    /// All of it.
    pub span: Span,
}

/// What stands between a command and the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Which.
    pub kind: OperatorKind,
    /// Where.
    pub span: Span,
}

/// What happens to the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorKind {
    /// `&&`: it runs if this one succeeds.
    And,
    /// `||`: it runs if this one fails.
    Or,
    /// `;`: it runs in any case.
    Semicolon,
    /// The end of the line: likewise.
    Line,
    /// `|` or `|&`: it reads what this one writes.
    Pipe,
    /// `&`: it runs meanwhile.
    Background,
}

impl Script {
    /// Every command, those within others behind them, those in the words of a command before it.
    pub fn all(&self) -> Vec<&Command> {
        let mut all = Vec::new();
        each(&self.commands, &mut all);
        all
    }

    /// Every simple command, likewise.
    pub fn simple(&self) -> impl Iterator<Item = &Simple> {
        self.all()
            .into_iter()
            .filter_map(|command| match &command.body {
                Body::Simple(simple) => Some(simple),
                _ => None,
            })
    }

    /// Whether there is nothing in it that is not understood.
    pub fn is_understood(&self) -> bool {
        let not = |command: &&Command| matches!(command.body, Body::NotUnderstood { .. });
        !self.all().iter().any(not)
    }
}

fn each<'a>(commands: &'a [Command], all: &mut Vec<&'a Command>) {
    for command in commands {
        for word in command.words() {
            for inner in &word.substitutions {
                each(inner, all);
            }
        }
        all.push(command);
        for inner in command.parts() {
            each(inner, all);
        }
    }
}

impl Command {
    /// Its words and those of its assignments and redirections; not those of the commands within.
    pub fn words(&self) -> Vec<&Word> {
        let mut words: Vec<&Word> = match &self.body {
            Body::Simple(simple) => {
                let values = simple
                    .assignments
                    .iter()
                    .map(|assignment| &assignment.value);
                values.chain(&simple.words).collect()
            }
            Body::For { words, .. } => words.iter().flatten().collect(),
            Body::Case { word, arms } => {
                let patterns = arms.iter().flat_map(|arm| &arm.patterns);
                std::iter::once(word).chain(patterns).collect()
            }
            _ => Vec::new(),
        };
        words.extend(
            self.redirections
                .iter()
                .map(|redirection| &redirection.target),
        );
        words
    }

    /// The lists of commands that it is made of: conditions, bodies.
    pub fn parts(&self) -> Vec<&[Command]> {
        match &self.body {
            Body::Group(body) | Body::Subshell(body) | Body::For { body, .. } => vec![body],
            Body::If {
                branches,
                otherwise,
            } => {
                let each = branches.iter();
                let each = each.flat_map(|branch| [&*branch.condition, &*branch.body]);
                each.chain(otherwise.as_deref()).collect()
            }
            Body::Loop { branch, .. } => vec![&branch.condition, &branch.body],
            Body::Case { arms, .. } => arms.iter().map(|arm| &*arm.body).collect(),
            Body::Function { body, .. } => vec![std::slice::from_ref(&**body)],
            Body::Simple(_) | Body::NotUnderstood { .. } => Vec::new(),
        }
    }
}

/// Reads a text. `variable` tells the values of the variables that the shell begins with, as far as they are known; those
/// that the text itself sets are not asked for.
pub fn read(text: &Text, variable: &dyn Fn(&str) -> Option<String>) -> Script {
    let (first, asked) = parse::read(text, &|_| None);
    let set = variables::set(&first);
    let known = |name: &str| match set.contains(name) {
        true => None,
        false => variable(name),
    };
    // Where none of the variables has a value that holds, the words are what they are already.
    match asked.iter().any(|name| known(name).is_some()) {
        true => parse::read(text, &known).0,
        false => first,
    }
}

#[cfg(test)]
mod tests;
