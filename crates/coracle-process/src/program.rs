//! What to run: the program, its arguments and surroundings. Starting it is `run`.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::redact::Redactor;

/// A program to run, with its arguments and surroundings; nothing happens until [`Program::output`]
/// or [`Program::stream`].
///
/// A name without a slash is looked for on the `PATH` of this process. Its standard input is empty
/// unless [`Program::stdin`] gives one.
#[derive(Clone)]
pub struct Program {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    /// In the order given; `None` removes the variable.
    pub(crate) environment: Vec<(OsString, Option<OsString>)>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) stdin: Option<Vec<u8>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) redactor: Redactor,
    pub(crate) is_progress: Option<fn(&str) -> bool>,
}

impl Program {
    /// A program by name (searched on `PATH`) or by path.
    pub fn new(program: impl Into<OsString>) -> Self {
        Program {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            stdin: None,
            timeout: None,
            redactor: Redactor::default(),
            is_progress: None,
        }
    }

    /// Adds one argument, passed as it is: no shell is involved.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<I, S>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable on top of the inherited environment.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((key.into(), Some(value.into())));
        self
    }

    /// Removes a variable from the inherited environment.
    #[must_use]
    pub fn env_remove(mut self, key: impl Into<OsString>) -> Self {
        self.environment.push((key.into(), None));
        self
    }

    /// Runs in this directory instead of the caller's.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Gives these bytes on standard input, then end-of-file. A program that does not read them to
    /// the end is fine.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Kills the program and all it started after this long: `Error::TimedOut`.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Replaces this text by `***` wherever it would be shown: in the displayed command line, in
    /// errors, in streamed lines and in `Output::stderr`; not in `Output::stdout`, which is data.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.redactor.add(secret.into());
        self
    }

    /// Leaves the lines of which this is true out of the last lines that an error shows: what tells of
    /// progress alone does not say why the program failed. They are streamed like all others.
    #[must_use]
    pub fn progress(mut self, is_progress: fn(&str) -> bool) -> Self {
        self.is_progress = Some(is_progress);
        self
    }

    /// The command line as one could type it into a shell, secrets replaced.
    pub fn display(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        let words: Vec<String> = words.map(|word| quoted(word)).collect();
        self.redactor.redact(&words.join(" "))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Program")
            .field(&self.display())
            .finish()
    }
}

/// One word, quoted for a POSIX shell only where it needs to be.
pub fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_command_line_is_quoted_and_redacted() {
        let program = Program::new("helper")
            .args(["--name", "a b", "it's", ""])
            .arg("token=hunter2")
            .secret("hunter2")
            .secret("");
        assert_eq!(
            program.display(),
            r"helper --name 'a b' 'it'\''s' '' token=***"
        );
        assert!(!format!("{program:?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_that_quoting_would_change_is_still_hidden() {
        let program = Program::new("helper")
            .arg("it's secret")
            .secret("it's secret");
        assert_eq!(program.display(), "helper '***'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_displayed_means_the_same_to_a_shell(word in "[^\0\n]{0,20}") {
            let shown = Program::new("printf").arg("%s").arg(&word).display();
            let output = Program::new("sh").arg("-c").arg(shown).output().unwrap();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }
}
