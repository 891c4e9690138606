//! What an image is called: REPOSITORY/SERVICE:TAG, without a repository SERVICE:TAG.

use std::fmt;

use coracle_oci::Reference;
use coracle_oci::reference::ReferenceError;

use crate::settings::Settings;

/// The name of an image, as people and layouts have it, and as a registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    text: String,
    reference: Reference,
}

impl ImageName {
    /// The same name in full, as a registry has it: Docker's rules fill in what a short name leaves out.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(crate) fn parse(text: String) -> Result<ImageName, Error> {
        match text.parse() {
            Ok(reference) => Ok(ImageName { text, reference }),
            Err(source) => Err(Error { text, source }),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A name or tag that the reference grammar does not allow.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no image name")]
pub struct Error {
    text: String,
    source: ReferenceError,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

/// The names of a service's image; `-t name:tag` replaces the service's name, and with a `/` the repository too.
pub(super) fn names(settings: &Settings, service: &str) -> Result<Vec<ImageName>, Error> {
    let in_repository = |name: &str| match &settings.repository {
        Some(repository) => format!("{repository}/{name}"),
        None => name.to_owned(),
    };
    if let Some(name) = &settings.name {
        let text = if name.contains('/') {
            name.clone()
        } else {
            in_repository(name)
        };
        return Ok(vec![ImageName::parse(text)?]);
    }
    let named = |tag: &String| ImageName::parse(in_repository(&format!("{service}:{tag}")));
    settings.tags.iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::SystemTime;

    use coracle_oci::Platform;

    use super::*;

    fn check(repository: Option<&str>, name: Option<&str>, expected: (&str, &str)) {
        let mut settings = Settings::new(
            PathBuf::new(),
            Platform::linux("amd64"),
            PathBuf::new(),
            SystemTime::UNIX_EPOCH,
        );
        settings.repository = repository.map(|repository| repository.parse().unwrap());
        settings.name = name.map(str::to_owned);
        let names = names(&settings, "worker").unwrap();
        let [name] = names.as_slice() else {
            panic!("one name expected")
        };
        assert_eq!(
            (
                name.to_string().as_str(),
                name.reference().to_string().as_str()
            ),
            expected
        );
    }

    #[test]
    fn a_name_is_short_without_a_repository_and_full_with_one() {
        check(
            None,
            None,
            ("worker:latest", "docker.io/library/worker:latest"),
        );
        check(
            Some("ghcr.io/acme"),
            None,
            ("ghcr.io/acme/worker:latest", "ghcr.io/acme/worker:latest"),
        );
        check(
            Some("ghcr.io/acme"),
            Some("other:v1"),
            ("ghcr.io/acme/other:v1", "ghcr.io/acme/other:v1"),
        );
        check(
            Some("ghcr.io/acme"),
            Some("quay.io/x/other:v1"),
            ("quay.io/x/other:v1", "quay.io/x/other:v1"),
        );
    }
}
