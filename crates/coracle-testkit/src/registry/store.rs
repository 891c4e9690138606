//! What the registry holds. It knows nothing of HTTP.

use std::collections::BTreeMap;

use coracle_oci::Digest;
use serde_json::Value;

#[derive(Default)]
pub(super) struct Store {
    repositories: BTreeMap<String, Repository>,
    pub(super) uploads: BTreeMap<String, Upload>,
    last_upload: usize,
}

#[derive(Default)]
struct Repository {
    blobs: BTreeMap<Digest, Vec<u8>>,
    manifests: BTreeMap<Digest, Manifest>,
    tags: BTreeMap<String, Digest>,
}

/// A manifest as it was pushed.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

/// An upload session.
pub(super) struct Upload {
    pub(super) repository: String,
    pub(super) bytes: Vec<u8>,
}

impl Store {
    pub(super) fn is_known(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository)
    }

    pub(super) fn blob(&self, repository: &str, digest: &Digest) -> Option<&Vec<u8>> {
        self.repositories.get(repository)?.blobs.get(digest)
    }

    pub(super) fn add_blob(&mut self, repository: &str, bytes: Vec<u8>) {
        let digest = Digest::of(&bytes);
        self.repositories
            .entry(repository.to_owned())
            .or_default()
            .blobs
            .insert(digest, bytes);
    }

    pub(super) fn remove_blob(&mut self, repository: &str, digest: &Digest) -> bool {
        self.repositories
            .get_mut(repository)
            .is_some_and(|place| place.blobs.remove(digest).is_some())
    }

    pub(super) fn manifest(&self, repository: &str, digest: &Digest) -> Option<&Manifest> {
        self.repositories.get(repository)?.manifests.get(digest)
    }

    pub(super) fn add_manifest(&mut self, repository: &str, tag: Option<&str>, manifest: Manifest) {
        let digest = Digest::of(&manifest.bytes);
        let place = self.repositories.entry(repository.to_owned()).or_default();
        place.manifests.insert(digest, manifest);
        if let Some(tag) = tag {
            place.tags.insert(tag.to_owned(), digest);
        }
    }

    /// With its tags.
    pub(super) fn remove_manifest(&mut self, repository: &str, digest: &Digest) -> bool {
        let Some(place) = self.repositories.get_mut(repository) else {
            return false;
        };
        place.tags.retain(|_, tagged| tagged != digest);
        place.manifests.remove(digest).is_some()
    }

    pub(super) fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.repositories.get(repository)?.tags.get(tag).copied()
    }

    pub(super) fn remove_tag(&mut self, repository: &str, tag: &str) -> bool {
        self.repositories
            .get_mut(repository)
            .is_some_and(|place| place.tags.remove(tag).is_some())
    }

    /// In the specification's order, which is lexical and ignores case first.
    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        let Some(place) = self.repositories.get(repository) else {
            return Vec::new();
        };
        let mut tags: Vec<String> = place.tags.keys().cloned().collect();
        tags.sort_by_key(|tag| (tag.to_ascii_lowercase(), tag.clone()));
        tags
    }

    /// Descriptors of the manifests whose subject this is.
    pub(super) fn referrers(&self, repository: &str, subject: &Digest) -> Vec<Value> {
        let Some(place) = self.repositories.get(repository) else {
            return Vec::new();
        };
        let descriptor = |(digest, manifest): (&Digest, &Manifest)| {
            let record: Value = serde_json::from_slice(&manifest.bytes).ok()?;
            if record["subject"]["digest"].as_str()? != subject.to_string() {
                return None;
            }
            let artifact_type = match &record["artifactType"] {
                Value::Null => &record["config"]["mediaType"],
                stated => stated,
            };
            let mut descriptor = serde_json::json!({
                "mediaType": manifest.media_type,
                "digest": digest.to_string(),
                "size": manifest.bytes.len(),
                "artifactType": artifact_type,
            });
            if !record["annotations"].is_null() {
                descriptor["annotations"] = record["annotations"].clone();
            }
            Some(descriptor)
        };
        place.manifests.iter().filter_map(descriptor).collect()
    }

    pub(super) fn begin(&mut self, repository: &str) -> String {
        self.last_upload += 1;
        let id = format!("upload-{}", self.last_upload);
        let upload = Upload {
            repository: repository.to_owned(),
            bytes: Vec::new(),
        };
        self.uploads.insert(id.clone(), upload);
        id
    }
}
