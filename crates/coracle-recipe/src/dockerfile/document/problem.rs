//! What can be wrong with a document, one variant a mistake.

use crate::span::Span;

/// A mistake and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub span: Span,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A directive that was there before.
    #[error("the directive {name} is there twice")]
    RepeatedDirective {
        /// Which.
        name: String,
    },
    /// `# escape=` with something that is neither a backslash nor a backtick.
    #[error("the escape character cannot be `{written}`")]
    Escape {
        /// What is written.
        written: String,
    },
    /// No such instruction.
    #[error("there is no instruction {name}")]
    UnknownInstruction {
        /// As written.
        name: String,
    },
    /// No such flag of this instruction.
    #[error("{instruction} has no flag --{flag}")]
    UnknownFlag {
        /// Whose.
        instruction: String,
        /// Without dashes.
        flag: String,
    },
    /// A flag that must have a value.
    #[error("--{flag} needs a value")]
    FlagWithoutValue {
        /// Without dashes.
        flag: String,
    },
    /// A flag that stands there twice and may not.
    #[error("--{flag} is there twice")]
    RepeatedFlag {
        /// Without dashes.
        flag: String,
    },
    /// Too few words, or too many.
    #[error("{instruction} needs {needs}")]
    Arguments {
        /// Whose.
        instruction: String,
        /// What.
        needs: &'static str,
    },
    /// A list with something that is no text.
    #[error("the exec form is a list of texts only")]
    MixedList,
    /// It begins like a list and is none, so that it is taken for a text.
    #[error(
        "this begins like the exec form and is no JSON: it is taken for words or for a shell's text"
    )]
    BrokenList,
    /// A word of `ENV` or `LABEL` without `=`.
    #[error("`{written}` is no name=value")]
    NoPair {
        /// The word.
        written: String,
    },
    /// A name that a stage cannot have.
    #[error("a stage cannot be called `{name}`")]
    StageName {
        /// As written.
        name: String,
    },
    /// A quote that is never closed.
    #[error("a quote is not closed")]
    OpenQuote,
    /// The file ended within a here-document.
    #[error("the here-document is not ended by a line `{delimiter}`")]
    OpenHeredoc {
        /// What should end it.
        delimiter: String,
    },
    /// A blank line within an instruction, which builders warn of.
    #[error("an empty line within an instruction")]
    EmptyContinuation,
    /// `ONBUILD ONBUILD`, `ONBUILD FROM`, `ONBUILD MAINTAINER`.
    #[error("ONBUILD cannot keep {name} for later")]
    Onbuild {
        /// Which.
        name: String,
    },
    /// A field of a mount that there is not, or not with this value.
    #[error("a mount cannot have `{written}`")]
    Mount {
        /// The field.
        written: String,
    },
    /// Something other than `ARG` before the first `FROM`.
    #[error("{instruction} before the first FROM")]
    BeforeFrom {
        /// Which.
        instruction: String,
    },
    /// No `FROM` at all.
    #[error("there is no FROM")]
    NoStage,
}

impl Problem {
    /// Whether a builder refuses the file for it.
    pub fn is_refused(&self) -> bool {
        !matches!(self, Problem::BrokenList | Problem::EmptyContinuation)
    }
}
