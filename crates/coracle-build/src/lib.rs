//! coracle's idea of a good image, and the only place that knows the order of the stages.
//!
//! ```text
//!  discover ─► plan ─► provision ─► compile ─► inspect ─► resolve ─► assemble ─► prove ─► publish
//!  Project     Plan    Sysroot      Artifact   Facts      Rootfs     Image       Proven   names, layouts, registries
//!                      └──────────── one lock: build rows ┴ run rows ┘
//! ```
//! One record a stage. `pipeline` walks them; each other module is one of them, or what they share: `settings` (what
//! the user decided), `event` (what happens, for whoever watches), `lock`, `keep` and `source` (where packages come
//! from).

pub mod assemble;
pub mod check;
pub mod deployment;
pub mod diff;
pub mod doctor;
pub mod eject;
pub mod engine;
pub mod event;
pub mod explain;
pub mod export;
pub mod images;
pub mod join;
pub mod keep;
pub mod lock;
mod mark;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod prove;
pub mod provision;
pub mod publish;
pub mod record;
pub mod resolve;
pub mod settings;
pub mod smoke;
pub mod source;
pub mod time64;
pub mod update;
mod whole;
pub mod why;

pub use event::{Event, Observer, Stage};
pub use pipeline::{Built, BuiltImage, Class, Error, PlatformFailure, build};
pub use plan::Plan;
pub use settings::Settings;

/// The start-proof's records, for whoever shows them.
pub use coracle_binary::start;
/// What `main` sets up once: compilers end when coracle is told to.
pub use coracle_process::end_children_on_signals;
pub use coracle_transport::install_tls_provider;

/// What is compiled on another machine, as it is told there.
pub use coracle_toolchain::compile::away;
/// What go says of a program, and cargo of one of its own, for who judges files.
pub use coracle_toolchain::go::listed;
/// What answers the build scripts that ask for pkg-config.
pub use coracle_toolchain::pkg_config;
pub use coracle_toolchain::rust::{Features, tree};
