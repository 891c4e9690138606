//! One moving line on a terminal: what is being done now, and how far cargo or go is. What matters later is left
//! behind as lines above it.

use std::time::Duration;

use coracle_build::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words;

/// The moving line.
pub(super) struct Bars {
    bar: ProgressBar,
}

impl Bars {
    /// Starts it.
    pub(super) fn new() -> Bars {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:>5}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bars { bar }
    }

    /// Shows an event.
    pub(super) fn see(&self, event: &Event) {
        let (event, platform) = match event {
            Event::OfPlatform { platform, event } => (event.as_ref(), format!("{platform}  ")),
            event => (event, String::new()),
        };
        if let Some(started) = words::started(event) {
            self.bar.set_message(format!("{platform}{started}"));
            return;
        }
        match event {
            Event::ToolProgress {
                service,
                done,
                total,
                unit,
            } => {
                let total = total.map(|total| format!("/{total}")).unwrap_or_default();
                self.bar.set_message(format!(
                    "{platform}compiling {service}  {done}{total}  {unit}"
                ));
            }
            Event::ToolLine { service, line } if words::is_routine(line) => {
                self.bar
                    .set_message(format!("{platform}compiling {service}  {}", line.trim()));
            }
            Event::ToolLine { line, .. } => self.bar.println(format!("{platform}{line}")),
            Event::Step { .. } => {
                if let Some(line) = words::line(event) {
                    self.bar.set_message(format!("{platform}{line}"));
                }
            }
            Event::Fetching { what, size } => self.bar.set_message(words::fetching(what, *size)),
            Event::Blob { service, size, .. } => self
                .bar
                .set_message(format!("pushing {service}  {}", crate::render::size(*size))),
            _ => {
                if let Some(line) = words::line(event) {
                    self.bar.println(format!("{platform}{line}"));
                }
            }
        }
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
