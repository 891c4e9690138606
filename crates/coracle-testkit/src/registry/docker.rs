//! Debian's `docker-registry` on loopback: a real registry without a referrers API, stopped when dropped.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::command::tool;
use crate::http::free_port;

/// The server. Its files are in a folder of its own, which goes with it.
pub struct DockerRegistry {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl DockerRegistry {
    /// Starts it on a free port, open to all or for one user and password (bcrypt, by `htpasswd`), and waits until it
    /// answers.
    ///
    /// # Errors
    /// The packages `docker-registry` or `apache2-utils` are not installed, or it does not start: its log is shown.
    pub fn start(auth: Option<(&str, &str)>) -> anyhow::Result<DockerRegistry> {
        DockerRegistry::start_with(auth, None)
    }

    /// As [`DockerRegistry::start`], open to all, with what it holds in a folder that stays. Several may share the folder.
    ///
    /// # Errors
    /// As [`DockerRegistry::start`].
    pub fn start_on(data: &Path) -> anyhow::Result<DockerRegistry> {
        DockerRegistry::start_with(None, Some(data))
    }

    fn start_with(
        auth: Option<(&str, &str)>,
        data: Option<&Path>,
    ) -> anyhow::Result<DockerRegistry> {
        // A free port may be taken by somebody else until the registry listens on it.
        let mut last = None;
        for _ in 0..3 {
            match DockerRegistry::try_start(auth, data) {
                Ok(registry) => return Ok(registry),
                Err(error) => last = Some(error),
            }
        }
        last.map_or_else(|| bail!("never tried"), Err)
    }

    fn try_start(
        auth: Option<(&str, &str)>,
        data: Option<&Path>,
    ) -> anyhow::Result<DockerRegistry> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let path = |name: &str| folder.path().join(name);
        let own = path("data");
        let data = data.unwrap_or(&own);
        let mut settings = format!(
            "version: 0.1\nlog:\n  level: info\n  formatter: json\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:{port}\n",
            data.display(),
        );
        if let Some((user, password)) = auth {
            let line = tool("htpasswd", &["-Bbn", user, password])
                .context("apt-get install apache2-utils")?;
            fs::write(path("htpasswd"), line.stdout)?;
            settings.push_str(&format!(
                "auth:\n  htpasswd:\n    realm: test\n    path: {}\n",
                path("htpasswd").display()
            ));
        }
        fs::write(path("config.yml"), settings)?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(path("config.yml"))
            .stdin(Stdio::null())
            .stdout(File::create(path("access.log"))?)
            .stderr(File::create(path("log"))?)
            .spawn()
            .context("cannot start docker-registry: apt-get install docker-registry")?;
        let mut registry = DockerRegistry {
            child,
            port,
            folder,
        };
        registry.wait()?;
        Ok(registry)
    }

    /// `127.0.0.1:PORT`, as a reference names it.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it said and the requests it answered, so far.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name));
        Ok(read("access.log")? + &read("log")?)
    }

    /// How many blobs and manifests it took so far: PUTs answered with 201, from its access log.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn uploads(&self) -> anyhow::Result<usize> {
        Ok(self
            .requests("PUT")?
            .iter()
            .filter(|line| line.contains("\" 201 "))
            .count())
    }

    /// The access log's lines of this method, in Apache's common form.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn requests(&self, method: &str) -> anyhow::Result<Vec<String>> {
        let log = fs::read_to_string(self.folder.path().join("access.log"))?;
        let wanted = format!("\"{method} ");
        Ok(log
            .lines()
            .filter(|line| line.contains(&wanted))
            .map(str::to_owned)
            .collect())
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        while crate::http::get(self.port, "/v2/").is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("docker-registry ended ({status}):\n{}", self.log()?);
            }
            if started.elapsed() > Duration::from_secs(20) {
                bail!("docker-registry does not answer:\n{}", self.log()?);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
