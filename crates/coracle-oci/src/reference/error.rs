//! What can be wrong with a reference, part by part.

use std::fmt;

use crate::digest::DigestError;

/// The part of a reference that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `ghcr.io` of `ghcr.io/acme/server:v1`.
    Registry,
    /// `5000` of `localhost:5000/server`.
    Port,
    /// `acme/server` of `ghcr.io/acme/server:v1`.
    Repository,
    /// `v1` of `ghcr.io/acme/server:v1`.
    Tag,
}

/// Why a text is not a reference, a repository or a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing stands where a part must be, as between two slashes.
    #[error("{}", empty_message(*part, input))]
    Empty {
        /// Which part.
        part: Part,
        /// The part's whole text.
        input: String,
    },
    /// A character that the part cannot hold, or not in this place.
    #[error("the {part} `{input}` cannot have `{}` as character {position}", character.escape_default())]
    Character {
        /// Which part.
        part: Part,
        /// The part's whole text.
        input: String,
        /// The first wrong character.
        character: char,
        /// Counted in characters from 1.
        position: usize,
    },
    /// The part is longer than the specification allows.
    #[error("the {part} has {length} characters, at most {most} are allowed")]
    Long {
        /// Which part.
        part: Part,
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
    /// A short name of 64 hex digits could be an image ID, so Docker refuses it.
    #[error("the name `{input}` looks like an image ID")]
    LooksLikeId {
        /// The name.
        input: String,
    },
    /// What follows `@` is not a digest.
    #[error("the digest in `{input}` is wrong")]
    Digest {
        /// The whole reference.
        input: String,
        /// What is wrong with it.
        #[source]
        source: DigestError,
    },
    /// A registry alone was tagged.
    #[error("the registry `{registry}` alone cannot have a tag or digest")]
    RegistryAlone {
        /// The registry.
        registry: String,
    },
}

impl ReferenceError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Character {
                part: Part::Repository,
                input,
                character,
                ..
            } if character.is_ascii_uppercase() => {
                let lower = input.to_ascii_lowercase();
                Some(format!("repository names are lower-case: `{lower}`"))
            }
            Self::Character {
                part: Part::Repository,
                character: ':',
                ..
            } => Some("leave out the tag: only the registry and the name belong here".to_owned()),
            Self::Empty {
                part: Part::Repository,
                input,
            } if input.ends_with('/') => Some("leave out the slash at the end".to_owned()),
            Self::Empty {
                part: Part::Port,
                input,
            } if input.starts_with("http") => {
                Some("leave out `https://`: a reference starts with the registry's host".to_owned())
            }
            Self::LooksLikeId { .. } => Some("name the registry in front of it".to_owned()),
            Self::RegistryAlone { registry } => Some(format!("add a name: `{registry}/NAME`")),
            Self::Digest { source, .. } => source.hint(),
            _ => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Registry => "registry",
            Self::Port => "port",
            Self::Repository => "repository name",
            Self::Tag => "tag",
        })
    }
}

fn empty_message(part: Part, input: &str) -> String {
    if input.is_empty() {
        format!("the {part} is empty")
    } else {
        format!("the {part} in `{input}` has an empty part")
    }
}
