//! A little signed Debian archive in a temporary folder, honest until it is told not to be.
//!
//! ```text
//! FOLDER/debian/dists/trixie/InRelease, main/binary-amd64/…, main/Contents-{amd64,all}.gz, …/by-hash/…
//! FOLDER/debian/dists/trixie-updates/…
//! FOLDER/debian/pool/main/…
//! FOLDER/debian-security/dists/trixie-security/…
//! FOLDER/debian-security/pool/…
//! ```
//! It is read through [`FolderFetch`] (`file://` URLs, no sockets) or through [`Server`] (loopback).

mod fetch;
mod folder;
mod keep;
mod key;
mod package;
mod publish;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use coracle_distro::{Architecture, ArchiveName, Sources, Suite};
use jiff::{SignedDuration, Timestamp};

pub use fetch::FolderFetch;
pub use folder::FolderKeep;
pub use keep::MemoryKeep;
pub use key::TestKey;
pub use package::TestPackage;
pub use server::Server;

/// What [`TestArchive`] is made of.
pub struct Builder {
    suite: &'static Suite,
    architectures: Vec<Architecture>,
    now: Timestamp,
    packages: Vec<(ArchiveName, TestPackage)>,
}

impl Builder {
    /// The suite that it is; trixie when not said.
    pub fn suite(mut self, suite: &'static Suite) -> Self {
        self.suite = suite;
        self
    }

    /// Its only architecture; amd64 when not said.
    pub fn architecture(mut self, architecture: Architecture) -> Self {
        self.architectures = vec![architecture];
        self
    }

    /// One more architecture: packages are for each of them, except those that say for which.
    pub fn also(mut self, architecture: Architecture) -> Self {
        self.architectures.push(architecture);
        self
    }

    /// The time at which it is published; noon of 20 November 2026 when not said.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// A package of main.
    pub fn package(self, package: TestPackage) -> Self {
        self.package_of(ArchiveName::Main, package)
    }

    /// A package of one of the archives.
    pub fn package_of(mut self, archive: ArchiveName, package: TestPackage) -> Self {
        self.packages.push((archive, package));
        self
    }

    /// Makes a key, signs and writes everything.
    pub fn build(self) -> Result<TestArchive> {
        let Self {
            suite,
            architectures,
            now,
            packages,
        } = self;
        let names = [
            ArchiveName::Main,
            ArchiveName::Updates,
            ArchiveName::Security,
        ];
        let archive = TestArchive {
            folder: tempfile::tempdir().context("making the archive's folder")?,
            suite,
            now,
            key: TestKey::new(now)?,
            releases: names
                .map(|name| {
                    let honest = ReleaseFields::honest(suite, &architectures, now, name);
                    (name, honest)
                })
                .into(),
            architectures,
            packages,
        };
        archive.publish()?;
        Ok(archive)
    }
}

/// A little signed Debian archive.
pub struct TestArchive {
    folder: tempfile::TempDir,
    suite: &'static Suite,
    architectures: Vec<Architecture>,
    now: Timestamp,
    key: TestKey,
    releases: BTreeMap<ArchiveName, ReleaseFields>,
    packages: Vec<(ArchiveName, TestPackage)>,
}

/// The fields of an InRelease, all of which can be made to lie. `None` leaves the field out.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the field of its name")]
pub struct ReleaseFields {
    pub origin: String,
    pub label: String,
    pub codename: String,
    pub components: String,
    pub architectures: String,
    pub date: Timestamp,
    pub valid_until: Option<Timestamp>,
    pub acquire_by_hash: bool,
}

impl ReleaseFields {
    fn honest(
        suite: &Suite,
        architectures: &[Architecture],
        now: Timestamp,
        name: ArchiveName,
    ) -> Self {
        let id = suite.archive(name);
        let date = now - SignedDuration::from_hours(24);
        let architectures: String = architectures.iter().map(|one| format!(" {one}")).collect();
        Self {
            origin: id.origin.to_owned(),
            label: id.label.to_owned(),
            codename: id.codename,
            components: format!("{} contrib", id.component),
            architectures: format!("all{architectures}"),
            date,
            valid_until: id
                .valid_until_expected
                .then(|| date + SignedDuration::from_hours(7 * 24)),
            acquire_by_hash: true,
        }
    }
}

