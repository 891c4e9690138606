//! Values as written and as a builder would see them.

use crate::span::Span;

/// A value: what is written, and what that means where it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As it stands in the file, line continuations aside.
    pub written: String,
    /// With variables expanded and quotes removed.
    pub known: Result<String, Unknown>,
    /// Where.
    pub span: Span,
}

impl Value {
    /// A value that stands for itself.
    pub(crate) fn literal(text: impl Into<String>, span: Span) -> Value {
        let written = text.into();
        Value {
            known: Ok(written.clone()),
            written,
            span,
        }
    }

    /// What it means, when that is known.
    pub fn text(&self) -> Option<&str> {
        self.known.as_deref().ok()
    }
}

/// Why the meaning of a value is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// It depends on a variable that nothing here gives a value.
    #[error("{variable} has no value")]
    NoValue {
        /// The variable.
        variable: String,
    },
    /// The builder sets it anew for each platform: `TARGETARCH` and its like.
    #[error("{variable} differs from platform to platform")]
    PerPlatform {
        /// The variable.
        variable: String,
    },
    /// A form that is not expanded here, or that is none.
    #[error("`{written}` cannot be expanded")]
    Form {
        /// The form.
        written: String,
    },
}

/// A key and its value: a label, a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value; `None` where only the key stands, whose value then comes from outside.
    pub value: Option<Value>,
    /// Where the key stands.
    pub span: Span,
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A list of words, started as it is.
    Exec(Vec<Value>),
    /// One text: a Dockerfile's shell form, or what compose splits into words.
    Text(Value),
}

impl Command {
    /// The words of the list form that are known.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Command::Exec(words) => words.iter().filter_map(Value::text).collect(),
            Command::Text(_) => Vec::new(),
        }
    }
}
