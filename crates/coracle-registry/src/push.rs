//! Pushing an image, an index or any artifact: what goes, in which order. One blob is `upload`.
//!
//! 1. If the tag already names the root, nothing is left to do.
//! 2. Manifests that the registry has are left out with everything under them: a registry takes a
//!    manifest only after what it names.
//! 3. The blobs of the others, each once, several at a time: left out where they are, mounted where
//!    a repository of the same registry has them, uploaded.
//! 4. The manifests, children before parents, by digest; the root last, by its tag.

mod blobs;
mod graph;

use coracle_oci::{Descriptor, Digest, Reference};
use coracle_transport::{Body, Method, Request, Response};

use crate::Error;
use crate::pull::manifest_request;
use crate::refusal::Said;
use crate::registry::Registry;
use crate::session::Session;
use crate::source::BlobSource;
use graph::{Graph, Node};

/// What happens during a push.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushEvent {
    /// The registry has this blob or manifest already.
    Exists {
        /// It.
        descriptor: Descriptor,
    },
    /// The registry took this blob from another of its repositories.
    Mounted {
        /// The blob.
        descriptor: Descriptor,
        /// The other repository.
        from: String,
    },
    /// The upload of a blob begins.
    Uploading {
        /// The blob.
        descriptor: Descriptor,
    },
    /// The registry has confirmed a blob.
    Uploaded {
        /// The blob.
        descriptor: Descriptor,
    },
    /// The registry has confirmed a manifest, under its tag if it is the root.
    ManifestPushed {
        /// `registry/repository:tag`, or `registry/repository@digest`.
        reference: String,
        /// Its digest.
        digest: Digest,
    },
}

/// What a push did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Of the root: what to pull it by.
    pub digest: Digest,
    /// Blobs that were sent.
    pub uploaded_blobs: usize,
    /// Their bytes.
    pub uploaded_bytes: u64,
    /// Blobs that were there, in the repository, before.
    pub existing_blobs: usize,
    /// Blobs that the registry took from another repository.
    pub mounted_blobs: usize,
    /// Manifests and indexes that were sent, moving a tag included.
    pub manifests_uploaded: usize,
}

impl Registry {
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
        let graph = Graph::read(root, source)?;
        let session = self.session(target)?;
        let push = Push {
            registry: self,
            session,
            source,
            observer,
        };
        let pushed = Pushed {
            digest: root.digest,
            uploaded_blobs: 0,
            uploaded_bytes: 0,
            existing_blobs: 0,
            mounted_blobs: 0,
            manifests_uploaded: 0,
        };
        push.run(&graph, root, target.tag(), pushed)
    }
}

struct Push<'a> {
    registry: &'a Registry,
    session: Session<'a>,
    source: &'a dyn BlobSource,
    observer: &'a (dyn Fn(&PushEvent) + Sync),
}

impl Push<'_> {
    fn run(
        &self,
        graph: &Graph,
        root: &Descriptor,
        tag: Option<&str>,
        mut pushed: Pushed,
    ) -> Result<Pushed, Error> {
        if let Some(tag) = tag
            && self
                .head(tag)?
                .is_some_and(|digest| digest == Some(root.digest))
        {
            (self.observer)(&PushEvent::Exists {
                descriptor: root.clone(),
            });
            pushed.existing_blobs = graph.blobs(graph.nodes.iter()).len();
            return Ok(pushed);
        }
        let missing = self.missing(graph, root)?;
        let blobs = graph.blobs(missing.iter().copied());
        pushed.existing_blobs = graph.blobs(graph.nodes.iter()).len() - blobs.len();
        self.blobs(blobs, &mut pushed)?;
        for node in missing
            .iter()
            .filter(|node| node.descriptor.digest != root.digest)
        {
            self.put(node, None, &mut pushed)?;
        }
        let root_is_missing = missing
            .iter()
            .any(|node| node.descriptor.digest == root.digest);
        if (root_is_missing || tag.is_some())
            && let Some(node) = graph
                .nodes
                .iter()
                .find(|node| node.descriptor.digest == root.digest)
        {
            self.put(node, tag, &mut pushed)?;
        }
        Ok(pushed)
    }

    /// The manifests that the registry lacks, children first.
    fn missing<'g>(&self, graph: &'g Graph, root: &Descriptor) -> Result<Vec<&'g Node>, Error> {
        let mut missing = Vec::new();
        if self.head(&root.digest.to_string())?.is_some() {
            return Ok(missing);
        }
        for node in &graph.nodes {
            let is_root = node.descriptor.digest == root.digest;
            if is_root || self.head(&node.descriptor.digest.to_string())?.is_none() {
                missing.push(node);
            } else {
                (self.observer)(&PushEvent::Exists {
                    descriptor: node.descriptor.clone(),
                });
            }
        }
        Ok(missing)
    }

    /// Whether there is such a manifest, and its digest where the registry says.
    fn head(&self, name: &str) -> Result<Option<Option<Digest>>, Error> {
        let doing = format!(
            "look for the manifest {name} in {}",
            self.session.repository
        );
        let request =
            manifest_request(Method::Head, self.session.url(&format!("manifests/{name}")));
        let response = self.session.ask(&doing, &self.session.push(), &request)?;
        match response.status() {
            200 => Ok(Some(
                response
                    .header("docker-content-digest")
                    .and_then(|text| text.parse().ok()),
            )),
            404 => Ok(None),
            _ => Err(self.session.refused(&doing, response)),
        }
    }

    fn put(&self, node: &Node, tag: Option<&str>, pushed: &mut Pushed) -> Result<(), Error> {
        let digest = node.descriptor.digest;
        let name = tag.map_or_else(|| digest.to_string(), str::to_owned);
        let doing = format!("push the manifest {name} to {}", self.session.repository);
        let request = Request::new(Method::Put, self.session.url(&format!("manifests/{name}")))
            .header("content-type", &node.descriptor.media_type)
            .body(Body::Bytes(node.bytes.clone()));
        let response = self.session.ask(&doing, &self.session.push(), &request)?;
        if !matches!(response.status(), 200..=204) {
            return Err(self.manifest_refused(digest, &doing, response));
        }
        let stored = response
            .header("docker-content-digest")
            .and_then(|text| text.parse::<Digest>().ok());
        if let Some(stored) = stored.filter(|stored| *stored != digest) {
            let registry = self.session.endpoint.registry.clone();
            return Err(Error::WrongDigest {
                registry,
                doing,
                expected: digest,
                got: stored.to_string(),
            });
        }
        pushed.manifests_uploaded += 1;
        let mark = if tag.is_some() { ':' } else { '@' };
        let (registry, repository) = (&self.session.endpoint.registry, &self.session.repository);
        let reference = format!("{registry}/{repository}{mark}{name}");
        (self.observer)(&PushEvent::ManifestPushed { reference, digest });
        Ok(())
    }

    fn manifest_refused(&self, digest: Digest, doing: &str, response: Response) -> Error {
        if response.status() != 400 {
            return self.session.refused(doing, response);
        }
        let registry = self.session.endpoint.registry.clone();
        let said = Said::read(response);
        if said.has("DIGEST_INVALID") {
            return Error::DigestRefused {
                registry,
                digest: digest.to_string(),
                said,
            };
        }
        Error::Refused {
            registry,
            doing: doing.to_owned(),
            status: 400,
            said,
        }
    }
}
