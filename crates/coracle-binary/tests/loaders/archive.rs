//! Packages of Debian's archive, chosen by chance.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use coracle_distro::solve::Request;
use coracle_distro::{Architecture, Archive, Opening, Package, Sources, Suite};
use coracle_testkit::archive::FolderKeep;
use coracle_transport::{Client, ClientOptions};

use crate::chance::Chance;

/// The sections whose packages have programs.
const SECTIONS: &str = "admin comm database devel editors electronics games gnome graphics hamradio httpd interpreters \
    kde localization mail math misc net news science shells sound tex text utils vcs video web x11 xfce";
/// More than this makes a root too large to have hundreds of.
const LARGEST_CLOSURE: usize = 90;
/// In bytes, compressed.
const LARGEST_PACKAGE: u64 = 4 << 20;

/// Where what is fetched and made is kept between runs.
pub(crate) fn kept() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-downloads/loaders");
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

/// What opening an archive needs.
pub(crate) struct Access {
    client: Client,
    keep: FolderKeep,
}

impl Access {
    pub(crate) fn new() -> Self {
        Self {
            client: Client::new(ClientOptions::default()).unwrap(),
            keep: FolderKeep::new(kept().join("store")),
        }
    }

    pub(crate) fn open(&self, suite: &str, architecture: Architecture) -> Archive<'_> {
        let mut sources = Sources::host(Path::new("/etc/apt"));
        sources.push(Sources::project());
        Archive::open(Opening {
            suite: Suite::parse(&format!("debian/{suite}")).unwrap(),
            architecture,
            sources,
            fetch: &self.client,
            keep: &self.keep,
            now: SystemTime::now(),
            offline: false,
            allow_older: false,
            signed_by: None,
            lock: None,
            locked: false,
            observer: Arc::new(|_| {}),
        })
        .unwrap()
    }
}

/// Of these packages the first `count` that have a closure, each with it.
pub(crate) fn chosen<'a>(
    archive: &'a Archive<'_>,
    names: &'a [String],
    count: usize,
) -> Vec<Chosen<'a>> {
    let closure = |name: &'a String| {
        let request = Request {
            packages: std::slice::from_ref(name),
            ..Request::default()
        };
        let closure = archive.closure(&request).ok()?;
        (closure.len() <= LARGEST_CLOSURE).then_some(Chosen { name, closure })
    };
    names.iter().filter_map(closure).take(count).collect()
}

/// A package and all that it depends on, itself included.
pub(crate) struct Chosen<'a> {
    pub(crate) name: &'a String,
    pub(crate) closure: Vec<&'a Package>,
}

/// The packages that bring programs, in an order made by chance.
pub(crate) fn candidates(archive: &Archive<'_>, purpose: &str) -> Vec<String> {
    let sections: Vec<&str> = SECTIONS.split_whitespace().collect();
    let mut names: Vec<String> = archive
        .names()
        .filter(|name| !name.starts_with("lib") && !name.ends_with("-dev"))
        .filter_map(|name| archive.newest(name))
        .filter(|package| package.architecture != "all")
        .filter(|package| sections.contains(&package.section.as_str()))
        .filter(|package| package.depends.contains("libc6") && package.size < LARGEST_PACKAGE)
        .map(|package| package.name.clone())
        .collect();
    names.sort();
    names.dedup();
    Chance::of(purpose).shuffle(&mut names);
    names
}
