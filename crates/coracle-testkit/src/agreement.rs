//! Whether we and the programs that decide (apt, dpkg) come to the same: what is asked, of which archive, and the
//! table of what came out.
//!
//! A plain run asks a small seeded sample, `CORACLE_FULL=1` asks everything and writes the tables that are committed
//! under `docs/agreement`. `CORACLE_SEED` is another seed than the usual one.

mod listed;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use coracle_distro::{Architecture, Fetch, Keep, Opening, Sources, Suite};

pub use listed::{Listed, packages_files};
pub use table::Table;

use crate::archive::FolderKeep;

/// The seed where none is given.
const SEED: u64 = 2026;

/// How much is asked, and the numbers that choose it: the same each time.
#[derive(Debug, Clone)]
pub struct Sample {
    seed: u64,
    state: u64,
    is_full: bool,
}

impl Sample {
    /// What the environment asks for: `CORACLE_FULL=1`, `CORACLE_SEED=N`. Each `purpose` has numbers of its own, so
    /// that one test's choice does not depend on what another asked before.
    pub fn from_environment(purpose: &str) -> Sample {
        let seed = std::env::var("CORACLE_SEED").ok();
        let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
        let of_purpose = purpose.bytes().fold(seed, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Sample {
            seed,
            state: of_purpose,
            is_full: std::env::var("CORACLE_FULL").is_ok_and(|full| full == "1"),
        }
    }

    /// The seed, for the table.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether everything is asked.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The first of the two in a plain run, the second in a full one.
    pub fn count(&self, plain: usize, full: usize) -> usize {
        if self.is_full { full } else { plain }
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        // splitmix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = bound.max(1) as u64;
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or_default()
    }

    /// So many of these, none twice, in the order in which they were drawn; all of them where there are fewer.
    pub fn choose<T: Clone>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut rest: Vec<&T> = from.iter().collect();
        let mut chosen = Vec::new();
        while chosen.len() < count && !rest.is_empty() {
            let place = self.below(rest.len());
            chosen.push(rest.swap_remove(place).clone());
        }
        chosen
    }
}

/// A suite's archive as it is now, from where the host's apt has it, else from Debian's own hosts.
pub fn opening<'a>(
    suite: &'static Suite,
    architecture: Architecture,
    fetch: &'a dyn Fetch,
    keep: &'a dyn Keep,
) -> Opening<'a> {
    let mut sources = Sources::host(Path::new("/etc/apt"));
    sources.push(Sources::project());
    Opening {
        suite,
        architecture,
        sources,
        fetch,
        keep,
        now: SystemTime::now(),
        offline: false,
        // A mirror in the middle of an update says now this and now that; either will do.
        allow_older: true,
        signed_by: None,
        lock: None,
        locked: false,
        observer: Arc::new(|_| {}),
    }
}

/// Where the indexes of Debian's archive are kept from one test to the next: beside what cargo built this one into.
pub fn keep() -> FolderKeep {
    let program = std::env::current_exe().unwrap_or_default();
    // target/debug/deps/NAME
    let target = program
        .ancestors()
        .nth(3)
        .filter(|target| target.parent().is_some());
    let target = target.map_or_else(std::env::temp_dir, Path::to_path_buf);
    FolderKeep::new(target.join("tmp/agreement"))
}

/// Where the tables of full runs are committed.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/agreement")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_chooses_the_same_each_time_and_nothing_twice() {
        let sample = Sample {
            seed: 1,
            state: 1,
            is_full: false,
        };
        let from: Vec<usize> = (0..50).collect();
        let chosen = sample.clone().choose(&from, 20);
        assert_eq!(chosen, sample.clone().choose(&from, 20));
        let mut distinct = chosen.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 20);
        assert_eq!(sample.clone().choose(&from, 60).len(), 50);
    }
}
