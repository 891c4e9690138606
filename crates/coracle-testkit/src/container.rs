//! Real starts: an image unpacked by umoci and run by runc with a read-only root, in the host's network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::command::{Ended, tool, try_tool};
use crate::http;

/// An OCI runtime bundle: `config.json` and `rootfs`.
pub struct Bundle {
    folder: PathBuf,
    emulator: Option<String>,
}

impl Bundle {
    /// Unpacks an image of an OCI layout; `image` is its name there.
    ///
    /// # Errors
    /// When umoci refuses it.
    pub fn unpack(layout: &Path, image: &str, folder: &Path) -> anyhow::Result<Bundle> {
        Bundle::unpack_with(layout, image, folder, &[])
    }

    /// Unpacks the image for another architecture than this machine's, as the image specification names it, to be started
    /// under an emulator: a static program of this machine that is given the program and its arguments.
    ///
    /// # Errors
    /// As [`Bundle::unpack`].
    pub fn unpack_emulated(
        layout: &Path,
        image: &str,
        folder: &Path,
        (architecture, emulator): (&str, &str),
    ) -> anyhow::Result<Bundle> {
        let mut bundle =
            Bundle::unpack_with(layout, image, folder, &["--override-arch", architecture])?;
        bundle.mount(Path::new(emulator), emulator)?;
        bundle.emulator = Some(emulator.to_owned());
        let arguments = bundle.process()?["args"].as_array().cloned();
        let arguments = arguments.unwrap_or_default();
        let words: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        bundle.run_as(&words)?;
        Ok(bundle)
    }

    fn unpack_with(
        layout: &Path,
        image: &str,
        folder: &Path,
        more: &[&str],
    ) -> anyhow::Result<Bundle> {
        // umoci takes a tag, not a full name: copied under a plain one first.
        let plain = folder.with_extension("oci");
        let source = format!("oci:{}:{image}", layout.display());
        let target = format!("oci:{}:image", plain.display());
        let copy = ["copy", "--quiet", &source, &target];
        tool("skopeo", &[&["--insecure-policy"], more, &copy].concat())?;
        tool(
            "umoci",
            &[
                "unpack",
                "--image",
                &format!("{}:image", plain.display()),
                &folder.display().to_string(),
            ],
        )?;
        let bundle = Bundle {
            folder: folder.to_owned(),
            emulator: None,
        };
        bundle.change(|config| {
            config["root"]["readonly"] = json!(true);
            config["process"]["terminal"] = json!(false);
            let namespaces = config["linux"]["namespaces"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let shared: Vec<Value> = namespaces
                .into_iter()
                .filter(|namespace| namespace["type"] != "network")
                .collect();
            config["linux"]["namespaces"] = json!(shared);
        })?;
        Ok(bundle)
    }

    /// The root filesystem.
    pub fn root(&self) -> PathBuf {
        self.folder.join("rootfs")
    }

    /// What the image says is run: the process of the runtime's configuration.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn process(&self) -> anyhow::Result<Value> {
        let config: Value = serde_json::from_slice(&fs::read(self.folder.join("config.json"))?)?;
        Ok(config["process"].clone())
    }

    /// Changes the runtime's configuration.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn change(&self, change: impl FnOnce(&mut Value)) -> anyhow::Result<()> {
        let path = self.folder.join("config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&path)?)?;
        change(&mut config);
        fs::write(path, serde_json::to_vec(&config)?)?;
        Ok(())
    }

