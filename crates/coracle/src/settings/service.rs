//! One `[services.NAME]` of the file as the settings of a service.

use std::collections::BTreeMap;

use coracle_build::settings::{LinkagePolicy, Policy, ProgramChoice, ServiceSettings};

use super::file::{Configuration, Linkage, Port, Service, User};
use crate::arguments::Selection;

/// A value that the file's grammar allows and that means nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`max-size = \"{written}\"` of {service} is no size")]
    Size { service: String, written: String },
    #[error("`{written}` in `expose` of {service} is no port")]
    Port { service: String, written: String },
    #[error("{service} has both `go` and `cargo`")]
    TwoPrograms { service: String },
}

impl Error {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Size { .. } => Some(
                "write a number and B, kB, MB, GB (powers of 1000) or KiB, MiB, GiB: \"40MB\""
                    .to_owned(),
            ),
            Error::Port { .. } => Some("write 8080, \"8080/tcp\" or \"53/udp\"".to_owned()),
            Error::TwoPrograms { .. } => Some("keep the one it is built with".to_owned()),
        }
    }
}

/// All configured services, with what the flags say for every one.
pub(super) fn all(
    configuration: &Configuration,
    selection: Option<&Selection>,
) -> Result<BTreeMap<String, ServiceSettings>, Error> {
    let one = |(name, service): (&String, &Service)| {
        Ok((name.clone(), settings(name, service, selection)?))
    };
    configuration.services.iter().map(one).collect()
}

/// What the flags alone say: the settings of a service that the file does not name.
pub(super) fn from_flags(selection: Option<&Selection>) -> ServiceSettings {
    ServiceSettings {
        features: selection
            .map(|selection| selection.features.clone())
            .unwrap_or_default(),
        profile: selection.and_then(|selection| selection.profile.clone()),
        ..ServiceSettings::default()
    }
}

fn settings(
    name: &str,
    service: &Service,
    selection: Option<&Selection>,
) -> Result<ServiceSettings, Error> {
    let flags = from_flags(selection);
    let ports = service.expose.iter().map(|port| exposed(name, port));
    Ok(ServiceSettings {
        program: program(name, service)?,
        compose: service.compose.clone(),
        packages: service.packages.clone(),
        environment: service.env.clone(),
        expose: ports.collect::<Result<_, _>>()?,
        volumes: service.volumes.clone(),
        user: service.user.as_ref().map(|user| match user {
            User::Number(number) => number.to_string(),
            User::Text(text) => text.clone(),
        }),
        entrypoint: service.entrypoint.clone(),
        arguments: service.args.clone(),
        working_directory: service.workdir.clone(),
        labels: service.labels.clone(),
        certificates: service.certificates.clone(),
        tags: service.tags.clone(),
        ldflags: service.ldflags.clone(),
        features: service
            .features
            .iter()
            .cloned()
            .chain(flags.features)
            .collect(),
        profile: flags.profile.or_else(|| service.profile.clone()),
        policy: policy(name, service)?,
    })
}

fn program(name: &str, service: &Service) -> Result<Option<ProgramChoice>, Error> {
    match (&service.go, &service.cargo) {
        (Some(_), Some(_)) => Err(Error::TwoPrograms {
            service: name.to_owned(),
        }),
        (Some(folder), None) => Ok(Some(ProgramChoice::Go(folder.clone()))),
        (None, Some(cargo)) => Ok(Some(ProgramChoice::Cargo {
            package: cargo.package.clone(),
            bin: cargo.bin.clone(),
        })),
        (None, None) => Ok(None),
    }
}

fn policy(name: &str, service: &Service) -> Result<Policy, Error> {
    let written = service.policy.max_size.as_ref();
    let max_size = written.map(|written| {
        bytes(written).ok_or_else(|| Error::Size {
            service: name.to_owned(),
            written: written.clone(),
        })
    });
    let linkage = service
        .policy
        .linkage
        .or(service.linkage)
        .map(|linkage| match linkage {
            Linkage::Static => LinkagePolicy::Static,
            Linkage::Dynamic => LinkagePolicy::Dynamic,
        });
    Ok(Policy {
        max_size: max_size.transpose()?,
        linkage,
        forbid_packages: service.policy.forbid_packages.clone(),
    })
}

/// `8080` is `8080/tcp`.
fn exposed(service: &str, port: &Port) -> Result<String, Error> {
    let written = match port {
        Port::Number(number) => return Ok(format!("{number}/tcp")),
        Port::Text(text) => text,
    };
    let (number, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
    match (number.parse::<u16>(), protocol) {
        (Ok(number), "tcp" | "udp" | "sctp") => Ok(format!("{number}/{protocol}")),
        _ => Err(Error::Port {
            service: service.to_owned(),
            written: written.clone(),
        }),
    }
}

/// `40MB` in bytes.
fn bytes(written: &str) -> Option<u64> {
    let at = written
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(written.len());
    let (number, unit) = written.split_at(at);
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1000 * 1000,
        "GB" => 1000 * 1000 * 1000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_both_kinds_of_units() {
        for (written, expected) in [
            ("40MB", Some(40_000_000)),
            ("1 KiB", Some(1024)),
            ("7", Some(7)),
            ("MB", None),
            ("4XB", None),
        ] {
            assert_eq!(bytes(written), expected, "{written}");
        }
    }

    #[test]
    fn a_port_is_a_number_and_a_protocol() {
        assert_eq!(exposed("a", &Port::Number(80)).unwrap(), "80/tcp");
        assert_eq!(
            exposed("a", &Port::Text("53/udp".into())).unwrap(),
            "53/udp"
        );
        assert!(exposed("a", &Port::Text("99999".into())).is_err());
        assert!(exposed("a", &Port::Text("80/http".into())).is_err());
    }
}
