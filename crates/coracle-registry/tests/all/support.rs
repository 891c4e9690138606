//! Images to push, from memory, and what the client said meanwhile.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coracle_oci::{Descriptor, Digest, Index, Manifest, Reference, media_type};
use coracle_registry::{BlobSource, Credentials, Error, Options, PushEvent, Pushed, Registry};
use coracle_transport::{Client, ClientOptions};

/// Content by digest.
#[derive(Default)]
pub(crate) struct Memory {
    contents: BTreeMap<Digest, Vec<u8>>,
}

impl BlobSource for Memory {
    fn open(&self, descriptor: &Descriptor) -> io::Result<Box<dyn Read + Send>> {
        let bytes = self
            .contents
            .get(&descriptor.digest)
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }
}

impl Memory {
    pub(crate) fn add(&mut self, media_type: &str, bytes: &[u8]) -> Descriptor {
        let descriptor = Descriptor::of(media_type, bytes);
        self.contents.insert(descriptor.digest, bytes.to_vec());
        descriptor
    }

    /// Other bytes than the digest says.
    pub(crate) fn spoil(&mut self, descriptor: &Descriptor) {
        let bytes = self.contents.get_mut(&descriptor.digest).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
    }

    pub(crate) fn lose(&mut self, descriptor: &Descriptor) {
        self.contents.remove(&descriptor.digest);
    }

    /// An image of these layers; its config is made from its name.
    pub(crate) fn image(&mut self, name: &str, layers: &[Vec<u8>]) -> Descriptor {
        let config = format!(
            r#"{{"architecture":"amd64","os":"linux","config":{{"Labels":{{"name":"{name}"}}}},"rootfs":{{"type":"layers","diff_ids":[]}}}}"#
        );
        let config = self.add(media_type::CONFIG, config.as_bytes());
        let layers = layers
            .iter()
            .map(|layer| self.add(media_type::LAYER, layer))
            .collect();
        let manifest = Manifest::new(config, layers).to_bytes().unwrap();
        self.add(media_type::MANIFEST, &manifest)
    }

    pub(crate) fn index(&mut self, manifests: Vec<Descriptor>) -> Descriptor {
        let index = Index::new(manifests).to_bytes().unwrap();
        self.add(media_type::INDEX, &index)
    }
}

/// Bytes that differ for each seed.
pub(crate) fn layer(seed: u8, length: usize) -> Vec<u8> {
    let step = usize::from(seed) + 1;
    (0..length)
        .map(|position| (position * step % 251) as u8 ^ seed)
        .collect()
}

pub(crate) fn digest_of(seed: u8, length: usize) -> Digest {
    Digest::of(&layer(seed, length))
}

pub(crate) fn reference(host: &str, rest: &str) -> Reference {
    format!("{host}/{rest}").parse().unwrap()
}

/// A client whose waits are short.
pub(crate) fn client() -> Client {
    let options = ClientOptions {
        first_wait: Duration::from_millis(2),
        read_timeout: Duration::from_millis(700),
        ..ClientOptions::default()
    };
    Client::new(options).unwrap()
}

pub(crate) fn registry(options: Options) -> Registry {
    Registry::new(client(), options)
}

pub(crate) fn anonymous() -> Registry {
    registry(Options::default())
}

/// Credentials from a file as docker writes it, which goes when dropped.
pub(crate) fn credentials(text: &str) -> (tempfile::TempDir, Credentials) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("config.json");
    std::fs::write(&path, text).unwrap();
    let credentials = Credentials::from_files(&[path]).unwrap();
    (folder, credentials)
}

/// For one user and password at a host.
pub(crate) fn signed_in(host: &str, user: &str, password: &str) -> (tempfile::TempDir, Options) {
    let text = serde_json::json!({"auths": {(host): {"username": user, "password": password}}});
    let (folder, credentials) = credentials(&text.to_string());
    (
        folder,
        Options {
            credentials,
            ..Options::default()
        },
    )
}

/// Pushes; the events come back sorted, as threads are not.
pub(crate) fn push(
    registry: &Registry,
    target: &Reference,
    root: &Descriptor,
    source: &Memory,
) -> (Result<Pushed, Error>, Vec<String>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = events.clone();
    let result = registry.push(target, root, source, &move |event| {
        let short = |descriptor: &Descriptor| descriptor.digest.hex()[..8].to_owned();
        let text = match event {
            PushEvent::Exists { descriptor } => format!("exists {}", short(descriptor)),
            PushEvent::Mounted { descriptor, from } => {
                format!("mounted {} from {from}", short(descriptor))
            }
            PushEvent::Uploading { descriptor } => format!("uploading {}", short(descriptor)),
            PushEvent::Uploaded { descriptor } => format!("uploaded {}", short(descriptor)),
            PushEvent::ManifestPushed { reference, .. } => format!("pushed {reference}"),
            other => format!("{other:?}"),
        };
        log.lock().unwrap().push(text);
    });
    let mut events = events.lock().unwrap().clone();
    events.sort();
    (result, events)
}
