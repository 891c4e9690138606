//! Files that are secrets by their names. What is in them is not looked at.

use super::{File, FileKind, Subject, files};

/// The last parts of paths.
const NAMES: [&str; 14] = [
    ".env",
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "key.pem",
    "privkey.pem",
    "private.pem",
];
/// The ends of those.
const ENDS: [&str; 5] = [".key", "-key.pem", "_key.pem", ".p12", ".pfx"];
/// The ends of paths.
const PLACES: [&str; 8] = [
    ".aws/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".config/gcloud/application_default_credentials.json",
    ".docker/config.json",
    ".git/config",
    ".kube/config",
    ".terraform.d/credentials.tfrc.json",
];
/// Folders of what others publish, and of tests among it.
const PUBLIC: [&str; 4] = ["usr/share/", "node_modules/", "site-packages/", "testdata/"];
/// `.env.example` and its like are to be read.
const SAMPLES: [&str; 4] = [".example", ".sample", ".template", ".dist"];

/// What is said of all that there are.
pub(super) fn of(subject: &Subject<'_>) -> Option<String> {
    let found = subject.files.iter().filter(|file| is_secret(file));
    let paths: Vec<String> = found.map(|file| format!("/{}", file.path)).collect();
    (!paths.is_empty()).then(|| {
        format!(
            "{} by {} {}: {}",
            if paths.len() == 1 {
                "a file is a secret".to_owned()
            } else {
                format!("{} files are secrets", paths.len())
            },
            if paths.len() == 1 { "its" } else { "their" },
            if paths.len() == 1 { "name" } else { "names" },
            files::some(&paths)
        )
    })
}

fn is_secret(file: &File<'_>) -> bool {
    let path = file.path;
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_public = PUBLIC.iter().any(|folder| {
        let inside = |at: usize| at == 0 || path.as_bytes().get(at - 1) == Some(&b'/');
        path.match_indices(folder).any(|(at, _)| inside(at))
    });
    let is_environment =
        name.starts_with(".env.") && !SAMPLES.iter().any(|sample| name.ends_with(sample));
    let is_at = |place: &&str| {
        let before = path.strip_suffix(*place);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    file.kind == FileKind::Regular
        && !file.is_owned
        && !is_public
        && (NAMES.contains(&name)
            || is_environment
            || ENDS.iter().any(|end| name.ends_with(end))
            || PLACES.iter().any(is_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_told(path: &str) -> bool {
        is_secret(&File {
            path,
            mode: 0o600,
            kind: FileKind::Regular,
            is_owned: false,
        })
    }

    #[test]
    fn secrets_are_known_by_their_names_and_places() {
        for path in [
            "root/.ssh/id_rsa",
            "app/.env",
            "app/.env.production",
            "app/tls/server.key",
            "root/.docker/config.json",
            ".git/config",
            "home/worker/.aws/credentials",
            "app/.npmrc",
        ] {
            assert!(is_told(path), "{path}");
        }
        for path in [
            "app/.env.example",
            "usr/share/doc/openssl/test.key",
            "usr/local/lib/node_modules/npm/.npmrc",
            "root/.ssh/id_rsa.pub",
            "etc/ssl/cert.pem",
            "app/config.json",
            "app/x.git/config",
        ] {
            assert!(!is_told(path), "{path}");
        }
        let owned = File {
            path: "etc/unbound/server.key",
            mode: 0o600,
            kind: FileKind::Regular,
            is_owned: true,
        };
        assert!(!is_secret(&owned));
    }
}
