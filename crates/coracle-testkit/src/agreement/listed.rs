//! What a suite's Packages files list, read without the code that is judged; and those files where apt finds them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use coracle_distro::{Archive, Keep, Sha256};

/// A stanza of a Packages file: its fields, each on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    fields: BTreeMap<String, String>,
}

impl Listed {
    /// `Package:`
    pub fn name(&self) -> &str {
        self.field("Package")
    }

    /// `Version:`
    pub fn version(&self) -> &str {
        self.field("Version")
    }

    /// A field, empty where it is absent.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The names in a field of relations, without their versions: `Provides`, `Conflicts`.
    pub fn names(&self, field: &str) -> Vec<String> {
        let parts = self.field(field).split([',', '|']);
        let names = parts.map(|part| {
            part.trim()
                .split([' ', ':', '('])
                .next()
                .unwrap_or_default()
        });
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn read(text: &str) -> Option<Listed> {
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut last = String::new();
        for line in text.lines() {
            match line.split_once(':') {
                _ if line.starts_with(' ') => {
                    let value = fields.entry(last.clone()).or_default();
                    *value = format!("{value} {}", line.trim());
                }
                Some((name, value)) => {
                    last = name.to_owned();
                    fields.insert(last.clone(), value.trim().to_owned());
                }
                None => {}
            }
        }
        fields.contains_key("Package").then_some(Listed { fields })
    }
}

/// Lays out a suite's archives as apt fetches them, below `folder/dists`: the InReleases and Packages files that
/// `archive` was opened with, out of the keep; apt holds the second to the first itself. Gives back what they list.
///
/// # Errors
/// When something is not kept or cannot be written.
pub fn packages_files(
    archive: &Archive<'_>,
    keep: &dyn Keep,
    folder: &Path,
) -> anyhow::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for (id, used) in archive.suite().archives().iter().zip(archive.releases()) {
        let in_release = kept(keep, &used.digest)?;
        let list = format!(
            "{}/binary-{}/Packages",
            id.directory,
            archive.architecture()
        );
        let digest = in_release.lines().find_map(|line| {
            // 64 digits, a size and a path: SHA256's part, whatever other sums there are.
            let mut words = line.split_whitespace();
            let (digest, _, path) = (words.next()?, words.next()?, words.next()?);
            (path == list && digest.len() == 64).then(|| digest.parse::<Sha256>().ok())?
        });
        let digest = digest.with_context(|| format!("{id} lists no {list}"))?;
        let packages = kept(keep, &digest)?;
        let dists = folder.join("dists").join(&id.path);
        let place = dists.join(&list);
        fs::create_dir_all(place.parent().context("it has no folder")?)?;
        fs::write(dists.join("InRelease"), in_release)?;
        listed.extend(packages.split("\n\n").filter_map(Listed::read));
        fs::write(place, packages)?;
    }
    Ok(listed)
}

fn kept(keep: &dyn Keep, digest: &Sha256) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut from = keep
        .open(digest)?
        .with_context(|| format!("{digest} is not kept"))?;
    from.read_to_string(&mut text)?;
    Ok(text)
}
