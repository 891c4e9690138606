//! The client: what is kept between calls. The work is in `push` and `pull`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

use coracle_oci::{Descriptor, Digest, Reference};
use coracle_transport::Client;

use crate::authorization::Authorizer;
use crate::credentials::Credentials;
use crate::endpoint::Endpoints;
use crate::push::{self, BlobSource, PushEvent, Pushed};
use crate::session::Session;
use crate::{Error, pull};

/// How to speak to registries.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who we are where.
    pub credentials: Credentials,
    /// Registries (`host` or `host:port`) besides loopback that may be spoken to without TLS.
    pub insecure: Vec<String>,
    /// How many blobs to move at a time.
    pub parallel: usize,
    /// Repositories of the same registry, by name alone, that may already hold some of the layers.
    pub mount_from: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            credentials: Credentials::default(),
            insecure: Vec::new(),
            parallel: 4,
            mount_from: Vec::new(),
        }
    }
}

/// A client of registries. It remembers tokens, and which repository holds which blob: push what
/// shares layers through the same one.
#[derive(Debug)]
pub struct Registry {
    pub(crate) client: Client,
    pub(crate) options: Options,
    endpoints: Endpoints,
    authorizer: Authorizer,
    memory: Mutex<Memory>,
}

/// What was learnt about registries.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// A repository that holds the blob, by registry.
    pub(crate) holders: BTreeMap<(String, Digest), String>,
    /// Repositories that are not for us to mount from.
    pub(crate) closed: BTreeSet<(String, String)>,
}

impl Registry {
    /// A client that has asked nobody anything yet.
    pub fn new(client: Client, options: Options) -> Registry {
        Registry {
            endpoints: Endpoints::new(options.insecure.clone()),
            authorizer: Authorizer::new(options.credentials.clone()),
            memory: Mutex::default(),
            client,
            options,
        }
    }

    /// Pushes everything under `root` (an image manifest or an index, however deep), then `root`
    /// itself under the target's tag; without a tag, by digest alone. A digest in the target is
    /// ignored: what is pushed has its own.
    ///
    /// Nothing is sent that the registry already has, blobs go before manifests, children before
    /// indexes, and the tag moves last. The observer is called from several threads.
    ///
    /// # Errors
    /// See [`Error`]. What was sent before stays; the tag has not moved.
    pub fn push(
        &self,
        target: &Reference,
        root: &Descriptor,
        source: &dyn BlobSource,
        observer: &(dyn Fn(&PushEvent) + Sync),
    ) -> Result<Pushed, Error> {
        push::push(self, target, root, source, observer)
    }

    /// Reads a manifest or index: the bytes, and a descriptor made from them. A reference by tag
    /// (`latest` where there is none) takes what the registry has; one by digest only those bytes.
    ///
    /// # Errors
    /// [`Error::WrongDigest`] where the bytes are not what was asked for or announced; see [`Error`].
    pub fn pull_manifest(&self, reference: &Reference) -> Result<(Descriptor, Vec<u8>), Error> {
        pull::manifest(self, reference)
    }

    /// Reads a blob of the reference's repository; the connection is resumed where it breaks.
    ///
    /// The reader refuses before its end what has another digest or size than the descriptor says.
    ///
    /// # Errors
    /// See [`Error`]; while reading, transport errors inside [`std::io::Error`]s.
    pub fn pull_blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
    ) -> Result<impl Read + Send + use<>, Error> {
        pull::blob(self, reference, descriptor)
    }

    /// One repository of one registry.
    pub(crate) fn session<'a>(&'a self, reference: &Reference) -> Result<Session<'a>, Error> {
        let endpoint = self.endpoints.find(&self.client, reference.registry())?;
        Ok(Session {
            client: &self.client,
            authorizer: &self.authorizer,
            endpoint,
            repository: reference.repository().to_owned(),
        })
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Every change is one insertion, so it is whole whatever its holder was doing.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
