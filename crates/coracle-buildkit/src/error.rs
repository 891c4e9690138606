//! Why nothing was built.

use crate::Address;

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client is not on this machine.
    #[error("there is no {program} here, by which {address} is asked to build")]
    NoClient {
        /// `buildctl` or `docker`.
        program: &'static str,
        /// Who would be asked.
        address: Address,
    },
    /// Nobody answers there.
    #[error("no BuildKit answers at {address}: {said}")]
    NoBuilder {
        /// Where.
        address: Address,
        /// The client's last words.
        said: String,
    },
    /// It went away while it built.
    #[error("the BuildKit at {address} went away{}: {said}", during(step.as_ref()))]
    WentAway {
        /// Which.
        address: Address,
        /// The step that was running.
        step: Option<String>,
        /// The client's last words.
        said: String,
    },
    /// A step of the recipe failed.
    #[error("on {address} the step `{step}` failed: {reason}{}", lines(tail))]
    Step {
        /// Which BuildKit.
        address: Address,
        /// The step.
        step: String,
        /// Why, in BuildKit's words.
        reason: String,
        /// The last lines that it printed.
        tail: Vec<String>,
    },
    /// The client failed by itself.
    #[error("{address} did not build: {said}")]
    Client {
        /// Which BuildKit.
        address: Address,
        /// The client's last words.
        said: String,
    },
    /// The client could not be run.
    #[error("cannot run the client of {address}")]
    Run {
        /// Which BuildKit.
        address: Address,
        /// Why.
        source: coracle_process::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::NoClient { program: "docker", .. } => {
                "install Docker's client with its plugin buildx, or name a buildkitd: `--engine buildkit=tcp://HOST:PORT`"
                    .to_owned()
            }
            Error::NoClient { .. } => "install buildctl (it comes with each release of BuildKit, and some systems package it \
                                       as `buildkit` or `buildctl`), or use a builder of Docker's: `--engine buildkit=buildx`"
                .to_owned(),
            Error::NoBuilder {
                address: Address::Buildx(_),
                ..
            } => "`docker buildx ls` lists the builders, `docker buildx create --bootstrap` makes one".to_owned(),
            Error::NoBuilder { .. } => "start buildkitd there, or say where one is: `--engine buildkit=ADDRESS`, CORACLE_ENGINE or BUILDKIT_HOST"
                .to_owned(),
            Error::WentAway { .. } => "run the same command again when it is back: what it had finished is in its cache, and nothing was \
                                       published"
                .to_owned(),
            Error::Step { reason, .. } if reason.contains("not found") || reason.contains("failed to resolve") => {
                "is there such an image, and can the builder reach its registry?".to_owned()
            }
            Error::Run { source, .. } => return source.hint(),
            Error::Step { .. } | Error::Client { .. } => return None,
        };
        Some(hint)
    }

    /// Whether the same command may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Error::WentAway { .. })
    }
}

fn during(step: Option<&String>) -> String {
    step.map(|step| format!(" during `{step}`"))
        .unwrap_or_default()
}

fn lines(tail: &[String]) -> String {
    tail.iter().map(|line| format!("\n{line}")).collect()
}
