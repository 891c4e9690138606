//! Packages of Cargo's that link a library of the system, where nobody asks for the library to be compiled in. Static
//! data, sorted. Debian's packages and what they need are as bookworm's index has them (2026-11-27), the names that end in
//! t64 as trixie's.

use crate::bases::Base;

use super::contents::{Contents, Has};
use super::graph::Program;

/// One library.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Library {
    /// The package of Cargo's.
    pub(crate) package: &'static str,
    /// What the loader looks for.
    pub(crate) file: &'static str,
    /// Debian's packages that have it or need it.
    pub(crate) debian: &'static [&'static str],
    /// How it is compiled in, for who reads it.
    pub(crate) inside: &'static str,
    /// What the lock holds only where it may be compiled in.
    bundled: Bundled,
}

/// How the lock shows that a library may be compiled in.
#[derive(Debug, PartialEq, Eq)]
enum Bundled {
    /// There is a package with its sources.
    Package(&'static str),
    /// The package itself needs a C compiler.
    Needs(&'static str),
    /// It never is.
    Never,
}

/// All of them.
pub(crate) static ALL: &[Library] = &[
    Library {
        package: "alsa-sys",
        file: "libasound.so.2",
        debian: &["libasound2", "libasound2t64", "libasound2-dev"],
        inside: "there is no feature for that",
        bundled: Bundled::Never,
    },
    Library {
        package: "libdbus-sys",
        file: "libdbus-1.so.3",
        debian: &["libdbus-1-3", "dbus", "libdbus-1-dev"],
        inside: "its feature vendored",
        bundled: Bundled::Needs("cc"),
    },
    Library {
        package: "libsqlite3-sys",
        file: "libsqlite3.so.0",
        debian: &["libsqlite3-0", "sqlite3", "libsqlite3-dev"],
        inside: "its feature bundled",
        bundled: Bundled::Needs("cc"),
    },
    Library {
        package: "mysqlclient-sys",
        file: "libmariadb.so.3",
        debian: &[
            "libmariadb3",
            "default-libmysqlclient-dev",
            "libmariadb-dev",
            "mariadb-client",
            "default-mysql-client",
        ],
        inside: "its feature bundled",
        bundled: Bundled::Package("mysqlclient-src"),
    },
    Library {
        package: "openssl-sys",
        file: "libssl.so.3",
        // ca-certificates needs openssl, which needs it; so do libcurl4 and libpq5.
        debian: &[
            "libssl3",
            "libssl3t64",
            "openssl",
            "ca-certificates",
            "curl",
            "libcurl4",
            "libpq5",
            "libssl-dev",
        ],
        inside: "its feature vendored",
        bundled: Bundled::Package("openssl-src"),
    },
    Library {
        package: "pq-sys",
        file: "libpq.so.5",
        debian: &["libpq5", "postgresql-client", "libpq-dev"],
        inside: "its feature bundled",
        bundled: Bundled::Package("pq-src"),
    },
];

impl Library {
    /// Whether the program asks for it when it starts.
    ///
    /// # Errors
    /// When it may be compiled in.
    pub(crate) fn is_linked_dynamically(&self, program: &Program) -> Result<bool, String> {
        let Some(lock) = &program.workspace.lock else {
            return Err("there is no Cargo.lock".to_owned());
        };
        let may_be_inside = || Err(format!("{} may be compiled in", self.file));
        let mut packages = lock.packages.iter();
        match self.bundled {
            Bundled::Never => Ok(true),
            // The lock holds what any feature of the workspace may ask for: without it nobody does.
            Bundled::Package(name) => match packages.any(|package| package.name == name) {
                true => may_be_inside(),
                false => Ok(true),
            },
            Bundled::Needs(name) => {
                let mut own = packages.filter(|package| package.name == self.package);
                let is_named = |index: &usize| {
                    lock.packages
                        .get(*index)
                        .is_some_and(|one| one.name == name)
                };
                let needs = own.any(|package| package.dependencies.iter().any(is_named));
                if needs { may_be_inside() } else { Ok(true) }
            }
        }
    }

    /// Whether an image has it.
    pub(crate) fn is_in(&self, contents: &Contents) -> Has {
        let Some(base) = &contents.base else {
            return Has::Unknown(format!("it is not known what {} holds", contents.image));
        };
        match self.is_in_base(base) {
            Some(true) => return Has::Yes,
            None => {
                return Has::Unknown(format!(
                    "it is not known whether {} has {}",
                    contents.image, self.file
                ));
            }
            Some(false) => {}
        }
        if contents.package(self.debian) == Has::Yes {
            return Has::Yes;
        }
        match contents.other_package() {
            Some(package) => Has::Unknown(format!("{package} may need {}", self.file)),
            None => contents.or_open(),
        }
    }

    /// Debian's own image has none of them but OpenSSL, which is there from the release on whose coreutils need it.
    /// distroless/cc is made on base, which has OpenSSL.
    fn is_in_base(&self, base: &Base) -> Option<bool> {
        let is_openssl = self.package == "openssl-sys";
        let release = base.release.map(|release| release.name);
        match base.name.as_str() {
            "debian" if is_openssl => (release == Some("debian/12")).then_some(false),
            "gcr.io/distroless/cc" | "gcr.io/distroless/base" if is_openssl => None,
            "debian"
            | "gcr.io/distroless/cc"
            | "gcr.io/distroless/base"
            | "gcr.io/distroless/base-nossl" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_sorted_and_have_packages() {
        assert!(ALL.is_sorted_by_key(|library| library.package));
        for library in ALL {
            assert!(
                !library.debian.is_empty() && library.file.contains(".so"),
                "{library:?}"
            );
        }
    }
}
