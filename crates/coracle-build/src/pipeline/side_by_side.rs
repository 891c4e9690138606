//! Several platforms at once: how many, and what becomes of each.
//!
//! One compiler runs at a time: cargo and go use every core that `-j` gives them by themselves, and cargo locks the
//! target folder that all platforms share, so that what runs on this machine (build scripts, procedural macros) is
//! compiled once. Whatever else a platform needs (its archive, its packages, its layers, its proof) is done beside that,
//! for as many platforms as there are threads (`-j`, else the cores), each with [`MEMORY`] of what is free.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use coracle_oci::Platform;

use crate::settings::Settings;

/// What one platform may take of memory beside the compiler, in bytes: an image is proven from its merged files, and
/// those of hundreds of packages are more than that only rarely.
const MEMORY: u64 = 1 << 30;

/// The threads of a run: as `-j` says, else the cores.
pub(super) fn threads(settings: &Settings) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    settings.jobs.unwrap_or_else(cores).max(1)
}

/// How many platforms at once.
pub(super) fn at_once(settings: &Settings, platforms: usize) -> usize {
    let fits = settings.memory.map_or(usize::MAX, |free| {
        usize::try_from(free / MEMORY).unwrap_or(usize::MAX)
    });
    platforms.min(threads(settings)).min(fits).max(1)
}

/// Does the work of each platform, so many at a time. What comes back is in the platforms' order; one that fails stops
/// no other.
pub(super) fn on_each<T: Send>(
    platforms: &[Platform],
    at_once: usize,
    work: impl Fn(&Platform) -> T + Sync,
) -> Vec<T> {
    if let [one] = platforms {
        return vec![work(one)];
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(platform) = platforms.get(place) else {
                        return;
                    };
                    let result = work(platform);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Barrier;
    use std::time::SystemTime;

    use super::*;

    fn settings(jobs: usize, memory: Option<u64>) -> Settings {
        let now = SystemTime::UNIX_EPOCH;
        let platform = Platform::linux("amd64");
        Settings {
            jobs: Some(jobs),
            memory,
            ..Settings::new(PathBuf::new(), platform, PathBuf::new(), now)
        }
    }

    #[test]
    fn threads_and_memory_bound_how_many_platforms_run_at_once_and_one_always_does() {
        assert_eq!(at_once(&settings(8, None), 3), 3);
        assert_eq!(at_once(&settings(2, None), 3), 2);
        assert_eq!(at_once(&settings(8, Some(2 * MEMORY)), 3), 2);
        assert_eq!(at_once(&settings(8, Some(0)), 3), 1);
        assert_eq!(at_once(&settings(0, None), 3), 1);
    }

    #[test]
    fn results_are_in_the_platforms_order_and_the_work_is_done_at_once() {
        let platforms = ["amd64", "arm", "arm64"].map(Platform::linux);
        // Each waits for the two others: one at a time would never end.
        let together = Barrier::new(3);
        let work = |platform: &Platform| {
            together.wait();
            platform.architecture.len()
        };
        assert_eq!(on_each(&platforms, 3, work), [5, 3, 5]);
        let alone = |platform: &Platform| platform.architecture.clone();
        assert_eq!(on_each(&platforms, 1, alone), ["amd64", "arm", "arm64"]);
    }
}
