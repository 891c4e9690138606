//! `.dockerignore`: which files of a build context a builder does not see, by the rules of the library that Docker and
//! BuildKit use (github.com/moby/patternmatcher), its oddities included.
//!
//! The last pattern that matches a path or one of its parents decides. Not here: which file is the ignore file of which
//! Dockerfile, and that builders see the Dockerfile itself in any case.
//!
//! ```
//! use coracle_recipe::ignore::Ignore;
//!
//! let ignore = Ignore::read("# all but the sources\n**\n!src/**\nsrc/*.log\n");
//! assert!(!ignore.is_hidden("src/main.rs"));
//! let verdict = ignore.verdict("src/a.log");
//! assert!(verdict.is_hidden);
//! assert_eq!(verdict.decided_by.unwrap().span.line, 4);
//! ```

mod path;
mod pattern;

use crate::span::{Lines, Span};

use pattern::Pattern;
pub use pattern::Problem;

/// An ignore file.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    /// The patterns, in the order of the file.
    pub rules: Vec<Rule>,
    /// Lines that no builder takes, and patterns that are not understood here: they hide nothing.
    pub problems: Vec<(Problem, Span)>,
}

/// A line with a pattern.
#[derive(Debug, Clone)]
pub struct Rule {
    /// As written, without the blanks around it.
    pub written: String,
    /// Whether `!` stands before it: what it matches is seen again.
    pub is_exception: bool,
    /// Where.
    pub span: Span,
    pattern: Pattern,
}

/// Whether a path is hidden and by what.
#[derive(Debug, Clone)]
pub struct Verdict<'a> {
    /// Whether the builder does not see it.
    pub is_hidden: bool,
    /// The line that had the last word; none where no line says anything of the path.
    pub decided_by: Option<&'a Rule>,
}

impl Ignore {
    /// Reads any text.
    pub fn read(text: &str) -> Ignore {
        let lines = Lines::new(text);
        let mut ignore = Ignore::default();
        let mut at = 0;
        for line in lines.text().split_inclusive('\n') {
            let start = at + (line.len() - line.trim_start().len());
            at += line.len();
            let written = line.trim();
            // Only a `#` at the very beginning makes a comment.
            if written.is_empty() || line.starts_with('#') {
                continue;
            }
            let span = lines.span(&(start..start + written.len()));
            match rule(written) {
                Ok((is_exception, pattern)) => ignore.rules.push(Rule {
                    written: written.to_owned(),
                    is_exception,
                    span,
                    pattern,
                }),
                Err(problem) => ignore.problems.push((problem, span)),
            }
        }
        ignore
    }

    /// Whether a builder does not see a path of the context, written with slashes.
    pub fn is_hidden(&self, path: &str) -> bool {
        self.verdict(path).is_hidden
    }

    /// Likewise, and which line decided.
    pub fn verdict(&self, path: &str) -> Verdict<'_> {
        let path = path::clean(path);
        let path = path.trim_start_matches('/');
        let mut verdict = Verdict {
            is_hidden: false,
            decided_by: None,
        };
        if matches!(path, "" | ".") {
            return verdict;
        }
        for rule in &self.rules {
            // Only a rule that would change something is asked.
            if rule.is_exception == verdict.is_hidden && rule.matches(path) {
                verdict.is_hidden = !rule.is_exception;
                verdict.decided_by = Some(rule);
            }
        }
        verdict
    }

    /// Whether any line makes something seen again: a hidden folder may then have files that are seen.
    pub fn has_exceptions(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_exception)
    }
}

impl Rule {
    /// Whether its pattern matches a path or one of its parents.
    fn matches(&self, path: &str) -> bool {
        let parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        self.pattern.matches(path)
            || parents
                .into_iter()
                .any(|parent| self.pattern.matches(parent))
    }
}

/// Exception or not, and the pattern.
fn rule(written: &str) -> Result<(bool, Pattern), Problem> {
    let (is_exception, rest) = match written.strip_prefix('!') {
        Some(rest) => (true, rest.trim()),
        None => (false, written),
    };
    let cleaned = match rest {
        "" => String::new(),
        rest => path::clean(rest),
    };
    let cleaned = match cleaned.strip_prefix('/') {
        // The library cleans `!/` again, and nothing but the `!` is left.
        Some("") if is_exception => "",
        Some(rest) if !rest.is_empty() => rest,
        _ => &cleaned,
    };
    if cleaned.is_empty() {
        return Err(Problem::Nothing);
    }
    Ok((is_exception, Pattern::read(cleaned.trim())?))
}

#[cfg(test)]
mod tests;
