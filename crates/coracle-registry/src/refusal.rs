//! What a registry's "no" means (distribution-spec, § Error Codes), and everything else that can go
//! wrong here.

use std::fmt;
use std::io;
use std::path::PathBuf;

use coracle_oci::Digest;
use coracle_oci::record::RecordError;
use coracle_transport::Response;
use serde::Deserialize;

/// Why a registry could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] coracle_transport::Error),
    /// The registry does not believe or know who we are.
    #[error("{registry} wants other credentials to {doing}: tried {tried}{said}")]
    Unauthorized {
        /// The registry.
        registry: String,
        /// "push to acme/server".
        doing: String,
        /// Which credentials were tried, without the secret.
        tried: String,
        /// The registry's own words.
        said: Said,
    },
    /// The registry knows who we are and forbids it.
    #[error("{registry} forbids to {doing}: tried {tried}{said}")]
    Denied {
        /// The registry.
        registry: String,
        /// "push to acme/server".
        doing: String,
        /// Which credentials were tried, without the secret.
        tried: String,
        /// The registry's own words.
        said: Said,
    },
    /// It is not there.
    #[error("{registry} could not {doing}: not found{said}")]
    NotFound {
        /// The registry.
        registry: String,
        /// "read the manifest v1 of acme/server".
        doing: String,
        /// The registry's own words.
        said: Said,
    },
    /// There is no such repository, and the registry does not make one.
    #[error("{registry} has no repository {repository}{said}")]
    NameUnknown {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// The registry's own words.
        said: Said,
    },
    /// The registry did not get what the digest says.
    #[error("{registry} refused {digest}: what arrived has another digest{said}")]
    DigestRefused {
        /// The registry.
        registry: String,
        /// What was sent.
        digest: String,
        /// The registry's own words.
        said: Said,
    },
    /// Still too many requests after all tries.
    #[error("{registry} limits requests and still did after several tries, to {doing}{said}")]
    TooManyRequests {
        /// The registry.
        registry: String,
        /// "push to acme/server".
        doing: String,
        /// For how long it wants to be left alone, in its words.
        retry_after: Option<String>,
        /// The registry's own words.
        said: Said,
    },
    /// Any other answer that is a "no".
    #[error("{registry} answered {status} to {doing}{said}")]
    Refused {
        /// The registry.
        registry: String,
        /// "push to acme/server".
        doing: String,
        /// The HTTP status.
        status: u16,
        /// The registry's own words.
        said: Said,
    },
    /// An answer that the specification does not allow.
    #[error("{registry} does not speak the distribution protocol, to {doing}: {reason}")]
    Protocol {
        /// The registry.
        registry: String,
        /// "push to acme/server".
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A registry gave or took something else than was asked for.
    #[error("expected {expected} from {registry} for {doing}, got {got}")]
    WrongDigest {
        /// The registry.
        registry: String,
        /// "read the manifest v1 of acme/server".
        doing: String,
        /// What was asked for or announced.
        expected: Digest,
        /// What came.
        got: String,
    },
    /// What to push could not be read.
    #[error("{digest} could not be read")]
    Source {
        /// The blob or manifest.
        digest: Digest,
        /// Why.
        source: io::Error,
    },
    /// What to push is not what its descriptor says.
    #[error("{digest} cannot be pushed: {reason}")]
    Content {
        /// The manifest.
        digest: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// A manifest to push is not one.
    #[error("{digest} cannot be pushed")]
    Record {
        /// The manifest.
        digest: Digest,
        /// What is wrong with it.
        source: RecordError,
    },
    /// A credentials file that is there and cannot be used.
    #[error("the credentials in {} cannot be read: {reason}", path.display())]
    CredentialFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let login = |registry: &str| match registry {
            "docker.io" => "`docker login`".to_owned(),
            other => format!("`docker login {other}`"),
        };
        match self {
            Error::Transport(error) => error.hint(),
            Error::Unauthorized { registry, .. } => {
                Some(format!("sign in with {}, or name the credentials file in REGISTRY_AUTH_FILE", login(registry)))
            }
            Error::Denied { registry, .. } => Some(format!(
                "check that this user may do that, or sign in as another with {}",
                login(registry)
            )),
            Error::NameUnknown { .. } => {
                Some("create the repository at the registry first, or check its name".to_owned())
            }
            Error::NotFound { .. } => Some("check the name and the tag".to_owned()),
            Error::TooManyRequests { retry_after, registry, .. } => Some(match retry_after {
                Some(wait) => format!("wait ({registry} says: {wait}), or sign in with {}", login(registry)),
                None => format!("wait a while, or sign in with {}", login(registry)),
            }),
            Error::DigestRefused { .. } | Error::WrongDigest { .. } => {
                Some("run it again; if that does not help, something between here and the registry changes data".to_owned())
            }
            Error::Record { source, .. } => source.hint(),
            Error::CredentialFile { path, .. } => Some(format!("mend or remove {}", path.display())),
            Error::Refused { .. } | Error::Protocol { .. } | Error::Source { .. } | Error::Content { .. } => None,
        }
    }

    /// Was it the network or the registry, not what we have here? Trying again later may help.
    pub fn is_network(&self) -> bool {
        !matches!(
            self,
            Error::Source { .. }
                | Error::Content { .. }
                | Error::Record { .. }
                | Error::CredentialFile { .. }
        ) && !self.is_digest()
    }

    /// Was it who we are?
    pub fn is_authentication(&self) -> bool {
        matches!(self, Error::Unauthorized { .. } | Error::Denied { .. })
    }

    /// Was it that bytes were not what their digest says?
    pub fn is_digest(&self) -> bool {
        matches!(
            self,
            Error::DigestRefused { .. } | Error::WrongDigest { .. } | Error::Content { .. }
        )
    }
}

