//! Who compiles: this machine, or a BuildKit, and where that is.

use std::path::PathBuf;

use coracle_build::settings::{Address, Builder, DEFAULT_ADDRESS, NoAddress};

use super::environment::{self, Environment, variable};
use super::file::Configuration;
use crate::arguments::Compiling;

/// Why it is not known who compiles.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{written}` ({origin}) is no engine")]
    Unknown { written: String, origin: String },
    #[error("{origin} names a BuildKit that cannot be asked")]
    Address {
        origin: String,
        #[source]
        source: NoAddress,
    },
    #[error("--cache-from and --cache-to are a BuildKit's, and this machine compiles")]
    Cache,
    #[error("coracle does not know where its own program is, which a BuildKit is sent")]
    NoProgram,
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Unknown { .. } => {
                Some("engines are local, buildkit and buildkit=ADDRESS".to_owned())
            }
            Error::Address { source, .. } => Some(source.hint()),
            Error::Cache => Some("add `--engine buildkit`".to_owned()),
            Error::NoProgram => Some("start coracle by its full path".to_owned()),
        }
    }
}

/// The builder; `None` where this machine compiles.
pub(super) fn read(
    compiling: Option<&Compiling>,
    configuration: &Configuration,
    environment: &Environment,
) -> Result<Option<Builder>, Error> {
    let flag = compiling.and_then(|compiling| compiling.engine.clone());
    let told = |name: &str| Some(variable(name)?.to_string_lossy().into_owned());
    let told = |name: &str| told(name).filter(|value| !value.is_empty());
    let written = flag
        .map(|engine| (engine, "--engine"))
        .or_else(|| Some((told("CORACLE_ENGINE")?, "CORACLE_ENGINE")))
        .or_else(|| Some((configuration.engine.clone()?, "`engine` in coracle.toml")));
    let address = match written {
        Some((written, origin)) => address(&written, origin, || told("BUILDKIT_HOST"))?,
        None => None,
    };
    let caches = |of: fn(&Compiling) -> &Vec<String>| {
        compiling.map(|told| of(told).clone()).unwrap_or_default()
    };
    let cache_from = caches(|compiling| &compiling.cache_from);
    let cache_to = caches(|compiling| &compiling.cache_to);
    let Some(address) = address else {
        return match cache_from.is_empty() && cache_to.is_empty() {
            true => Ok(None),
            false => Err(Error::Cache),
        };
    };
    let program: PathBuf = environment.own_program.clone().ok_or(Error::NoProgram)?;
    let (variables, secrets) = environment::for_builders();
    Ok(Some(Builder {
        address,
        cache_from,
        cache_to,
        program,
        variables,
        secrets,
    }))
}

/// `local`, `buildkit`, or `buildkit=ADDRESS`.
fn address(
    written: &str,
    origin: &str,
    host: impl Fn() -> Option<String>,
) -> Result<Option<Address>, Error> {
    let (address, origin) = match written.split_once('=') {
        None if written == "local" => return Ok(None),
        None if written == "buildkit" => match host() {
            Some(host) => (host, "BUILDKIT_HOST"),
            None => (DEFAULT_ADDRESS.to_owned(), origin),
        },
        Some(("buildkit", address)) => (address.to_owned(), origin),
        _ => {
            return Err(Error::Unknown {
                written: written.to_owned(),
                origin: origin.to_owned(),
            });
        }
    };
    let address = Address::parse(&address).map_err(|source| Error::Address {
        origin: origin.to_owned(),
        source,
    })?;
    Ok(Some(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str, host: Option<&str>) -> Result<Option<String>, Error> {
        let address = address(written, "--engine", || host.map(str::to_owned))?;
        Ok(address.map(|address| address.to_string()))
    }

    #[test]
    fn a_buildkit_is_where_it_is_said_to_be_else_where_its_own_clients_look() {
        assert_eq!(read("local", Some("tcp://h:1")).unwrap(), None);
        assert_eq!(
            read("buildkit", None).unwrap().as_deref(),
            Some(DEFAULT_ADDRESS)
        );
        let host = read("buildkit", Some("tcp://h:1")).unwrap();
        assert_eq!(host.as_deref(), Some("tcp://h:1"));
        let told = read("buildkit=kube-pod://b", Some("tcp://h:1")).unwrap();
        assert_eq!(told.as_deref(), Some("kube-pod://b"));
    }

    #[test]
    fn what_is_no_engine_or_no_address_is_refused_with_what_would_be_one() {
        let unknown = read("docker", None).unwrap_err();
        assert_eq!(unknown.to_string(), "`docker` (--engine) is no engine");
        assert!(unknown.hint().unwrap().contains("buildkit=ADDRESS"));
        let scheme = read("buildkit=http://h", None).unwrap_err();
        assert!(scheme.hint().unwrap().contains("tcp://"), "{scheme}");
        let of_variable = read("buildkit", Some("h:1")).unwrap_err();
        assert!(
            of_variable.to_string().starts_with("BUILDKIT_HOST"),
            "{of_variable}"
        );
    }
}
