//! Why an image cannot be had.

use coracle_oci::archive::ArchiveError;
use coracle_oci::record::RecordError;
use coracle_oci::store::StoreError;

use super::Source;

/// Why there is no image to look at.
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
    /// A container engine does not answer.
    #[error("cannot ask the engine at {} for {image}", socket.display())]
    Engine {
        /// Which image.
        image: String,
        /// Where the engine listens.
        socket: std::path::PathBuf,
        /// Why.
        #[source]
        source: coracle_transport::Error,
    },
    /// A container engine does not have it.
    #[error("the engine has no image {image}")]
    NotInEngine {
        /// Which image.
        image: String,
    },
    /// A container engine does not give it.
    #[error("the engine does not give {image}: it answers {status}: {said}")]
    EngineRefuses {
        /// Which image.
        image: String,
        /// The status of HTTP.
        status: u16,
        /// What it says.
        said: String,
    },
    /// Nobody said where an engine listens.
    #[error("{image} is in a container engine, and this command takes no images from there")]
    NoEngine {
        /// Which image.
        image: String,
    },
    /// An archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What a layout or an archive holds is damaged.
    #[error("cannot read {what} of {image}")]
    Content {
        /// Which image.
        image: String,
        /// What of it.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no such image.
    #[error("there is no {image}")]
    NotThere {
        /// Which image.
        image: String,
        /// What is named there.
        known: Vec<String>,
    },
    /// There are several, and none is named.
    #[error("{image} holds {count} images")]
    Several {
        /// Where.
        image: String,
        /// How many.
        count: usize,
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
    /// A manifest, an index or a config cannot be read.
    #[error("cannot understand {image}")]
    Record {
        /// Which image.
        image: String,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// An archive's list of images cannot be read.
    #[error("cannot understand `manifest.json` of {image}")]
    List {
        /// Which archive.
        image: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest and the configuration disagree.
    #[error("{image} has {layers} layers, and its configuration names {diff_ids}")]
    Count {
        /// Which image.
        image: String,
        /// Of the manifest.
        layers: usize,
        /// Of the configuration.
        diff_ids: usize,
    },
    /// None of the platforms that were asked for is there.
    #[error("{image} is not for {wanted}")]
    NoPlatform {
        /// Which image.
        image: String,
        /// The platforms asked for.
        wanted: String,
        /// Those that are there.
        known: Vec<String>,
    },
}

impl Error {
    pub(crate) fn no_image(source: &Source, media_type: &str) -> Error {
        Error::NoImage {
            image: source.to_string(),
            media_type: media_type.to_owned(),
        }
    }

    pub(crate) fn record(image: &Source, source: RecordError) -> Error {
        Error::Record {
            image: image.to_string(),
            source,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let named = |known: &[String]| format!("named there: {}", known.join(", "));
        match self {
            Error::Pull { source, .. } => source.hint(),
            Error::Layout { source, .. } => source.hint(),
            Error::Archive(error) => error.hint(),
            Error::Engine { .. } => Some(
                "start the engine, or set DOCKER_HOST=unix://SOCKET to where it listens; `docker save` and docker-archive:FILE \
                 need no socket"
                    .to_owned(),
            ),
            Error::NotInEngine { image } => Some(format!("see `docker images`, or `docker pull {image}`")),
            Error::EngineRefuses { .. } => None,
            Error::NoEngine { .. } => Some("push it, or write it with `docker save`".to_owned()),
            Error::NotThere { known, .. } if known.is_empty() => {
                Some("nothing there has a name".to_owned())
            }
            Error::NotThere { known, .. } => Some(named(known)),
            Error::Several { known, .. } if known.is_empty() => {
                Some("say which by its digest: PLACE@sha256:…".to_owned())
            }
            Error::Several { known, .. } => Some(format!("say which: {}", named(known))),
            Error::NoImage { .. } => Some("name an image or an index of images".to_owned()),
            Error::Record { source, .. } => source.hint(),
            Error::NoPlatform { known, .. } => Some(format!("it is for {}", known.join(", "))),
            Error::Content { .. } => {
                Some("write it again: what is there is not what its digest says".to_owned())
            }
            Error::Count { .. } => {
                Some("the image was put together wrongly: make it again".to_owned())
            }
            Error::List { .. } => Some("write it again, with `docker save`".to_owned()),
        }
    }
}
