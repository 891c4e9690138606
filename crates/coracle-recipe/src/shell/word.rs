//! One word: its quotes, expansions and substitutions, and its value where that is certain.

use crate::expansion::{Rules, Variable, expand};
use crate::value::Unknown;

use super::parse::{Parser, Trouble};
use super::{Command, Word};

/// What is known of a word so far.
#[derive(Default)]
struct Value {
    text: String,
    unknown: Option<Unknown>,
    is_quoted: bool,
    is_pattern: bool,
    /// `{` without quotes, which with a comma or two dots behind it is more than one word to bash.
    has_brace: bool,
    substitutions: Vec<Vec<Command>>,
}

impl Value {
    fn lose(&mut self, written: &str) {
        self.unknown.get_or_insert_with(|| Unknown::Form {
            written: written.to_owned(),
        });
    }

    /// Adds what an expansion came to. Outside of quotes it may fall into several words.
    fn add(&mut self, written: &str, found: Result<String, Unknown>, is_quoted: bool) {
        match found {
            Ok(text) if !is_quoted && (text.is_empty() || text.contains(is_split)) => {
                self.lose(written)
            }
            Ok(text) => self.text.push_str(&text),
            Err(unknown) => {
                self.unknown.get_or_insert(unknown);
            }
        }
    }
}

fn is_split(character: char) -> bool {
    character.is_whitespace() || "*?[".contains(character)
}

