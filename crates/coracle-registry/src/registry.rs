//! The client: what is kept between calls. The work is in `push` and `pull`,
//! which add to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use coracle_oci::{Digest, Reference};
use coracle_transport::Client;

use crate::Error;
use crate::authorization::Authorizer;
use crate::credentials::Credentials;
use crate::endpoint::Endpoints;
use crate::session::Session;

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