    /// Sets a variable of the process.
    ///
    /// # Errors
    /// As [`Bundle::change`].
    pub fn set_env(&self, name: &str, value: &str) -> anyhow::Result<()> {
        self.change(|config| {
            let mut environment = config["process"]["env"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            environment.push(json!(format!("{name}={value}")));
            config["process"]["env"] = json!(environment);
        })
    }

    /// Mounts a file of the host's over one of the image's.
    ///
    /// # Errors
    /// As [`Bundle::change`].
    pub fn mount(&self, source: &Path, destination: &str) -> anyhow::Result<()> {
        self.bind(source, destination, "ro")
    }

    /// Mounts a folder of the host's, made where it is not there, as a volume that the image's user owns.
    ///
    /// # Errors
    /// As [`Bundle::change`], and when the folder cannot be made or given away.
    pub fn mount_volume(&self, source: &Path, destination: &str) -> anyhow::Result<()> {
        fs::create_dir_all(source)?;
        let user = self.process()?["user"].clone();
        let id = |key: &str| user[key].as_u64().and_then(|id| u32::try_from(id).ok());
        std::os::unix::fs::chown(source, id("uid"), id("gid"))?;
        self.bind(source, destination, "rw")
    }

    fn bind(&self, source: &Path, destination: &str, access: &str) -> anyhow::Result<()> {
        self.change(|config| {
            let mut mounts = config["mounts"].as_array().cloned().unwrap_or_default();
            mounts.push(json!({"destination": destination, "source": source, "type": "bind", "options": ["rbind", access]}));
            config["mounts"] = json!(mounts);
        })
    }

    /// Sets the program and its arguments.
    fn run_as(&self, words: &[&str]) -> anyhow::Result<()> {
        let all: Vec<&str> = self
            .emulator
            .as_deref()
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        self.change(|config| config["process"]["args"] = json!(all))
    }

    /// Starts another program in it, or the same with other arguments.
    ///
    /// # Errors
    /// As [`Bundle::change`] and [`Bundle::start`].
    pub fn start_as(&self, words: &[&str]) -> anyhow::Result<Container> {
        self.run_as(words)?;
        self.start()
    }

    /// Starts it and goes on.
    ///
    /// # Errors
    /// When runc cannot be started.
    pub fn start(&self) -> anyhow::Result<Container> {
        let id = format!("coracle-test-{}-{}", std::process::id(), unique());
        let log = fs::File::create(self.folder.join("log"))?;
        let child = Command::new("runc")
            .args(["run", "-b"])
            .arg(&self.folder)
            .arg(&id)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start runc: `cargo xtask test` installs it")?;
        Ok(Container {
            id,
            child,
            emulator: self.emulator.clone(),
            log: self.folder.join("log"),
        })
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A running container, killed when it is dropped.
pub struct Container {
    id: String,
    child: Child,
    emulator: Option<String>,
    log: PathBuf,
}

impl Container {
    /// Waits until it answers `path` with 200 on this port of loopback, and gives the answer's body.
    ///
    /// # Errors
    /// When it ends, or does not answer within 20 seconds: with all it printed.
    pub fn wait_for(&mut self, port: u16, path: &str) -> anyhow::Result<String> {
        let started = Instant::now();
        loop {
            if let Ok(answer) = http::get(port, path)
                && answer.status == 200
            {
                return Ok(answer.body);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the container ended with {status}: {}", self.printed());
            }
            if started.elapsed() > Duration::from_secs(20) {
                bail!("no answer from port {port}: {}", self.printed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs a program of the image's beside it, in its environment and these variables, as a health check is run.
    ///
    /// # Errors
    /// When runc cannot be started.
    pub fn exec(&self, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Ended> {
        let variables: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("--env={name}={value}"))
            .collect();
        let mut line = vec!["exec"];
        line.extend(variables.iter().map(String::as_str));
        line.push(&self.id);
        line.extend(self.emulator.as_deref());
        line.extend(arguments);
        try_tool("runc", &line)
    }

    /// Sends the signal by which runtimes stop a container.
    ///
    /// # Errors
    /// When it does not run any more.
    pub fn terminate(&self) -> anyhow::Result<()> {
        tool("runc", &["kill", &self.id, "TERM"]).map(drop)
    }

    /// Waits for its end: the exit code and all it printed.
    ///
    /// # Errors
    /// When it still runs after 10 seconds.
    pub fn end(&mut self) -> anyhow::Result<(i32, String)> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status.code().unwrap_or(128), self.printed()));
            }
            if started.elapsed() > Duration::from_secs(10) {
                bail!("the container still runs: {}", self.printed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = Command::new("runc")
            .args(["kill", &self.id, "KILL"])
            .output();
        let _ = self.child.wait();
        let _ = Command::new("runc")
            .args(["delete", "--force", &self.id])
            .output();
    }
}
