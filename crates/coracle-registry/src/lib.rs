//! The distribution protocol (OCI distribution-spec 1.1) and registries' quirks: sign in, pull, push,
//! mount.
//!
//! ```text
//!  push ── upload      pull          what is moved, in which order
//!    └──────┬───────────┘
//!        session                     one repository: asks, and signs in when told to
//!    ┌──────┼─────────────┐
//!  endpoint authorization refusal    where it is, who we are, what "no" means
//!             ├ challenge
//!             └ credentials          docker's and podman's files and helpers
//! ```
//!
//! Nothing here knows where blobs come from (see [`BlobSource`]), reads the environment (the paths of
//! credential files come in), or prints.

mod authorization;
mod challenge;
mod credentials;
mod endpoint;
mod pull;
mod push;
mod refusal;
mod registry;
mod session;
mod source;
mod upload;

pub use credentials::Credentials;
pub use push::{PushEvent, Pushed};
pub use refusal::{Error, Said};
pub use registry::{Options, Registry};
pub use source::BlobSource;
