//! The two records of an image: config and manifest (OCI image specification, `config.md` and `manifest.md`).

use coracle_oci::config::{ContainerConfig, History, ImageConfig, RootFs};
use coracle_oci::{Descriptor, Manifest, Platform};

use super::{Error, NamedLayer};
use crate::plan::ServicePlan;

/// The annotation of a layer that names its packages, `name@version`, separated by commas.
pub(super) const PACKAGES: &str = "build.coracle.packages";
/// The annotation of a layer that holds only a part of its package: `gconv`, `C.utf8`.
const PART: &str = "build.coracle.part";
/// What containerd, docker and podman give a container that sets no PATH.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) fn config(
    service: &ServicePlan,
    platform: &Platform,
    layers: &[NamedLayer],
    epoch: i64,
) -> Result<ImageConfig, Error> {
    let created = jiff::Timestamp::from_second(epoch)
        .map_err(|_| Error::Epoch { epoch })?
        .to_string();
    let environment = service
        .environment
        .iter()
        .filter(|(name, _)| *name != "PATH");
    let own_path = service
        .environment
        .get("PATH")
        .map(|path| format!("PATH={path}"));
    let path = own_path.unwrap_or_else(|| PATH.to_owned());
    let container = ContainerConfig {
        user: service.user.value.to_string(),
        env: std::iter::once(path)
            .chain(environment.map(|(name, value)| format!("{name}={value}")))
            .collect(),
        entrypoint: service.entrypoint.value.clone(),
        cmd: service.arguments.clone(),
        working_dir: service.working_directory.clone(),
        exposed_ports: service.expose.iter().cloned().collect(),
        volumes: service.volumes.iter().cloned().collect(),
        labels: service
            .labels
            .iter()
            .map(|(key, label)| (key.clone(), label.value.clone()))
            .collect(),
        ..ContainerConfig::default()
    };
    Ok(ImageConfig {
        created: Some(created.clone()),
        config: Some(container),
        rootfs: RootFs {
            kind: "layers".to_owned(),
            diff_ids: layers.iter().map(|named| named.layer.diff_id).collect(),
        },
        history: layers
            .iter()
            .map(|named| history(named, &created))
            .collect(),
        ..ImageConfig::new(platform)
    })
}

fn history(named: &NamedLayer, created: &str) -> History {
    let part = named
        .part
        .map(|part| format!(" ({part})"))
        .unwrap_or_default();
    History {
        created: Some(created.to_owned()),
        created_by: Some(format!("coracle: {}{part}", named.contents.join(", "))),
        ..History::default()
    }
}

pub(super) fn manifest(config: Descriptor, layers: &[NamedLayer]) -> Manifest {
    let describe = |named: &NamedLayer| {
        let mut descriptor = named.layer.descriptor.clone();
        if named.is_package {
            descriptor
                .annotations
                .insert(PACKAGES.to_owned(), named.contents.join(","));
        }
        if let Some(part) = named.part {
            descriptor
                .annotations
                .insert(PART.to_owned(), part.to_owned());
        }
        descriptor
    };
    Manifest::new(config, layers.iter().map(describe).collect())
}
