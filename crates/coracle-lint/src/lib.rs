//! What makes container builds slow, fat or broken, found in the files of a repository: models in, findings out, no I/O.
//!
//! ```text
//!  Repository ─► Model ─► rules ─► findings ─► suppression ─► selection ─► Report
//!  paths, texts    │        └ bases: what is known of base images
//!                  └ Dockerfiles, who builds them from what, compose files, workflows
//! ```
//! A rule is a file in `rules`, a line in its list, a page in `crates/coracle-lint/rules` and fixtures in
//! `crates/coracle-lint/fixtures`. It looks at one model of the repository and never at a text by itself; where it lacks
//! a fact it says so and is skipped.
//!
//! Not here: reading disks, and how findings are shown.

pub mod bases;
pub mod model;

mod ask;
mod finding;
mod programs;
mod report;
mod repository;
mod rule;
mod rules;
mod selection;
mod source;
mod suppression;

pub use ask::{Ask, CargoQuestion, GoQuestion};
pub use coracle_graph::cargo::Built;
pub use coracle_graph::go::{Listed, Listing};
pub use finding::{Finding, Line, Related, Severity, Skipped};
pub use model::{Unread, wanted};
pub use report::{Count, Means, Report, lint, lint_with};
pub use repository::{Kind, Repository};
pub use rule::Rule;
pub use rules::{ALL as RULES, find as find_rule};
pub use selection::{Pattern, Selection, UnknownRule};
pub use source::{Place, SourceFile};
