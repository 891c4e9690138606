//! What goes wrong with a request, told from what the libraries below say, and whether another try
//! may help.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::redact::redacted;

/// Why a request was not answered, or its answer could not be read. URLs are redacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This is not a URL, or not one for HTTP.
    #[error("{url} is not a usable URL: {reason}")]
    BadUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The request could not be put together.
    #[error("the request to {url} is not valid HTTP: {reason}")]
    BadRequest {
        /// Where it should have gone.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The client could not be set up.
    #[error("the HTTP client could not be set up: {reason}")]
    Setup {
        /// What failed.
        reason: String,
    },
    /// The name of the host is not known.
    #[error("{url}: the name of this host is not known: {reason}")]
    UnknownHost {
        /// Where the request should have gone.
        url: String,
        /// What the resolver said.
        reason: String,
    },
    /// No connection.
    #[error("could not connect to {url}: {reason}")]
    Connect {
        /// Where the request should have gone.
        url: String,
        /// What the system or the TLS library said.
        reason: String,
    },
    /// The server's certificate is not one that this machine trusts.
    #[error("the certificate of {url} was refused: {reason}")]
    Certificate {
        /// Where the request should have gone.
        url: String,
        /// What the TLS library said.
        reason: String,
        /// How many certificate authorities this machine trusts.
        authorities: usize,
    },
    /// The connection broke.
    #[error("the connection to {url} broke off: {reason}")]
    Broken {
        /// Where the request went.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// Nothing moved for too long.
    #[error("{url} was silent for {} s", limit.as_secs_f32())]
    TimedOut {
        /// Where the request went.
        url: String,
        /// The limit.
        limit: Duration,
    },
    /// The body to send could not be read.
    #[error("the body for {url} could not be read")]
    Body {
        /// Where the request went.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// Redirected too often.
    #[error("{url} was redirected more than {limit} times")]
    TooManyRedirects {
        /// The first address.
        url: String,
        /// The limit.
        limit: u32,
    },
    /// Redirected from https to something that is not.
    #[error("{url} redirects to {to}, which is not encrypted")]
    InsecureRedirect {
        /// The address that redirects.
        url: String,
        /// Where to.
        to: String,
    },
    /// The server answered a download with something else than the file.
    #[error("{url} answered {status}{}", if reason.is_empty() { String::new() } else { format!(": {reason}") })]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The first line that the server said.
        reason: String,
    },
    /// The body is larger than was allowed.
    #[error("the answer of {url} is larger than the {limit} bytes that were expected at most")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// A broken download could not be resumed because there is another file now.
    #[error("{url} changed while it was downloaded, after {position} bytes")]
    Changed {
        /// The address.
        url: String,
        /// How much had been read.
        position: u64,
    },
    /// A `file://` URL whose file could not be opened.
    #[error("{} could not be opened", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::UnknownHost { .. } => {
                "check the spelling of the host, and that this machine has DNS or HTTPS_PROXY set"
            }
            Error::Certificate { authorities: 0, .. } => {
                "this machine knows no certificate authority: install ca-certificates, or set SSL_CERT_FILE"
            }
            Error::Certificate { .. } => {
                "if your network or registry has a certificate authority of its own, set SSL_CERT_FILE to a bundle that holds it"
            }
            Error::Connect { .. } | Error::TimedOut { .. } | Error::Broken { .. } => {
                "check the network; behind a proxy set HTTPS_PROXY"
            }
            Error::Status { status: 429, .. } => {
                "the server limits how much you may ask: wait, or sign in"
            }
            Error::Changed { .. } => "run it again",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Which HTTP status the server answered, if this error is such an answer. A `file://` URL whose
    /// file is not there counts as 404.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Status { status, .. } => Some(*status),
            Error::File { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(404),
            _ => None,
        }
    }

    /// Did the request never reach the server? Then sending it again is never a repetition.
    pub fn nothing_was_sent(&self) -> bool {
        matches!(
            self,
            Error::Connect { .. } | Error::UnknownHost { .. } | Error::Certificate { .. }
        )
    }

    pub(crate) fn another_try_may_help(&self) -> bool {
        matches!(
            self,
            Error::Connect { .. } | Error::Broken { .. } | Error::TimedOut { .. }
        )
    }

    /// Tells what a failure of the library below means.
    pub(crate) fn of_reqwest(error: reqwest::Error, url: &Url, authorities: usize) -> Error {
        let error = error.without_url();
        let url = redacted(url);
        let reason = chain(&error);
        if is_certificate(&error) {
            return Error::Certificate {
                url,
                reason,
                authorities,
            };
        }
        if error.is_connect() {
            // "Temporary failure in name resolution" may be better in a second.
            let unknown = reason.contains("dns error") && !reason.contains("Temporary failure");
            return match unknown {
                true => Error::UnknownHost { url, reason },
                false => Error::Connect { url, reason },
            };
        }
        if error.is_builder() {
            return Error::BadRequest { url, reason };
        }
        Error::Broken { url, reason }
    }
}

/// For [`io::Read`]: the kinds that callers may look for.
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match &error {
            Error::TimedOut { .. } => io::ErrorKind::TimedOut,
            Error::Broken { .. } => io::ErrorKind::ConnectionAborted,
            Error::TooLarge { .. } | Error::Changed { .. } => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// The causes, outermost first, without the library's own "error sending request".
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Some wrappers repeat what they wrap, and one says only where it happened.
        let repeated = parts.last().is_some_and(|last| last.ends_with(&text));
        if !repeated && !text.starts_with("client error (") {
            parts.push(text);
        }
        cause = error.source();
    }
    if parts.is_empty() {
        error.to_string()
    } else {
        parts.join(": ")
    }
}

/// Was it the server's certificate? The TLS library's error comes wrapped in [`io::Error`]s, once or
/// more often, and an `io::Error` names as its source not what it wraps but the source of that.
fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref::<rustls::Error>() {
        return true;
    }
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => is_certificate(wrapped),
        None => error.source().is_some_and(is_certificate),
    }
}
