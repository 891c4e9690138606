//! What the archive asks of the network: one GET. How it is done (retries, proxies, TLS, resuming)
//! is coracle-transport's business.

use std::error::Error as StdError;
use std::fmt;
use std::io::Read;

/// Opens URLs for reading.
pub trait Fetch: Sync {
    /// The body at `url`; anything but success is an error.
    fn get(&self, url: &str) -> Result<Box<dyn Read + Send>, FetchError>;
}

impl Fetch for coracle_transport::Client {
    fn get(&self, url: &str) -> Result<Box<dyn Read + Send>, FetchError> {
        match self.download(url) {
            Ok(download) => Ok(Box::new(download)),
            Err(error) => {
                let (status, hint) = (error.status(), error.hint());
                Err(FetchError {
                    status,
                    hint,
                    cause: Box::new(error),
                })
            }
        }
    }
}

/// Why a URL could not be read.
#[derive(Debug)]
pub struct FetchError {
    /// The HTTP status, if the server answered.
    pub status: Option<u16>,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// The transport's own error, which names the (redacted) URL.
    pub cause: Box<dyn StdError + Send + Sync>,
}

impl FetchError {
    /// The server has no such file, which is normal while several places are tried.
    pub fn is_missing(&self) -> bool {
        matches!(self.status, Some(404 | 410))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(formatter)
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

/// A URL without its userinfo and query, for messages.
pub fn redact(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn userinfo_and_query_never_reach_a_message() {
        assert_eq!(
            redact("https://me:secret@mirror/debian?token=x"),
            "https://mirror/debian"
        );
        assert_eq!(redact("http://mirror"), "http://mirror");
        assert_eq!(redact("file:///srv/a@b"), "file:///srv/a@b");
    }
}
