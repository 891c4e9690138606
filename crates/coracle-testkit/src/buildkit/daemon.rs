//! `buildkitd` with a folder of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::Mirror;
use super::build::{Build, Built};
use crate::command::{tool, try_tool};

/// How long it may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon. Its state is in a folder of its own, which goes with it.
pub struct Buildkit {
    server: Child,
    folder: tempfile::TempDir,
}

impl Buildkit {
    /// Starts it with nothing in it, with this mirror as docker.io, and waits until it answers.
    ///
    /// # Errors
    /// buildkitd is not on PATH, or it does not start: its log is shown.
    pub fn start(mirror: &Mirror) -> anyhow::Result<Buildkit> {
        let folder = tempfile::tempdir()?;
        let settings = folder.path().join("buildkitd.toml");
        fs::write(&settings, self::settings(folder.path(), mirror))?;
        let log = File::create(folder.path().join("log"))?;
        let path = std::env::var("PATH").unwrap_or_default();
        let server = Command::new("buildkitd")
            .arg("--config")
            .arg(&settings)
            // runc is where only root's shell looks.
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start buildkitd: `cargo xtask test` compiles it into target/tools")?;
        let mut buildkit = Buildkit { server, folder };
        buildkit.wait()?;
        Ok(buildkit)
    }

    /// Where it listens, `unix://…`.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The socket itself.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Builds.
    ///
    /// # Errors
    /// buildctl cannot be started, or the build fails: all it printed is shown.
    pub fn build(&self, build: &Build<'_>) -> anyhow::Result<Built> {
        build.run(&self.address())
    }

    /// Ends it at once, in the middle of whatever it does.
    pub fn kill(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        self.end_containers();
    }

    /// Whether it answers.
    fn answers(&self) -> anyhow::Result<bool> {
        let asked = ["--addr", &self.address(), "debug", "workers"];
        Ok(try_tool("buildctl", &asked)?.code == 0)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        while !self.answers()? {
            if let Some(status) = self.server.try_wait()? {
                bail!("buildkitd ended ({status}):\n{}", self.log());
            }
            if started.elapsed() > PATIENCE {
                bail!("buildkitd does not answer:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Ends what it left running, by the mark that all of it has: a root below the daemon's folder.
    fn end_containers(&self) {
        let inside = |process: &fs::DirEntry| {
            let root = fs::read_link(process.path().join("cwd")).unwrap_or_default();
            let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let folder = self.folder.path().as_os_str().as_encoded_bytes();
            let named = words.windows(folder.len()).any(|words| words == folder);
            named || root.starts_with(self.folder.path())
        };
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        for process in processes.filter(inside) {
            let number = process.file_name().to_string_lossy().parse().ok();
            if let Some(process) = number.and_then(Pid::from_raw) {
                let _ = kill_process(process, Signal::KILL);
            }
        }
    }
}

/// Host network for what it runs, as its own says it: no CNI is here.
fn settings(folder: &Path, mirror: &Mirror) -> String {
    let (folder, host) = (folder.display(), mirror.host());
    format!(
        "root = \"{folder}/data\"\n\
         insecure-entitlements = [\"network.host\"]\n\
         [grpc]\naddress = [\"unix://{folder}/socket\"]\n\
         [otel]\nsocketPath = \"{folder}/traces\"\n\
         [worker.oci]\nenabled = true\nnetworkMode = \"host\"\nbinary = \"runc\"\ngc = false\n\
         snapshotter = \"overlayfs\"\n\
         [worker.containerd]\nenabled = false\n\
         [registry.\"docker.io\"]\nmirrors = [\"{host}\"]\n\
         [registry.\"{host}\"]\nhttp = true\n"
    )
}

impl Drop for Buildkit {
    fn drop(&mut self) {
        if let Ok(number) = i32::try_from(self.server.id())
            && matches!(self.server.try_wait(), Ok(None))
            && let Some(server) = Pid::from_raw(number)
        {
            let _ = kill_process(server, Signal::TERM);
        }
        let asked = Instant::now();
        while matches!(self.server.try_wait(), Ok(None)) && asked.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.kill();
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
        for place in places.filter(|place| Path::new(place).starts_with(self.folder.path())) {
            let _ = tool("umount", &["--lazy", place]);
        }
    }
}
