//! `coracle pkg-config`: answers in pkg-config's place, for the build scripts of a build; hidden, and called hundreds of
//! times in one.
//!
//! Its arguments are pkg-config's own, `--help`, `-v` and `--` among them: they never come before our reader of
//! arguments, which would keep some of them. Its exit codes are pkg-config's too.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use coracle_build::pkg_config::{self, Settings};

use crate::settings::variable;
use crate::{exit, render};

/// Where the modules that were asked for are noted; must come first.
const LOG: &str = "--coracle-log";

/// What follows `coracle pkg-config`; `None` for every other command.
pub(crate) fn arguments(mut line: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    (line.nth(1).as_deref() == Some(OsStr::new("pkg-config"))).then(|| line.collect())
}

/// Runs the command.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let (log, rest) = match arguments {
        [first, file, rest @ ..] if first == LOG => (Some(Path::new(file)), rest),
        rest => (None, rest),
    };
    let rest: Vec<String> = rest
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let answer = pkg_config::answer(&rest, &Settings::from_variables(variable));
    // The answer is good without the note: a build that can go on should.
    if let Some(log) = log
        && let Err(error) = pkg_config::log::append(log, &answer.asked)
    {
        render::failure(&error, error.hint());
    }
    let written = print(&mut std::io::stderr().lock(), &answer.stderr)
        .and_then(|()| print(&mut std::io::stdout().lock(), &answer.stdout));
    match written {
        Ok(()) => ExitCode::from(answer.code),
        Err(_) => ExitCode::from(exit::FINDINGS),
    }
}

fn print(stream: &mut dyn Write, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[&str], expected: Option<&[&str]>) {
        let got = arguments(line.iter().map(OsString::from));
        let expected = expected.map(|words| words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(got, expected, "{line:?}");
    }

    #[test]
    fn every_argument_after_the_command_is_pkg_config_s() {
        let all = ["--cflags", "--", "-v", "-C", "--help", "--version", "zlib"];
        let line = [["coracle", "pkg-config"].as_slice(), all.as_slice()].concat();
        check(&line, Some(&all));
        check(&["coracle", "pkg-config"], Some(&[]));
        check(&["coracle", "build", "pkg-config"], None);
        check(&["coracle"], None);
    }
}
