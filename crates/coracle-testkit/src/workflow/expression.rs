//! `${{ }}`: contexts, texts, `==`, `!=`, `&&`, `||` and `hashFiles`, which is all that our workflows use.

use anyhow::{Context, bail, ensure};

/// What the names of an expression stand for. A property that is not there is empty, as on GitHub; a context or a function
/// that is not known is an error.
pub(super) trait Scope {
    /// The value of `github.sha` and the like.
    fn value(&self, path: &[&str]) -> anyhow::Result<String>;
    /// The digest of the files that these patterns match.
    fn hash_files(&self, patterns: &[String]) -> anyhow::Result<String>;
}

/// A text with each `${{ }}` of it filled in.
pub(super) fn filled(text: &str, scope: &dyn Scope) -> anyhow::Result<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").context("`${{` without `}}`")?;
        filled.push_str(before);
        filled.push_str(&value(expression, scope)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Whether a condition holds, with or without `${{ }}` around it.
pub(super) fn holds(condition: &str, scope: &dyn Scope) -> anyhow::Result<bool> {
    let condition = condition.trim();
    let inner = condition.strip_prefix("${{");
    let inner = inner.and_then(|inner| inner.strip_suffix("}}"));
    let value = value(inner.unwrap_or(condition), scope)?;
    Ok(!["", "false", "0"].contains(&value.as_str()))
}

fn value(expression: &str, scope: &dyn Scope) -> anyhow::Result<String> {
    let tokens = tokens(expression)?;
    let mut parser = Parser {
        tokens: &tokens,
        scope,
    };
    let value = parser.either()?;
    ensure!(
        parser.tokens.is_empty(),
        "`{expression}` goes on: {:?}",
        parser.tokens
    );
    Ok(value)
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Name(String),
    Sign(&'static str),
}

const SIGNS: [&str; 7] = ["==", "!=", "&&", "||", "(", ")", ","];

fn tokens(expression: &str) -> anyhow::Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while !rest.is_empty() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if let Some(text) = rest.strip_prefix('\'') {
            let (text, after) = text.split_once('\'').context("a text without an end")?;
            tokens.push(Token::Text(text.to_owned()));
            rest = after;
        } else {
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            ensure!(length > 0, "`{rest}` is no expression that is known here");
            tokens.push(Token::Name(rest[..length].to_owned()));
            rest = &rest[length..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    scope: &'a dyn Scope,
}

impl Parser<'_> {
    fn takes(&mut self, wanted: &str) -> bool {
        match self.tokens.split_first() {
            Some((Token::Sign(sign), rest)) if *sign == wanted => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn either(&mut self) -> anyhow::Result<String> {
        let mut value = self.both()?;
        while self.takes("||") {
            let other = self.both()?;
            value = if is_true(&value) { value } else { other };
        }
        Ok(value)
    }

    fn both(&mut self) -> anyhow::Result<String> {
        let mut value = self.compared()?;
        while self.takes("&&") {
            let other = self.compared()?;
            value = if is_true(&value) { other } else { value };
        }
        Ok(value)
    }

    fn compared(&mut self) -> anyhow::Result<String> {
        let value = self.one()?;
        if self.takes("==") {
            let other = self.one()?;
            return Ok(value.eq_ignore_ascii_case(&other).to_string());
        }
        if self.takes("!=") {
            let other = self.one()?;
            return Ok((!value.eq_ignore_ascii_case(&other)).to_string());
        }
        Ok(value)
    }

    fn one(&mut self) -> anyhow::Result<String> {
        let (first, rest) = self
            .tokens
            .split_first()
            .context("an expression ends early")?;
        self.tokens = rest;
        match first {
            Token::Text(text) => Ok(text.clone()),
            Token::Name(name) if name == "hashFiles" => {
                let patterns = self.arguments()?;
                self.scope.hash_files(&patterns)
            }
            Token::Name(name) => self.scope.value(&name.split('.').collect::<Vec<_>>()),
            Token::Sign("(") => {
                let value = self.either()?;
                ensure!(self.takes(")"), "a bracket is not closed");
                Ok(value)
            }
            Token::Sign(sign) => bail!("`{sign}` where a value is expected"),
        }
    }

    fn arguments(&mut self) -> anyhow::Result<Vec<String>> {
        ensure!(self.takes("("), "a function without arguments");
        let mut arguments = vec![self.one()?];
        while self.takes(",") {
            arguments.push(self.one()?);
        }
        ensure!(self.takes(")"), "a bracket is not closed");
        Ok(arguments)
    }
}

fn is_true(value: &str) -> bool {
    !["", "false", "0"].contains(&value)
}
