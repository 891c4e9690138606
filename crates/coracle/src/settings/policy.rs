//! What a policy says, as settings: of a service in the file, or of a file of its own that `--policy` names.

use std::path::Path;

use coracle_build::settings::{LinkagePolicy, Policy, UserPolicy};

use super::file::{self, Linkage, PolicyUser};

/// A value that the file's grammar allows and that means nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`max-size = \"{written}\"` of {place} is no size")]
    Size { place: String, written: String },
    #[error("`{written}` in `{key}` of {place} is no path of an image")]
    Path {
        place: String,
        key: &'static str,
        written: String,
    },
    #[error(transparent)]
    File(#[from] file::Error),
}

impl Error {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Size { .. } => Some(
                "write a number and B, kB, MB, GB (powers of 1000) or KiB, MiB, GiB: \"40MB\""
                    .to_owned(),
            ),
            Error::Path { .. } => Some(
                "write the whole path, \"/bin/sh\", or a folder and all that is in it, \"/usr/share/doc/\""
                    .to_owned(),
            ),
            Error::File(error) => error.hint(),
        }
    }
}

/// The policy of a file.
pub(crate) fn read(path: &Path) -> Result<Policy, Error> {
    let written = file::read_policy(path)?;
    settings(&path.display().to_string(), &written)
}

/// What is written in some place.
pub(super) fn settings(place: &str, written: &file::Policy) -> Result<Policy, Error> {
    let max_size = written.max_size.as_ref().map(|written| {
        bytes(written).ok_or_else(|| Error::Size {
            place: place.to_owned(),
            written: written.clone(),
        })
    });
    Ok(Policy {
        max_size: max_size.transpose()?,
        linkage: written.linkage.map(linkage),
        user: written.user.map(|user| match user {
            PolicyUser::NonRoot => UserPolicy::NonRoot,
            PolicyUser::Any => UserPolicy::Any,
        }),
        forbid_packages: written.forbid_packages.clone(),
        require_packages: written.require_packages.clone(),
        forbid_files: paths(place, "forbid-files", &written.forbid_files)?,
        require_files: paths(place, "require-files", &written.require_files)?,
        labels: written.labels.clone(),
        setuid: written.setuid,
        world_writable: written.world_writable,
        secrets: written.secrets,
        base_eol: written.base_eol,
        certificates: written.certificates,
        time_zones: written.time_zones,
        one_service: written.one_service,
    })
}

pub(super) fn linkage(written: Linkage) -> LinkagePolicy {
    match written {
        Linkage::Static => LinkagePolicy::Static,
        Linkage::Dynamic => LinkagePolicy::Dynamic,
    }
}

fn paths(place: &str, key: &'static str, written: &[String]) -> Result<Vec<String>, Error> {
    // A pattern would be looked for as a name, and never be found.
    let is_none = |path: &&String| !path.starts_with('/') || path.contains(['*', '?']);
    match written.iter().find(is_none) {
        None => Ok(written.to_vec()),
        Some(path) => Err(Error::Path {
            place: place.to_owned(),
            key,
            written: path.clone(),
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
    fn a_path_of_a_policy_is_whole_and_no_pattern() {
        let policy = |path: &str| file::Policy {
            forbid_files: vec![path.to_owned()],
            ..file::Policy::default()
        };
        for good in ["/bin/sh", "/usr/share/doc/"] {
            assert_eq!(settings("a", &policy(good)).unwrap().forbid_files, [good]);
        }
        let error = settings("api", &policy("/app/*.key")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`/app/*.key` in `forbid-files` of api is no path of an image"
        );
        assert!(settings("api", &policy("bin/sh")).is_err());
    }

    #[test]
    fn a_file_that_is_a_policy_has_the_keys_of_a_service_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let text = "max-size = \"1kB\"\nuser = \"nonroot\"\nsetuid = false\nlabels = [\"owner\"]\n";
        std::fs::write(&path, text).unwrap();
        let policy = read(&path).unwrap();
        assert_eq!(policy.max_size, Some(1000));
        assert_eq!(policy.user, Some(UserPolicy::NonRoot));
        assert_eq!((policy.setuid, policy.secrets), (Some(false), None));
        std::fs::write(&path, "set-uid = false\n").unwrap();
        let error = read(&path).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("unknown key `set-uid` in the top level of ")
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean `setuid`?"));
    }
}
