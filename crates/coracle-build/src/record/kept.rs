//! Records on disk: of each service and platform the last one and the last before it that differs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::Platform;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::whole;

/// Raised whenever older files cannot be read any more.
const VERSION: u32 = 1;

/// What is known of the builds of a service for a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// The platform.
    pub platform: String,
    /// The last build.
    pub last: Record,
    /// How many builds after it gave the same of the same.
    pub again: u64,
    /// The last one before it that differs.
    pub before: Option<Record>,
}

/// Why a record cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// On disk.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The folder of a service's records, in the one that it is built in.
fn folder(built_in: &Path, service: &str) -> PathBuf {
    built_in.join("records").join(service)
}

impl Kept {
    /// Those of a service by platform, where the folder that it is built in has any. A file that cannot be read, or is of
    /// another version, is as good as none.
    pub fn read(built_in: &Path, service: &str) -> BTreeMap<String, Kept> {
        let files = fs::read_dir(folder(built_in, service))
            .into_iter()
            .flatten();
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        let paths = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let kept = paths.filter_map(|path| read(&path));
        kept.map(|kept| (kept.platform.clone(), kept)).collect()
    }

    /// Writes down a build.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub fn note(
        built_in: &Path,
        service: &str,
        platform: &Platform,
        record: Record,
    ) -> Result<(), Error> {
        let name = platform.to_string();
        let file = format!("{}.json", name.replace('/', "-"));
        let path = folder(built_in, service).join(file);
        let kept = read(&path);
        let kept = after(kept, name, record);
        let failed = |source| Error::Write {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(&kept);
        let text = text.map_err(|error| failed(error.into()))?;
        whole::write(&path, &text, whole::PRIVATE).map_err(failed)
    }
}

fn read(path: &Path) -> Option<Kept> {
    let kept: Kept = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (kept.version == VERSION).then_some(kept)
}

/// What is to be kept after another build.
fn after(kept: Option<Kept>, platform: String, record: Record) -> Kept {
    let fresh = |before| Kept {
        version: VERSION,
        platform,
        last: record.clone(),
        again: 0,
        before,
    };
    match kept {
        None => fresh(None),
        Some(kept) if kept.last.is_like(&record) => Kept {
            again: kept.again.saturating_add(1),
            last: record,
            ..kept
        },
        Some(kept) => fresh(Some(kept.last)),
    }
}

#[cfg(test)]
mod tests {
    use coracle_oci::Digest;

    use super::super::{Inputs, Kind, Made};
    use super::*;

    fn record(source: &str, image: &str) -> Record {
        let mut inputs = Inputs::default();
        inputs.add(Kind::Source, "src/main.rs", source);
        let image = Digest::of(image.as_bytes());
        Record {
            inputs,
            made: Made {
                language: "rust".to_owned(),
                program: image,
                layers: Vec::new(),
                image,
                root: image,
            },
            links: Vec::new(),
        }
    }

    #[test]
    fn the_last_two_records_that_differ_are_kept_and_builds_without_a_change_counted() {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::linux("amd64");
        let note = |record: &Record| {
            Kept::note(folder.path(), "api", &platform, record.clone()).unwrap();
            let kept = Kept::read(folder.path(), "api");
            assert_eq!(kept.len(), 1);
            kept["linux/amd64"].clone()
        };
        let [one, two, three] = ["1", "2", "3"].map(|text| record(text, text));
        let kept = note(&one);
        assert_eq!((&kept.last, kept.again, kept.before), (&one, 0, None));
        assert_eq!(note(&one).again, 1);
        let kept = note(&two);
        assert_eq!((&kept.last, kept.again, kept.before), (&two, 0, Some(one)));
        let kept = note(&three);
        assert_eq!((&kept.last, kept.before.as_ref()), (&three, Some(&two)));
        let kept = note(&three);
        assert_eq!((kept.again, kept.before.as_ref()), (1, Some(&two)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_as_good_as_none() {
        let place = tempfile::tempdir().unwrap();
        let platform = Platform::linux("amd64");
        let path = folder(place.path(), "api").join("linux-amd64.json");
        whole::write(&path, b"{ \"version\": 1 }", whole::PRIVATE).unwrap();
        assert_eq!(Kept::read(place.path(), "api"), BTreeMap::new());
        Kept::note(place.path(), "api", &platform, record("1", "1")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        assert_eq!(Kept::read(place.path(), "api"), BTreeMap::new());
        assert_eq!(Kept::read(place.path(), "worker"), BTreeMap::new());
    }
}
