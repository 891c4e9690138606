//! Images in tar files: a layout that was packed, or what `docker save` writes.

use std::collections::BTreeMap;
use std::io::Read;

use coracle_oci::digest::VerifyingReader;
use coracle_oci::manifest::MOST_BYTES;
use coracle_oci::{Archive, Descriptor, Digest, ImageConfig, Index, media_type};
use serde::Deserialize;

use super::{Error, Image, Layer, Place, Selected, Source};

/// A packed layout.
pub(crate) struct OciArchive {
    archive: Archive,
    pub(super) entries: Vec<Descriptor>,
}

impl OciArchive {
    pub(super) fn read(archive: Archive, source: &Source) -> Result<OciArchive, Error> {
        let index = archive.read_whole("index.json", MOST_BYTES)?;
        let index = Index::from_bytes(&index).map_err(|cause| Error::record(source, cause))?;
        Ok(OciArchive {
            archive,
            entries: index.manifests,
        })
    }

    pub(super) fn blob(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, Error> {
        let Descriptor { digest, size, .. } = descriptor;
        let reader = self.archive.read(&blob_name(digest))?;
        Ok(Box::new(VerifyingReader::new(reader, *digest, *size)))
    }

    pub(super) fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let reader = self.blob(descriptor)?;
        let read = reader.take(MOST_BYTES).read_to_end(&mut bytes);
        read.map_err(|source| Error::Content {
            image: self.archive.path().display().to_string(),
            what: descriptor.digest.to_string(),
            source,
        })?;
        Ok(bytes)
    }
}

/// Where a layout has a blob.
pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// An entry of `manifest.json`, as `docker save` writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Vec<String>,
    #[serde(default)]
    layer_sources: BTreeMap<String, Descriptor>,
}

/// The image of an archive of `docker save` that is meant.
pub(super) fn docker_image(
    archive: &Archive,
    selected: &Selected,
    source: &Source,
) -> Result<Image, Error> {
    let list = archive.read_whole("manifest.json", MOST_BYTES)?;
    let list: Vec<Saved> = serde_json::from_slice(&list).map_err(|cause| Error::List {
        image: source.to_string(),
        source: cause,
    })?;
    let known = || {
        let tags = list.iter().flat_map(|saved| &saved.repo_tags).flatten();
        tags.cloned().collect()
    };
    let found = match (selected, list.as_slice()) {
        (Selected::Only, [only]) => Some(only),
        (Selected::Only, several) => {
            return Err(Error::Several {
                image: source.to_string(),
                count: several.len(),
                known: known(),
            });
        }
        (Selected::Named(name), list) => list
            .iter()
            .find(|saved| saved.repo_tags.iter().flatten().any(|tag| tag == name)),
        (Selected::Pinned(digest), list) => list
            .iter()
            .find(|saved| saved.config.contains(&digest.hex())),
    };
    let saved = found.ok_or_else(|| Error::NotThere {
        image: source.to_string(),
        known: known(),
    })?;
    let config = archive.read_whole(&saved.config, MOST_BYTES)?;
    let config = ImageConfig::from_bytes(&config).map_err(|cause| Error::record(source, cause))?;
    let diff_ids = &config.rootfs.diff_ids;
    if diff_ids.len() != saved.layers.len() {
        return Err(Error::Count {
            image: source.to_string(),
            layers: saved.layers.len(),
            diff_ids: diff_ids.len(),
        });
    }
    let layers = saved.layers.iter().zip(diff_ids);
    let layers = layers.map(|(member, diff_id)| layer(archive, saved, member, *diff_id));
    let layers = layers.collect::<Result<_, Error>>()?;
    Ok(Image {
        manifest: None,
        config,
        layers,
    })
}

fn layer(archive: &Archive, saved: &Saved, member: &str, diff_id: Digest) -> Result<Layer, Error> {
    let known = saved.layer_sources.get(&diff_id.to_string());
    let media_type = match known {
        Some(descriptor) => descriptor.media_type.clone(),
        None => packing(archive, member)?.to_owned(),
    };
    Ok(Layer {
        diff_id,
        media_type,
        size: archive.size(member)?,
        place: Place::Member(member.to_owned()),
    })
}

/// How a layer is packed, by its first bytes: archives say nothing of it.
fn packing(archive: &Archive, member: &str) -> Result<&'static str, Error> {
    let mut magic = Vec::new();
    let read = archive.read(member)?.take(2).read_to_end(&mut magic);
    read.map_err(|source| Error::Content {
        image: archive.path().display().to_string(),
        what: member.to_owned(),
        source,
    })?;
    Ok(match magic.as_slice() {
        [0x1f, 0x8b] => media_type::LAYER_GZIP,
        _ => media_type::LAYER,
    })
}
