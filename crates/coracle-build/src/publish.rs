//! Where proven images go: a name in the local store, an OCI layout, a registry. Takes only
//! [`ProvenRoot`], which is made of nothing but proven images.

use std::io::Read;
use std::path::{Path, PathBuf};

use coracle_oci::layout::LayoutError;
use coracle_oci::store::StoreError;
use coracle_oci::{Descriptor, Reference, Store};
use coracle_registry::{BlobSource, Credentials, PushEvent, Pushed, Registry};
use coracle_transport::Client;

use crate::event::{Event, Observer};
use crate::plan::ImageName;
use crate::prove::ProvenRoot;
use crate::settings::Destination;

/// Why an image could not be published; it is proven and in the local store all the same.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Naming it in the store.
    #[error("cannot name {name} in the local store")]
    Name {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// Writing the layout.
    #[error("cannot write the OCI layout {path}")]
    Layout {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: LayoutError,
    },
    /// Reading credentials.
    #[error("cannot read registry credentials")]
    Credentials(#[source] coracle_registry::Error),
    /// Pushing it.
    #[error("cannot push {reference}")]
    Push {
        /// Where to.
        reference: String,
        /// Why.
        #[source]
        source: coracle_registry::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Name { source, .. } => source.hint(),
            Error::Layout { source, .. } => source.hint(),
            Error::Credentials(source) | Error::Push { source, .. } => source.hint(),
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        match self {
            Error::Name { source, .. } => source.is_disk(),
            Error::Layout { source, .. } => source.is_disk(),
            Error::Credentials(_) | Error::Push { .. } => false,
        }
    }
}

/// Names a proven image in the local store, which is an OCI layout.
///
/// # Errors
/// When the store's index cannot be written.
pub fn name(proven: &ProvenRoot, names: &[ImageName], store: &Store) -> Result<(), Error> {
    for name in names {
        let name = name.to_string();
        store
            .name(&name, proven.descriptor())
            .map_err(|source| Error::Name { name, source })?;
    }
    Ok(())
}

/// Writes proven images into an OCI layout, under all their names.
///
/// # Errors
/// When the folder is something else, or cannot be written.
pub fn layout(
    images: &[(&ProvenRoot, &[ImageName])],
    store: &Store,
    path: &Path,
) -> Result<(), Error> {
    let named = |(proven, names): &(&ProvenRoot, &[ImageName])| {
        let root = proven.descriptor().clone();
        names
            .iter()
            .map(move |name| (name.to_string(), root.clone()))
            .collect::<Vec<_>>()
    };
    let roots: Vec<(String, Descriptor)> = images.iter().flat_map(named).collect();
    coracle_oci::layout::write_layout(store, &roots, path).map_err(|source| Error::Layout {
        path: path.to_owned(),
        source,
    })
}

/// A client for registries with the credentials of the destination; `repositories` are those of the same registry that may
/// already hold shared layers.
///
/// # Errors
/// When a credentials file is there and cannot be read.
pub fn registry(
    client: Client,
    destination: &Destination,
    repositories: Vec<String>,
) -> Result<Registry, Error> {
    let credentials =
        Credentials::from_files(&destination.credential_files).map_err(Error::Credentials)?;
    let options = coracle_registry::Options {
        credentials,
        insecure: destination.insecure_registries.clone(),
        mount_from: repositories,
        ..coracle_registry::Options::default()
    };
    Ok(Registry::new(client, options))
}

/// Pushes.
pub struct Pusher<'a> {
    registry: Registry,
    store: &'a Store,
}

impl Pusher<'_> {
    /// A pusher with the credentials of the destination; `repositories` are those of the same registry that may
    /// already hold the shared layers.
    ///
    /// # Errors
    /// When a credentials file is there and cannot be read.
    pub fn new<'a>(
        client: Client,
        destination: &Destination,
        repositories: Vec<String>,
        store: &'a Store,
    ) -> Result<Pusher<'a>, Error> {
        let registry = registry(client, destination, repositories)?;
        Ok(Pusher { registry, store })
    }

    /// The client, to pull with.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Pushes a proven image, or an index of proven images, under one name: each manifest by its digest, then the index,
    /// and the tag last.
    ///
    /// # Errors
    /// When the registry refuses or cannot be reached.
    pub fn push(
        &self,
        proven: &ProvenRoot,
        service: &str,
        reference: &Reference,
        observer: Observer<'_>,
    ) -> Result<Pushed, Error> {
        let watch = |event: &PushEvent| {
            if let Some(event) = blob_event(service, event) {
                observer(&event);
            }
        };
        self.registry
            .push(
                reference,
                proven.descriptor(),
                &StoreBlobs(self.store),
                &watch,
            )
            .map_err(|source| Error::Push {
                reference: reference.to_string(),
                source,
            })
    }
}

fn blob_event(service: &str, event: &PushEvent) -> Option<Event> {
    let (outcome, descriptor) = match event {
        PushEvent::Uploaded { descriptor } => ("uploaded", descriptor),
        PushEvent::Exists { descriptor } => ("exists", descriptor),
        PushEvent::Mounted { descriptor, .. } => ("mounted", descriptor),
        _ => return None,
    };
    Some(Event::Blob {
        service: service.to_owned(),
        outcome,
        digest: descriptor.digest.to_string(),
        size: descriptor.size,
    })
}

struct StoreBlobs<'a>(&'a Store);

impl BlobSource for StoreBlobs<'_> {
    fn open(&self, descriptor: &Descriptor) -> std::io::Result<Box<dyn Read + Send>> {
        let reader = self
            .0
            .open_blob(descriptor)
            .map_err(std::io::Error::other)?;
        Ok(Box::new(reader))
    }
}
