//! The registry that stands for docker.io. What it holds is kept between runs, so that bases are made once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Base, Tools, frontend, image};
use crate::command::tool;
use crate::registry::docker::DockerRegistry;

/// The registry, with the frontend in it; stopped when dropped.
pub struct Mirror {
    registry: DockerRegistry,
    cache: PathBuf,
}

impl Mirror {
    /// Starts it and pushes the Dockerfile frontend, which coracle builds anew as far as something of it changed.
    ///
    /// # Errors
    /// Whatever a real part says.
    pub fn start(tools: &Tools) -> anyhow::Result<Mirror> {
        let cache = tools.cache.join("buildkit");
        fs::create_dir_all(cache.join("pushed"))?;
        let mirror = Mirror {
            registry: DockerRegistry::start_on(&cache.join("registry"))?,
            cache,
        };
        let _alone = mirror.alone()?;
        frontend::push(&tools.coracle, &mirror.cache, &mirror.host())?;
        Ok(mirror)
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.registry.host()
    }

    /// Makes sure that a base image is there, for which docker.io's name is returned: `rust:1.95.0-bookworm`.
    ///
    /// # Errors
    /// mmdebstrap, tar or skopeo fail, or the toolchain is not here.
    pub fn push(&self, base: &Base) -> anyhow::Result<String> {
        let _alone = self.alone()?;
        let name = base.name();
        let mark = self.cache.join("pushed").join(base.key()?);
        if mark.exists() {
            return Ok(name);
        }
        let folder = tempfile::tempdir_in(&self.cache)?;
        let layout = folder.path().join("layout");
        let images = base.make(folder.path(), &self.cache)?;
        image::write(&images, &layout)?;
        for tag in base.tags() {
            self.copy(&layout, &format!("library/{}:{tag}", base.repository()))?;
        }
        fs::write(mark, "")?;
        Ok(name)
    }

    /// With every byte as it is: a digest that changes would be another image.
    fn copy(&self, layout: &Path, name: &str) -> anyhow::Result<()> {
        let from = format!("oci:{}:{}", layout.display(), image::NAME);
        let to = format!("docker://{}/{name}", self.host());
        let options = ["--all", "--preserve-digests", "--dest-tls-verify=false"];
        let copy = ["--insecure-policy", "copy", "--quiet"];
        tool("skopeo", &[&copy[..], &options, &[&from, &to]].concat())?;
        Ok(())
    }

    /// Nobody else makes an image meanwhile, nor in another process.
    fn alone(&self) -> anyhow::Result<File> {
        let path = self.cache.join("lock");
        let lock =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        lock.lock()?;
        Ok(lock)
    }
}
