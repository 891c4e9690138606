//! What has nearly the name that is asked for.

use std::collections::BTreeSet;

use crate::check::look::{Package, Seen};

/// So many are named.
const MOST: usize = 3;

/// Packages, labels, libraries and files of nearly this name, the nearest first; and what else is named to choose from.
pub(super) fn names(
    seen: &Seen,
    packages: &[Package],
    subject: &str,
    others: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let mut candidates: BTreeSet<String> = others.into_iter().collect();
    candidates.extend(packages.iter().map(|package| package.name.clone()));
    candidates.extend(seen.config.labels.keys().cloned());
    // The records of package managers are named after what they are of.
    let files = seen.files().map(|(path, _)| path);
    for path in files.filter(|path| !path.starts_with("var/lib/dpkg/")) {
        candidates.insert(match subject.contains('/') {
            true => format!("/{path}"),
            false => path.rsplit('/').next().unwrap_or(path).to_owned(),
        });
    }
    // A path may be written without its first slash.
    let subject = match subject.contains('/') {
        true => format!("/{}", subject.trim_start_matches('/')),
        false => subject.to_owned(),
    };
    let most = (subject.chars().count() / 3).clamp(1, 4);
    let distance = |candidate: String| {
        // The distance of texts of very different lengths need not be counted.
        let lengths = candidate.len().abs_diff(subject.len());
        let near = lengths <= most || candidate.starts_with(&subject);
        let distance = near.then(|| strsim::damerau_levenshtein(&candidate, &subject))?;
        (distance <= most || candidate.starts_with(&subject)).then_some((distance, candidate))
    };
    let mut near: Vec<(usize, String)> = candidates.into_iter().filter_map(distance).collect();
    near.sort();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}
