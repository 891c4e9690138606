//! Files of other releases, from the Debian archive that the host's apt uses.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The address of the main archive in the host's apt configuration.
const ADDRESS: &str = "grep -hsE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d/* \
    | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1";

/// A package of a suite, unpacked.
pub(super) struct Package {
    folder: tempfile::TempDir,
}

impl Package {
    pub(super) fn fetch(suite: &str, name: &str) -> Self {
        Self::fetch_for(suite, "amd64", name)
    }

    pub(super) fn fetch_for(suite: &str, architecture: &str, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = shell(folder.path(), ADDRESS);
        let archive = archive.trim().trim_end_matches('/');
        assert!(!archive.is_empty(), "no Debian archive in /etc/apt");
        let index = format!("{archive}/dists/{suite}/main/binary-{architecture}/Packages.xz");
        let wanted = format!("/^Package: {name}$/{{p=1}} p&&/^Filename:/{{print $2; exit}}");
        let pool = shell(
            folder.path(),
            &format!("curl -sSf {index} | xz -dc | awk '{wanted}'"),
        );
        let pool = pool.trim();
        assert!(pool.starts_with("pool/"), "{suite} has no {name}: {pool}");
        shell(
            folder.path(),
            &format!("curl -sSfo package.deb {archive}/{pool} && dpkg-deb -x package.deb root"),
        );
        Self { folder }
    }

    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path)
    }
}

fn shell(folder: &Path, text: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", text])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{text}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
