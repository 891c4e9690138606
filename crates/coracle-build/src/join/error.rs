//! Why images cannot be joined.

use coracle_oci::Digest;
use coracle_oci::store::StoreError;

use crate::images;
use crate::plan::NameError;
use crate::prove;

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An image cannot be had.
    #[error(transparent)]
    Images(#[from] images::Error),
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
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Images(error) => error.hint(),
            Error::Store(source) => source.hint(),
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
