//! What an image was made of and what came out, written down at each build beside what cargo and go compile, so that `why`
//! can say later which input changed, and which crate asked for a library.
//!
//! ```text
//! target/coracle/records/SERVICE/linux-amd64.json     the last record, and the one before it that differs
//! ```
//! No secret is in it: of what may be one, only the digest.

mod compare;
mod kept;

use std::collections::BTreeMap;

use coracle_oci::Digest;
use serde::{Deserialize, Serialize};

pub use self::compare::{Change, Compared, compare};
pub use self::kept::{Error, Kept};

/// What was built of a service for a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it was made of.
    pub inputs: Inputs,
    /// What came out.
    pub made: Made,
    /// Who asked for which library.
    pub links: Vec<Link>,
}

impl Record {
    /// Whether the other one was made of the same, and the same came out.
    pub fn is_like(&self, other: &Record) -> bool {
        let made = |record: &Record| Made {
            // An index changes with the images of other platforms.
            root: record.made.image,
            ..record.made.clone()
        };
        self.inputs == other.inputs && made(self) == made(other)
    }
}

/// What an image is made of: values by kind and name, each as text or, where it is long or may be a secret, as its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(BTreeMap<Kind, BTreeMap<String, String>>);

impl Inputs {
    /// Adds one. What has the same kind and name is added to it.
    pub fn add(&mut self, kind: Kind, name: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        let there = self.0.entry(kind).or_default().entry(name.into());
        there
            .and_modify(|there| {
                // Several versions of one crate may be in one program.
                there.push_str(", ");
                there.push_str(&value);
            })
            .or_insert(value);
    }

    /// Adds one of which only the digest is kept.
    pub fn add_hidden(&mut self, kind: Kind, name: impl Into<String>, value: &[u8]) {
        self.add(kind, name, Digest::of(value).to_string());
    }

    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> {
        let found = self.0.get(&kind).into_iter().flatten();
        found.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What kind of input something is. They are told in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file of the repository, by path.
    Source,
    /// A crate or a Go module, with its version.
    Dependency,
    /// rustc or go.
    Toolchain,
    /// How it is compiled: profile, features, tags.
    Option,
    /// A build argument; its digest.
    Argument,
    /// A variable of the environment that compilers obey; its digest.
    Variable,
    /// A package that it is compiled against, with its version.
    BuildPackage,
    /// What it is compiled against, as a whole.
    Sysroot,
    /// The suite of the packages.
    Suite,
    /// A package of the image, with its version.
    Package,
    /// What the image says of how it is started, and its labels.
    Setting,
    /// coracle itself, with its version.
    Coracle,
}

impl Kind {
    /// Its name in words of one kind with the others: `build-package`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Source => "source",
            Kind::Dependency => "dependency",
            Kind::Toolchain => "toolchain",
            Kind::Option => "option",
            Kind::Argument => "argument",
            Kind::Variable => "variable",
            Kind::BuildPackage => "build-package",
            Kind::Sysroot => "sysroot",
            Kind::Suite => "suite",
            Kind::Package => "package",
            Kind::Setting => "setting",
            Kind::Coracle => "coracle",
        }
    }
}

/// What came out of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// `rust`, `go` or `prebuilt`.
    pub language: String,
    /// The digest of the program's file.
    pub program: Digest,
    /// The layers, the lowest first.
    pub layers: Vec<Layer>,
    /// The digest of the image's manifest.
    pub image: Digest,
    /// The digest of what the image's names lead to: the manifest, or the index that lists it.
    pub root: Digest,
}

/// A layer that came out of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its digest, packed.
    pub digest: Digest,
    /// What it weighs, packed.
    pub bytes: u64,
    /// What is in it: `libc6@2.41-12`, or what we made.
    pub holds: String,
}

/// That a crate or a Go package asked for a native library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// The crate, `openssl-sys 0.9.118`, or the import path.
    pub by: String,
    /// How it asked: `cargo::rustc-link-lib=ssl`, `#cgo LDFLAGS: -lwebp`.
    pub asked: String,
    /// The library's name, without `lib`.
    pub library: String,
    /// What the program needs by name for it; none where the library became a part of the program.
    pub soname: Option<String>,
}
