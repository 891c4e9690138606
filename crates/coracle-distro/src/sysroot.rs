//! Packages unpacked into a folder that a compiler takes as the root of the target's system.
//!
//! ```text
//! FOLDER/lib -> usr/lib              and lib64, lib32, libx32 where usr/ has them
//! FOLDER/usr/include, usr/lib, …     as the packages have them, merged-/usr
//! ```
//! No dpkg, no root, no script, and no link is followed while writing. What makes it a sysroot and
//! not a root: absolute links are made relative, since `libz.so -> /lib/…` would dangle and make
//! linkers silently take `libz.a`; the links that update-alternatives would make are made, where
//! nothing else is; documents, translations, icons, settings (`etc`), state (`var`) and all programs
//! (`usr/bin`, `usr/sbin`: they are for the target's machine, `*-config` scripts among them) are left
//! out. Linker scripts and `.pc` files stay as they are: `ld` prefixes the sysroot to the paths of a
//! script that lies in it, pkg-config to those it prints.
//!
//! clang needs no more than `--sysroot=S`. A gcc for its own machine looks into its own system's
//! folders before the sysroot's, for `Scrt1.o` and `libc.so` as for all else, and has to be told
//! `--sysroot=S -BS/usr/lib/TRIPLET/ -LS/usr/lib/TRIPLET`.

mod alternatives;
mod links;
mod not_needed;
mod tree;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use not_needed::NOT_NEEDED;
pub use write::PARTIAL;

use crate::digest::Hasher;
use crate::{Deb, Pin};

/// What the key changes with when the same packages would be written in another way.
const RECIPE: &str = "coracle-sysroot-1";

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Files with bytes.
    pub files: u64,
    /// Symbolic links.
    pub links: u64,
    /// The bytes of the files.
    pub bytes: u64,
}

/// The content address of a sysroot: the sha256, in hexadecimal, over the recipe's version and the
/// packages' digests, whatever order they come in.
pub fn key(pins: &[&Pin]) -> String {
    let mut digests: Vec<String> = pins.iter().map(|pin| pin.sha256.hex()).collect();
    digests.sort();
    digests.dedup();
    let mut hasher = Hasher::default();
    hasher.update(format!("{RECIPE}\n").as_bytes());
    for digest in digests {
        hasher.update(format!("{digest}\n").as_bytes());
    }
    hasher.finish().hex()
}

/// Unpacks packages into a folder that must not exist yet. It is there whole or not at all: written
/// beside its place, under a name that begins with [`PARTIAL`], and renamed. What fails is removed;
/// what a killed process left may be.
pub fn write(debs: &[&Deb], folder: &Path) -> Result<Written, Error> {
    let mut tree = tree::Tree::new(debs)?;
    alternatives::add(&mut tree, debs);
    tree.check()?;
    write::write(&tree, folder)
}

/// Why a sysroot could not be written.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the fields are named for what they hold and the messages say it"
)]
pub enum Error {
    /// Two packages have a path, and not the same there.
    #[error("{first} and {second} both hold {path}, and not the same")]
    Collision {
        path: String,
        first: String,
        second: String,
    },
    /// A path leads through something that is no folder.
    #[error("{package} holds {path}, but {above} of {owner} is not a folder")]
    Through {
        path: String,
        package: String,
        above: String,
        owner: String,
    },
    /// A hard link's other name is not in the package.
    #[error("{package} holds {path} as a second name of {target}, which it does not hold")]
    HardLink {
        path: String,
        package: String,
        target: String,
    },
    /// A path that would be written outside of the folder; `Deb::read` lets none through.
    #[error("{package} holds the path {path:?}, which leaves the sysroot")]
    Path { path: String, package: String },
    /// The folder is there already, perhaps just made by another process.
    #[error("the sysroot {} exists already", folder.display())]
    Exists { folder: PathBuf },
    /// The disk failed.
    #[error("the sysroot's {} could not be written", path.display())]
    Disk { path: PathBuf, source: io::Error },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Collision { .. } | Self::Through { .. } => {
                "leave one of the two packages out, and please report the pair"
            }
            Self::HardLink { .. } | Self::Path { .. } => {
                "the archive signed this package, so this is a limit of coracle's: please report it"
            }
            Self::Exists { .. } => "use it, or delete it to have it written again",
            Self::Disk { .. } => "check the free space and the permissions of the folder",
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ArchiveName, Sha256};

    fn pin(name: &str) -> Pin {
        Pin {
            name: name.to_owned(),
            version: "1".parse().unwrap(),
            architecture: "amd64".to_owned(),
            path: format!("pool/{name}.deb"),
            sha256: Sha256::of(name.as_bytes()),
            size: 1,
            archive: ArchiveName::Main,
        }
    }

    #[test]
    fn the_key_knows_the_packages_and_not_their_order() {
        let (left, right) = (pin("left"), pin("right"));
        let both = key(&[&left, &right]);
        assert_eq!(both, key(&[&right, &left, &right]));
        assert_ne!(both, key(&[&left]));
        assert!(both.len() == 64 && both.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
