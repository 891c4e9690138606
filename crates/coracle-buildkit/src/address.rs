//! Where a BuildKit is, as users of its own clients write it.

use std::fmt;

/// Where buildkitd listens where nobody says otherwise.
pub const DEFAULT: &str = "unix:///run/buildkit/buildkitd.sock";

/// What `buildctl --addr` takes, by what is before `://`.
const SCHEMES: [&str; 7] = [
    "unix",
    "tcp",
    "docker-container",
    "podman-container",
    "nerdctl-container",
    "kube-pod",
    "ssh",
];

/// A BuildKit, and by which client it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A daemon: `buildctl --addr`.
    Daemon(String),
    /// A builder of `docker buildx` by its name, or the one that is in use.
    Buildx(Option<String>),
}

/// What is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` is no address of a BuildKit")]
pub struct NoAddress {
    /// What was written.
    pub written: String,
}

impl NoAddress {
    /// What to do next.
    pub fn hint(&self) -> String {
        let written = &self.written;
        if written.starts_with('/') {
            return format!("did you mean `unix://{written}`?");
        }
        let known = SCHEMES.map(|scheme| format!("{scheme}://"));
        format!(
            "write {}…, or buildx or buildx:NAME for a builder of docker buildx",
            known.join("…, ")
        )
    }
}

impl Address {
    /// Reads what a flag, a file or a variable says.
    ///
    /// # Errors
    /// It has no scheme that a client knows, or nothing after it.
    pub fn parse(written: &str) -> Result<Address, NoAddress> {
        let refused = || NoAddress {
            written: written.to_owned(),
        };
        match written.split_once(':') {
            None if written == "buildx" => Ok(Address::Buildx(None)),
            Some(("buildx", name)) if !name.is_empty() && !name.contains('/') => {
                Ok(Address::Buildx(Some(name.to_owned())))
            }
            Some((scheme, rest)) if SCHEMES.contains(&scheme) => {
                match rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty()) {
                    true => Ok(Address::Daemon(written.to_owned())),
                    false => Err(refused()),
                }
            }
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Daemon(address) => formatter.write_str(address),
            Address::Buildx(None) => formatter.write_str("docker buildx"),
            Address::Buildx(Some(name)) => write!(formatter, "docker buildx's {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_buildctl_and_buildx() {
        for written in [
            DEFAULT,
            "tcp://10.0.0.1:1234",
            "docker-container://buildkitd",
            "kube-pod://buildkitd-0?namespace=ci",
            "ssh://user@host",
        ] {
            let address = Address::parse(written);
            assert_eq!(address, Ok(Address::Daemon(written.to_owned())));
        }
        assert_eq!(Address::parse("buildx"), Ok(Address::Buildx(None)));
        assert_eq!(
            Address::parse("buildx:kube"),
            Ok(Address::Buildx(Some("kube".to_owned())))
        );
    }

    #[test]
    fn what_no_client_takes_is_refused_with_what_it_would_take() {
        for written in ["", "http://x", "unix://", "tcp:x", "buildx:", "nothing"] {
            let refused = Address::parse(written).unwrap_err();
            assert!(refused.hint().contains("kube-pod://"), "{written}");
        }
        let path = Address::parse("/run/b.sock").unwrap_err();
        assert_eq!(
            path.to_string(),
            "`/run/b.sock` is no address of a BuildKit"
        );
        assert_eq!(path.hint(), "did you mean `unix:///run/b.sock`?");
    }
}