impl TestArchive {
    /// An archive without packages, to be filled.
    pub fn builder() -> Builder {
        Builder {
            suite: &Suite::all()[0],
            architectures: vec![Architecture::Amd64],
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_795_176_000),
            packages: Vec::new(),
        }
    }

    /// The suite that it is.
    pub fn suite(&self) -> &'static Suite {
        self.suite
    }

    /// The time at which it was published.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its public key, as `signed-by` takes it.
    pub fn keyring(&self) -> Vec<u8> {
        self.key.public().to_vec()
    }

    /// Where to fetch it from, by `file://` URLs.
    pub fn sources(&self) -> Sources {
        self.sources_at(&format!("file://{}", self.folder().display()))
    }

    /// Where to fetch it from, when its folder is served at `root`.
    pub fn sources_at(&self, root: &str) -> Sources {
        Sources {
            main: vec![format!("{root}/debian")],
            security: vec![format!("{root}/debian-security")],
            origin: "test".to_owned(),
        }
    }

    /// Changes what an InRelease says, signs and writes everything again.
    pub fn release(
        &mut self,
        name: ArchiveName,
        change: impl FnOnce(&mut ReleaseFields),
    ) -> Result<()> {
        change(
            self.releases
                .get_mut(&name)
                .context("an archive without a release")?,
        );
        self.publish()
    }

    /// Adds a package, signs and writes everything again.
    pub fn add(&mut self, archive: ArchiveName, package: TestPackage) -> Result<()> {
        self.packages.push((archive, package));
        self.publish()
    }

    /// Drops the packages of a name, as a point release does, signs and writes everything again. The
    /// files in the pool go, too.
    pub fn drop_package(&mut self, name: &str) -> Result<()> {
        for (archive, package) in &self.packages {
            if package.name == name {
                for file in self.pool_files(*archive, package) {
                    fs::remove_file(file)?;
                }
            }
        }
        self.packages.retain(|(_, package)| package.name != name);
        self.publish()
    }

    /// Signs everything with a key that nobody trusts.
    pub fn sign_with_another_key(&mut self) -> Result<()> {
        let trusted = std::mem::replace(&mut self.key, TestKey::new(self.now)?);
        let published = self.publish();
        self.key = trusted;
        published
    }

    /// Where an archive's InRelease lies.
    pub fn in_release(&self, name: ArchiveName) -> PathBuf {
        self.dists(name).join("InRelease")
    }

    /// Replaces a text in an InRelease after it was signed.
    pub fn tamper_release(&self, name: ArchiveName, from: &str, to: &str) -> Result<()> {
        let path = self.in_release(name);
        let text = fs::read_to_string(&path)?;
        anyhow::ensure!(
            text.contains(from),
            "the InRelease does not contain {from:?}"
        );
        fs::write(&path, text.replace(from, to)).context("writing the InRelease")
    }

    /// Leaves only the text of an InRelease, without frame and signature.
    pub fn unsign(&self, name: ArchiveName) -> Result<()> {
        let text = self.release_text(name)?;
        fs::write(self.in_release(name), text).context("writing the InRelease")
    }

    /// Flips a byte in every form of an archive's package index, by-hash copies too.
    pub fn tamper_index(&self, name: ArchiveName) -> Result<()> {
        for architecture in &self.architectures {
            flip_all(&self.dists(name).join(format!("main/binary-{architecture}")))?;
        }
        Ok(())
    }

    /// Flips a byte in main's list of files, by-hash copies too.
    pub fn tamper_contents(&self) -> Result<()> {
        let main = self.dists(ArchiveName::Main).join("main");
        flip_all(&main.join("by-hash"))?;
        flip(&main.join("Contents-all.gz"))?;
        for architecture in &self.architectures {
            flip(&main.join(format!("Contents-{architecture}.gz")))?;
        }
        Ok(())
    }

    /// Flips a byte in each .deb of this name.
    pub fn tamper_package(&self, name: &str) -> Result<()> {
        for (archive, package) in self
            .packages
            .iter()
            .filter(|(_, package)| package.name == name)
        {
            for file in self.pool_files(*archive, package) {
                flip(&file)?;
            }
        }
        Ok(())
    }

    fn root(&self, name: ArchiveName) -> PathBuf {
        let folder = if name == ArchiveName::Security {
            "debian-security"
        } else {
            "debian"
        };
        self.folder().join(folder)
    }

    fn dists(&self, name: ArchiveName) -> PathBuf {
        self.root(name)
            .join("dists")
            .join(self.suite.archive(name).path)
    }

    /// A package's file for each architecture that it is for; one for all of them where it is for all.
    fn pool_files(&self, name: ArchiveName, package: &TestPackage) -> BTreeSet<PathBuf> {
        let places = self.of(package);
        places
            .map(|architecture| self.root(name).join(package.path(architecture)))
            .collect()
    }

    /// The architectures that list a package. An archive of one lists whatever it is told to.
    fn of<'a>(&'a self, package: &'a TestPackage) -> impl Iterator<Item = Architecture> + 'a {
        let is_alone = self.architectures.len() == 1;
        let all = self.architectures.iter().copied();
        all.filter(move |architecture| is_alone || package.is_for(*architecture))
    }
}

fn flip_all(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            flip_all(&path)?
        } else {
            flip(&path)?
        }
    }
    Ok(())
}

fn flip(path: &Path) -> Result<()> {
    let mut bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}
