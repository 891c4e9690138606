//! Ways through the graph: the shortest, and how many there are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Origins, Package};

/// Where one gets from a package.
type Next<'a> = &'a dyn Fn(&Package) -> BTreeSet<String>;

/// A shortest way from the program to a package; of several the one whose packages come first by name.
pub(super) fn shortest(origins: &Origins, to: &str, next: Next<'_>) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<String, String> = BTreeMap::new();
    let mut waiting = VecDeque::from([origins.main.clone()]);
    while let Some(name) = waiting.pop_front() {
        if name == to {
            return Some(walk_back(name, &came_from));
        }
        let package = origins.package(&name);
        for used in package.into_iter().flat_map(next) {
            if used != origins.main && !came_from.contains_key(&used) {
                came_from.insert(used.clone(), name.clone());
                waiting.push_back(used);
            }
        }
    }
    None
}

fn walk_back(end: String, came_from: &BTreeMap<String, String>) -> Vec<String> {
    let mut steps = vec![end.clone()];
    let mut at = &end;
    while let Some(before) = came_from.get(at) {
        steps.push(before.clone());
        at = before;
    }
    steps.reverse();
    steps
}

/// How many ways there are from the program to a package: at most the largest number. What leads back to a package that
/// it came through is no way.
pub(super) fn count(origins: &Origins, to: &str, next: Next<'_>) -> u64 {
    let mut ways: BTreeMap<String, u64> = BTreeMap::from([(to.to_owned(), 1)]);
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut stack = vec![origins.main.clone()];
    while let Some(name) = stack.last().cloned() {
        let used = origins.package(&name).map(next).unwrap_or_default();
        // Each package is looked at twice: before what it uses, and after it.
        if !ways.contains_key(&name) && open.insert(name.clone()) {
            let unknown = |used: &&String| !ways.contains_key(*used) && !open.contains(*used);
            stack.extend(used.iter().filter(unknown).cloned());
            continue;
        }
        stack.pop();
        if !ways.contains_key(&name) {
            let each = used.iter().filter_map(|used| ways.get(used));
            let sum = each.fold(0_u64, |sum, count| sum.saturating_add(*count));
            ways.insert(name, sum);
        }
    }
    ways.get(&origins.main).copied().unwrap_or_default()
}
