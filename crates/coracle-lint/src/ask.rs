//! Somebody who asks cargo about the repository where its files do not decide. Nothing is asked here: who hands the files in
//! may hand this in, too.

use std::collections::BTreeSet;
use std::fmt::Debug;

use coracle_graph::cargo::Question;

/// Which program, and how it is built.
#[derive(Debug, Clone, Copy)]
pub struct CargoQuestion<'a> {
    /// The folder of its workspace, from the top of the repository.
    pub workspace: &'a str,
    /// Its package.
    pub package: &'a str,
    /// What cargo is told.
    pub question: &'a Question,
}

/// Who can be asked, by several rules at once.
pub trait Ask: Debug + Sync {
    /// Names and versions of the packages that are linked into a program, its own among them.
    ///
    /// # Errors
    /// Why there is no answer, as a sentence without a full stop.
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<BTreeSet<(String, String)>, String>;
}
