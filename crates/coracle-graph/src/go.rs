//! Go: modules, programs, and what they import, as far as the repository's own sources tell.

mod constraint;
mod context;
mod module;
mod modules;
mod package;
mod scan;
mod source;
#[cfg(test)]
mod tests;
mod walk;

pub use self::constraint::Constraint;
pub use self::context::Context;
pub use self::module::{ModuleFile, Replace, Replacement, Require, VendorFile, read, read_vendor};
pub use self::modules::{Module, Modules, Origin, Program};
pub use self::package::{File, LeftOut, Package, WithoutCgo};
pub use self::source::{CgoLine, Import, Source};
pub use self::walk::{Imported, Link, Listed, Listing, Walk};

use crate::files::Files;
use crate::survey::Survey;

/// The modules of a repository, those first that are built together by a `go.work`; a module that one around it does not
/// use is by itself, as go takes it with `GOWORK=off`.
pub fn modules(files: &dyn Files, survey: &Survey) -> Vec<Modules> {
    let mut all: Vec<Modules> = Vec::new();
    for folder in survey.go_work.iter().chain(&survey.go) {
        let is_known = |modules: &Modules| modules.mains.iter().any(|main| main.folder == *folder);
        if !all.iter().any(is_known) {
            all.extend(Modules::read(files, folder));
        }
    }
    all
}
