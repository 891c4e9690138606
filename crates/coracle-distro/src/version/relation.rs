//! Relations between packages: `a (>= 1) | b:any [amd64] <!nocheck>, c`.

use std::fmt;

use super::Version;

/// One comma-separated part: any of these will do.
pub type Alternatives = Vec<Relation>;

/// One package that a relation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The package, or a virtual one.
    pub name: String,
    /// `:any`, `:native`, `:arm64`.
    pub qualifier: Option<Qualifier>,
    /// `(>= 1.2)`.
    pub bound: Option<Bound>,
    /// `[amd64 !i386]`, as written; only source packages have it.
    pub architectures: Vec<String>,
    /// `<!nocheck>`, as written; only source packages have it.
    pub profiles: Vec<String>,
}

/// Which architecture's package is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qualifier {
    /// Any architecture's.
    Any,
    /// The building machine's.
    Native,
    /// This one's.
    Architecture(String),
}

/// A version restriction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// How to compare.
    pub operator: Operator,
    /// With what.
    pub version: Version,
}

/// How versions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<<`
    Earlier,
    /// `<=`
    EarlierOrEqual,
    /// `=`
    Equal,
    /// `>=`
    LaterOrEqual,
    /// `>>`
    Later,
}

impl Operator {
    const ALL: [(&'static str, Self); 5] = [
        ("<<", Self::Earlier),
        ("<=", Self::EarlierOrEqual),
        (">=", Self::LaterOrEqual),
        (">>", Self::Later),
        ("=", Self::Equal),
    ];
}

impl Bound {
    /// Whether this version is within the bound.
    pub fn allows(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Earlier => *version < self.version,
            Operator::EarlierOrEqual => *version <= self.version,
            Operator::Equal => *version == self.version,
            Operator::LaterOrEqual => *version >= self.version,
            Operator::Later => *version > self.version,
        }
    }
}

/// The text is no relation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a package relation: {problem}")]
pub struct RelationError {
    /// The part that was not understood.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Reads the value of `Depends`, `Pre-Depends`, `Provides`, `Conflicts` and their like. Line breaks
/// count as spaces, and empty parts (a trailing comma) are left out.
pub fn parse_relations(text: &str) -> Result<Vec<Alternatives>, RelationError> {
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .map(|part| part.split('|').map(relation).collect())
        .collect()
}

fn relation(text: &str) -> Result<Relation, RelationError> {
    let text = text.trim();
    let refuse = |problem: &str| RelationError {
        text: text.chars().take(200).collect(),
        problem: problem.to_owned(),
    };
    let end = text
        .find(|letter: char| letter.is_whitespace() || "([<".contains(letter))
        .unwrap_or(text.len());
    let (head, mut rest) = text
        .split_at_checked(end)
        .ok_or_else(|| refuse("it is cut"))?;
    let (name, qualifier) = match head.split_once(':') {
        Some((name, "any")) => (name, Some(Qualifier::Any)),
        Some((name, "native")) => (name, Some(Qualifier::Native)),
        Some((name, other)) => (name, Some(Qualifier::Architecture(other.to_owned()))),
        None => (head, None),
    };
    if !crate::names::is_name(name) {
        return Err(refuse("it does not begin with a package name"));
    }
    let mut found = Relation {
        name: name.to_owned(),
        qualifier,
        bound: None,
        architectures: vec![],
        profiles: vec![],
    };
    loop {
        rest = rest.trim_start();
        let Some(open) = rest.chars().next() else {
            return Ok(found);
        };
        let close = match open {
            '(' => ')',
            '[' => ']',
            '<' => '>',
            _ => return Err(refuse("there is text after the package")),
        };
        let (inside, after) = rest
            .get(1..)
            .and_then(|inner| inner.split_once(close))
            .ok_or_else(|| refuse("a bracket is not closed"))?;
        match open {
            '(' => found.bound = Some(bound(inside).map_err(|problem| refuse(&problem))?),
            '[' => found
                .architectures
                .extend(inside.split_whitespace().map(str::to_owned)),
            _ => found
                .profiles
                .extend(inside.split_whitespace().map(str::to_owned)),
        }
        rest = after;
    }
}

fn bound(text: &str) -> Result<Bound, String> {
    let text = text.trim();
    let (operator, version) = Operator::ALL
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
        .ok_or_else(|| "the version has none of << <= = >= >> before it".to_owned())?;
    let version = version.trim().parse().map_err(|error| format!("{error}"))?;
    Ok(Bound { operator, version })
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = Self::ALL
            .iter()
            .find(|(_, operator)| operator == self)
            .map_or("", |(sign, _)| sign);
        formatter.write_str(sign)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({} {})", self.operator, self.version)
    }
}

impl fmt::Display for Relation {
    /// The package and its bound, `libc6 (>= 2.36)`; brackets of source packages are left out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        match &self.qualifier {
            Some(Qualifier::Any) => formatter.write_str(":any")?,
            Some(Qualifier::Native) => formatter.write_str(":native")?,
            Some(Qualifier::Architecture(architecture)) => write!(formatter, ":{architecture}")?,
            None => {}
        }
        match &self.bound {
            Some(bound) => write!(formatter, " {bound}"),
            None => Ok(()),
        }
    }
}
