//! Texts within compose files that are files of their own, as `dockerfile_inline` is: with the place of each byte, after
//! compose has filled in its variables.

use std::ops::Range;

use super::sources::{Joined, Source};
use super::variable::variables;
use crate::expansion::{Rules, Variable, expand};
use crate::text::Text;
use crate::value::Value;
use crate::yaml::{Scalar, Yaml};

impl Joined {
    /// The text of a value, the file that it stands in, and the places of its bytes there; nothing where it is not known
    /// what it says.
    ///
    /// ```
    /// use coracle_recipe::compose;
    ///
    /// let file = "services:\n  api:\n    build:\n      dockerfile_inline: |\n        FROM debian\n        RUN echo $$HOME\n";
    /// let joined = compose::join(&["compose.yaml"], &|_| Some(file.to_owned())).unwrap();
    /// let build = joined.compose.service("api").unwrap().build.clone().unwrap();
    /// let (source, text) = joined.text(&build.dockerfile_inline.unwrap()).unwrap();
    /// assert_eq!(text.as_str(), "FROM debian\nRUN echo $HOME\n");
    /// let span = text.span(22..26);
    /// assert_eq!(&source.text[span.start..span.end], "HOME");
    /// ```
    pub fn text(&self, value: &Value) -> Option<(&Source, Text)> {
        let known = value.text()?;
        let (source, span) = self.locate(&value.span)?;
        let scalar = Yaml::read(&source.text).ok()?.scalar_at(&span)?;
        let text = expanded(&scalar)?;
        // What is put together here is what compose reads, or nothing is said of it.
        (text.as_str() == known).then_some((source, text))
    }
}

/// The text with its variables filled in: `$$` is a dollar, and without a value the default is it.
fn expanded(scalar: &Scalar) -> Option<Text> {
    let written = scalar.text();
    let mut text = Text::default();
    let mut done = 0;
    for variable in variables(written) {
        // Within the default of another one.
        if variable.range.start < done {
            continue;
        }
        literal(scalar, done..variable.range.start, &mut text);
        let form = written.get(variable.range.clone())?;
        let value = expand(form, Rules::Compose, &|_| Variable::Unset).ok()?;
        text.push_for(&value, &scalar.span_of(variable.range.clone()));
        done = variable.range.end;
    }
    literal(scalar, done..written.len(), &mut text);
    Some(text)
}

fn literal(scalar: &Scalar, range: Range<usize>, text: &mut Text) {
    let mut start = range.start;
    let written = scalar.text().get(range.clone()).unwrap_or_default();
    for (at, dollars) in written.match_indices("$$") {
        let dollar = range.start + at;
        text.append(&scalar.piece(&(start..dollar)));
        // The second one is what stays.
        text.append(&scalar.piece(&(dollar + 1..dollar + dollars.len())));
        start = dollar + dollars.len();
    }
    text.append(&scalar.piece(&(start..range.end)));
}

#[cfg(test)]
mod tests {
    use crate::compose::join;

    /// The text of the inline Dockerfile of `api`, and what stands in the file where a word of it is.
    fn check(file: &str, word: &str, expected: Option<(&str, &str, usize)>) {
        let joined = join(&["compose.yaml"], &|_| Some(file.to_owned())).unwrap();
        let service = joined.compose.service("api").unwrap();
        let build = service.build.as_ref().unwrap();
        let found = joined.text(build.dockerfile_inline.as_ref().unwrap());
        let told = found.as_ref().map(|(source, text)| {
            let at = text.as_str().find(word).unwrap();
            let span = text.span(at..at + word.len());
            (text.as_str(), &source.text[span.start..span.end], span.line)
        });
        assert_eq!(told, expected, "{file}");
    }

    #[test]
    fn a_text_within_knows_its_places_whatever_its_style() {
        let head = "services:\n  api:\n    build:\n      dockerfile_inline: ";
        let of = |inline: &str| format!("{head}{inline}");
        check(
            &of("|\n        FROM a\n\n        RUN x \\\n          y\n"),
            "RUN x",
            Some(("FROM a\n\nRUN x \\\n  y\n", "RUN x", 7)),
        );
        check(
            &of("\"FROM a\\nRUN echo \\\"b\\\" c\\n\"\n"),
            " c",
            Some(("FROM a\nRUN echo \"b\" c\n", " c", 4)),
        );
        check(
            &of("|\n        FROM a:${TAG:-long-tag}\n        RUN b$$c\n"),
            "b$c",
            Some(("FROM a:long-tag\nRUN b$c\n", "b$$c", 6)),
        );
        check(&of("|\n        FROM a:$TAG\n"), "FROM", None);
    }

    #[test]
    fn an_alias_is_the_text_where_it_is_defined() {
        let file = "x-d: &d |\n  FROM a\nservices: {api: {build: {dockerfile_inline: *d}}}\n";
        check(file, "FROM", Some(("FROM a\n", "FROM", 2)));
    }
}
