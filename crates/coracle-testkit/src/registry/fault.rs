//! Misbehaviour on demand: which request, and what happens to it.

use std::thread::sleep;
use std::time::Duration;

use super::server::Answer;

/// What a request meets with.
#[derive(Clone, Debug)]
pub enum Effect {
    /// An error with this status, before the body was read.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    TooMany(u64),
    /// Silence for so long, then what would have come.
    Stall(Duration),
    /// The connection is closed without an answer.
    Close,
    /// The connection is closed after so many bytes of the answer's body.
    Break(usize),
    /// `Docker-Content-Digest` says this.
    Digest(String),
    /// The last byte of the answer's body is another.
    Corrupt,
    /// A header is there or is another.
    Header(&'static str, String),
}

/// Requests and what they meet with.
#[derive(Clone, Debug)]
pub struct Fault {
    method: String,
    path: String,
    from: usize,
    times: usize,
    effect: Effect,
}

impl Fault {
    /// Every request of this method whose path and query hold this text.
    pub fn on(method: &str, path: &str, effect: Effect) -> Fault {
        Fault {
            method: method.to_owned(),
            path: path.to_owned(),
            from: 1,
            times: usize::MAX,
            effect,
        }
    }

    /// Only from the nth such request on, counted from 1.
    #[must_use]
    pub fn from(self, nth: usize) -> Fault {
        Fault { from: nth, ..self }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(self, times: usize) -> Fault {
        Fault { times, ..self }
    }
}

#[derive(Default)]
pub(super) struct Faults {
    /// With how many fitting requests there were.
    faults: Vec<(Fault, usize)>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    /// What this request meets with; counts it.
    pub(super) fn effects(&mut self, method: &str, target: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, seen) in &mut self.faults {
            if fault.method == method && target.contains(&fault.path) {
                *seen += 1;
                if *seen >= fault.from && *seen - fault.from < fault.times {
                    effects.push(fault.effect.clone());
                }
            }
        }
        effects
    }
}

pub(super) enum Before {
    Answer(Answer),
    Close,
    GoOn,
}

/// What happens before the request is looked at.
pub(super) fn before(effects: &[Effect]) -> Before {
    for effect in effects {
        match effect {
            Effect::Status(status) => {
                return Before::Answer(Answer::error(*status, "UNKNOWN", "told to fail"));
            }
            Effect::TooMany(wait) => {
                let answer = Answer::error(429, "TOOMANYREQUESTS", "told to be busy");
                return Before::Answer(answer.header("Retry-After", wait.to_string()));
            }
            Effect::Stall(time) => sleep(*time),
            Effect::Close => return Before::Close,
            Effect::Break(_) | Effect::Digest(_) | Effect::Corrupt | Effect::Header(..) => {}
        }
    }
    Before::GoOn
}

/// What happens to the answer.
pub(super) fn after(effects: &[Effect], mut answer: Answer) -> Answer {
    for effect in effects {
        match effect {
            Effect::Break(bytes) => answer.breaks_after = Some(*bytes),
            Effect::Digest(digest) => replace(&mut answer, "Docker-Content-Digest", digest),
            Effect::Header(name, value) => replace(&mut answer, name, value),
            Effect::Corrupt => {
                if let Some(last) = answer.body.last_mut() {
                    *last ^= 1;
                }
            }
            Effect::Status(_) | Effect::TooMany(_) | Effect::Stall(_) | Effect::Close => {}
        }
    }
    answer
}

fn replace(answer: &mut Answer, name: &str, value: &str) {
    answer
        .headers
        .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    answer.headers.push((name.to_owned(), value.to_owned()));
}
