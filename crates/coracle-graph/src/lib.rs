//! What cargo and go would say of a repository, read from its manifests, lock files and sources: texts in, records out; no
//! process, no I/O, no clock.
//!
//! ```text
//!  Files ─► survey ─► cargo::Workspace ─► Workspace::linked      which packages a binary is made of, and through which
//!                  └► go::Modules      ─► Modules::walk          which packages a program imports, and where "C" is
//! ```
//!
//! Where the files do not decide, the answer is [`Answer::Unknown`] with the reason, never a guess: a lock file does not tell
//! a build script's dependency from the program's, and what a module from elsewhere imports is not in the repository.
//! [`Place`]s are a file and bytes of it; whoever has the text makes lines of them.
//!
//! Not here: which crates and modules stand for a system library, and what any of it means for an image.

pub mod cargo;
pub mod go;

mod answer;
mod files;
mod path;
mod place;
mod survey;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use files::{Entry, Files};
pub use place::{Place, Placed};
pub use survey::{Survey, survey};
