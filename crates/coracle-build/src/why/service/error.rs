//! Why nothing can be said of a service.

use coracle_toolchain::{go, rust};

/// Why nothing can be said of a service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such service.
    #[error("`{word}` is no service of this repository, and no image")]
    NoService {
        /// What was written.
        word: String,
        /// The services that there are, the one of the nearest name first.
        known: Vec<String>,
        /// Whether the first is meant, most likely.
        is_near: bool,
    },
    /// None of it was built.
    #[error("no image of {service} was built yet that the local store has")]
    NotBuilt {
        /// The service.
        service: String,
    },
    /// None of it was built for a platform.
    #[error("{service} was not built for {wanted}")]
    NoPlatform {
        /// The service.
        service: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// What is asked about is not there.
    #[error("{service} has no `{subject}`: neither its image nor its source")]
    NoSubject {
        /// The service.
        service: String,
        /// What is asked about.
        subject: String,
        /// What it has of nearly that name.
        near: Vec<String>,
    },
    /// No build was written down.
    #[error("no build of {service} was written down yet")]
    NoRecord {
        /// The service.
        service: String,
    },
    /// cargo does not say what it is made of.
    #[error(transparent)]
    Crates(#[from] rust::Error),
    /// go does not say what it is made of.
    #[error(transparent)]
    Imports(#[from] go::Error),
}

impl Error {
    /// That nothing is called so; `known` is what there is.
    pub(crate) fn no_service(word: &str, mut known: Vec<String>) -> Error {
        let distance = |name: &String| strsim::damerau_levenshtein(name, word);
        known.sort_by_key(|name| (distance(name), name.clone()));
        let most = (word.chars().count() / 3).clamp(1, 4);
        Error::NoService {
            word: word.to_owned(),
            is_near: known
                .first()
                .is_some_and(|nearest| distance(nearest) <= most),
            known,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::NoService {
                word,
                known,
                is_near,
            } => no_service(word, known, *is_near),
            Error::NotBuilt { service } => format!(
                "build it first: coracle build {service}. What is asked of its source alone, such as a crate or a Go package, \
                 is answered before that"
            ),
            Error::NoPlatform { service, known, .. } => format!(
                "it was built for {}; coracle build {service} --platform … builds it for others",
                known.join(", ")
            ),
            Error::NoSubject { near, .. } if near.is_empty() => {
                "name a library (libssl.so.3), a file by its path (/usr/bin/env), a package, a label, a crate or a Go package"
                    .to_owned()
            }
            Error::NoSubject { near, .. } => format!("it has {}", near.join(", ")),
            Error::NoRecord { service } => format!("coracle build {service} does that"),
            Error::Crates(error) => return error.hint(),
            Error::Imports(error) => return error.hint(),
        })
    }

    /// Whether cargo or go failed.
    pub fn is_toolchain(&self) -> bool {
        matches!(self, Error::Crates(_) | Error::Imports(_))
    }
}

fn no_service(word: &str, known: &[String], is_near: bool) -> String {
    let services = match known {
        [] => "there is no service here".to_owned(),
        [nearest, ..] if is_near => {
            format!(
                "did you mean `{nearest}`? services here: {}",
                known.join(", ")
            )
        }
        known => format!("services here: {}", known.join(", ")),
    };
    format!(
        "{services}. An image has a : or a / in it: {word}:latest, ghcr.io/acme/{word}, oci:FOLDER, docker-archive:FILE, \
         rootfs:FOLDER"
    )
}
