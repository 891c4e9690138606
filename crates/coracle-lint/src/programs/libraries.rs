//! Packages of Cargo's that link a library of the system, where nobody asks for the library to be compiled in. Static
//! data, sorted. Debian's packages and what they need are as bookworm's index has them (2026-11-27), the names that end in
//! t64 as trixie's.

use coracle_graph::Answer;

use crate::bases::Base;

use super::contents::{Contents, Has};
use super::graph::Program;
use super::linkers;

/// One library.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Library {
    /// The package of Cargo's.
    pub(crate) package: &'static str,
    /// What the loader looks for.
    pub(crate) file: &'static str,
    /// Debian's packages that have it or need it.
    pub(crate) debian: &'static [&'static str],
    /// Packages that are this library and nothing else, Debian's and Alpine's.
    pub(crate) alone: &'static [&'static str],
    /// Those with what is needed to compile against it.
    pub(crate) headers: &'static [&'static str],
    /// Other packages of Cargo's whose library needs it.
    pub(crate) through: &'static [&'static str],
    /// How it is compiled in, for who reads it.
    pub(crate) inside: &'static str,
    /// The package's features with which this library is not asked for: it is compiled in, or another one stands for it.
    without: &'static [&'static str],
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
        alone: &["libasound2", "libasound2t64", "alsa-lib"],
        headers: &["libasound2-dev", "alsa-lib-dev"],
        through: &[],
        inside: "there is no feature for that",
        without: &[],
        bundled: Bundled::Never,
    },
    Library {
        package: "libdbus-sys",
        file: "libdbus-1.so.3",
        debian: &["libdbus-1-3", "dbus", "libdbus-1-dev"],
        alone: &["libdbus-1-3", "dbus-libs"],
        headers: &["libdbus-1-dev", "dbus-dev"],
        through: &[],
        inside: "its feature vendored",
        without: &["vendored"],
        bundled: Bundled::Needs("cc"),
    },
    Library {
        package: "libsqlite3-sys",
        file: "libsqlite3.so.0",
        debian: &["libsqlite3-0", "sqlite3", "libsqlite3-dev"],
        alone: &["libsqlite3-0", "sqlite-libs"],
        headers: &["libsqlite3-dev", "sqlite-dev"],
        through: &[],
        inside: "its feature bundled",
        without: &[
            "bundled",
            "bundled-windows",
            "loadable_extension",
            "sqlcipher",
        ],
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
        alone: &["libmariadb3", "mariadb-connector-c"],
        headers: &[
            "libmariadb-dev",
            "default-libmysqlclient-dev",
            "mariadb-connector-c-dev",
        ],
        through: &[],
        inside: "its feature bundled",
        without: &["bundled"],
        bundled: Bundled::Package("mysqlclient-src"),
    },
    Library {
        package: "openssl-sys",
        file: "libssl.so.3",
        // ca-certificates needs openssl, which needs it; so do libcurl4, libmariadb3 and libpq5.
        debian: &[
            "libssl3",
            "libssl3t64",
            "openssl",
            "ca-certificates",
            "curl",
            "libcurl4",
            "libmariadb3",
            "libpq5",
            "libssl-dev",
        ],
        alone: &["libssl3", "libssl3t64", "libssl1.1"],
        headers: &["libssl-dev", "openssl-dev"],
        through: &["mysqlclient-sys", "pq-sys"],
        inside: "its feature vendored",
        without: &["aws-lc", "aws-lc-fips", "unstable_boringssl", "vendored"],
        bundled: Bundled::Package("openssl-src"),
    },
    Library {
        package: "pq-sys",
        file: "libpq.so.5",
        debian: &["libpq5", "postgresql-client", "libpq-dev"],
        alone: &["libpq5", "libpq"],
        headers: &["libpq-dev"],
        through: &[],
        inside: "its feature bundled",
        without: &["bundled", "bundled_without_openssl"],
        bundled: Bundled::Package("pq-src"),
    },
];

impl Library {
    /// Whether the program asks for it when it starts.
    ///
    /// # Errors
    /// When it may be compiled in.
    pub(crate) fn is_linked_dynamically(&self, program: &Program) -> Result<bool, String> {
        if program.is_asked {
            let mut features = program
                .linked
                .named(self.package)
                .flat_map(|own| &own.features);
            return Ok(!features.any(|feature| self.without.contains(&feature.as_str())));
        }
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

    /// Whether no program of this make asks for it.
    ///
    /// # Errors
    /// When the graph does not decide.
    pub(crate) fn is_unused(&self, program: &Program<'_>) -> Result<bool, String> {
        let mut unknown = None;
        for name in std::iter::once(&self.package).chain(self.through) {
            match program.linked.has(name) {
                Answer::No => {}
                Answer::Yes => return Ok(false),
                Answer::Unknown { because } => unknown = unknown.or(Some(because)),
            }
        }
        if let Some(because) = unknown {
            return Err(because);
        }
        let known: Vec<&str> = ALL.iter().map(|library| library.package).collect();
        let may_link = linkers::unknown(program, &known).or_else(|| linkers::own(program));
        match (may_link, linkers::opening(program)) {
            (None, None) => Ok(true),
            (Some(package), _) => Err(format!("{package} may link {}", self.file)),
            (_, Some(package)) => Err(format!("by {package} it may open {}", self.file)),
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

    /// Debian's own image has none of them but OpenSSL, which is there from the release on whose coreutils need it. Ubuntu's
    /// has OpenSSL in each of its supported releases, and no other (github.com/docker-library/repo-info, repos/ubuntu, read
    /// 2026-11-27). distroless/cc is made on base, which has OpenSSL.
    pub(crate) fn is_in_base(&self, base: &Base) -> Option<bool> {
        let is_openssl = self.package == "openssl-sys";
        let release = base.release.map(|release| release.name);
        match base.name.as_str() {
            "ubuntu" => {
                let is_read = ["ubuntu/22.04", "ubuntu/24.04", "ubuntu/26.04"]
                    .into_iter()
                    .any(|name| release == Some(name));
                is_read.then_some(is_openssl)
            }
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
                !library.debian.is_empty()
                    && !library.alone.is_empty()
                    && library.file.contains(".so"),
                "{library:?}"
            );
        }
    }
}
