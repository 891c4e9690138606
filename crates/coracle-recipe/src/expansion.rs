//! Variables and quotes in values: `$X`, `${X:-d}`, `${X:+d}`, as BuildKit's shell lexer and compose expand them.
//!
//! Unlike both, a variable without a value is not the empty text: the value is then not known. The forms that cut
//! patterns out of a value (`${X#…}`, `${X/…/…}`) are BuildKit's alone.

mod pattern;

use crate::value::Unknown;

/// What a variable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    /// It has this value.
    Set(String),
    /// It has none.
    Unset,
    /// It has one that is not known.
    Unknown(Unknown),
}

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Quotes are removed and the escape character protects.
    Dockerfile {
        /// `\` or a backtick.
        escape: char,
    },
    /// Quotes are text, and `$$` is a dollar.
    Compose,
}

/// Defaults within defaults; deeper ones are no real file's.
const DEPTH: usize = 32;

/// No value is longer: a few lines that each double the one before would fill any memory.
const LONGEST: usize = 64 * 1024;

/// Expands a value.
pub(crate) fn expand(
    written: &str,
    rules: Rules,
    variable: &dyn Fn(&str) -> Variable,
) -> Result<String, Unknown> {
    let mut expander = Expander {
        characters: written.chars().collect(),
        at: 0,
        depth: 0,
        is_open: false,
        is_raw: false,
        rules,
        variable,
    };
    expander.until(None)
}

struct Expander<'a> {
    characters: Vec<char>,
    at: usize,
    depth: usize,
    /// Whether a brace was never closed, which no default makes good.
    is_open: bool,
    /// Whether escape characters stay, as they do in patterns.
    is_raw: bool,
    rules: Rules,
    variable: &'a dyn Fn(&str) -> Variable,
}

