//! A registry in memory, on loopback, that follows the distribution specification (1.1) and can be told to misbehave.
//! It judges our client, so it takes the specification more strictly than most: a manifest only after all that it
//! names, a chunk only at the end of the last one, a token only for the very scope.
//!
//! ```text
//!  server: HTTP/1.1, one thread a connection
//!    └ fault ─ access ─ routes ─ store
//! ```
//! [`docker`] is Debian's `docker-registry` instead, a real part.

mod access;
pub mod docker;
mod fault;
mod routes;
mod server;
mod store;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use coracle_oci::layout::LayoutSource;
use coracle_oci::{Descriptor, Digest, Manifest};

pub use access::{Access, IDENTITY_TOKEN};
use fault::Faults;
pub use fault::{Effect, Fault};
use server::{Answer, Request, Server};
use store::Store;

/// How the registry behaves, besides following the specification.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who may do what.
    pub access: Access,
    /// Blobs are taken in chunks alone: a PUT with a body gets this status (413 from some proxies).
    pub chunks_only: Option<u16>,
    /// At least this many bytes a chunk but the last (`OCI-Chunk-Min-Length`).
    pub least_chunk: Option<u64>,
    /// `Location` is a whole URL with a query instead of a path.
    pub absolute_locations: bool,
    /// Never mounts: answers 202 with an upload session, as the specification allows.
    pub no_mounts: bool,
    /// Tells no `Docker-Content-Digest`.
    pub no_digest_header: bool,
}

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// The path with its query, as it came.
    pub target: String,
    /// The status of the answer; 0 where the connection was closed without one.
    pub status: u16,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The other headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Asked {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// The registry; it stops when dropped.
pub struct Registry {
    shared: Arc<Shared>,
    server: Server,
}

struct Shared {
    options: Options,
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    access: access::Guard,
    log: Mutex<Vec<Asked>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

impl Registry {
    /// An empty registry on a free port, open to all.
    ///
    /// # Errors
    /// Loopback gives no port.
    pub fn start() -> anyhow::Result<Registry> {
        Registry::with(Options::default())
    }

    /// An empty registry on a free port.
    ///
    /// # Errors
    /// Loopback gives no port.
    pub fn with(options: Options) -> anyhow::Result<Registry> {
        let shared = Arc::new(Shared {
            access: access::Guard::new(options.access.clone()),
            options,
            store: Mutex::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
        });
        let behind = shared.clone();
        let server = Server::start(move |request| behind.answer(request))?;
        Ok(Registry { shared, server })
    }

    /// `127.0.0.1:PORT`, as a reference names it.
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// All requests so far, in the order of their answers.
    pub fn requests(&self) -> Vec<Asked> {
        lock(&self.shared.log).clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// How many blobs and manifests were accepted: PUTs and monolithic POSTs with 201. A mount is none.
    pub fn uploads(&self) -> usize {
        self.requests()
            .iter()
            .filter(|asked| asked.status == 201 && !asked.target.contains("mount="))
            .count()
    }

    /// The most requests that were being answered at one time.
    pub fn busiest(&self) -> usize {
        self.shared.busiest.load(Ordering::Relaxed)
    }

    /// Misbehaves from now on; several faults may hold at a time.
    pub fn fail(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// Tokens that were given out are not taken any more.
    pub fn expire_tokens(&self) {
        self.shared.access.expire();
    }

    /// Holds an image of a layout from now on, as if somebody had pushed it with this tag.
    ///
    /// # Errors
    /// The layout has no image of this name, or not all of it.
    pub fn hold(
        &self,
        repository: &str,
        tag: &str,
        layout: &Path,
        name: &str,
    ) -> anyhow::Result<()> {
        let layout = LayoutSource::open(layout)?;
        let descriptor = layout.named(name);
        let descriptor = descriptor.with_context(|| format!("no image is called {name}"))?;
        let read = |descriptor: &Descriptor| layout.read(descriptor, descriptor.size);
        let bytes = read(&descriptor)?;
        let manifest: Manifest = serde_json::from_slice(&bytes)?;
        let mut store = lock(&self.shared.store);
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            store.add_blob(repository, read(blob)?);
        }
        let media_type = descriptor.media_type;
        store.add_manifest(repository, Some(tag), store::Manifest { media_type, bytes });
        Ok(())
    }

    /// What a tag names.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        lock(&self.shared.store).tag(repository, tag)
    }

    /// Is the blob in this repository?
    pub fn has_blob(&self, repository: &str, digest: &Digest) -> bool {
        lock(&self.shared.store).blob(repository, digest).is_some()
    }

    /// Is the manifest in this repository?
    pub fn has_manifest(&self, repository: &str, digest: &Digest) -> bool {
        lock(&self.shared.store)
            .manifest(repository, digest)
            .is_some()
    }

    /// Upload sessions that were begun and neither finished nor cancelled.
    pub fn open_uploads(&self) -> usize {
        lock(&self.shared.store).uploads.len()
    }
}

impl Shared {
    fn answer(&self, request: &mut Request<'_>) -> Option<Answer> {
        let busy = self.busy.fetch_add(1, Ordering::Relaxed) + 1;
        self.busiest.fetch_max(busy, Ordering::Relaxed);
        let effects = lock(&self.faults).effects(&request.method, &request.target);
        let answer = match fault::before(&effects) {
            fault::Before::Answer(answer) => Some(answer),
            fault::Before::Close => None,
            fault::Before::GoOn => Some(self.route(request)),
        };
        let answer = answer.map(|answer| fault::after(&effects, answer));
        self.busy.fetch_sub(1, Ordering::Relaxed);
        let mut headers = request.headers.clone();
        let authorization = headers.remove("authorization");
        lock(&self.log).push(Asked {
            method: request.method.clone(),
            target: request.target.clone(),
            status: answer.as_ref().map_or(0, |answer| answer.status),
            authorization,
            headers,
        });
        answer
    }

    fn route(&self, request: &mut Request<'_>) -> Answer {
        if request.path() == access::TOKEN_PATH {
            return self.access.token(request);
        }
        let Some(route) = routes::Route::of(request) else {
            return Answer::error(404, "NAME_INVALID", "no such place");
        };
        match self.access.check(request, &route) {
            Ok(()) => routes::answer(self, &route, request),
            Err(refusal) => refusal,
        }
    }
}

/// A panic in one connection's thread is that test's failure, not everybody's.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
