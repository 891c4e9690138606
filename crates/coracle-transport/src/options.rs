//! How the client behaves, and what it tells meanwhile.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How to speak HTTP.
#[derive(Clone)]
pub struct ClientOptions {
    /// Whom we say we are.
    pub user_agent: String,
    /// Tries after the first; also how often in a row a download is resumed without any progress.
    pub retries: u32,
    /// About how long to wait before the second try, doubled for each further one, where the server
    /// does not say.
    pub first_wait: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long nothing may move on a connection.
    pub read_timeout: Duration,
    /// Speaks to whoever listens at this Unix socket, whatever a URL says of the host.
    pub socket: Option<PathBuf>,
    /// Told about what happens between the caller's request and its answer.
    pub observer: Arc<dyn Fn(&TransportEvent) + Send + Sync>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            user_agent: concat!("coracle/", env!("CARGO_PKG_VERSION")).to_owned(),
            retries: 4,
            first_wait: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(60),
            socket: None,
            observer: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientOptions")
            .field("user_agent", &self.user_agent)
            .field("retries", &self.retries)
            .field("first_wait", &self.first_wait)
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// What happens between a request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportEvent {
    /// A try failed and another one follows.
    Retrying {
        /// Where to, redacted.
        url: String,
        /// Which try failed, from 1.
        attempt: u32,
        /// How long until the next.
        wait: Duration,
        /// Why it failed.
        reason: String,
    },
}
