//! Events in words: the same for lines and for what bars leave behind.

use coracle_build::Event;
use coracle_build::event::{LeftOut, StepState};

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
