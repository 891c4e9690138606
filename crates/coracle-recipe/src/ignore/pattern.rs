//! One pattern of an ignore file. The library that Docker uses makes a regular expression of most patterns and compares
//! others plainly; what that comes to is done here, without the expressions.

/// Why a pattern is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A `!` with nothing behind it, for which the build fails.
    #[error("there is no pattern behind the `!`")]
    Nothing,
    /// A `[` that is not closed, a range without an end, a `\` at the end: the build fails.
    #[error("`{pattern}` is no pattern")]
    Malformed {
        /// The pattern.
        pattern: String,
    },
    /// Something that means different things to the two parts of the library that look at it.
    #[error("what `{pattern}` matches is not understood here")]
    NotUnderstood {
        /// The pattern.
        pattern: String,
    },
}

/// A pattern that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// This very path.
    Exact(String),
    /// `text**`: what begins so, whether a name ends there or not.
    Prefix(String),
    /// `**text`: what ends so; `**/name` also the name alone.
    Suffix(String),
    /// Anything else.
    Pieces(Vec<Piece>),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Character(char),
    /// `?`: any but a slash.
    One,
    /// `*`: any number but slashes.
    Many,
    /// `**/` or `**` with something behind it: nothing, or anything up to and with a slash.
    Folders,
    /// `**` at the end: anything.
    All,
    /// `[…]`.
    Class {
        is_not: bool,
        ranges: Vec<(char, char)>,
    },
    /// `^`, which the library leaves to the expression: the beginning.
    Beginning,
}

/// The kinds that the library tells apart while it reads a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Pieces,
}

impl Pattern {
    /// Reads a cleaned pattern, which is not empty.
    pub(super) fn read(pattern: &str) -> Result<Pattern, Problem> {
        let mut reader = Reader {
            pattern,
            characters: pattern.chars().collect(),
            at: 0,
        };
        let mut pieces = Vec::new();
        let mut kind = Kind::Exact;
        while let Some(character) = reader.next() {
            let is_first = pieces.is_empty();
            let (piece, next) = match character {
                '*' if reader.skip('*') => {
                    reader.skip('/');
                    let is_last = reader.peek().is_none();
                    let piece = if is_last { Piece::All } else { Piece::Folders };
                    let next = match kind {
                        _ if is_first => Kind::Suffix,
                        Kind::Exact if is_last => Kind::Prefix,
                        _ => Kind::Pieces,
                    };
                    (piece, next)
                }
                '*' => (Piece::Many, Kind::Pieces),
                '?' => (Piece::One, Kind::Pieces),
                '[' => (reader.class()?, Kind::Pieces),
                ']' => (Piece::Character(']'), Kind::Pieces),
                '\\' => (Piece::Character(reader.escaped()?), Kind::Pieces),
                '^' => (Piece::Beginning, kind),
                other => (Piece::Character(other), kind),
            };
            pieces.push(piece);
            kind = next;
        }
        Ok(match kind {
            Kind::Exact => Pattern::Exact(pattern.to_owned()),
            Kind::Prefix => {
                Pattern::Prefix(pattern.strip_suffix("**").unwrap_or(pattern).to_owned())
            }
            Kind::Suffix => {
                Pattern::Suffix(pattern.strip_prefix("**").unwrap_or(pattern).to_owned())
            }
            Kind::Pieces => Pattern::Pieces(pieces),
        })
    }

    /// Whether it matches exactly this path.
    pub(super) fn matches(&self, path: &str) -> bool {
        match self {
            Pattern::Exact(text) => path == text,
            Pattern::Prefix(text) => path.starts_with(text.as_str()),
            Pattern::Suffix(text) => {
                path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path)
            }
            Pattern::Pieces(pieces) => matches(pieces, path),
        }
    }
}

struct Reader<'a> {
    pattern: &'a str,
    characters: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn skip(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn malformed(&self) -> Problem {
        Problem::Malformed {
            pattern: self.pattern.to_owned(),
        }
    }

    fn not_understood(&self) -> Problem {
        Problem::NotUnderstood {
            pattern: self.pattern.to_owned(),
        }
    }

    /// What a backslash protects. Before a letter or a digit the expression takes it for something of its own.
    fn escaped(&mut self) -> Result<char, Problem> {
        match self.next() {
            None => Err(self.malformed()),
            Some(plain) if plain.is_ascii() && !plain.is_ascii_alphanumeric() => Ok(plain),
            Some(_) => Err(self.not_understood()),
        }
    }

    /// After `[`.
    fn class(&mut self) -> Result<Piece, Problem> {
        let is_not = self.skip('^');
        let mut ranges = Vec::new();
        loop {
            if !ranges.is_empty() && self.skip(']') {
                return Ok(Piece::Class { is_not, ranges });
            }
            let low = self.member()?;
            let high = match self.skip('-') {
                true => self.member()?,
                false => low,
            };
            if high < low {
                return Err(self.not_understood());
            }
            ranges.push((low, high));
        }
    }

    fn member(&mut self) -> Result<char, Problem> {
        match self.next() {
            None | Some('-' | ']') => Err(self.malformed()),
            Some('\\') => self.escaped(),
            Some('*' | '?' | '[') => Err(self.not_understood()),
            Some(plain) => Ok(plain),
        }
    }
}

/// Whether the pieces match all of a path: piece by piece, at which places the path may be cut behind it.
fn matches(pieces: &[Piece], path: &str) -> bool {
    let characters: Vec<char> = path.chars().collect();
    let mut cuts = vec![false; characters.len() + 1];
    if let Some(beginning) = cuts.first_mut() {
        *beginning = true;
    }
    for piece in pieces {
        cuts = behind(piece, &cuts, &characters);
    }
    cuts.last().copied().unwrap_or_default()
}

fn behind(piece: &Piece, before: &[bool], characters: &[char]) -> Vec<bool> {
    let mut cuts = Vec::with_capacity(before.len());
    // Whether a piece that takes more than one character has begun.
    let mut is_open = false;
    let previous = std::iter::once(None).chain(characters.iter().copied().map(Some));
    let mut was_cut = false;
    for (previous, is_cut) in previous.zip(before.iter().copied()) {
        let takes = |accepts: &dyn Fn(char) -> bool| was_cut && previous.is_some_and(accepts);
        let goes_on = |accepts: &dyn Fn(char) -> bool| previous.is_none_or(accepts);
        let cut = match piece {
            Piece::Character(wanted) => takes(&|one| one == *wanted),
            Piece::One => takes(&|one| one != '/'),
            Piece::Class { is_not, ranges } => takes(&|one| {
                let is_in = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&one));
                is_in != *is_not
            }),
            Piece::Beginning => is_cut && previous.is_none(),
            Piece::Many => {
                is_open = is_cut || (is_open && goes_on(&|one| one != '/'));
                is_open
            }
            Piece::All => {
                is_open = is_cut || (is_open && goes_on(&|one| one != '\n'));
                is_open
            }
            Piece::Folders => {
                let is_end = is_open && previous == Some('/');
                is_open = is_cut || (is_open && goes_on(&|one| one != '\n'));
                is_cut || is_end
            }
        };
        cuts.push(cut);
        was_cut = is_cut;
    }
    cuts
}