impl Expander<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    /// The form from `start` to here.
    fn form(&self, start: usize) -> Unknown {
        let end = self.at.min(self.characters.len());
        let written = self.characters.get(start..end).unwrap_or_default();
        Unknown::Form {
            written: written.iter().collect(),
        }
    }

    /// Expands up to and with `stop`, or to the end. What is not known is told only after all of it was read, so that
    /// a default that is not used does no harm.
    fn until(&mut self, stop: Option<char>) -> Result<String, Unknown> {
        let start = self.at;
        let mut text = String::new();
        let mut unknown = None;
        loop {
            let Some(character) = self.next() else {
                if stop.is_some() {
                    self.is_open = true;
                    return Err(self.form(start));
                }
                break;
            };
            let piece = match (character, self.rules) {
                (character, _) if Some(character) == stop => break,
                ('$', _) => self.dollar(),
                ('\'', Rules::Dockerfile { .. }) => self.single_quoted(),
                ('"', Rules::Dockerfile { escape }) => self.double_quoted(escape),
                (character, Rules::Dockerfile { escape }) if character == escape => {
                    let kept = self.is_raw.then_some(character);
                    Ok(kept.into_iter().chain(self.next()).collect())
                }
                (character, _) => {
                    text.push(character);
                    continue;
                }
            };
            match piece {
                Ok(piece) => text.push_str(&piece),
                Err(reason) => unknown = unknown.or(Some(reason)),
            }
            if text.len() > LONGEST {
                unknown = unknown.or_else(|| Some(self.form(start)));
                text.clear();
            }
        }
        unknown.map_or(Ok(text), Err)
    }

    fn single_quoted(&mut self) -> Result<String, Unknown> {
        let start = self.at - 1;
        let mut text = String::new();
        while let Some(character) = self.next() {
            if character == '\'' {
                return Ok(text);
            }
            text.push(character);
        }
        Err(self.form(start))
    }

    fn double_quoted(&mut self, escape: char) -> Result<String, Unknown> {
        let start = self.at - 1;
        let mut text = String::new();
        let mut unknown = None;
        while let Some(character) = self.next() {
            match character {
                '"' => return unknown.map_or(Ok(text), Err),
                '$' => match self.dollar() {
                    Ok(piece) => text.push_str(&piece),
                    Err(reason) => unknown = unknown.or(Some(reason)),
                },
                _ if character == escape => match self.next() {
                    Some(next) if next == '"' || next == '$' || next == escape => {
                        text.extend(self.is_raw.then_some(character));
                        text.push(next);
                    }
                    next => text.extend(std::iter::once(character).chain(next)),
                },
                _ => text.push(character),
            }
        }
        Err(self.form(start))
    }

    /// After a `$`.
    fn dollar(&mut self) -> Result<String, Unknown> {
        let start = self.at - 1;
        match self.peek() {
            Some('{') => {
                self.at += 1;
                self.braced(start)
            }
            Some('$') if self.rules == Rules::Compose => {
                self.at += 1;
                Ok("$".to_owned())
            }
            Some(next) if is_name(next) && !next.is_ascii_digit() => {
                let name = self.name();
                self.value(&name)
            }
            // `$1`, `$$`, `$?` mean nothing in a file; compose refuses them, BuildKit looks for such a variable.
            Some(next) if next.is_ascii_digit() || "@*#?-$!".contains(next) => {
                self.at += 1;
                Err(self.form(start))
            }
            _ if self.rules == Rules::Compose => Err(self.form(start)),
            _ => Ok("$".to_owned()),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(next) = self.peek().filter(|next| is_name(*next)) {
            name.push(next);
            self.at += 1;
        }
        name
    }

    fn value(&self, name: &str) -> Result<String, Unknown> {
        match (self.variable)(name) {
            Variable::Set(value) => Ok(value),
            Variable::Unset => Err(no_value(name)),
            Variable::Unknown(reason) => Err(reason),
        }
    }

    /// After `${`.
    fn braced(&mut self, start: usize) -> Result<String, Unknown> {
        let name = self.name();
        let mut operator = self.next();
        if name.is_empty() || self.depth >= DEPTH {
            return Err(self.form(start));
        }
        if operator == Some('}') {
            return self.value(&name);
        }
        let empty_is_unset = operator == Some(':');
        if empty_is_unset {
            operator = self.next();
        }
        let is_cut = matches!(operator, Some('#' | '%' | '/'));
        if is_cut && !empty_is_unset && self.rules != Rules::Compose {
            return self.cut(&name, operator.unwrap_or('#'), start);
        }
        let Some(operator) = operator.filter(|operator| "-+?".contains(*operator)) else {
            // To the brace that ends it, so that what follows is read as what it is.
            let _ = self.word();
            return Err(self.form(start));
        };
        let word = self.word();
        if self.is_open {
            return Err(self.form(start));
        }
        let value = match (self.variable)(&name) {
            Variable::Set(value) if value.is_empty() && empty_is_unset => None,
            Variable::Set(value) => Some(value),
            Variable::Unset => None,
            Variable::Unknown(reason) => return Err(reason),
        };
        match (operator, value) {
            ('+', Some(_)) | ('-', None) => word,
            ('+', None) => Ok(String::new()),
            (_, Some(value)) => Ok(value),
            (_, None) => Err(no_value(&name)),
        }
    }

    /// After `${X#`, `${X%` and `${X/`, each of which may be there twice.
    fn cut(&mut self, name: &str, operator: char, start: usize) -> Result<String, Unknown> {
        let is_twice = self.peek() == Some(operator);
        self.at += usize::from(is_twice);
        let was_raw = std::mem::replace(&mut self.is_raw, true);
        let found = match operator {
            '/' => self.up_to('/').map(|pattern| (pattern, self.word())),
            _ => self.word().map(|pattern| (pattern, Ok(String::new()))),
        };
        self.is_raw = was_raw;
        if self.is_open {
            return Err(self.form(start));
        }
        let (pattern, with) = found?;
        let (value, with) = (self.value(name)?, with?);
        let cut = match operator {
            '/' => pattern::replace(&value, &pattern, &with, is_twice),
            _ => pattern::cut(&value, &pattern, operator == '%', is_twice),
        };
        cut.ok_or_else(|| self.form(start))
    }

    fn word(&mut self) -> Result<String, Unknown> {
        self.up_to('}')
    }

    fn up_to(&mut self, stop: char) -> Result<String, Unknown> {
        self.depth += 1;
        let word = self.until(Some(stop));
        self.depth -= 1;
        word
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn no_value(name: &str) -> Unknown {
    Unknown::NoValue {
        variable: name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
