//! Writing the little archive as Debian's own is written: indexes, by-hash copies, signed InRelease.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use coracle_distro::{Architecture, ArchiveName, Sha256};
use jiff::Timestamp;

use super::{ReleaseFields, TestArchive, TestPackage};

impl TestArchive {
    /// Writes everything, signed with the present key.
    pub(super) fn publish(&self) -> Result<()> {
        for name in self.releases.keys().copied() {
            for (path, bytes) in self.indexes(name)? {
                self.write_index(name, &path, &bytes)?;
            }
            let (text, date) = (self.release_text(name)?, self.release_fields(name)?.date);
            // A future Date is signed now: the signature itself must not be what is refused.
            let signed = self.key.sign(&text, date.min(self.now))?;
            fs::write(self.in_release(name), signed).context("writing an InRelease")?;
        }
        Ok(())
    }

    fn release_fields(&self, name: ArchiveName) -> Result<&ReleaseFields> {
        self.releases
            .get(&name)
            .context("an archive without a release")
    }

    /// The text of an InRelease, not yet signed.
    pub(super) fn release_text(&self, name: ArchiveName) -> Result<String> {
        let fields = self.release_fields(name)?;
        let mut text = format!(
            "Origin: {}\nLabel: {}\nSuite: test\nCodename: {}\nDate: {}\n",
            fields.origin,
            fields.label,
            fields.codename,
            rfc2822(fields.date)
        );
        if let Some(until) = fields.valid_until {
            let _ = writeln!(text, "Valid-Until: {}", rfc2822(until));
        }
        if fields.acquire_by_hash {
            text.push_str("Acquire-By-Hash: yes\n");
        }
        let ReleaseFields {
            architectures,
            components,
            ..
        } = fields;
        let _ = write!(
            text,
            "Architectures: {architectures}\nComponents: {components}\nSHA256:\n"
        );
        for (path, bytes) in self.indexes(name)? {
            let _ = writeln!(text, " {} {:>8} {path}", Sha256::of(&bytes), bytes.len());
        }
        Ok(text)
    }

    /// Every index of an archive by its path; the packages' files are written on the way.
    fn indexes(&self, name: ArchiveName) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut indexes = BTreeMap::new();
        let mut contents = BTreeMap::<_, Vec<String>>::from([("all", vec![])]);
        for architecture in self.architectures.iter().copied() {
            contents.insert(architecture.as_str(), vec![]);
            let mut packages = String::new();
            for (_, package) in self.packages.iter().filter(|(archive, _)| *archive == name) {
                if !self.of(package).any(|listing| listing == architecture) {
                    continue;
                }
                packages.push_str(&self.entry((name, package), architecture)?);
                let list = match package.is_for_all() {
                    true => "all",
                    false => architecture.as_str(),
                };
                contents.entry(list).or_default().extend(package.contents());
            }
            let folder = format!("main/binary-{architecture}/Packages");
            indexes.insert(format!("{folder}.xz"), xz(packages.as_bytes())?);
            indexes.insert(format!("{folder}.gz"), gzip(packages.as_bytes())?);
            indexes.insert(folder, packages.into_bytes());
        }
        if name == ArchiveName::Main {
            for (list, mut lines) in contents {
                lines.sort();
                lines.dedup();
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                indexes.insert(format!("main/Contents-{list}.gz"), gzip(text.as_bytes())?);
            }
        }
        Ok(indexes)
    }

    /// The entry of a package in an index; its file is written on the way.
    fn entry(
        &self,
        (name, package): (ArchiveName, &TestPackage),
        architecture: Architecture,
    ) -> Result<String> {
        let (deb, path) = (package.deb(architecture)?, package.path(architecture));
        let file = self.root(name).join(&path);
        if !file.exists() {
            write(&file, &deb)?;
        }
        let stanza = package.stanza(architecture);
        let (size, sha256) = (deb.len(), Sha256::of(&deb));
        Ok(format!(
            "{stanza}Filename: {path}\nSize: {size}\nSHA256: {sha256}\n\n"
        ))
    }

    /// Debian publishes the plain form's digest and not the plain form itself; nor does this.
    fn write_index(&self, name: ArchiveName, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.dists(name).join(path);
        if !path.ends_with(".xz") && !path.ends_with(".gz") {
            return Ok(());
        }
        write(&file, bytes)?;
        let folder = file.parent().context("an index without a folder")?;
        write(
            &folder.join("by-hash/SHA256").join(Sha256::of(bytes).hex()),
            bytes,
        )
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file without a folder")?)?;
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

fn rfc2822(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string()
}

pub(super) fn xz(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
