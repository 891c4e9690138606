//! Another machine: a root made by mmdebstrap, in which a program runs as an ordinary user with what a test puts there
//! and nothing else of this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::command::{Ended, ended, tool};

/// Whom programs run as: an ordinary user.
const USER: &str = "1000:1000";

/// What is passed on of this machine's environment: how the network is reached.
const PASSED_ON: [&str; 6] = [
    "GOFLAGS",
    "GOPROXY",
    "GOSUMDB",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
];

/// A root of its own.
pub struct BareRoot {
    folder: PathBuf,
    /// Folders of this machine that are seen there, read-only: source and place.
    shown: Vec<(PathBuf, String)>,
    path: String,
}

impl BareRoot {
    /// A fresh root of a suite with these packages. The tree as mmdebstrap made it is kept in `cache`.
    ///
    /// The network's certificates and name servers are this machine's: networks that intercept TLS need them.
    ///
    /// # Errors
    /// When mmdebstrap, tar or the disk fails.
    pub fn make(
        suite: &str,
        packages: &[&str],
        cache: &Path,
        folder: &Path,
    ) -> anyhow::Result<BareRoot> {
        let tree = cache.join(format!("bare-{suite}.tar"));
        if !tree.exists() {
            let include = format!("--include={}", packages.join(","));
            let partial = cache.join(format!("bare-{suite}-{}.tar", std::process::id()));
            let target = partial.display().to_string();
            tool(
                "mmdebstrap",
                &["--quiet", "--variant=minbase", &include, suite, &target],
            )?;
            fs::rename(&partial, &tree)?;
        }
        fs::create_dir_all(folder)?;
        let (from, to) = (tree.display().to_string(), folder.display().to_string());
        tool("tar", &["-xf", &from, "-C", &to, "--exclude=./dev/*"])?;
        for file in ["/etc/ssl/certs/ca-certificates.crt", "/etc/resolv.conf"] {
            let to = folder.join(file.trim_start_matches('/'));
            let _ = fs::remove_file(&to);
            fs::copy(file, &to).with_context(|| format!("cannot copy {file}"))?;
        }
        fs::create_dir_all(folder.join("srv/user"))?;
        let root = BareRoot {
            folder: folder.to_owned(),
            shown: Vec::new(),
            path: "/usr/bin:/bin".to_owned(),
        };
        root.own("/srv/user")?;
        Ok(root)
    }

    /// Shows a folder of this machine at a place, with its `bin` on PATH.
    ///
    /// # Errors
    /// When the place cannot be made.
    pub fn show(mut self, source: &Path, place: &str) -> anyhow::Result<BareRoot> {
        fs::create_dir_all(self.at(place))?;
        self.shown.push((source.to_owned(), place.to_owned()));
        self.path = format!("{place}/bin:{}", self.path);
        Ok(self)
    }

    /// Where a path of the root is on this machine.
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// Copies a file or folder there, owned by the user.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn put(&self, source: &Path, place: &str) -> anyhow::Result<()> {
        let target = self.at(place);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let (from, to) = (source.display().to_string(), target.display().to_string());
        tool("cp", &["-a", &from, &to])?;
        self.own(place)
    }

    fn own(&self, place: &str) -> anyhow::Result<()> {
        let path = self.at(place).display().to_string();
        tool("chown", &["-R", USER, &path])?;
        Ok(())
    }

    /// Runs a shell command in a folder of the root, as the user, in an environment that holds nothing but a home, a
    /// PATH and the network's certificates.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, folder: &str, command: &str) -> anyhow::Result<Ended> {
        let mut outer = Command::new("unshare");
        let script = self.script(folder, command);
        outer
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["/bin/sh", "-c", &script])
            .env_clear()
            .stdin(Stdio::null());
        for name in PASSED_ON {
            if let Ok(value) = std::env::var(name) {
                outer.env(name, value);
            }
        }
        let output = outer
            .output()
            .context("cannot start unshare, which util-linux brings")?;
        Ok(ended(&output))
    }

    /// What is done in a mount namespace of its own, which takes the mounts along when it ends.
    fn script(&self, folder: &str, command: &str) -> String {
        let root = self.folder.display();
        let mut script = String::from("set -e\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
        for (source, place) in &self.shown {
            let (source, target) = (source.display(), self.at(place));
            script += &format!("mount --bind -o ro '{source}' '{}'\n", target.display());
        }
        script += &format!(
            "mount -t proc proc '{root}/proc'\n\
             mount -t tmpfs -o mode=755 dev '{root}/dev'\n\
             for node in null zero full random urandom; do\n\
             touch '{root}/dev/'$node\nmount --bind /dev/$node '{root}/dev/'$node\ndone\n\
             ln -s /proc/self/fd '{root}/dev/fd'\nmkdir -m 1777 '{root}/dev/shm'\n"
        );
        let certificates = "/etc/ssl/certs/ca-certificates.crt";
        let inside = format!(
            "export PATH={} HOME=/srv/user SSL_CERT_FILE={certificates}\ncd {folder}\n{command}",
            self.path
        );
        let inside = inside.replace('\'', r"'\''");
        script + &format!("exec chroot --userspec={USER} '{root}' /bin/sh -c '{inside}'\n")
    }

    /// As [`BareRoot::run`]; anything but success is an error that shows all it printed.
    ///
    /// # Errors
    /// When it cannot be started or does not succeed.
    pub fn succeed(&self, folder: &str, command: &str) -> anyhow::Result<Ended> {
        let ended = self.run(folder, command)?;
        ensure!(
            ended.code == 0,
            "{command} ended with {} in the root\n{}{}",
            ended.code,
            ended.stdout,
            ended.stderr
        );
        Ok(ended)
    }
}
