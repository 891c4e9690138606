//! Docker's engine, whose builds are BuildKit's, on a socket and in folders of its own, without a network of its own;
//! stopped when it is dropped. Needs root.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::command::{Ended, ended, tool};

/// Debian's own client: another one, earlier on PATH, may lack what asks for BuildKit.
const CLIENT: &str = "/usr/bin/docker";
/// How long it may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server. Its files are in a folder of its own, which goes with it.
pub struct Engine {
    server: Child,
    folder: tempfile::TempDir,
}

impl Engine {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// The package `docker.io` is not installed, or the engine does not start: its log is shown.
    pub fn start() -> anyhow::Result<Engine> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("settings.json"), "{}")?;
        let log = File::create(path("log"))?;
        let server = Command::new("dockerd")
            .args(["--config-file", &path("settings.json")])
            .args(["--data-root", &path("data"), "--exec-root", &path("run")])
            .args(["--pidfile", &path("pid")])
            .args(["--host", &format!("unix://{}", path("socket"))])
            .args(["--iptables=false", "--bridge=none"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start dockerd: apt-get install docker.io")?;
        let mut engine = Engine { server, folder };
        engine.wait()?;
        Ok(engine)
    }

    /// Where it listens, as `DOCKER_HOST` says it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.at("socket").display())
    }

    /// Makes an image of a root's tar.
    ///
    /// # Errors
    /// The engine refuses it.
    pub fn import(&self, tar: &Path, name: &str) -> anyhow::Result<()> {
        self.succeed(&["import", &tar.display().to_string(), name])?;
        Ok(())
    }

    /// Builds what the Dockerfile in a folder says, with the host's network.
    ///
    /// # Errors
    /// The builder refuses it.
    pub fn build(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let folder = folder.display().to_string();
        let progress = ["--network=host", "--progress=plain"];
        self.succeed(&[&["build"], &progress[..], &["--tag", name, &folder]].concat())?;
        Ok(())
    }

    /// The configuration of an image, as the engine says it: `Entrypoint`, `Env`, `User`, ….
    ///
    /// # Errors
    /// There is no such image.
    pub fn configuration(&self, name: &str) -> anyhow::Result<Value> {
        let told = self.succeed(&["image", "inspect", "--format", "{{json .Config}}", name])?;
        Ok(serde_json::from_str(&told.stdout)?)
    }

    /// Writes an image as an archive.
    ///
    /// # Errors
    /// There is no such image, or no room.
    pub fn save(&self, name: &str, file: &Path) -> anyhow::Result<()> {
        self.succeed(&["save", "--output", &file.display().to_string(), name])?;
        Ok(())
    }

    /// Puts the root of a container of this image into a folder: the engine's own merge of the layers, with the few files
    /// that it puts into each container.
    ///
    /// # Errors
    /// There is no such image, or no room.
    pub fn export(&self, name: &str, folder: &Path) -> anyhow::Result<()> {
        let made = self.succeed(&["create", name])?;
        let container = made.stdout.trim();
        let tar = self.at("exported.tar").display().to_string();
        self.succeed(&["export", "--output", &tar, container])?;
        self.succeed(&["rm", container])?;
        fs::create_dir_all(folder)?;
        let folder = folder.display().to_string();
        tool("tar", &["-xpf", &tar, "-C", &folder])?;
        fs::remove_file(tar)?;
        Ok(())
    }

    /// Forgets images.
    ///
    /// # Errors
    /// There is no such image.
    pub fn remove(&self, name: &str) -> anyhow::Result<()> {
        self.succeed(&["image", "rm", name])?;
        Ok(())
    }

    fn succeed(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let ended = self.run(arguments)?;
        ensure!(
            ended.code == 0,
            "docker {} ended with {}\n{}{}",
            arguments.join(" "),
            ended.code,
            ended.stdout,
            ended.stderr
        );
        Ok(ended)
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let client = Path::new(CLIENT);
        let client = if client.exists() {
            client
        } else {
            Path::new("docker")
        };
        let output = Command::new(client)
            .args(arguments)
            .env("DOCKER_HOST", self.host())
            .env("DOCKER_BUILDKIT", "1")
            .env("DOCKER_CONFIG", self.at("client"))
            .stdin(Stdio::null())
            .output()
            .context("cannot start docker: apt-get install docker.io")?;
        Ok(ended(&output))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        while self.run(&["version"])?.code != 0 {
            let log = self.at("log");
            let log = || fs::read_to_string(&log).unwrap_or_default();
            if let Some(status) = self.server.try_wait()? {
                bail!("dockerd ended ({status}):\n{}", log());
            }
            if started.elapsed() > PATIENCE {
                bail!("dockerd does not answer:\n{}", log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Asked to end it ends its containerd, too, and takes its mounts away.
        if let Ok(number) = i32::try_from(self.server.id())
            && let Some(server) = Pid::from_raw(number)
        {
            let _ = kill_process(server, Signal::TERM);
        }
        let asked = Instant::now();
        while matches!(self.server.try_wait(), Ok(None)) && asked.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
        for place in places.filter(|place| Path::new(place).starts_with(self.folder.path())) {
            let _ = tool("umount", &["--lazy", place]);
        }
    }
}
