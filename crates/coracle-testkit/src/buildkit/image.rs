//! Images of tars, written as an OCI layout: the layers as they are, not compressed, for they go over loopback.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// What the index is called in the layout.
pub(super) const NAME: &str = "image";

/// An image for one platform.
pub(super) struct Image {
    pub(super) architecture: &'static str,
    /// Bottom first; they are moved into the layout.
    pub(super) layers: Vec<PathBuf>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) command: &'static str,
    pub(super) directory: &'static str,
}

/// Writes one index with these images.
pub(super) fn write(images: &[Image], layout: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(layout.join("blobs/sha256"))?;
    fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )?;
    let manifests = images.iter().map(|image| {
        let mut descriptor = image.write(layout)?;
        descriptor["platform"] = json!({"os": "linux", "architecture": image.architecture});
        Ok(descriptor)
    });
    let manifests = manifests.collect::<anyhow::Result<Vec<Value>>>()?;
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
    let mut root = record(layout, INDEX, &index)?;
    root["annotations"] = json!({"org.opencontainers.image.ref.name": NAME});
    let top = json!({"schemaVersion": 2, "manifests": [root]});
    fs::write(layout.join("index.json"), top.to_string())?;
    Ok(())
}

impl Image {
    fn write(&self, layout: &Path) -> anyhow::Result<Value> {
        let layers = self.layers.iter().map(|layer| {
            let (digest, size) = measured(layer)?;
            fs::rename(layer, blob(layout, &digest)).context("cannot move a layer")?;
            Ok(json!({"mediaType": LAYER, "digest": digest, "size": size}))
        });
        let layers = layers.collect::<anyhow::Result<Vec<Value>>>()?;
        let digests: Vec<&Value> = layers.iter().map(|layer| &layer["digest"]).collect();
        let variables = self.environment.iter();
        let variables: Vec<String> = variables
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let config = json!({
            "os": "linux",
            "architecture": self.architecture,
            "config": {"Env": variables, "Cmd": [self.command], "WorkingDir": self.directory},
            "rootfs": {"type": "layers", "diff_ids": digests},
        });
        let config = record(layout, CONFIG, &config)?;
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        record(layout, MANIFEST, &manifest)
    }
}

fn blob(layout: &Path, digest: &str) -> PathBuf {
    layout.join("blobs").join(digest.replace(':', "/"))
}

/// Writes a record and describes it.
fn record(layout: &Path, media_type: &str, value: &Value) -> anyhow::Result<Value> {
    let bytes = value.to_string();
    let digest = named(&Sha256::digest(&bytes));
    fs::write(blob(layout, &digest), &bytes)?;
    Ok(json!({"mediaType": media_type, "digest": digest, "size": bytes.len()}))
}

fn measured(file: &Path) -> anyhow::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = opened.read(&mut buffer)?;
        if count == 0 {
            return Ok((named(&hash.finalize()), size));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        size += count as u64;
    }
}

fn named(hash: &[u8]) -> String {
    let digits = hash.iter().map(|byte| format!("{byte:02x}"));
    format!("sha256:{}", digits.collect::<String>())
}
