//! One `[services.NAME]` of the file as the settings of a service.

use std::collections::{BTreeMap, BTreeSet};

use coracle_build::settings::{
    FileSettings, Platform, PlatformError, Policy, ProgramChoice, ServiceSettings,
};

use super::file::{Configuration, FileCopy, Port, Service, User};
use super::policy;
use crate::arguments::Selection;

/// A value that the file's grammar allows and that means nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error("`{written}` in `expose` of {service} is no port")]
    Port { service: String, written: String },
    #[error("{service} has both `{first}` and `{second}`")]
    TwoPrograms {
        service: String,
        first: &'static str,
        second: &'static str,
    },
    #[error("`{written}` in `prebuilt` of {service} is no platform")]
    Platform {
        service: String,
        written: String,
        #[source]
        source: PlatformError,
    },
    #[error("`{written}` in `{key}` of {service} is {what}")]
    Library {
        service: String,
        key: &'static str,
        written: String,
        what: &'static str,
    },
    #[error("`mode = \"{written}\"` in `files` of {service} is no octal number up to 7777")]
    Mode { service: String, written: String },
}

impl Error {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Policy(error) => error.hint(),
            Error::Port { .. } => Some("write 8080, \"8080/tcp\" or \"53/udp\"".to_owned()),
            Error::TwoPrograms { .. } => Some("keep the one it is built with".to_owned()),
            Error::Platform { .. } => Some(
                "write prebuilt = { \"linux/amd64\" = \"PATH\", \"linux/arm64\" = \"PATH\" }"
                    .to_owned(),
            ),
            Error::Library {
                key: "provided", ..
            } => Some(
                "write the name as files need it, without a folder: \"libcuda.so.1\"".to_owned(),
            ),
            Error::Library { .. } => Some(
                "write what the program gives dlopen: a name (\"libfoo.so.2\") or a whole path"
                    .to_owned(),
            ),
            Error::Mode { .. } => Some("write \"0644\" for data, \"0755\" for programs".to_owned()),
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
        all_features: selection.is_some_and(|selection| selection.all_features),
        no_default_features: selection.is_some_and(|selection| selection.no_default_features),
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
        build_packages: service.build_packages.clone(),
        bundled: service.bundled,
        files: files(name, &service.files)?,
        environment: service.env.clone(),
        expose: ports.collect::<Result<_, _>>()?,
        volumes: service.volumes.clone(),
        user: service.user.as_ref().map(user_text),
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
        all_features: flags.all_features,
        no_default_features: flags.no_default_features
            || service
                .cargo
                .as_ref()
                .is_some_and(|cargo| cargo.no_default_features),
        profile: flags.profile.or_else(|| service.profile.clone()),
        dlopen: dlopen(name, &service.dlopen)?,
        provided: provided(name, &service.provided)?,
        policy: policy(name, service)?,
    })
}

fn program(name: &str, service: &Service) -> Result<Option<ProgramChoice>, Error> {
    let cargo = service.cargo.as_ref().map(|cargo| ProgramChoice::Cargo {
        package: cargo.package.clone(),
        bin: cargo.bin.clone(),
    });
    let choices = [
        ("go", service.go.clone().map(ProgramChoice::Go)),
        ("cargo", cargo),
        ("prebuilt", prebuilt(name, service)?),
    ];
    let mut choices = choices
        .into_iter()
        .filter_map(|(key, choice)| Some((key, choice?)));
    match (choices.next(), choices.next()) {
        (Some((first, _)), Some((second, _))) => Err(Error::TwoPrograms {
            service: name.to_owned(),
            first,
            second,
        }),
        (choice, _) => Ok(choice.map(|(_, choice)| choice)),
    }
}

fn prebuilt(name: &str, service: &Service) -> Result<Option<ProgramChoice>, Error> {
    let Some(written) = &service.prebuilt else {
        return Ok(None);
    };
    let mut programs = BTreeMap::new();
    for (platform, path) in written {
        let parsed: Platform = platform.parse().map_err(|source| Error::Platform {
            service: name.to_owned(),
            written: platform.clone(),
            source,
        })?;
        programs.insert(parsed.normalised(), path.clone());
    }
    Ok(Some(ProgramChoice::Prebuilt(programs)))
}

