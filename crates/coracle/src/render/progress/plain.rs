//! A line an event, for logs and pipes.

use std::io::Write as _;

use coracle_build::Event;

use super::words;

/// Shows an event.
pub(super) fn see(event: &Event, verbose: bool) {
    if let Some(text) = text(event, verbose) {
        // When stderr is gone there is nobody left to tell.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

fn text(event: &Event, verbose: bool) -> Option<String> {
    match event {
        Event::OfPlatform { platform, event } => {
            Some(format!("{platform}  {}", text(event, verbose)?))
        }
        Event::Started { .. } => words::started(event),
        Event::ToolLine { line, .. } => Some(format!("  {line}")),
        Event::Command { command, .. } => verbose.then(|| format!("+ {command}")),
        Event::Fetching { what, size } => Some(words::fetching(what, *size)),
        Event::Blob {
            outcome,
            digest,
            size,
            ..
        } => verbose.then(|| format!("{outcome} {digest} ({size} bytes)")),
        Event::LeftOut { service, left_out } => verbose.then(|| words::left_out(service, left_out)),
        Event::ToolProgress { .. } => None,
        _ => words::line(event),
    }
}
