//! Simple commands: assignments, words, redirections, in the order in which they are mixed.

use crate::text::Text;
use crate::value::Unknown;

use super::parse::{Announced, Parser, Trouble};
use super::{Assignment, Body, Redirection, Simple, Word};

/// Redirections, the longer of two that begin alike first.
const OPERATORS: &[&str] = &[
    "&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">",
];

impl Parser<'_> {
    /// A simple command, or the definition of a function.
    pub(super) fn simple(&mut self) -> Result<(Body, Vec<Redirection>), Trouble> {
        let mut simple = Simple::default();
        let mut redirections = Vec::new();
        let mut end = self.at;
        loop {
            self.blanks();
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
            } else if simple.words.is_empty() && self.is_word("[[") {
                self.test(&mut simple)?;
            } else if let Some(assignment) = self.assignment(&simple)? {
                simple.assignments.push(assignment);
            } else if let Some(word) = self.word()? {
                let behind = self.at;
                self.blanks();
                if self.skip("(") {
                    let is_first = simple.words.is_empty() && simple.assignments.is_empty();
                    self.expect(")")?;
                    return match is_first {
                        true => Ok((self.function(word)?, redirections)),
                        false => Err(Trouble("a parenthesis within a command")),
                    };
                }
                self.at = behind;
                simple.words.push(word);
            } else {
                break;
            }
            end = self.at;
        }
        self.at = end;
        if simple == Simple::default() && redirections.is_empty() {
            return Err(Trouble("no command where one must be"));
        }
        Ok((Body::Simple(simple), redirections))
    }

    /// bash's `[[ … ]]`, within which operators are words.
    fn test(&mut self, simple: &mut Simple) -> Result<(), Trouble> {
        loop {
            let start = self.at;
            let is_end = self.is_word("]]");
            match self.word()? {
                Some(word) => simple.words.push(word),
                None => {
                    let written = self.next().ok_or(Trouble("a test is not closed"))?;
                    if !written.is_ascii_whitespace() {
                        let text = written.to_string();
                        simple.words.push(Word {
                            value: Ok(text.clone()),
                            text,
                            is_quoted: false,
                            is_pattern: false,
                            substitutions: Vec::new(),
                            span: self.text.span(start..self.at),
                        });
                    }
                }
            }
            if is_end {
                return Ok(());
            }
            self.blanks();
        }
    }

    /// `name=value`, which is one only before the program's name.
    fn assignment(&mut self, simple: &Simple) -> Result<Option<Assignment>, Trouble> {
        let Some(before) = self.assigned().filter(|_| simple.words.is_empty()) else {
            return Ok(None);
        };
        let start = self.at;
        let name = self.rest().get(..before).unwrap_or_default();
        let (name, is_added) = match name.strip_suffix('+') {
            Some(name) => (name.to_owned(), true),
            None => (name.to_owned(), false),
        };
        self.at += before + 1;
        let value = match self.peek() {
            Some('(') => self.array()?,
            _ => self.word()?.unwrap_or_else(|| Word {
                text: String::new(),
                value: Ok(String::new()),
                is_quoted: false,
                is_pattern: false,
                substitutions: Vec::new(),
                span: self.text.span(self.at..self.at),
            }),
        };
        Ok(Some(Assignment {
            name,
            value,
            is_added,
            span: self.text.span(start..self.at),
        }))
    }

    /// How long what is before the `=` of an assignment is, where one is next.
    fn assigned(&self) -> Option<usize> {
        let rest = self.rest();
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let length = rest.find(|character| !is_name(character))?;
        let (name, after) = rest.split_at_checked(length)?;
        let is_one = !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit());
        let added = usize::from(after.starts_with("+="));
        let is_set = added > 0 || after.starts_with('=');
        (is_one && is_set).then_some(length + added)
    }

    /// bash's list of values.
    fn array(&mut self) -> Result<Word, Trouble> {
        let start = self.at;
        self.skip("(");
        let mut substitutions = Vec::new();
        loop {
            self.lines();
            match self.word()? {
                Some(word) => substitutions.extend(word.substitutions),
                None => break,
            }
        }
        self.expect(")")?;
        let text = self.written(&(start..self.at));
        Ok(Word {
            value: Err(Unknown::Form {
                written: text.clone(),
            }),
            text,
            is_quoted: false,
            is_pattern: false,
            substitutions,
            span: self.text.span(start..self.at),
        })
    }

    /// `2>&1`, `<file`, `<<EOF`.
    pub(super) fn redirection(&mut self) -> Result<Option<Redirection>, Trouble> {
        let start = self.at;
        let rest = self.rest();
        let digits = rest.len()
            - rest
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .len();
        let (number, after) = rest.split_at_checked(digits).unwrap_or(("", rest));
        let is_process = after.starts_with("<(") || after.starts_with(">(");
        let operator = OPERATORS.iter().filter(|_| !is_process);
        let operator = operator.filter(|operator| number.is_empty() || !operator.starts_with('&'));
        let Some(operator) = operator
            .into_iter()
            .find(|operator| after.starts_with(**operator))
        else {
            return Ok(None);
        };
        self.at += digits + operator.len();
        self.blanks();
        let target = self.word()?.ok_or(Trouble("a redirection to nowhere"))?;
        let is_heredoc = matches!(*operator, "<<" | "<<-");
        let heredoc = is_heredoc.then(|| self.announce(&target, *operator == "<<-"));
        Ok(Some(Redirection {
            descriptor: number.parse().ok(),
            operator: (*operator).to_owned(),
            target,
            heredoc,
            span: self.text.span(start..self.at),
        }))
    }

    fn announce(&mut self, target: &Word, strips_tabs: bool) -> usize {
        let delimiter: String = target
            .text
            .chars()
            .filter(|one| !"'\"\\".contains(*one))
            .collect();
        let index = self.heredocs.len();
        self.heredocs.push(Text::default());
        self.announced.push(Announced {
            delimiter,
            strips_tabs,
            index,
        });
        index
    }
}
