//! BuildKit: how it is addressed, asked to build, and what it says meanwhile.
//!
//! ```text
//!  address   unix://…, tcp://…, docker-container://…, kube-pod://…, buildx:NAME    which client asks, and whom
//!  client    buildctl or `docker buildx`, as a process                            a build, and which platform it runs on
//!  progress  its --progress=rawjson                                               steps, and the lines that they print
//! ```
//! What is built is a Dockerfile of somebody else's making; nothing here knows of compilers or images.

pub mod address;
mod client;
mod error;
mod progress;

pub use self::address::Address;
pub use self::client::{Build, Client};
pub use self::error::Error;
pub use self::progress::Step;
