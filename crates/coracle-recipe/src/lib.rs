//! Dockerfiles, compose and bake files and GitHub's workflows as models with spans, and byte-exact edits of YAML: text in,
//! records or text out, no I/O.
//!
//! [`dockerfile`] answers what an image built from a Dockerfile would say of itself, and has the file itself as a lossless
//! [`document`](dockerfile::document); [`ignore`] says what of a build context a builder does not see, [`shell`] what a
//! shell is told to do. [`compose`] tells what a compose file says of each service, [`workflow`] what a workflow's jobs and
//! steps are, [`bake`] what targets a bake file has. A value that depends on a variable nobody has given is told apart ([`Unknown`]), never
//! guessed. [`yaml`] changes what it is told to and keeps every other byte. What they share is beside them: [`Span`],
//! [`Value`], [`Port`]s, [`Healthcheck`]s.
//!
//! Not here: which file belongs to which service, and what to make of what it says.

pub mod bake;
pub mod compose;
pub mod dockerfile;
pub mod ignore;
pub mod shell;
pub mod workflow;
pub mod yaml;

mod duration;
mod expansion;
mod health;
mod port;
mod span;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use health::{Healthcheck, Test};
pub use port::Port;
pub use span::Span;
pub use text::Text;
pub use value::{Command, Entry, Unknown, Value};
