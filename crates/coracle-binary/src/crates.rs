//! The list of crates that `cargo auditable` embeds.
//!
//! It lives in a section (`.dep-v0`) that no segment points at by name: a file whose section headers were
//! stripped has none that can be found. This is the one fact that the program headers do not lead to.

#[cfg(test)]
mod tests;

use auditable_info::audit_info_from_slice;

/// The list of a binary with 1,000 crates has some 100 KB of JSON.
const JSON_LIMIT: usize = 8 << 20;

/// One crate of an embedded list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmbeddedCrate {
    /// The crate's name.
    pub name: String,
    /// Its semantic version.
    pub version: String,
    /// Where it came from: the default registry's name, `git`, `local`, `registry` or another word.
    pub source: String,
    /// Whether it is in the program or only helped to build it.
    pub kind: CrateKind,
    /// It is the crate that was built.
    pub root: bool,
}

/// What a crate was needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrateKind {
    /// Its code is in the program.
    Runtime,
    /// It ran during the build: build scripts, macros.
    Build,
}

/// Why an embedded list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a list, and it is broken or beyond 8 MiB.
    #[error("the embedded list of crates cannot be read")]
    Unreadable {
        /// What `auditable-info` says.
        #[source]
        source: auditable_info::Error,
    },
}

impl Error {
    /// What to do next, when there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some("build the program again with `cargo auditable build`".to_owned())
    }
}

/// The embedded list of one whole file, sorted by name and version; `Ok(None)` when there is none.
///
/// # Errors
/// When there is a list that cannot be read.
pub fn embedded_crates(bytes: &[u8]) -> Result<Option<Vec<EmbeddedCrate>>, Error> {
    use auditable_info::Error as Cause;
    let info = match audit_info_from_slice(bytes, JSON_LIMIT) {
        Ok(info) => info,
        // A file whose sections cannot be read has no list to be found; ElfFacts says what is wrong with it.
        Err(Cause::NoAuditData | Cause::BinaryParsing(_)) => return Ok(None),
        Err(source) => return Err(Error::Unreadable { source }),
    };
    let mut crates: Vec<EmbeddedCrate> =
        info.packages.into_iter().map(EmbeddedCrate::from).collect();
    crates.sort();
    Ok(Some(crates))
}

impl From<auditable_serde::Package> for EmbeddedCrate {
    fn from(package: auditable_serde::Package) -> Self {
        use auditable_serde::DependencyKind;
        Self {
            name: package.name,
            version: package.version.to_string(),
            source: String::from(package.source),
            kind: match package.kind {
                DependencyKind::Runtime => CrateKind::Runtime,
                DependencyKind::Build => CrateKind::Build,
            },
            root: package.root,
        }
    }
}
