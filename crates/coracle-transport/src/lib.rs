//! HTTP, done once: client, TLS, proxies, retry with Retry-After, resume, limits, redaction.
//!
//! Blocking outside. No other crate opens a connection, and none sees the libraries below.
//!
//! ```text
//!  client ── retry: another try, and when
//!    │ └──── download ── resumes with Range where a body breaks
//!    ▼
//!  attempt ── one try: redirects, proxy or direct, stalls ── tls, upload
//! ```
//!
//! The environment is read here by the libraries below and by nobody else: `HTTP_PROXY`,
//! `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (also in lower case) say where connections go, and
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's certificate authorities. Both are the
//! user's network, not coracle's settings. A loopback address is never reached through a proxy.
//!
//! Every URL in an error or an event is without user, password and query: presigned addresses carry
//! secrets there.

mod address;
mod attempt;
mod client;
mod download;
mod failure;
#[cfg(test)]
mod loopback;
mod options;
mod redact;
mod request;
mod response;
mod retry;
mod tls;
mod upload;

pub use address::is_loopback;
pub use client::Client;
pub use download::Download;
pub use failure::Error;
pub use options::{ClientOptions, TransportEvent};
pub use request::{Body, Method, Request};
pub use response::Response;
pub use tls::install_tls_provider;
