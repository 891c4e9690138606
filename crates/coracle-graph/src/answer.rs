//! An answer that may be that nobody knows.

/// Whether something is so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It is not.
    No,
    /// The files do not decide.
    Unknown {
        /// Why not, as a phrase that ends a sentence.
        because: String,
    },
    /// It is.
    Yes,
}

impl Answer {
    /// Not known, for this reason.
    pub fn unknown(because: impl Into<String>) -> Answer {
        Answer::Unknown {
            because: because.into(),
        }
    }

    /// Whether it is certainly so.
    pub fn is_yes(&self) -> bool {
        *self == Answer::Yes
    }

    /// Whether it is certainly not so.
    pub fn is_no(&self) -> bool {
        *self == Answer::No
    }

    /// Why it is not known, where it is not.
    pub fn because(&self) -> Option<&str> {
        match self {
            Answer::Unknown { because } => Some(because),
            Answer::No | Answer::Yes => None,
        }
    }

    /// Both are so.
    #[must_use]
    pub fn and(self, other: Answer) -> Answer {
        self.min(other)
    }

    /// One of them is so.
    #[must_use]
    pub fn or(self, other: Answer) -> Answer {
        self.max(other)
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }
}

/// The opposite; what is not known stays so.
impl std::ops::Not for Answer {
    type Output = Answer;

    fn not(self) -> Answer {
        match self {
            Answer::No => Answer::Yes,
            Answer::Yes => Answer::No,
            unknown @ Answer::Unknown { .. } => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_decides_only_where_nothing_else_does() {
        let unknown = || Answer::unknown("x");
        assert_eq!(unknown().and(Answer::No), Answer::No);
        assert_eq!(unknown().and(Answer::Yes), unknown());
        assert_eq!(unknown().or(Answer::Yes), Answer::Yes);
        assert_eq!(Answer::No.or(unknown()), unknown());
        assert_eq!(!unknown(), unknown());
        assert_eq!(!Answer::from(true), Answer::No);
    }
}
