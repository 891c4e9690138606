//! Image manifests and image indexes (image-spec, manifest.md and image-index.md), and Docker's forms of the same. Records
//! only: [`crate::validate`] says whether one makes sense.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::descriptor::Descriptor;
use crate::media_type;
use crate::record::{self, RecordError, null_is_empty};

/// How large manifests and indexes may be, in bytes: registries need not take larger ones (distribution-spec § Push).
pub const MOST_BYTES: u64 = 4 << 20;

/// One image for one platform: a config and layers. Or an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always 2.
    #[serde(rename = "schemaVersion")]
    pub schema_version: u32,
    /// OCI allows it to be absent; we always write it.
    #[serde(rename = "mediaType", default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What an artifact is.
    #[serde(
        rename = "artifactType",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub artifact_type: Option<String>,
    /// The image's configuration.
    pub config: Descriptor,
    /// Bottom layer first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub layers: Vec<Descriptor>,
    /// The manifest that this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free texts, by key.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// Images for several platforms, or whatever else a list of manifests is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Always 2.
    #[serde(rename = "schemaVersion")]
    pub schema_version: u32,
    /// OCI allows it to be absent; we always write it.
    #[serde(rename = "mediaType", default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What an artifact is.
    #[serde(
        rename = "artifactType",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub artifact_type: Option<String>,
    /// The manifests, which may be indexes again.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free texts, by key.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

impl Manifest {
    /// An OCI image manifest of this config and these layers, bottom first.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
            other: BTreeMap::new(),
        }
    }

    /// Reads a manifest, OCI's or Docker's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        record::read("an image manifest", bytes)
    }

    /// Compact JSON, the bytes that the digest is of.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        record::print("an image manifest", self)
    }
}

impl Index {
    /// An OCI image index of these manifests, sorted by platform.
    pub fn new(mut manifests: Vec<Descriptor>) -> Self {
        manifests.sort_by_cached_key(|manifest| (manifest.platform(), manifest.digest));
        Self {
            schema_version: 2,
            media_type: Some(media_type::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: BTreeMap::new(),
            other: BTreeMap::new(),
        }
    }

    /// Reads an image index or a Docker manifest list.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        record::read("an image index", bytes)
    }

    /// Compact JSON, the bytes that the digest is of.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        record::print("an image index", self)
    }
}

#[cfg(test)]
mod tests;
