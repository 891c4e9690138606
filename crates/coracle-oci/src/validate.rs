//! Whether records make sense, alone and together: what the image specification says with MUST and what every runtime relies
//! on. Digests are not checked here: readers do that.

use std::collections::BTreeMap;

use crate::config::ImageConfig;
use crate::descriptor::Descriptor;
use crate::manifest::{Index, Manifest};
use crate::media_type::{self, Kind, classify};

/// What a record says that it must not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// `schemaVersion` is not 2.
    #[error("expected schemaVersion 2 in {what}, got {got}")]
    SchemaVersion {
        /// Such as "the image manifest".
        what: &'static str,
        /// As given.
        got: u32,
    },
    /// The media type is another record's.
    #[error("expected {expected} as media type of {what}, got `{got}`")]
    MediaType {
        /// Such as "layer 3".
        what: String,
        /// Such as "a layer".
        expected: &'static str,
        /// As given.
        got: String,
    },
    /// A size that no content of this kind can have.
    #[error("expected {what} to have a size from 1 to 2^63 - 1 bytes, got {got}")]
    Size {
        /// Such as "layer 3".
        what: String,
        /// In bytes.
        got: u64,
    },
    /// The layers and their diff IDs do not go together.
    #[error("expected as many diff IDs as layers, got {diff_ids} for {layers}")]
    DiffIds {
        /// Of the manifest.
        layers: usize,
        /// Of the configuration.
        diff_ids: usize,
    },
    /// The layers and the history do not go together.
    #[error("expected as many steps that made a layer as diff IDs, got {steps} for {diff_ids}")]
    History {
        /// Those that are not empty.
        steps: usize,
        /// Of the configuration.
        diff_ids: usize,
    },
    /// `rootfs.type` is not `layers`.
    #[error("expected `layers` as rootfs.type, got `{got}`")]
    RootFsType {
        /// As given.
        got: String,
    },
    /// The architecture or operating system is missing.
    #[error("the image configuration has no {field}")]
    Platform {
        /// `architecture` or `os`.
        field: &'static str,
    },
    /// An OCI record with Docker's content or the reverse.
    #[error("{what} is `{got}` in a manifest of the other kind")]
    Mixed {
        /// Such as "layer 3".
        what: String,
        /// Its media type.
        got: String,
    },
    /// A record with fields of another kind of record, which some programs would take it for (CVE-2021-41190).
    #[error("{what} has a field `{field}`, which belongs to another kind of record")]
    Ambiguous {
        /// Such as "the image index".
        what: &'static str,
        /// As it is written.
        field: String,
    },
}

impl Invalid {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::MediaType { got, .. } if got == media_type::DOCKER_SCHEMA1 => {
                Some("push the image again with a Docker newer than 2016".to_owned())
            }
            _ => None,
        }
    }
}

/// Checks the manifest of an image; artifacts have other configs and layers, and are not checked by this.
pub fn manifest(manifest: &Manifest) -> Result<(), Invalid> {
    schema_version("the image manifest", manifest.schema_version)?;
    let own = manifest
        .media_type
        .as_deref()
        .unwrap_or(media_type::MANIFEST);
    if classify(own) != Kind::Manifest {
        return Err(wrong_type(
            "the image manifest".to_owned(),
            "an image manifest",
            own,
        ));
    }
    unambiguous("the image manifest", &manifest.other)?;
    let docker = own == media_type::DOCKER_MANIFEST;
    let check = |what: String, kind_fits: fn(Kind) -> bool, expected, descriptor: &Descriptor| {
        let got = &descriptor.media_type;
        if !kind_fits(classify(got)) {
            return Err(wrong_type(what, expected, got));
        }
        if docker && !got.starts_with("application/vnd.docker.") {
            let got = got.clone();
            return Err(Invalid::Mixed { what, got });
        }
        size(what, descriptor)
    };
    let is_config = |kind| kind == Kind::Config;
    check(
        "the config".to_owned(),
        is_config,
        "an image configuration",
        &manifest.config,
    )?;
    for (index, layer) in manifest.layers.iter().enumerate() {
        let is_layer = |kind| matches!(kind, Kind::Layer(_));
        check(format!("layer {index}"), is_layer, "a layer", layer)?;
    }
    Ok(())
}

