//! How long each stage took: a watcher that looks at the clock when a stage begins. Libraries say what they do and never
//! when, so this is the only place that knows both.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use coracle_build::settings::Platform;
use coracle_build::{Event, Stage};

/// What a stage took in all, for one service on one platform as far as it is one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) stage: Stage,
    /// `None` for all services at once.
    pub(crate) service: Option<String>,
    /// `None` where there is one platform, or for all at once.
    pub(crate) platform: Option<Platform>,
    pub(crate) took: Duration,
}

/// The watcher.
pub(crate) struct Timings {
    began: Instant,
    seen: Arc<Mutex<Seen>>,
}

impl Timings {
    /// Starts the clock.
    pub(crate) fn start() -> Timings {
        Timings {
            began: Instant::now(),
            seen: Arc::default(),
        }
    }

    /// A watcher in front of another one.
    pub(crate) fn watching(
        &self,
        next: Arc<dyn Fn(&Event) + Send + Sync>,
    ) -> Arc<dyn Fn(&Event) + Send + Sync> {
        let (began, seen) = (self.began, Arc::clone(&self.seen));
        Arc::new(move |event| {
            let now = began.elapsed();
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.see(None, event, now);
            drop(seen);
            next(event);
        })
    }

    /// Stops it: the stages in the order in which they first began.
    pub(crate) fn end(self) -> Vec<Timing> {
        let now = self.began.elapsed();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.end_all(now);
        std::mem::take(&mut seen.timings)
    }
}

/// What goes on now, and what is over. Each platform does one thing at a time, and so does what is for all.
#[derive(Default)]
struct Seen {
    timings: Vec<Timing>,
    /// Where in `timings` what goes on is, and since when.
    running: Vec<(usize, Duration)>,
}

impl Seen {
    fn see(&mut self, platform: Option<&Platform>, event: &Event, now: Duration) {
        match event {
            Event::OfPlatform { platform, event } => self.see(Some(platform), event, now),
            Event::Started { stage, service } => {
                self.end(platform, now);
                let place = self.place(*stage, service.as_deref(), platform);
                self.running.push((place, now));
            }
            _ => {}
        }
    }

    /// What is for all platforms begins when each is done, and ends when the first begins.
    fn end(&mut self, platform: Option<&Platform>, now: Duration) {
        let running = std::mem::take(&mut self.running);
        for (place, since) in running {
            let Some(timing) = self.timings.get_mut(place) else {
                continue;
            };
            let other = timing.platform.is_some() && platform.is_some();
            if other && timing.platform.as_ref() != platform {
                self.running.push((place, since));
            } else {
                timing.took += now.saturating_sub(since);
            }
        }
    }

    fn end_all(&mut self, now: Duration) {
        self.end(None, now);
    }

    fn place(&mut self, stage: Stage, service: Option<&str>, platform: Option<&Platform>) -> usize {
        let is_it = |timing: &Timing| {
            timing.stage == stage
                && timing.service.as_deref() == service
                && timing.platform.as_ref() == platform
        };
        if let Some(place) = self.timings.iter().position(is_it) {
            return place;
        }
        self.timings.push(Timing {
            stage,
            service: service.map(str::to_owned),
            platform: platform.cloned(),
            took: Duration::ZERO,
        });
        self.timings.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(platform: Option<&str>, stage: Stage, service: Option<&str>) -> Event {
        let service = service.map(str::to_owned);
        let event = Event::Started { stage, service };
        match platform {
            None => event,
            Some(platform) => Event::OfPlatform {
                platform: platform.parse().unwrap(),
                event: Box::new(event),
            },
        }
    }

    #[test]
    fn stages_of_platforms_side_by_side_are_each_timed_and_a_second_visit_is_added() {
        let mut seen = Seen::default();
        let (amd64, arm64) = (Some("linux/amd64"), Some("linux/arm64"));
        for (now, platform, stage, service) in [
            (0, None, Stage::Plan, None),
            (2, amd64, Stage::Compile, Some("api")),
            (3, arm64, Stage::Provision, Some("api")),
            (5, amd64, Stage::Prove, Some("api")),
            (6, amd64, Stage::Compile, Some("api")),
            (9, arm64, Stage::Prove, Some("api")),
            (10, None, Stage::Publish, None),
        ] {
            let event = started(platform, stage, service);
            seen.see(None, &event, Duration::from_secs(now));
        }
        seen.end_all(Duration::from_secs(14));
        let told: Vec<(&str, Option<String>, u64)> = seen
            .timings
            .iter()
            .map(|timing| {
                let platform = timing.platform.as_ref().map(ToString::to_string);
                (timing.stage.name(), platform, timing.took.as_secs())
            })
            .collect();
        let (amd64, arm64) = (amd64.map(str::to_owned), arm64.map(str::to_owned));
        let expected = [
            ("plan", None, 2),
            ("compile", amd64.clone(), 3 + 4),
            ("provision", arm64.clone(), 6),
            ("prove", amd64, 1),
            ("prove", arm64, 1),
            ("publish", None, 4),
        ];
        assert_eq!(told, expected);
    }
}
