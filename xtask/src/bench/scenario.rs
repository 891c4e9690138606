//! What a scenario is: commands that do the same work in different ways, and what to hope for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::test::Cargo;

/// One question about speed.
pub(super) struct Scenario {
    /// As its files are called.
    pub(super) name: &'static str,
    /// What it shows, in a sentence.
    pub(super) shows: &'static str,
    /// What is hoped for.
    pub(super) targets: &'static [Target],
    /// Makes everything that the commands need.
    pub(super) prepare: fn(&Ground<'_>) -> anyhow::Result<Prepared>,
}

/// A hope, to be told beside what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// The first contender takes at most so many seconds.
    Seconds(f64),
    /// The first contender takes at most so many MB.
    Megabytes(f64),
    /// This contender takes at least so many times as long as the first.
    Faster(&'static str, f64),
    /// The first contender takes at most so many times as long as this one.
    AtMost(&'static str, f64),
}

/// Where a scenario may work.
pub(super) struct Ground<'a> {
    /// The repository's top folder.
    pub(super) root: &'a Path,
    pub(super) cargo: &'a Cargo,
    /// The scenario's own folder, kept from run to run.
    pub(super) folder: PathBuf,
}

/// The commands, and how much work they do.
pub(super) struct Prepared {
    /// Ours first.
    pub(super) contenders: Vec<Contender>,
    /// What the work is, in words and numbers.
    pub(super) work: String,
}

/// A command to be measured.
#[derive(Debug, Clone)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    /// The command as a reader would type it, without this machine's folders.
    pub(super) told: &'static str,
    /// The program and its arguments.
    pub(super) command: Vec<OsString>,
    pub(super) environment: Vec<(&'static str, OsString)>,
    pub(super) folder: PathBuf,
}

/// Words of a command from anything that can be one.
pub(super) fn words(words: &[&dyn AsRef<std::ffi::OsStr>]) -> Vec<OsString> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}
