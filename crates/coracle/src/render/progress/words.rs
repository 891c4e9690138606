//! Events in words: the same for lines and for what bars leave behind.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use coracle_build::Event;
use coracle_build::event::{LeftOut, Statistics, StepState};

use crate::render::size;

/// A line for an event that is worth one in every mode; `None` for the rest.
pub(super) fn line(event: &Event) -> Option<String> {
    match event {
        Event::OfPlatform { platform, event } => Some(format!("{platform}  {}", line(event)?)),
        Event::ArchiveUsed {
            archive,
            address,
            origin,
            date,
        } => Some(format!(
            "packages: {archive} of {date} from {address} ({origin})"
        )),
        Event::Provisioned {
            service,
            package,
            reason,
        } => Some(format!("{service}: compiled against {package}: {reason}")),
        Event::Sysroot {
            suite,
            packages,
            bytes,
        } => Some(format!(
            "sysroot: {packages} packages of {suite}, {}",
            size(*bytes)
        )),
        Event::SuiteMoved { from, to, reason } => Some(format!(
            "note: {from} does not serve, trying {to}: {reason}"
        )),
        Event::Sccache { statistics } => Some(compiler_cache(statistics)),
        Event::Retrying { reason } => Some(reason.clone()),
        Event::Note { service, text } => {
            Some(format!("note: {}{text}", prefix(service.as_deref())))
        }
        Event::Warning { service, text } => {
            Some(format!("warning: {}{text}", prefix(service.as_deref())))
        }
        Event::Unproven { service, text } => Some(format!(
            "warning: {service} is published although it is not proven (--allow-unproven):\n{text}\n    \
             written into its manifest"
        )),
        Event::Smoke {
            service,
            platform,
            outcome,
        } => Some(format!("smoke: {service} {platform} {outcome}")),
        Event::Joined {
            image,
            platform,
            digest,
        } => Some(format!("proven to start: {image} for {platform}, {digest}")),
        Event::LockWritten { path, changes } => {
            let changes: String = changes
                .iter()
                .map(|change| format!("\n  {change}"))
                .collect();
            Some(format!("wrote {}{changes}", path.display()))
        }
        Event::Step { step, state } => Some(format!("buildkit: {} {step}", became(*state))),
        _ => None,
    }
}

/// What became of a step of a builder.
fn became(state: StepState) -> &'static str {
    match state {
        StepState::Started => "started",
        StepState::Cached => "cached",
        StepState::Done => "done",
        StepState::Failed => "failed",
    }
}

/// What a stage is doing, `compiling worker`.
pub(super) fn started(event: &Event) -> Option<String> {
    if let Event::OfPlatform { platform, event } = event {
        return Some(format!("{}  {platform}", started(event)?));
    }
    let Event::Started { stage, service } = event else {
        return None;
    };
    let what = service.as_deref().unwrap_or("");
    Some(format!("{} {what}", stage.act()).trim_end().to_owned())
}

/// `fetching libc6 (3.0 MB)`.
pub(super) fn fetching(what: &str, bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("fetching {what} ({})", size(bytes)),
        None => format!("fetching {what}"),
    }
}

/// `left out of server: 21.0 MB`, and a line each.
pub(super) fn left_out(service: &str, left_out: &[LeftOut]) -> String {
    let bytes = left_out.iter().map(|left| left.bytes).sum();
    let lines: String = left_out
        .iter()
        .map(|left| format!("\n  {} ({}): {}", left.what, size(left.bytes), left.reason))
        .collect();
    format!("left out of {service}: {}{lines}", size(bytes))
}

/// `sccache 0.16.0 (Local disk): 98 of 110 from the cache (Rust 96, C/C++ 2), 12 compiled; not cacheable: crate-type 35`.
fn compiler_cache(statistics: &Statistics) -> String {
    let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    let listed = |counts: &BTreeMap<String, u64>| {
        let counts = counts.iter().map(|(name, count)| format!("{name} {count}"));
        counts.collect::<Vec<_>>().join(", ")
    };
    let (hits, misses) = (sum(&statistics.hits), sum(&statistics.misses));
    let mut text = format!(
        "sccache {} ({}): {hits} of {} from the cache",
        statistics.version,
        statistics.store,
        hits + misses
    );
    for (counts, act) in [(&statistics.hits, ""), (&statistics.misses, ", compiled")] {
        if !counts.is_empty() {
            let _ = write!(text, "{act} ({})", listed(counts));
        }
    }
    if !statistics.not_cacheable.is_empty() {
        let _ = write!(
            text,
            "; not cacheable: {}",
            listed(&statistics.not_cacheable)
        );
    }
    if statistics.errors > 0 {
        let _ = write!(text, "; {} times its store failed", statistics.errors);
    }
    text
}

/// Whether a line of cargo or go is one of many that only say that work goes on.
pub(super) fn is_routine(line: &str) -> bool {
    const ROUTINE: &[&str] = &[
        "Adding",
        "Blocking",
        "Building",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Locking",
        "Updating",
        "go: downloading",
    ];
    let line = line.trim_start();
    ROUTINE.iter().any(|word| line.starts_with(word))
}

fn prefix(service: Option<&str>) -> String {
    service
        .map(|service| format!("{service}: "))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_cache_did_is_one_line() {
        let counts = |counts: &[(&str, u64)]| {
            let counts = counts
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count));
            counts.collect::<BTreeMap<_, _>>()
        };
        let statistics = Statistics {
            hits: counts(&[("C/C++", 2), ("Rust", 96)]),
            misses: counts(&[("Rust", 12)]),
            not_cacheable: counts(&[("crate-type", 35)]),
            errors: 1,
            store: "Redis".to_owned(),
            version: "0.16.0".to_owned(),
        };
        assert_eq!(
            compiler_cache(&statistics),
            "sccache 0.16.0 (Redis): 98 of 110 from the cache (C/C++ 2, Rust 96), compiled (Rust 12); \
             not cacheable: crate-type 35; 1 times its store failed"
        );
        let nothing_new = Statistics {
            not_cacheable: counts(&[("crate-type", 1)]),
            store: "Local disk".to_owned(),
            version: "0.16.0".to_owned(),
            ..Statistics::default()
        };
        assert_eq!(
            compiler_cache(&nothing_new),
            "sccache 0.16.0 (Local disk): 0 of 0 from the cache; not cacheable: crate-type 1"
        );
    }
}