fn files(name: &str, written: &[FileCopy]) -> Result<Vec<FileSettings>, Error> {
    let one = |file: &FileCopy| {
        let mode = file.mode.as_ref().map(|written| {
            octal(written).ok_or_else(|| Error::Mode {
                service: name.to_owned(),
                written: written.clone(),
            })
        });
        Ok(FileSettings {
            from: file.from.clone(),
            to: file.to.clone(),
            owner: file.owner.as_ref().map(user_text),
            mode: mode.transpose()?,
        })
    };
    written.iter().map(one).collect()
}

/// `0644` as a number.
fn octal(written: &str) -> Option<u32> {
    let is_octal = written.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    let mode = u32::from_str_radix(written, 8).ok()?;
    (is_octal && mode <= 0o7777).then_some(mode)
}

fn dlopen(service: &str, written: &[String]) -> Result<Vec<String>, Error> {
    let what = |name: &str| match name.split_once('/') {
        _ if name.trim().is_empty() => Some("empty"),
        Some((folder, _)) if !folder.is_empty() => Some("a relative path"),
        _ => None,
    };
    libraries(service, "dlopen", written, what).map(Iterator::collect)
}

fn provided(service: &str, written: &[String]) -> Result<BTreeSet<String>, Error> {
    let what = |name: &str| match name {
        name if name.trim().is_empty() => Some("empty"),
        name if name.contains('/') => Some("a path, and not the name of a library"),
        _ => None,
    };
    libraries(service, "provided", written, what).map(Iterator::collect)
}

/// The names, unless `what` says of one that it is no name of a library.
fn libraries(
    service: &str,
    key: &'static str,
    written: &[String],
    what: impl Fn(&str) -> Option<&'static str>,
) -> Result<impl Iterator<Item = String>, Error> {
    let mut wrong = written.iter().filter_map(|name| Some((name, what(name)?)));
    match wrong.next() {
        None => Ok(written.iter().cloned()),
        Some((written, what)) => Err(Error::Library {
            service: service.to_owned(),
            key,
            written: written.clone(),
            what,
        }),
    }
}

fn user_text(user: &User) -> String {
    match user {
        User::Number(number) => number.to_string(),
        User::Text(text) => text.clone(),
    }
}

/// A linkage of the service is a promise, too.
fn policy(name: &str, service: &Service) -> Result<Policy, Error> {
    let mut policy = policy::settings(name, &service.policy)?;
    let linkage = service.linkage.map(policy::linkage);
    policy.linkage = policy.linkage.or(linkage);
    Ok(policy)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_octal_and_at_most_four_digits_long() {
        for (written, expected) in [
            ("0644", Some(0o644)),
            ("755", Some(0o755)),
            ("4755", Some(0o4755)),
            ("0o644", None),
            ("+644", None),
            ("888", None),
            ("10000", None),
            ("", None),
        ] {
            assert_eq!(octal(written), expected, "{written}");
        }
    }

    #[test]
    fn a_library_that_is_opened_is_a_name_or_a_whole_path_and_one_that_is_provided_a_name() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let good = names(&["libfoo.so.2", "/usr/lib/foo/plugin.so"]);
        assert_eq!(dlopen("a", &good).unwrap(), good);
        let error = dlopen("a", &names(&["lib/x.so"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`lib/x.so` in `dlopen` of a is a relative path"
        );
        assert!(dlopen("a", &names(&[" "])).is_err());
        assert_eq!(provided("a", &names(&["libcuda.so.1"])).unwrap().len(), 1);
        let error = provided("a", &names(&["/usr/lib/libcuda.so.1"])).unwrap_err();
        let text =
            "`/usr/lib/libcuda.so.1` in `provided` of a is a path, and not the name of a library";
        assert_eq!(error.to_string(), text);
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
