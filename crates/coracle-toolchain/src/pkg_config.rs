//! pkg-config: which flags a C library needs, from the `.pc` file that it comes with.
//!
//! Build scripts and `go build` ask a program of that name, and machines without it are many. Here is the whole of it, for
//! the command line to answer in its place: as pkgconf 1.8.1, Debian's, answers. Nothing is printed, no variable of the
//! environment is read: [`Settings`] hold what of it matters, an [`Answer`] what is to be printed, and which modules were
//! [asked](Asked) for, found or not, so that a caller learns which package is missing.
//!
//! ```text
//!  options ─► question ─► graph ─► catalog ─► module ─► lines, variables, words, fragment, requirement ─► version
//!                   └───► flags ────┘
//! ```
//! What it does not know: `--digraph`, `--simulate`, personalities, `--msvc-syntax`, `--env-only`, and the log that pkgconf
//! writes itself. What is different on purpose: modules are listed by name, not as the folder happens to hold them;
//! letters beyond ASCII are escaped whole, not byte by byte; `--with-path` counts beside `PKG_CONFIG_LIBDIR` too.

mod asked;
mod catalog;
mod flags;
mod fragment;
mod graph;
mod lines;
pub mod log;
mod module;
mod options;
mod printed;
mod question;
mod requirement;
mod settings;
#[cfg(test)]
mod tests;
mod usage;
mod variables;
mod version;
mod words;

use std::path::PathBuf;

pub use asked::{Asked, Outcome};
pub use settings::Settings;

use options::{Options, Switch, Valued};
use printed::{Errors, Printed};
use question::Question;
use requirement::Comparison;

/// What to print and how to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// To stdout.
    pub stdout: String,
    /// To stderr.
    pub stderr: String,
    /// The exit code: 0 where there is an answer and it is yes, else 1.
    pub code: u8,
    /// The modules that were asked for, and those that they require, each outcome once.
    pub asked: Vec<Asked>,
}

/// Answers a command line, given without the program's name.
pub fn answer(arguments: &[String], settings: &Settings) -> Answer {
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(sentence) => {
            let mut printed = Printed::new(Errors::Stderr);
            printed.error(&format!("pkgconf: {sentence}\n"));
            return ended(printed, false, vec![]);
        }
    };
    let mut printed = Printed::new(errors(&options, settings));
    if about_itself(&options, &mut printed) {
        return ended(printed, true, vec![]);
    }
    if let Some(wanted) = options.value(Valued::AtleastPkgconfigVersion) {
        let good = version::compare(Some(catalog::VERSION), Some(wanted)).is_ge();
        return ended(printed, good, vec![]);
    }
    let mut settings = settings.clone();
    settings
        .search
        .extend(options.values(Valued::WithPath).map(PathBuf::from));
    let mut question = Question::new(&options, &settings, printed);
    let comparisons = [
        (Valued::AtleastVersion, Comparison::GreaterOrEqual),
        (Valued::ExactVersion, Comparison::Equal),
        (Valued::MaxVersion, Comparison::LessOrEqual),
    ];
    let comparison = comparisons
        .into_iter()
        .find_map(|(valued, comparison)| Some((comparison, options.value(valued)?)));
    let good = if options.has_any(&[Switch::ListAll, Switch::ListPackageNames]) {
        question.list(options.has(Switch::ListAll))
    } else if let Some((comparison, version)) = comparison {
        question.compare(comparison, version)
    } else {
        question.answer()
    };
    let (printed, asked) = question.asked();
    ended(printed, good, asked)
}

/// Prints what is about the program itself, if that is what was asked.
fn about_itself(options: &Options, printed: &mut Printed) -> bool {
    if let Some(path) = options.value(Valued::Relocate) {
        printed.line(&variables::single_slashes(path));
    } else if options.has(Switch::About) {
        printed.stdout.push_str(usage::ABOUT);
    } else if options.has(Switch::Version) {
        printed.line(catalog::VERSION);
    } else if options.has(Switch::Help) {
        printed.stdout.push_str(usage::USAGE);
    } else {
        return false;
    }
    true
}

fn errors(options: &Options, settings: &Settings) -> Errors {
    let silent = options.has(Switch::SilenceErrors) || !options.wants_errors();
    if silent && !settings.loud {
        Errors::Nowhere
    } else if options.has_any(&[Switch::ErrorsToStdout, Switch::Validate]) {
        Errors::Stdout
    } else {
        Errors::Stderr
    }
}

fn ended(printed: Printed, good: bool, asked: Vec<Asked>) -> Answer {
    Answer {
        stdout: printed.stdout,
        stderr: printed.stderr,
        code: u8::from(!good),
        asked,
    }
}
