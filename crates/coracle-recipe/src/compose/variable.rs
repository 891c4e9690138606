//! Variables in a compose file's texts: `$X`, `${X:-default}`, `${X:?message}`; `$$` is none.

use std::ops::Range;

/// A variable that a text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its bytes in the text, from the dollar on.
    pub range: Range<usize>,
    /// What is done without it, or with it.
    pub form: Form,
}

/// What a text does with a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// `$X`, `${X}`: its value.
    Value,
    /// `${X:-word}`, `${X-word}`: its value, or this.
    Default(String),
    /// `${X:?word}`, `${X?word}`: its value, or the end with this message.
    Required(String),
    /// `${X:+word}`, `${X+word}`: this if it has a value.
    Replacement(String),
}

/// The variables that a text asks for, those within defaults among them, each before those in its default.
///
/// ```
/// use coracle_recipe::compose::{Form, variables};
///
/// let found = variables("acme/api:${TAG:-latest} $$HOME");
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].name.as_str(), found[0].range.clone()), ("TAG", 9..23));
/// assert_eq!(found[0].form, Form::Default("latest".to_owned()));
/// ```
pub fn variables(written: &str) -> Vec<Variable> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(dollar) = written.get(at..).and_then(|rest| rest.find('$')) {
        let start = at + dollar;
        let rest = written.get(start + 1..).unwrap_or_default();
        let Some(after) = rest.strip_prefix('{') else {
            let length = name_length(rest);
            let escaped = usize::from(rest.starts_with('$'));
            at = start + 1 + length.max(escaped);
            if length > 0 {
                found.push(Variable {
                    name: rest.get(..length).unwrap_or_default().to_owned(),
                    range: start..at,
                    form: Form::Value,
                });
            }
            continue;
        };
        let length = name_length(after);
        let name = after.get(..length).unwrap_or_default();
        let behind = after.get(length..).unwrap_or_default();
        let inner = start + 2 + length;
        // What is in the braces is looked through, too.
        at = inner;
        let Some(end) = closing(behind).filter(|_| length > 0) else {
            continue;
        };
        if let Some(form) = form(behind.get(..end).unwrap_or_default()) {
            found.push(Variable {
                name: name.to_owned(),
                range: start..inner + end + 1,
                form,
            });
        }
    }
    found
}

fn form(written: &str) -> Option<Form> {
    if written.is_empty() {
        return Some(Form::Value);
    }
    let written = written.strip_prefix(':').unwrap_or(written);
    let word = written.get(1..)?.to_owned();
    match written.get(..1)? {
        "-" => Some(Form::Default(word)),
        "?" => Some(Form::Required(word)),
        "+" => Some(Form::Replacement(word)),
        _ => None,
    }
}

/// Where the brace is that closes what is open.
fn closing(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, one) in rest.char_indices() {
        match one {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = one;
    }
    None
}

fn name_length(rest: &str) -> usize {
    let is_part = |one: char| one.is_ascii_alphanumeric() || one == '_';
    match rest.starts_with(|one: char| one.is_ascii_digit()) {
        true => 0,
        false => rest.len() - rest.trim_start_matches(is_part).len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_with_what_is_done_without_them() {
        let of = |written: &str| {
            let one = |variable: &Variable| {
                let text = written.get(variable.range.clone()).unwrap();
                format!("{} {text} {:?}", variable.name, variable.form)
            };
            variables(written).iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(of("a$X/${Y}ä"), ["X $X Value", "Y ${Y} Value"]);
        assert_eq!(of("$$X $$$Y"), ["Y $Y Value"]);
        assert_eq!(
            of("${A:-b}${C-}"),
            ["A ${A:-b} Default(\"b\")", "C ${C-} Default(\"\")"]
        );
        assert_eq!(
            of("${A:?no}${B:+c}"),
            [
                "A ${A:?no} Required(\"no\")",
                "B ${B:+c} Replacement(\"c\")"
            ]
        );
        assert_eq!(
            of("${A:-${B}}"),
            ["A ${A:-${B}} Default(\"${B}\")", "B ${B} Value"]
        );
        for none in ["", "$", "${", "${}", "${1}", "$1", "${A", "${A/b}", "a$"] {
            assert!(of(none).is_empty(), "{none}");
        }
    }
}
