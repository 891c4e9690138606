//! What build scripts ask cargo to link: `cargo:rustc-link-lib=dylib=ssl`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One library that a crate's build script asks to link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Linked {
    /// The crate, `openssl-sys 0.9.118`.
    pub by: String,
    /// The library's name, without `lib`.
    pub name: String,
    /// How.
    pub kind: Kind,
    /// Where the crate says that it is.
    pub folders: Vec<PathBuf>,
}

/// How a library is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// As a shared library, or however the linker finds it.
    Shared,
    /// As a part of the program.
    Static,
}

impl Linked {
    /// From the words after `cargo:rustc-link-lib=`: `ssl`, `dylib=ssl`, `static:+whole-archive=ring_core`.
    pub(super) fn read(by: &str, words: &str, folders: &[PathBuf]) -> Linked {
        let (kind, name) = words.split_once('=').unwrap_or(("dylib", words));
        let kind = kind.split(':').next().unwrap_or(kind);
        // `name:renamed` is for bindings and changes nothing here.
        let name = name.split(':').next().unwrap_or(name);
        Linked {
            by: by.to_owned(),
            name: name.to_owned(),
            kind: if kind == "static" {
                Kind::Static
            } else {
                Kind::Shared
            },
            folders: folders.to_vec(),
        }
    }
}

/// `openssl-sys 0.9.118` of cargo's `registry+https://…#openssl-sys@0.9.118` or `path+file:///…/openssl-sys#0.9.118`.
pub(super) fn crate_name(id: &str) -> String {
    let (place, name) = id.rsplit_once('#').unwrap_or(("", id));
    match name.split_once('@') {
        Some((name, version)) => format!("{name} {version}"),
        None => {
            let folder = place.trim_end_matches('/').rsplit('/').next();
            format!("{} {name}", folder.unwrap_or_default())
        }
    }
}

/// The folder of a path that cargo gives as `native=/usr/lib`.
pub(super) fn folder(path: &str) -> PathBuf {
    const KINDS: [&str; 5] = ["native=", "dependency=", "crate=", "framework=", "all="];
    let kind = KINDS.iter().find_map(|kind| path.strip_prefix(kind));
    PathBuf::from(kind.unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_shared_unless_it_is_called_static() {
        let read = |words: &str| {
            let linked = Linked::read("x 1.0.0", words, &[]);
            (linked.kind, linked.name)
        };
        assert_eq!(read("ssl"), (Kind::Shared, "ssl".to_owned()));
        assert_eq!(read("dylib=z"), (Kind::Shared, "z".to_owned()));
        assert_eq!(read("static=sqlite3"), (Kind::Static, "sqlite3".to_owned()));
        assert_eq!(
            read("static:+whole-archive,-bundle=a:b"),
            (Kind::Static, "a".to_owned())
        );
    }

    #[test]
    fn a_crate_is_called_by_name_and_version_wherever_it_comes_from() {
        assert_eq!(
            crate_name("registry+https://registry.example/index#openssl-sys@0.9.118"),
            "openssl-sys 0.9.118"
        );
        assert_eq!(crate_name("path+file:///w/shop/api#0.1.0"), "api 0.1.0");
        assert_eq!(
            crate_name("path+file:///w/shop/api#server@0.1.0"),
            "server 0.1.0"
        );
    }

    #[test]
    fn a_search_path_s_kind_is_no_part_of_its_folder() {
        assert_eq!(folder("native=/usr/lib"), PathBuf::from("/usr/lib"));
        assert_eq!(folder("/opt/a=b"), PathBuf::from("/opt/a=b"));
    }
}
