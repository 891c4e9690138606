//! Labels and linker flags as files say them that outlive one build: what differs from build to build stays a variable.

use std::collections::BTreeMap;

use crate::settings::Settings;

/// The commit, as the build argument that every ejected file takes it from.
pub const COMMIT: &str = "COMMIT_SHA";

/// What of a service is filled in anew at each build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    /// The labels that hold a variable, by key.
    pub labels: BTreeMap<String, OpenText>,
    /// All linker flags of the configuration.
    pub linker_flags: Vec<OpenText>,
}

/// A text with variables in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenText(pub Vec<Piece>);

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The value of a build argument.
    Variable(String),
}

/// What begins and ends a variable while a template is filled in: nobody writes these.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];

impl OpenText {
    /// A text without variables.
    pub fn plain(text: &str) -> OpenText {
        OpenText(vec![Piece::Text(text.to_owned())])
    }

    /// Only a variable.
    pub fn variable(name: &str) -> OpenText {
        OpenText(vec![Piece::Variable(name.to_owned())])
    }

    /// Whether there is one in it.
    pub fn has_variables(&self) -> bool {
        let mut pieces = self.0.iter();
        pieces.any(|piece| matches!(piece, Piece::Variable(_)))
    }

    /// A text with marked names in it.
    pub(super) fn read(text: &str) -> OpenText {
        let [begin, end] = MARKS;
        let mut pieces = Vec::new();
        for (at, part) in text.split(begin).enumerate() {
            let (name, rest) = match part.split_once(end) {
                Some((name, rest)) if at > 0 => (Some(name), rest),
                _ => (None, part),
            };
            pieces.extend(name.map(|name| Piece::Variable(name.to_owned())));
            if !rest.is_empty() {
                pieces.push(Piece::Text(rest.to_owned()));
            }
        }
        OpenText(pieces)
    }
}

/// The values of a template with marked names in place of build arguments and of the commit.
pub(super) fn with_variables(
    values: &BTreeMap<String, String>,
    settings: &Settings,
) -> BTreeMap<String, String> {
    let [begin, end] = MARKS;
    let mut values = values.clone();
    for (name, value) in &mut values {
        if settings.build_arguments.contains_key(name) {
            *value = format!("{begin}{name}{end}");
        } else if name == "revision" {
            *value = format!("{begin}{COMMIT}{end}");
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_names_are_told_from_text() {
        let text = OpenText::read("v\u{2}VERSION\u{3}-\u{2}COMMIT_SHA\u{3}");
        let expected = [
            Piece::Text("v".to_owned()),
            Piece::Variable("VERSION".to_owned()),
            Piece::Text("-".to_owned()),
            Piece::Variable("COMMIT_SHA".to_owned()),
        ];
        assert_eq!(text.0, expected);
        assert_eq!(OpenText::read("plain"), OpenText::plain("plain"));
    }
}
