//! Which of several packages is meant. What stays open is left open.

use super::{DevelopmentFile, Owners};

/// Of packages that stand for each other, the one that Debian's own packages build against: libcurl
/// with OpenSSL, GNU's readline, MIT's Kerberos, and so on. `libboost1.83-dev` and its like are not
/// here: the package without the version says which of those is the default.
const PREFERRED: [&str; 7] = [
    "libcurl4-openssl-dev",
    "libhiredis-dev",
    "libjack-jackd2-dev",
    "libkrb5-dev",
    "libreadline-dev",
    "libsdl2-dev",
    "qtbase5-dev",
];

/// The package whose file update-alternatives puts there, so that Contents does not name it: the
/// reference implementations, and Open MPI, Debian's default.
pub(crate) fn made_by_alternatives(file: &DevelopmentFile) -> Option<&'static str> {
    use DevelopmentFile::{Header, Library, PkgConfig};
    Some(match file {
        Library(name) | PkgConfig(name) if name == "blas" => "libblas-dev",
        Library(name) | PkgConfig(name) if name == "lapack" => "liblapack-dev",
        Library(name) | PkgConfig(name) if name == "mpi" => "libopenmpi-dev",
        Header(name) if name == "cblas.h" => "libblas-dev",
        Header(name) if name == "mpi.h" => "libopenmpi-dev",
        Library(_) | PkgConfig(_) | Header(_) => return None,
    })
}

/// A package that holds a file, and how well. The fields' order is the order of preference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    depth: usize,
    second_best: bool,
    kind: u8,
    length: usize,
    package: String,
}

impl Candidate {
    /// Reads `AREA/SECTION/PACKAGE`; `None` for what no build should use.
    pub(super) fn new(owner: &str, depth: usize, second_best: bool, length: usize) -> Option<Self> {
        let (section, package) = owner.rsplit_once('/')?;
        let section = section.rsplit('/').next().unwrap_or(section);
        Some(Self {
            depth,
            second_best,
            kind: kind(section, package)?,
            length,
            package: package.to_owned(),
        })
    }

    pub(crate) fn package(&self) -> &str {
        &self.package
    }

    /// Where compilers look, or in a folder of a library's own there (`glib-2.0/glib.h`). What lies
    /// deeper is often a copy that another library carries along.
    pub(crate) fn is_near(&self) -> bool {
        self.depth <= 1
    }

    fn is_as_good_as(&self, other: &Self) -> bool {
        (self.depth, self.second_best, self.kind) == (other.depth, other.second_best, other.kind)
    }
}

fn kind(section: &str, package: &str) -> Option<u8> {
    let foreign = ["android-", "lib32", "lib64", "libx32", "libn32"]
        .iter()
        .any(|prefix| package.starts_with(prefix))
        || ["-cross", "-dbg", "-dbgsym", "-i386", "-x32", "-amd64"]
            .iter()
            .any(|suffix| package.ends_with(suffix))
        || package.contains("mingw")
        || section == "debug";
    if foreign {
        return None;
    }
    Some(match (section, package.ends_with("-dev")) {
        ("oldlibs", _) => 4,
        ("libdevel", true) => 0,
        (_, true) => 1,
        ("libdevel" | "devel", false) => 2,
        (_, false) => 3,
    })
}

/// Puts the candidates in order. `default` is told the names of equally good ones and may choose.
pub(crate) fn owners(
    file: &DevelopmentFile,
    mut candidates: Vec<Candidate>,
    default: impl Fn(&[String]) -> Option<String>,
) -> Owners {
    candidates.sort();
    let best = candidates.first().cloned();
    let (mut packages, mut others) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let equal = best
            .as_ref()
            .is_some_and(|best| candidate.is_as_good_as(best));
        let list = if equal { &mut packages } else { &mut others };
        if !list.contains(&candidate.package) {
            list.push(candidate.package);
        }
    }
    let preferred = PREFERRED
        .into_iter()
        .find(|name| packages.iter().any(|package| package == name));
    let chosen = match preferred {
        _ if packages.len() < 2 => None,
        Some(name) => Some(name.to_owned()),
        None => default(&packages),
    };
    if let Some(chosen) = chosen {
        others.splice(
            0..0,
            packages.iter().filter(|name| **name != chosen).cloned(),
        );
        packages = vec![chosen];
    }
    let mut seen = packages.clone();
    others.retain(|name| {
        let is_new = !seen.contains(name);
        seen.push(name.clone());
        is_new
    });
    Owners {
        file: file.clone(),
        exact: best.is_some_and(|best| best.depth == 0),
        packages,
        others,
    }
}
