//! One little archive, one store, one network: what every test of the archive starts from.

use std::sync::Arc;

use coracle_distro::{Archive, ArchiveName, Error, Keep as _, Opening, Section, Sha256};
use coracle_testkit::archive::{FolderFetch, MemoryKeep, TestArchive, TestPackage};

pub(crate) struct World {
    pub(crate) archive: TestArchive,
    pub(crate) fetch: FolderFetch,
    pub(crate) keep: MemoryKeep,
}

impl World {
    pub(crate) fn new() -> Self {
        let boat = TestPackage::new("boat", "1.0-1")
            .depends("libboat1 (>= 1.0)")
            .field("Provides", "vessel")
            .script("postinst", "#!/bin/sh\n")
            .file("usr/bin/boat", "boat");
        let library = TestPackage::new("libboat1", "1.0-1")
            .file("usr/lib/x86_64-linux-gnu/libboat.so.1", "ELF");
        let libc =
            TestPackage::new("libc6", "2.41-12").file("usr/lib/x86_64-linux-gnu/libc.so.6", "ELF");
        let archive = TestArchive::builder()
            .package(boat)
            .package(library)
            .package(libc)
            // Not empty, so that no two indexes are the same file.
            .package_of(ArchiveName::Updates, TestPackage::new("tide", "1"))
            .package_of(ArchiveName::Security, TestPackage::new("reef", "1"))
            .build()
            .unwrap();
        Self {
            archive,
            fetch: FolderFetch::default(),
            keep: MemoryKeep::default(),
        }
    }

    pub(crate) fn opening(&self) -> Opening<'_> {
        Opening {
            suite: self.archive.suite(),
            architecture: coracle_distro::Architecture::Amd64,
            sources: vec![self.archive.sources()],
            fetch: &self.fetch,
            keep: &self.keep,
            now: self.archive.now().into(),
            offline: false,
            allow_older: false,
            signed_by: Some(self.archive.keyring()),
            lock: None,
            locked: false,
            observer: Arc::new(|_| {}),
        }
    }

    pub(crate) fn open(&self) -> Result<Archive<'_>, Error> {
        Archive::open(self.opening())
    }

    /// Whether a kept file is a package's unpacked copy.
    pub(crate) fn is_unpacked(&self, sha256: &Sha256) -> bool {
        let notes = self.keep.notes();
        let mut unpacked = notes.iter().filter(|key| key.starts_with("unpacked-"));
        unpacked.any(|key| {
            let note = self.keep.note(key).unwrap().unwrap();
            String::from_utf8(note).unwrap().starts_with(&sha256.hex())
        })
    }

    /// The lock's section that a build with these packages would write, everything fetched.
    pub(crate) fn section(&self, packages: &[&str]) -> Section {
        let archive = self.open().unwrap();
        let run: Vec<_> = packages
            .iter()
            .map(|name| archive.newest(name).unwrap().pin())
            .collect();
        for pin in &run {
            archive.fetch(pin).unwrap();
        }
        let releases = archive
            .releases()
            .iter()
            .map(|release| release.pin())
            .collect();
        Section {
            releases,
            build: vec![],
            run,
        }
    }
}

/// The words a user would see: the error, its causes, the hint; what differs from run to run replaced.
pub(crate) fn report(world: &World, error: &Error) -> String {
    let words = refusal(error).replace(&world.archive.folder().display().to_string(), "FOLDER");
    let is_hex = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut text = String::new();
    let mut word = String::new();
    for letter in words.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
            continue;
        }
        // Digests differ with each key, sizes with each version of a compressor.
        let is_size = text.ends_with(" over ") && word.bytes().all(|byte| byte.is_ascii_digit());
        text.push_str(match () {
            () if is_hex(&word) => "HEX",
            () if is_size => "SIZE",
            () => &word,
        });
        word.clear();
        text.push(letter);
    }
    text.trim_end().to_owned()
}

pub(crate) fn refusal(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!("\n  {error}"));
        cause = error.source();
    }
    match error.hint() {
        Some(hint) => format!("{text}\n  hint: {hint}"),
        None => text,
    }
}
