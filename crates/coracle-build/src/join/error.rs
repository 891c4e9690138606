//! Why images cannot be joined.

use coracle_oci::Digest;
use coracle_oci::record::RecordError;
use coracle_oci::store::StoreError;

use super::Source;
use crate::plan::NameError;
use crate::prove;

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A registry did not give it.
    #[error("cannot pull {image}")]
    Pull {
        /// Which image.
        image: String,
        /// Why.
        #[source]
        source: coracle_registry::Error,
    },
    /// A layout cannot be read.
    #[error("cannot read {image}")]
    Layout {
        /// Which image or content.
        image: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A layout has no such image.
    #[error("there is no {image}")]
    NotInLayout {
        /// Which image.
        image: String,
        /// What is named there.
        known: Vec<String>,
    },
    /// It is something else than an image.
    #[error("{image} is no image: its media type is `{media_type}`")]
    NoImage {
        /// Which.
        image: String,
        /// What it is.
        media_type: String,
    },
    /// A manifest or index cannot be read.
    #[error("cannot understand {image}")]
    Record {
        /// Which image.
        image: String,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// A layer or config did not come whole.
    #[error("cannot take {digest} into the local store")]
    Copy {
        /// Which.
        digest: Digest,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The local store.
    #[error("cannot use the local store")]
    Store(#[from] StoreError),
    /// A tag alone, and nothing says of which repository.
    #[error("`-t {tag}` is a tag, and the first image is of no repository that it could be for")]
    NoRepository {
        /// The tag.
        tag: String,
    },
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// One of the images is not proven.
    #[error(transparent)]
    Prove(#[from] prove::Error),
    /// They do not go together.
    #[error(transparent)]
    Root(#[from] prove::RootError),
}

impl Error {
    pub(super) fn no_image(source: &Source, media_type: &str) -> Error {
        Error::NoImage {
            image: source.to_string(),
            media_type: media_type.to_owned(),
        }
    }

    pub(super) fn record(image: &Source, source: RecordError) -> Error {
        Error::Record {
            image: image.to_string(),
            source,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Pull { source, .. } => source.hint(),
            Error::Layout { source, .. } | Error::Store(source) => source.hint(),
            Error::NotInLayout { known, .. } if known.is_empty() => {
                Some("the layout is empty".to_owned())
            }
            Error::NotInLayout { known, .. } => Some(format!("named there: {}", known.join(", "))),
            Error::NoImage { .. } => Some("join images or indexes of images".to_owned()),
            Error::Record { source, .. } => source.hint(),
            Error::Copy { .. } => Some(
                "run it again; what arrived is not what its digest says, or the connection broke"
                    .to_owned(),
            ),
            Error::NoRepository { tag } => {
                Some(format!("write the whole name: -t ghcr.io/acme/api:{tag}"))
            }
            Error::Name(error) => error.hint(),
            Error::Prove(error) => error.hint(),
            Error::Root(error) => error.hint(),
        }
    }
}