/// What a registry said with an error, shown after a colon; may be nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Code and message, in the registry's order: `("DENIED", "requested access is denied")`.
    pub errors: Vec<(String, String)>,
}

impl Said {
    /// Enough for any message that a person would read.
    const MOST_BYTES: u64 = 64 * 1024;

    /// Reads an answer's body, whatever it is.
    pub(crate) fn read(response: Response) -> Said {
        #[derive(Deserialize)]
        struct Answer {
            errors: Vec<Entry>,
        }
        #[derive(Deserialize)]
        #[serde(default)]
        #[derive(Default)]
        struct Entry {
            code: String,
            message: String,
        }
        // The status says that it is an error; a body that breaks adds nothing.
        let body = response.bytes(Said::MOST_BYTES).unwrap_or_default();
        let answer = serde_json::from_slice::<Answer>(&body);
        let errors = answer.map(|answer| answer.errors).unwrap_or_default();
        let clean = |text: String| {
            text.chars()
                .filter(|c| !c.is_control())
                .take(500)
                .collect::<String>()
        };
        Said {
            errors: errors
                .into_iter()
                .map(|entry| (clean(entry.code), clean(entry.message)))
                .collect(),
        }
    }

    pub(crate) fn has(&self, code: &str) -> bool {
        self.errors.iter().any(|(said, _)| said == code)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (code, message)) in self.errors.iter().enumerate() {
            formatter.write_str(if number == 0 { ": " } else { "; " })?;
            match (code.as_str(), message.as_str()) {
                (code, "") => formatter.write_str(code)?,
                ("", message) => formatter.write_str(message)?,
                (code, message) => write!(formatter, "{message} ({code})")?,
            }
        }
        Ok(())
    }
}

/// What was being done when a registry said "no".
pub(crate) struct About {
    pub(crate) registry: String,
    pub(crate) repository: String,
    pub(crate) doing: String,
    /// Which credentials were tried.
    pub(crate) tried: String,
}

/// Tells what an answer that is a "no" means.
pub(crate) fn refused(about: About, response: Response) -> Error {
    let About {
        registry,
        repository,
        doing,
        tried,
    } = about;
    let status = response.status();
    let retry_after = response.header("retry-after").map(str::to_owned);
    let said = Said::read(response);
    match status {
        401 => Error::Unauthorized {
            registry,
            doing,
            tried,
            said,
        },
        403 => Error::Denied {
            registry,
            doing,
            tried,
            said,
        },
        404 if said.has("NAME_UNKNOWN") => Error::NameUnknown {
            registry,
            repository,
            said,
        },
        404 => Error::NotFound {
            registry,
            doing,
            said,
        },
        429 => Error::TooManyRequests {
            registry,
            doing,
            retry_after,
            said,
        },
        _ => Error::Refused {
            registry,
            doing,
            status,
            said,
        },
    }
}
