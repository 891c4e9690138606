//! Values as a Dockerfile and a shell read them back: exactly.

use std::fmt::Write as _;

use super::{Error, Recipe};
use crate::plan::{OpenText, Piece};

/// A word of a shell's command line: in quotes where it must be.
pub(super) fn shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:=+,@%".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A text with variables in a shell's double quotes.
pub(super) fn shell_open(texts: &[OpenText]) -> String {
    let mut written = String::from("\"");
    for (at, text) in texts.iter().enumerate() {
        written.push_str(if at > 0 { " " } else { "" });
        put(&mut written, text, &['\\', '"', '$', '`']);
    }
    written.push('"');
    written
}

/// JSON's way of a list of words, as CMD, ENTRYPOINT and HEALTHCHECK have it, which expand nothing.
pub(super) fn words(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// A word as it is where variables are expanded in it: in COPY and VOLUME.
pub(super) fn literal(word: &str) -> String {
    let mut written = String::new();
    for letter in word.chars() {
        if matches!(letter, '\\' | '$' | '"' | '\'') {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

/// COPY of one thing to a place, both with their variables and escapes; as JSON where a word has blanks.
pub(super) fn copy(flags: &str, from: &str, to: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:+@%$".contains(letter);
    let flags = if flags.is_empty() {
        String::new()
    } else {
        format!("{flags} ")
    };
    match from.chars().chain(to.chars()).all(is_plain) {
        true => format!("COPY {flags}{from} {to}\n"),
        false => format!("COPY {flags}{}\n", words(&[from.to_owned(), to.to_owned()])),
    }
}

/// A path of the context for COPY, which takes it for a pattern.
pub(super) fn pattern(path: &str) -> String {
    let mut written = String::new();
    for letter in path.chars() {
        match letter {
            '*' | '?' | '[' => {
                let _infallible = write!(written, "[{letter}]");
            }
            '\\' => written.push_str("\\\\"),
            letter => written.push(letter),
        }
    }
    written
}

fn put(written: &mut String, text: &OpenText, escaped: &[char]) {
    for piece in &text.0 {
        match piece {
            Piece::Variable(name) => {
                let _infallible = write!(written, "${{{name}}}");
            }
            Piece::Text(text) => {
                for letter in text.chars() {
                    if escaped.contains(&letter) {
                        written.push('\\');
                    }
                    written.push(letter);
                }
            }
        }
    }
}

impl Recipe<'_> {
    /// A value of ENV, LABEL, ARG, USER or WORKDIR, in double quotes.
    pub(super) fn value(&self, what: &str, text: &OpenText) -> Result<String, Error> {
        for piece in &text.0 {
            if let Piece::Text(text) = piece {
                self.refuse_letters(what, text)?;
            }
        }
        let mut written = String::from("\"");
        put(&mut written, text, &['\\', '"', '$']);
        written.push('"');
        Ok(written)
    }

    /// The same for one without variables.
    pub(super) fn plain(&self, what: &str, text: &str) -> Result<String, Error> {
        self.value(what, &OpenText::plain(text))
    }

    /// A Dockerfile is read line by line, and what is no line's end is one for somebody.
    pub(super) fn refuse_letters(&self, what: &str, text: &str) -> Result<(), Error> {
        match text
            .chars()
            .find(|letter| letter.is_control() && *letter != '\t')
        {
            None => Ok(()),
            Some(letter) => Err(Error::Letter {
                service: self.service.name.clone(),
                what: what.to_owned(),
                letter,
            }),
        }
    }
}