/// Checks an image index: whatever its manifests are, they have sizes.
pub fn index(index: &Index) -> Result<(), Invalid> {
    schema_version("the image index", index.schema_version)?;
    let own = index.media_type.as_deref().unwrap_or(media_type::INDEX);
    if classify(own) != Kind::Index {
        return Err(wrong_type(
            "the image index".to_owned(),
            "an image index",
            own,
        ));
    }
    unambiguous("the image index", &index.other)?;
    for (position, manifest) in index.manifests.iter().enumerate() {
        let what = format!("manifest {position}");
        if !is_media_type(&manifest.media_type) {
            return Err(wrong_type(what, "a media type", &manifest.media_type));
        }
        size(what, manifest)?;
    }
    Ok(())
}

/// Checks an image's configuration.
pub fn config(config: &ImageConfig) -> Result<(), Invalid> {
    if config.architecture.is_empty() {
        return Err(Invalid::Platform {
            field: "architecture",
        });
    }
    if config.os.is_empty() {
        return Err(Invalid::Platform { field: "os" });
    }
    if config.rootfs.kind != "layers" {
        let got = config.rootfs.kind.clone();
        return Err(Invalid::RootFsType { got });
    }
    let diff_ids = config.rootfs.diff_ids.len();
    let made_layer = |step: &&crate::config::History| step.empty_layer != Some(true);
    let steps = config.history.iter().filter(made_layer).count();
    if !config.history.is_empty() && steps != diff_ids {
        return Err(Invalid::History { steps, diff_ids });
    }
    Ok(())
}

/// Checks an image's manifest and configuration, and that they go together.
pub fn image(manifest: &Manifest, config: &ImageConfig) -> Result<(), Invalid> {
    self::manifest(manifest)?;
    self::config(config)?;
    let (layers, diff_ids) = (manifest.layers.len(), config.rootfs.diff_ids.len());
    if layers != diff_ids {
        return Err(Invalid::DiffIds { layers, diff_ids });
    }
    Ok(())
}

fn schema_version(what: &'static str, got: u32) -> Result<(), Invalid> {
    if got == 2 {
        Ok(())
    } else {
        Err(Invalid::SchemaVersion { what, got })
    }
}

/// Programs in Go ignore the case of keys: `Layers` is `layers` to them, and comes here among the unknown fields.
fn unambiguous(
    what: &'static str,
    unknown: &BTreeMap<String, serde_json::Value>,
) -> Result<(), Invalid> {
    const KNOWN: [&str; 7] = [
        "schemaversion",
        "mediatype",
        "config",
        "layers",
        "manifests",
        "fslayers",
        "subject",
    ];
    let is_known = |field: &&String| KNOWN.contains(&field.to_lowercase().as_str());
    match unknown.keys().find(is_known) {
        Some(field) => Err(Invalid::Ambiguous {
            what,
            field: field.clone(),
        }),
        None => Ok(()),
    }
}

/// Go reads sizes as `int64`; and no JSON or tar is empty.
fn size(what: String, descriptor: &Descriptor) -> Result<(), Invalid> {
    match i64::try_from(descriptor.size) {
        Ok(1..) => Ok(()),
        _ => Err(Invalid::Size {
            what,
            got: descriptor.size,
        }),
    }
}

fn wrong_type(what: String, expected: &'static str, got: &str) -> Invalid {
    let got = got.to_owned();
    Invalid::MediaType {
        what,
        expected,
        got,
    }
}

/// `type/subtype`, as RFC 6838 (section 4.2) restricts names.
fn is_media_type(text: &str) -> bool {
    let name = |name: &str| {
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
            && name.len() <= 127
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| name(kind) && name(subtype))
}

#[cfg(test)]
mod tests;
