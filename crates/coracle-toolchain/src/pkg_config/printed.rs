//! What is to be printed, and where.

/// What an answer prints.
#[derive(Debug)]
pub(super) struct Printed {
    /// To stdout.
    pub(super) stdout: String,
    /// To stderr.
    pub(super) stderr: String,
    errors: Errors,
}

/// Where errors go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errors {
    /// Where they belong.
    Stderr,
    /// Where answers go.
    Stdout,
    /// Nowhere.
    Nowhere,
}

impl Printed {
    /// Nothing yet.
    pub(super) fn new(errors: Errors) -> Printed {
        Printed {
            stdout: String::new(),
            stderr: String::new(),
            errors,
        }
    }

    /// A line of an answer.
    pub(super) fn line(&mut self, text: &str) {
        self.stdout.push_str(text);
        self.stdout.push('\n');
    }

    /// Lines about what is wrong, with their breaks.
    pub(super) fn error(&mut self, text: &str) {
        match self.errors {
            Errors::Stderr => self.stderr.push_str(text),
            Errors::Stdout => self.stdout.push_str(text),
            Errors::Nowhere => {}
        }
    }
}
