//! Build constraints: `//go:build` expressions and `// +build` lines.

use super::context::Context;
use crate::answer::Answer;

/// When a file is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// A tag.
    Tag(String),
    /// `!x`.
    Not(Box<Constraint>),
    /// All of them.
    All(Vec<Constraint>),
    /// One of them.
    Any(Vec<Constraint>),
}

/// Deeper brackets are refused: nobody writes them.
const DEEPEST: usize = 100;

impl Constraint {
    /// Reads what stands behind `//go:build`; `None` where it is no expression.
    pub fn parse(text: &str) -> Option<Constraint> {
        let words = words(text)?;
        let mut parser = Parser {
            words: &words,
            depth: 0,
        };
        let expression = parser.any()?;
        parser.words.is_empty().then_some(expression)
    }

    /// Reads what stands behind `// +build`: words are alternatives, commas join.
    pub(super) fn parse_old(text: &str) -> Option<Constraint> {
        let alternative = |word: &str| {
            let tags: Option<Vec<Constraint>> = word.split(',').map(old_tag).collect();
            tags.map(Constraint::All)
        };
        let alternatives: Option<Vec<Constraint>> =
            text.split_whitespace().map(alternative).collect();
        alternatives.map(Constraint::Any)
    }

    /// Whether it holds.
    pub fn holds(&self, context: &Context) -> Answer {
        match self {
            Constraint::Tag(tag) => context.has_tag(tag),
            Constraint::Not(inner) => !inner.holds(context),
            Constraint::All(all) => all
                .iter()
                .map(|inner| inner.holds(context))
                .fold(Answer::Yes, Answer::and),
            Constraint::Any(any) => any
                .iter()
                .map(|inner| inner.holds(context))
                .fold(Answer::No, Answer::or),
        }
    }

    /// The tags in it, in order, again where they are there again.
    pub fn tags(&self) -> Vec<&str> {
        match self {
            Constraint::Tag(tag) => vec![tag],
            Constraint::Not(inner) => inner.tags(),
            Constraint::All(inner) | Constraint::Any(inner) => {
                inner.iter().flat_map(Constraint::tags).collect()
            }
        }
    }
}

fn is_tag(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    !text.is_empty() && text.chars().all(is_letter)
}

fn old_tag(word: &str) -> Option<Constraint> {
    let (is_not, tag) = match word.strip_prefix('!') {
        Some(tag) => (true, tag),
        None => (false, word),
    };
    // Go reads a word that is no tag as one that is never set.
    if tag.starts_with('!') || !is_tag(tag) {
        return Some(Constraint::Any(Vec::new()));
    }
    let tag = Constraint::Tag(tag.to_owned());
    Some(if is_not {
        Constraint::Not(Box::new(tag))
    } else {
        tag
    })
}

fn words(text: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let length = if rest.starts_with("&&") || rest.starts_with("||") {
            2
        } else if rest.starts_with(['!', '(', ')']) {
            1
        } else {
            let is_letter =
                |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
            rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at_checked(length)?;
        if word.is_empty() {
            return None;
        }
        words.push(word);
        rest = after.trim_start();
    }
    Some(words)
}

struct Parser<'a> {
    words: &'a [&'a str],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(*first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        if is_next {
            self.take();
        }
        is_next
    }

    fn any(&mut self) -> Option<Constraint> {
        let mut any = vec![self.all()?];
        while self.takes("||") {
            any.push(self.all()?);
        }
        one_or(any, Constraint::Any)
    }

    fn all(&mut self) -> Option<Constraint> {
        let mut all = vec![self.not()?];
        while self.takes("&&") {
            all.push(self.not()?);
        }
        one_or(all, Constraint::All)
    }

    fn not(&mut self) -> Option<Constraint> {
        if self.takes("!") {
            // `!!x` is refused by Go.
            let is_twice = self.words.first() == Some(&"!");
            let inner = if is_twice { None } else { self.not() };
            return inner.map(|inner| Constraint::Not(Box::new(inner)));
        }
        if self.takes("(") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            let inner = self.any()?;
            self.depth -= 1;
            return self.takes(")").then_some(inner);
        }
        let tag = self.take()?;
        is_tag(tag).then(|| Constraint::Tag(tag.to_owned()))
    }
}

fn one_or(
    mut several: Vec<Constraint>,
    join: fn(Vec<Constraint>) -> Constraint,
) -> Option<Constraint> {
    if several.len() == 1 {
        several.pop()
    } else {
        Some(join(several))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Option<bool> {
        let context = Context {
            tags: vec!["a".to_owned()],
            ..Context::linux("amd64", false)
        };
        let answer = Constraint::parse(text)?.holds(&context);
        assert_eq!(answer.because(), None);
        Some(answer.is_yes())
    }

    #[test]
    fn not_binds_closer_than_and_and_that_closer_than_or() {
        assert_eq!(holds("b && a || a"), Some(true));
        assert_eq!(holds("!b && a"), Some(true));
        assert_eq!(holds("!(b || a)"), Some(false));
        assert_eq!(holds("linux && amd64 && !cgo && unix"), Some(true));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "a b", "a &&", "(a", "a)", "!!a", "a & b", "a-b"] {
            assert_eq!(holds(text), None, "{text}");
        }
        assert_eq!(holds(&"(".repeat(100_000)), None);
    }

    #[test]
    fn old_lines_are_alternatives_of_joined_tags() {
        let context = Context::linux("arm64", true);
        let holds = |text: &str| {
            Constraint::parse_old(text)
                .unwrap()
                .holds(&context)
                .is_yes()
        };
        assert!(holds("windows linux,cgo"));
        assert!(!holds("windows linux,!cgo"));
        assert!(!holds("a-b"));
    }
}
