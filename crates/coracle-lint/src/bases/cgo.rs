//! Go modules that are nothing without cgo, or a stub that fails when it is called. Static data, sorted, each row with its
//! source. What does the same without cgo is not here.

use jiff::civil::{Date, date};

/// What a module is without cgo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// Whoever imports it does not build.
    Fails,
    /// It builds, and what is called answers with an error.
    Stub,
}

/// A module, or a package of one.
#[derive(Debug, PartialEq, Eq)]
pub struct CgoModule {
    /// The path that is required, or imported.
    pub path: &'static str,
    /// What it is without cgo.
    pub without: Without,
    /// Who says so: the module's own sources, or whoever met it.
    pub source: &'static str,
    /// When that was looked up.
    pub seen: Date,
}

const fn row(path: &'static str, without: Without, source: &'static str) -> CgoModule {
    CgoModule {
        path,
        without,
        source,
        seen: date(2026, 11, 27),
    }
}

static MODULES: &[CgoModule] = &[
    row(
        "github.com/DataDog/zstd",
        Without::Fails,
        "github.com/IBM/sarama/issues/1179: no file of it is left without cgo",
    ),
    row(
        "github.com/confluentinc/confluent-kafka-go",
        Without::Fails,
        "github.com/confluentinc/confluent-kafka-go/issues/303: it is not supported without cgo",
    ),
    row(
        "github.com/h2non/bimg",
        Without::Fails,
        "github.com/h2non/bimg/issues/362: with CGO_ENABLED=0 its types are undefined",
    ),
    row(
        "github.com/linxGnu/grocksdb",
        Without::Fails,
        "github.com/seaweedfs/seaweedfs/issues/3053: with CGO_ENABLED=0 its names are undefined",
    ),
    row(
        "github.com/mattn/go-sqlite3",
        Without::Stub,
        "its static_mock.go, which is built without cgo and answers every Open with an error",
    ),
    row(
        "gocv.io/x/gocv",
        Without::Fails,
        "its core.go, which imports C and is where Mat is",
    ),
];

impl CgoModule {
    /// Every row.
    pub fn all() -> &'static [CgoModule] {
        MODULES
    }

    /// Whether a package is the module's own, in any major version of it.
    pub fn has(&self, import: &str) -> bool {
        let Some(rest) = import.strip_prefix(self.path) else {
            return false;
        };
        let (major, below) = match rest.strip_prefix("/v") {
            Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
            None => ("1", rest.trim_start_matches('/')),
        };
        // Of go-sqlite3 and its like the package is the module; folders below may need nothing.
        let is_bounded = rest.is_empty() || rest.starts_with('/');
        is_bounded && major.parse::<u32>().is_ok() && matches!(below, "" | "kafka")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_sorted_dated_and_have_their_source() {
        assert!(MODULES.is_sorted_by_key(|module| module.path));
        assert!(
            MODULES
                .iter()
                .all(|module| !module.source.is_empty() && module.seen >= date(2026, 1, 1))
        );
    }

    #[test]
    fn a_package_is_a_modules_in_any_major_version() {
        let has = |path: &str, import: &str| {
            MODULES
                .iter()
                .any(|module| module.path == path && module.has(import))
        };
        assert!(has(
            "github.com/confluentinc/confluent-kafka-go",
            "github.com/confluentinc/confluent-kafka-go/v2/kafka"
        ));
        assert!(has(
            "github.com/mattn/go-sqlite3",
            "github.com/mattn/go-sqlite3"
        ));
        assert!(!has(
            "github.com/mattn/go-sqlite3",
            "github.com/mattn/go-sqlite3-extra"
        ));
        assert!(!has(
            "github.com/mattn/go-sqlite3",
            "github.com/mattn/go-sqlite3/upgrade"
        ));
    }
}
