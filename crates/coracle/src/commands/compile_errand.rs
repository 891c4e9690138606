//! `coracle compile-errand FILE FOLDER`: what a step of a builder runs to compile what this machine's coracle asked for;
//! hidden. What happens is told on stdout, a line of JSON each.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use coracle_build::away::{self, Errand, Said};

use crate::{exit, render, settings};

/// What follows `coracle compile-errand`; `None` for every other command.
pub(crate) fn arguments(mut line: impl Iterator<Item = OsString>) -> Option<(PathBuf, PathBuf)> {
    let is_ours = line.nth(1).as_deref() == Some(OsStr::new("compile-errand"));
    let (file, folder) = (line.next()?, line.next()?);
    (is_ours && line.next().is_none()).then(|| (file.into(), folder.into()))
}

/// Runs the command.
pub(crate) fn run(file: &Path, folder: &Path) -> ExitCode {
    let errand = match Errand::read(file) {
        Ok(errand) => errand,
        Err(error) => {
            render::failure(&error, error.hint());
            return ExitCode::from(exit::BUG);
        }
    };
    let mut say = |said: &Said| {
        // When nobody listens any more the build ends by itself.
        let _ = writeln!(std::io::stdout().lock(), "{}", said.line());
    };
    match away::run(&errand, &settings::own_toolchain(), folder, &mut say) {
        true => ExitCode::from(exit::DONE),
        false => ExitCode::from(exit::TOOLCHAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_command_line_is_taken() {
        let read = |words: &[&str]| arguments(words.iter().map(OsString::from));
        let taken = read(&["coracle", "compile-errand", "/a", "/b"]);
        assert_eq!(taken, Some(("/a".into(), "/b".into())));
        assert_eq!(read(&["coracle", "compile-errand", "/a"]), None);
        assert_eq!(read(&["coracle", "compile-errand", "/a", "/b", "/c"]), None);
        assert_eq!(read(&["coracle", "build", "/a", "/b"]), None);
    }
}