impl Parser<'_> {
    /// The word that is next, `None` where none is.
    pub(super) fn word(&mut self) -> Result<Option<Word>, Trouble> {
        let start = self.at;
        let mut value = Value::default();
        while let Some(next) = self.peek() {
            let begin = self.at;
            match next {
                '<' | '>' if begin == start && self.rest().get(1..2) == Some("(") => {
                    self.at += 2;
                    self.substitution(&mut value, begin)?;
                }
                ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                _ if next.is_ascii_whitespace() => break,
                '\'' => self.single_quoted(&mut value)?,
                '"' => self.double_quoted(&mut value)?,
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(protected) => value.text.push(protected),
                        None => value.text.push('\\'),
                    }
                    value.is_quoted = true;
                }
                '$' => self.dollar(&mut value, false)?,
                '`' => self.backticks(&mut value)?,
                _ => {
                    self.at += next.len_utf8();
                    match next {
                        '~' if begin == start || value.text.ends_with([':', '=']) => {
                            value.lose("~")
                        }
                        '*' | '?' | '[' => value.is_pattern = true,
                        '{' => value.has_brace = true,
                        _ => {}
                    }
                    value.text.push(next);
                }
            }
        }
        if self.at == start {
            return Ok(None);
        }
        let text = self.written(&(start..self.at));
        let is_more = text.contains(',') || text.contains("..");
        if value.has_brace && is_more && text.contains('}') {
            value.lose(&text);
        }
        Ok(Some(Word {
            text,
            value: value.unknown.map_or(Ok(value.text), Err),
            is_quoted: value.is_quoted,
            is_pattern: value.is_pattern,
            substitutions: value.substitutions,
            span: self.text.span(start..self.at),
        }))
    }

    fn single_quoted(&mut self, value: &mut Value) -> Result<(), Trouble> {
        self.at += 1;
        let rest = self.rest();
        let end = rest.find('\'').ok_or(Trouble("a quote is not closed"))?;
        value.text.push_str(rest.get(..end).unwrap_or_default());
        value.is_quoted = true;
        self.at += end + 1;
        Ok(())
    }

    fn double_quoted(&mut self, value: &mut Value) -> Result<(), Trouble> {
        self.at += 1;
        value.is_quoted = true;
        loop {
            match self.peek().ok_or(Trouble("a quote is not closed"))? {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '$' => self.dollar(value, true)?,
                '`' => self.backticks(value)?,
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(protected) if "$`\"\\".contains(protected) => {
                            value.text.push(protected)
                        }
                        other => value.text.extend(std::iter::once('\\').chain(other)),
                    }
                }
                other => {
                    self.at += other.len_utf8();
                    value.text.push(other);
                }
            }
        }
    }

    fn dollar(&mut self, value: &mut Value, is_quoted: bool) -> Result<(), Trouble> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some('(') if self.rest().starts_with("((") && self.sum(value, start) => Ok(()),
            Some('(') => {
                self.at += 1;
                self.substitution(value, start)
            }
            Some('{') => self.braced(value, is_quoted, start),
            Some('\'') if !is_quoted => self.escaped(value, start),
            // bash's translated text is the text itself.
            Some('"') if !is_quoted => self.double_quoted(value),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let rest = self.rest();
                let is_name =
                    |character: char| character.is_ascii_alphanumeric() || character == '_';
                let end = rest
                    .find(|character| !is_name(character))
                    .unwrap_or(rest.len());
                self.at += end;
                self.look_up(value, is_quoted, start);
                Ok(())
            }
            Some(special) if special.is_ascii_digit() || "@*#?-$!".contains(special) => {
                self.at += 1;
                value.lose(&self.written(&(start..self.at)));
                Ok(())
            }
            _ => {
                value.text.push('$');
                Ok(())
            }
        }
    }

    /// Expands the form from `start` to here by the rules that Dockerfiles share with shells.
    fn look_up(&mut self, value: &mut Value, is_quoted: bool, start: usize) {
        let written = self.written(&(start..self.at));
        let asked = std::cell::RefCell::new(Vec::new());
        let variable = self.variable;
        let look_up = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            variable(name).map_or(Variable::Unset, Variable::Set)
        };
        let found = expand(&written, Rules::Dockerfile { escape: '\\' }, &look_up);
        self.asked.extend(asked.into_inner());
        value.add(&written, found, is_quoted);
    }

    /// `${…}`.
    fn braced(&mut self, value: &mut Value, is_quoted: bool, start: usize) -> Result<(), Trouble> {
        let mut open = 0_usize;
        let mut is_plain = true;
        while let Some(next) = self.peek() {
            match next {
                '\'' | '"' | '\\' | '`' | '[' => is_plain = false,
                '(' => is_plain = false,
                _ => {}
            }
            match next {
                '\\' => {
                    self.at += 1;
                    self.next();
                    continue;
                }
                '\'' if !is_quoted => {
                    self.single_quoted(&mut Value::default())?;
                    continue;
                }
                '$' if self.rest().starts_with("$(") => {
                    self.dollar(value, true)?;
                    continue;
                }
                '`' => {
                    self.backticks(value)?;
                    continue;
                }
                '{' => open += 1,
                '}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += next.len_utf8();
            if open == 0 {
                match is_plain {
                    true => self.look_up(value, is_quoted, start),
                    // Quotes within a default, and bash's lists, are read otherwise here and there.
                    false => value.lose(&self.written(&(start..self.at))),
                }
                return Ok(());
            }
        }
        Err(Trouble("a brace is not closed"))
    }

    /// `$((…))`; false where it is `$( (…) …)` instead.
    fn sum(&mut self, value: &mut Value, start: usize) -> bool {
        let mut open = 0_usize;
        let rest = self.rest();
        for (at, character) in rest.char_indices() {
            match character {
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 1
                && character == ')'
                && !rest.get(at..).is_some_and(|rest| rest.starts_with("))"))
            {
                return false;
            }
            if open == 0 {
                self.at += at + 1;
                value.lose(&self.written(&(start..self.at)));
                return true;
            }
        }
        false
    }

    /// Commands up to the `)`.
    fn substitution(&mut self, value: &mut Value, start: usize) -> Result<(), Trouble> {
        // Here-documents of the line around it are still to come behind it.
        let announced = std::mem::take(&mut self.announced);
        let commands = self.list(&[])?;
        self.expect(")")?;
        self.announced.splice(0..0, announced);
        value.substitutions.push(commands);
        value.lose(&self.written(&(start..self.at)));
        Ok(())
    }

    /// Commands between backticks, which are read where nothing in them is protected.
    fn backticks(&mut self, value: &mut Value) -> Result<(), Trouble> {
        let start = self.at;
        let rest = self.rest().get(1..).unwrap_or_default();
        let mut is_protected = false;
        let end = rest.find(|character| {
            let ends = character == '`' && !is_protected;
            is_protected = character == '\\' && !is_protected;
            ends
        });
        let end = end.ok_or(Trouble("a backtick is not closed"))?;
        let inner = rest.get(..end).unwrap_or_default();
        if inner.contains('\\') || self.depth > 20 {
            return Err(Trouble("backticks with something protected in them"));
        }
        let part = self.text.part(&(start + 1..start + 1 + end));
        let (script, asked) = super::parse::read(&part, self.variable);
        self.asked.extend(asked);
        value.substitutions.push(script.commands);
        self.at = start + end + 2;
        value.lose(&self.written(&(start..self.at)));
        Ok(())
    }

    /// bash's `$'…'`.
    fn escaped(&mut self, value: &mut Value, start: usize) -> Result<(), Trouble> {
        self.at += 1;
        value.is_quoted = true;
        loop {
            match self.next().ok_or(Trouble("a quote is not closed"))? {
                '\'' => break,
                '\\' => {
                    self.next();
                }
                _ => {}
            }
        }
        value.lose(&self.written(&(start..self.at)));
        Ok(())
    }
}
