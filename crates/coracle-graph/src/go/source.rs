//! One Go file: its package, imports, build constraints, and what it tells cgo, `go:embed` and `go generate`.

mod cgo;
mod head;

pub use self::cgo::CgoLine;
use super::constraint::Constraint;
use super::scan::{Kind, Scanner, Token};
use crate::place::{Place, Placed};

/// A Go file as far as its graph goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its path.
    pub file: String,
    /// The name behind `package`.
    pub package: Option<Placed<String>>,
    /// What it imports, in order; `C` among them.
    pub imports: Vec<Import>,
    /// When it is built, by its own words; its name may say more.
    pub constraint: Option<Placed<Constraint>>,
    /// Patterns of `//go:embed`, in order.
    pub embeds: Vec<Placed<String>>,
    /// Commands of `//go:generate`.
    pub generates: Vec<Placed<String>>,
    /// `#cgo` lines.
    pub cgo: Vec<CgoLine>,
    /// Why go refuses the file, where its head shows it.
    pub fault: Option<Placed<String>>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name before the path: another name, `_` or `.`.
    pub name: Option<String>,
    /// The path.
    pub path: String,
    /// Where the path stands, with its quotes.
    pub place: Place,
}

impl Source {
    /// Reads a file. Whatever it is, it is read as far as it is Go.
    pub fn read(file: &str, text: &str) -> Source {
        let mut source = Source {
            file: file.to_owned(),
            ..Source::default()
        };
        match head::constraint(file, text) {
            Ok(constraint) => source.constraint = constraint,
            Err(fault) => source.fault = Some(fault),
        }
        let tokens: Vec<Token> = Scanner::new(text).collect();
        Reader {
            text,
            tokens: &tokens,
            source: &mut source,
        }
        .declarations();
        directives(text, &tokens, &mut source);
        source
    }

    /// Whether it imports `C`.
    pub fn uses_c(&self) -> bool {
        self.imports.iter().any(|import| import.path == "C")
    }
}

/// The constraint in the head of a file of any language.
pub(super) fn constraint_of(file: &str, text: &str) -> Option<Constraint> {
    let constraint = head::constraint(file, text).ok().flatten()?;
    Some(constraint.value)
}

/// Reads the package clause and the imports.
struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    source: &'a mut Source,
}

impl<'a> Reader<'a> {
    fn declarations(mut self) {
        let Some(name) = self.clause() else {
            let place = Place::new(&self.source.file, 0..0);
            let fault = Placed::new("it does not begin with `package NAME`".to_owned(), place);
            self.source.fault.get_or_insert(fault);
            return;
        };
        self.source.package = Some(name);
        loop {
            let comment = self.comment();
            self.skip(';');
            let comment = comment.or_else(|| self.comment());
            if !self.word("import") {
                return;
            }
            if self.skip('(') {
                // In brackets each import has a comment of its own.
                loop {
                    let own = self.comment();
                    let only = own.or_else(|| comment.clone());
                    if self.skip(')') || !self.import(only) {
                        break;
                    }
                    self.skip(';');
                }
            } else if !self.import(comment) {
                return;
            }
        }
    }

    fn clause(&mut self) -> Option<Placed<String>> {
        self.comment();
        if !self.word("package") {
            return None;
        }
        self.comment();
        let token = self.next(Kind::Word)?;
        let place = Place::new(&self.source.file, token.bytes.clone());
        Some(Placed::new(self.of(token).to_owned(), place))
    }

    fn import(&mut self, comment: Option<std::ops::Range<usize>>) -> bool {
        let name = match self.next(Kind::Word) {
            Some(token) => Some(self.of(token).to_owned()),
            None => self.skip('.').then(|| ".".to_owned()),
        };
        self.comment();
        let Some(token) = self.next(Kind::Text) else {
            return false;
        };
        let path = self.of(token).trim_matches(['"', '`']).to_owned();
        if path == "C"
            && let Some(comment) = comment
        {
            let lines = cgo::lines(&self.source.file, self.text, comment, token.bytes.start);
            self.source.cgo.extend(lines);
        }
        self.source.imports.push(Import {
            name,
            path,
            place: Place::new(&self.source.file, token.bytes.clone()),
        });
        true
    }

    fn of(&self, token: &Token) -> &'a str {
        self.text.get(token.bytes.clone()).unwrap_or_default()
    }

    fn next(&mut self, kind: Kind) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        if first.kind != kind {
            return None;
        }
        self.tokens = rest;
        Some(first)
    }

    fn word(&mut self, word: &str) -> bool {
        let is_next = self
            .tokens
            .first()
            .is_some_and(|token| token.kind == Kind::Word && self.of(token) == word);
        is_next && self.next(Kind::Word).is_some()
    }

    fn skip(&mut self, mark: char) -> bool {
        self.next(Kind::Mark(mark)).is_some()
    }

    /// Goes past comments; the bytes of those that are one group, without a blank line between, up to the next token.
    fn comment(&mut self) -> Option<std::ops::Range<usize>> {
        let mut group: Option<std::ops::Range<usize>> = None;
        while let Some(token) = self
            .next(Kind::LineComment)
            .or_else(|| self.next(Kind::BlockComment))
        {
            let bytes = token.bytes.clone();
            group = match group {
                Some(group) if !self.has_blank_line(group.end, bytes.start) => {
                    Some(group.start..bytes.end)
                }
                _ => Some(bytes),
            };
        }
        let next = self
            .tokens
            .first()
            .map_or(self.text.len(), |token| token.bytes.start);
        group.filter(|group| !self.has_blank_line(group.end, next))
    }

    fn has_blank_line(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from..to).unwrap_or_default();
        between.matches('\n').count() > 1
    }
}

/// `//go:embed` and `//go:generate`, wherever they stand at the beginning of a line.
fn directives(text: &str, tokens: &[Token], source: &mut Source) {
    for token in tokens
        .iter()
        .filter(|token| token.kind == Kind::LineComment)
    {
        let line = text.get(token.bytes.clone()).unwrap_or_default().trim_end();
        let before = text.get(..token.bytes.start).unwrap_or_default();
        let before = before.rsplit('\n').next().unwrap_or_default();
        let after = |name: &str| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with([' ', '\t']).then_some(rest)
        };
        let place = |from: &str| {
            let start = token.bytes.start + line.len() - from.len();
            Place::new(&source.file, start..token.bytes.start + line.len())
        };
        if let Some(rest) = after("//go:generate").filter(|_| before.is_empty()) {
            let command = rest.trim_start();
            let generate = Placed::new(command.to_owned(), place(command));
            source.generates.push(generate);
        } else if let Some(rest) = after("//go:embed").filter(|_| before.trim().is_empty()) {
            let place = place(rest.trim_start());
            let patterns = patterns(rest);
            let placed = patterns
                .into_iter()
                .map(|pattern| Placed::new(pattern, place.clone()));
            source.embeds.extend(placed);
        }
    }
}

/// Words, of which some may be in quotes.
fn patterns(text: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '`').then(|| rest.get(1..)?.split_once(first));
        match quoted.flatten() {
            Some((pattern, after)) => {
                patterns.push(pattern.to_owned());
                rest = after.trim_start();
            }
            None => {
                let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                patterns.push(word.to_owned());
                rest = after.trim_start();
            }
        }
    }
    patterns
}

#[cfg(test)]
mod tests;
