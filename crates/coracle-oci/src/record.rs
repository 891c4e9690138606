//! How JSON records are read and printed: compact, keys in the specification's order, unknown fields kept. What a record
//! means is said beside its type.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

/// JSON that is not the record it should be.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It could not be read.
    #[error("this is not {what}")]
    Read {
        /// Such as "an image manifest".
        what: &'static str,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// It could not be printed, which only happens through a fault of ours.
    #[error("{what} could not be printed")]
    Print {
        /// Such as "an image manifest".
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl RecordError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Print { .. } => Some("this is a bug in coracle: please report it".to_owned()),
        }
    }
}

pub(crate) fn read<T: DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
) -> Result<T, RecordError> {
    serde_json::from_slice(bytes).map_err(|source| RecordError::Read { what, source })
}

pub(crate) fn print<T: Serialize>(what: &'static str, record: &T) -> Result<Vec<u8>, RecordError> {
    serde_json::to_vec(record).map_err(|source| RecordError::Print { what, source })
}

/// Go programs print an empty list or map as `null`, or leave it out.
pub(crate) fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Go's `map[string]struct{}`: a set, printed as an object with empty objects.
pub(crate) mod set {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::de::IgnoredAny;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize)]
    struct Nothing {}

    pub(crate) fn serialize<S: Serializer>(
        set: &BTreeSet<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(set.iter().map(|key| (key, Nothing {})))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeSet<String>, D::Error> {
        let map: Option<BTreeMap<String, IgnoredAny>> = Option::deserialize(deserializer)?;
        Ok(map.unwrap_or_default().into_keys().collect())
    }
}
