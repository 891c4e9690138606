//! What sccache says it did, read from its own JSON; and what of it one build was.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Counts of compiler calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// What was in the cache, by language in sccache's words: `Rust`, `C/C++`.
    pub hits: BTreeMap<String, u64>,
    /// What was not, and was compiled.
    pub misses: BTreeMap<String, u64>,
    /// What it does not keep, by its reason: `crate-type` is whatever a linker makes.
    pub not_cacheable: BTreeMap<String, u64>,
    /// How often its store could not be read or written, or took too long.
    pub errors: u64,
    /// What kind of store it has: `Local disk`, `Redis`.
    pub store: String,
    /// The server's version.
    pub version: String,
}

#[derive(Deserialize)]
struct Answer {
    stats: Counts,
    #[serde(default)]
    cache_location: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Counts {
    cache_hits: OfLanguages,
    cache_misses: OfLanguages,
    #[serde(default)]
    cache_errors: OfLanguages,
    #[serde(default)]
    not_cached: BTreeMap<String, u64>,
    #[serde(default)]
    cache_timeouts: u64,
    #[serde(default)]
    cache_read_errors: u64,
    #[serde(default)]
    cache_write_errors: u64,
}

#[derive(Default, Deserialize)]
struct OfLanguages {
    counts: BTreeMap<String, u64>,
}

impl Statistics {
    /// From the answer to `--show-stats --stats-format json`.
    pub(super) fn read(json: &[u8]) -> Option<Statistics> {
        let answer: Answer = serde_json::from_slice(json).ok()?;
        let counts = answer.stats;
        let errors = [
            counts.cache_errors.counts.values().sum(),
            counts.cache_timeouts,
            counts.cache_read_errors,
            counts.cache_write_errors,
        ];
        // What comes after the kind may be an address with a password in it.
        let store = answer.cache_location.split([':', ',']).next();
        Some(Statistics {
            hits: counts.cache_hits.counts,
            misses: counts.cache_misses.counts,
            not_cacheable: counts.not_cached,
            errors: errors.iter().sum(),
            store: store.unwrap_or_default().trim().to_owned(),
            version: answer.version,
        })
    }

    /// What happened after `before`.
    pub fn since(&self, before: &Statistics) -> Statistics {
        Statistics {
            hits: since(&self.hits, &before.hits),
            misses: since(&self.misses, &before.misses),
            not_cacheable: since(&self.not_cacheable, &before.not_cacheable),
            errors: later(self.errors, before.errors),
            store: self.store.clone(),
            version: self.version.clone(),
        }
    }

    /// Whether nothing was asked of it.
    pub fn is_nothing(&self) -> bool {
        let counts = [&self.hits, &self.misses, &self.not_cacheable];
        counts.iter().all(|counts| counts.is_empty()) && self.errors == 0
    }
}

fn since(after: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let counts = after.iter().map(|(name, after)| {
        let before = before.get(name).copied().unwrap_or_default();
        (name.clone(), later(*after, before))
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

/// A server that was started anew meanwhile counts from nothing.
fn later(after: u64, before: u64) -> u64 {
    after.checked_sub(before).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hits: u64, misses: u64, crate_types: u64) -> Statistics {
        let json = format!(
            r#"{{"stats":{{"compile_requests":9,"cache_hits":{{"counts":{{"Rust":{hits}}},"adv_counts":{{}}}},
            "cache_misses":{{"counts":{{"C/C++":2,"Rust":{misses}}}}},"not_cached":{{"crate-type":{crate_types}}},
            "cache_errors":{{"counts":{{"Rust":1}}}},"cache_timeouts":2,"cache_write_duration":{{"secs":0,"nanos":0}}}},
            "cache_location":"Redis: redis://me:secret@127.0.0.1:6379","version":"0.16.0"}}"#
        );
        Statistics::read(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_one_build_was_is_the_difference_of_two_answers() {
        let one = of(5, 10, 3).since(&of(1, 10, 1));
        assert_eq!(one.hits, [("Rust".to_owned(), 4)].into());
        assert_eq!((one.misses.len(), one.errors), (0, 0));
        assert_eq!(one.not_cacheable, [("crate-type".to_owned(), 2)].into());
        assert!(!one.is_nothing() && of(1, 1, 1).since(&of(1, 1, 1)).is_nothing());
    }

    #[test]
    fn a_server_that_was_started_anew_counts_from_nothing() {
        let one = of(2, 0, 0).since(&of(50, 0, 0));
        assert_eq!(one.hits, [("Rust".to_owned(), 2)].into());
    }

    #[test]
    fn of_its_store_only_the_kind_is_told() {
        assert_eq!(of(0, 0, 0).store, "Redis");
        assert_eq!(of(0, 0, 0).errors, 3);
        assert_eq!(Statistics::read(b"hello"), None);
    }
}
