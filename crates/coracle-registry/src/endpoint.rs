//! Where a registry is: its API's address, http or https. Who may use it is `authorization`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use coracle_transport::{Client, Method, Request, is_loopback};

use crate::Error;

/// A registry as it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// As references name it.
    pub(crate) registry: String,
    /// `https://host[:port]`, without a slash at the end.
    pub(crate) base: String,
}

impl Endpoint {
    pub(crate) fn is_encrypted(&self) -> bool {
        self.base.starts_with("https://")
    }
}

/// Remembers how each registry is reached.
#[derive(Debug)]
pub(crate) struct Endpoints {
    insecure: Vec<String>,
    known: Mutex<BTreeMap<String, Endpoint>>,
}

impl Endpoints {
    pub(crate) fn new(insecure: Vec<String>) -> Endpoints {
        Endpoints {
            insecure,
            known: Mutex::default(),
        }
    }

    /// Finds out how to reach a registry, once.
    pub(crate) fn find(&self, client: &Client, registry: &str) -> Result<Endpoint, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(endpoint) = known.get(registry) {
            return Ok(endpoint.clone());
        }
        let host = match registry {
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        let base = format!("{}://{host}", self.scheme(client, host)?);
        let endpoint = Endpoint {
            registry: registry.to_owned(),
            base,
        };
        known.insert(registry.to_owned(), endpoint.clone());
        Ok(endpoint)
    }

    /// On loopback http is asked first: a registry there is most often plain, nobody listens in, and
    /// a TLS server refuses plain text at once while a plain server may wait for the rest of a
    /// handshake until it times out. An `insecure` registry elsewhere is asked in https first, so
    /// that one which has TLS gets it. All others are https, unasked.
    fn scheme(&self, client: &Client, host: &str) -> Result<&'static str, Error> {
        if is_loopback(host_name(host)) {
            if matches!(ask(client, "http", host), Ok(true)) {
                return Ok("http");
            }
            // Neither: let the request itself find out and say why.
            let encrypted = matches!(ask(client, "https", host), Ok(true));
            return Ok(if encrypted { "https" } else { "http" });
        }
        if !self
            .insecure
            .iter()
            .any(|insecure| insecure.eq_ignore_ascii_case(host))
        {
            return Ok("https");
        }
        match ask(client, "https", host) {
            Ok(_) => Ok("https"),
            Err(error @ coracle_transport::Error::Certificate { .. }) => Err(error.into()),
            Err(_) => Ok("http"),
        }
    }
}

/// Does a registry answer there?
fn ask(client: &Client, scheme: &str, host: &str) -> Result<bool, coracle_transport::Error> {
    let url = format!("{scheme}://{host}/v2/");
    let response = client.send(Request::new(Method::Get, url).without_retries())?;
    // A server for https says 400 to http; one that is merely busy is a registry all the same.
    Ok(!matches!(response.status(), 400 | 404 | 426))
}

/// Without the port; an IPv6 address keeps its brackets.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_stands_before_the_port() {
        assert_eq!(host_name("localhost:5000"), "localhost");
        assert_eq!(host_name("ghcr.io"), "ghcr.io");
        assert_eq!(host_name("[::1]:5000"), "[::1]");
        assert_eq!(host_name("[::1]"), "[::1]");
    }

    #[test]
    fn a_registry_elsewhere_is_https_and_docker_hub_has_another_name() {
        let client = Client::new(coracle_transport::ClientOptions::default()).unwrap();
        let endpoints = Endpoints::new(Vec::new());
        let base = |registry: &str| endpoints.find(&client, registry).unwrap().base;
        assert_eq!(base("ghcr.io"), "https://ghcr.io");
        assert_eq!(
            base("localhost.example:5000"),
            "https://localhost.example:5000"
        );
        assert_eq!(base("docker.io"), "https://registry-1.docker.io");
    }
}
