//! Somebody who asks cargo and go about the repository where its files do not decide. Nothing is asked here: who hands the
//! files in may hand this in, too.

use std::fmt::Debug;

use coracle_graph::cargo::{Built, Question};
use coracle_graph::go::{Context, Listing};

/// Which program of cargo's, and how it is built.
#[derive(Debug, Clone, Copy)]
pub struct CargoQuestion<'a> {
    /// The folder of its workspace, from the top of the repository.
    pub workspace: &'a str,
    /// Its package.
    pub package: &'a str,
    /// What cargo is told.
    pub question: &'a Question,
}

/// Which program of go's, and for which build.
#[derive(Debug, Clone, Copy)]
pub struct GoQuestion<'a> {
    /// The folder of its `go.work`, else of its `go.mod`, from the top of the repository.
    pub folder: &'a str,
    /// Whether that is a `go.work`; else none counts, of whatever folder above.
    pub is_workspace: bool,
    /// Its import path.
    pub program: &'a str,
    /// The build.
    pub context: &'a Context,
}

/// Who can be asked, by several rules at once.
pub trait Ask: Debug + Sync {
    /// Names and versions of the packages that are linked into a program, its own among them, each with all the features
    /// that it is built with.
    ///
    /// # Errors
    /// Why there is no answer, as a sentence without a full stop.
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<Built, String>;

    /// Every package that a program is made of, Go's own library among it. A package of which nothing is left in this build
    /// is listed as one.
    ///
    /// # Errors
    /// Why there is no answer, as a sentence without a full stop.
    fn go(&self, question: &GoQuestion<'_>) -> Result<Listing, String>;
}
