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
        // A mirror that is half updated lists a package that it does not have yet: the list under the suite's other
        // name is older there, and what that one lists is still in the pool.
        let lists = [suite, alias(suite)];
        let mut failures = Vec::new();
        for list in lists {
            match Self::fetch_listed(folder.path(), archive, (list, architecture, name)) {
                Ok(()) => return Self { folder },
                Err(failure) => failures.push(failure),
            }
        }
        panic!("{}", failures.join("\n"));
    }

    fn fetch_listed(
        folder: &Path,
        archive: &str,
        (list, architecture, name): (&str, &str, &str),
    ) -> Result<(), String> {
        let index = format!("{archive}/dists/{list}/main/binary-{architecture}/Packages.xz");
        let wanted = format!("/^Package: {name}$/{{p=1}} p&&/^Filename:/{{print $2; exit}}");
        let pool = try_shell(
            folder,
            &format!("curl -sSf {index} | xz -dc | awk '{wanted}'"),
        )?;
        let pool = pool.trim();
        if !pool.starts_with("pool/") {
            return Err(format!("{list} has no {name}: {pool}"));
        }
        let get = format!("curl -sSfo package.deb {archive}/{pool}");
        try_shell(folder, &format!("{get} && dpkg-deb -x package.deb root")).map(drop)
    }

    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path)
    }
}

/// What a suite is called besides its codename, as a folder under `dists`.
fn alias(suite: &str) -> &str {
    match suite {
        "trixie" => "stable",
        "bookworm" => "oldstable",
        "bullseye" => "oldoldstable",
        other => other,
    }
}

fn shell(folder: &Path, text: &str) -> String {
    try_shell(folder, text).unwrap_or_else(|failure| panic!("{failure}"))
}

fn try_shell(folder: &Path, text: &str) -> Result<String, String> {
    let output = Command::new("sh")
        .args(["-c", text])
        .current_dir(folder)
        .output()
        .unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{text}: {said}"));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
