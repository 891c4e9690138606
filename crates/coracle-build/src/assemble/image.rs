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
        exposed_ports: service
            .expose
            .iter()
            .map(|port| port.value.clone())
            .collect(),
        healthcheck: service
            .healthcheck
            .as_ref()
            .map(|healthcheck| healthcheck.value.clone()),
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

#[cfg(test)]
mod tests {
    use coracle_oci::config::Healthcheck;
    use coracle_toolchain::{GoProgram, Inputs, Language, Program};

    use super::*;
    use crate::plan::{Decision, Linkage, UserId};
    use crate::settings::ServiceSettings;

    fn service() -> ServicePlan {
        let program = Program {
            name: "api".to_owned(),
            package: "m".to_owned(),
            version: None,
            description: None,
            license: None,
            homepage: None,
            repository: None,
            authors: Vec::new(),
            language: Language::Go(GoProgram {
                module_directory: "/m".into(),
                module_path: "m".to_owned(),
                import_path: "m".to_owned(),
                directory: "/m".into(),
            }),
            inputs: Inputs::default(),
        };
        let user = UserId { user: 1, group: 2 };
        ServicePlan {
            name: "api".to_owned(),
            program,
            programs: std::collections::BTreeMap::new(),
            linkage: Decision::new(Linkage::Static, "a test"),
            native: coracle_toolchain::Native::default(),
            files: Vec::new(),
            packages: Vec::new(),
            user: Decision::new(user, "a test"),
            entrypoint: Decision::new(vec!["/app/api".to_owned()], "a test"),
            arguments: Vec::new(),
            working_directory: "/".to_owned(),
            environment: std::collections::BTreeMap::new(),
            expose: vec![Decision::new("80/tcp".to_owned(), "a test")],
            healthcheck: Some(Decision::new(
                Healthcheck {
                    test: ["CMD", "/app/api", "health"].map(str::to_owned).into(),
                    interval: Some(30_000_000_000),
                    ..Healthcheck::default()
                },
                "a test",
            )),
            volumes: Vec::new(),
            labels: std::collections::BTreeMap::new(),
            names: Vec::new(),
            open: crate::plan::Open::default(),
            settings: ServiceSettings::default(),
        }
    }

    #[test]
    fn ports_and_the_health_check_are_written_as_docker_reads_them() {
        let config = config(&service(), &Platform::linux("amd64"), &[], 0).unwrap();
        let bytes = config.to_bytes().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let healthcheck =
            r#""Healthcheck":{"Test":["CMD","/app/api","health"],"Interval":30000000000}"#;
        assert!(text.contains(healthcheck), "{text}");
        assert!(text.contains(r#""ExposedPorts":{"80/tcp":{}}"#), "{text}");
    }
}
