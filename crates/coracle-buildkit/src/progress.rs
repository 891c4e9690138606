//! What BuildKit's clients print with `--progress=rawjson`: a JSON object a line, with what is new of steps (vertices of
//! its graph) and pieces of what they print. Lines that are no such objects are the client's own words.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// How many lines of a step are kept for when it fails.
const TAIL: usize = 30;
/// How long the client's own words may be.
const WORDS: usize = 4000;

/// Something that happened to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// It runs.
    Started(&'a str),
    /// It need not run: its result is in the cache.
    Cached(&'a str),
    /// It ended well.
    Done(&'a str),
    /// It failed.
    Failed(&'a str),
    /// It printed a line on its standard output.
    Output(&'a str, &'a str),
    /// It printed a line on its standard error.
    Error(&'a str, &'a str),
}

#[derive(Debug, Deserialize)]
struct Status {
    vertexes: Option<Vec<Vertex>>,
    logs: Option<Vec<Log>>,
}

#[derive(Debug, Deserialize)]
struct Vertex {
    #[serde(default)]
    digest: String,
    #[serde(default)]
    name: String,
    started: Option<String>,
    completed: Option<String>,
    #[serde(default)]
    cached: bool,
    #[serde(default)]
    error: String,
}

#[derive(Debug, Deserialize)]
struct Log {
    #[serde(default)]
    vertex: String,
    #[serde(default)]
    stream: i64,
    data: Option<String>,
}

/// What is known of a step.
#[derive(Debug, Default)]
struct Known {
    name: String,
    started: bool,
    ended: bool,
    reason: String,
    /// What of each stream is no whole line yet.
    rest: [Vec<u8>; 2],
    tail: VecDeque<String>,
}

/// What a client said so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    steps: BTreeMap<String, Known>,
    /// In the order of their first mention.
    order: Vec<String>,
    words: String,
}

/// Why a build failed, as far as its steps say so.
pub(crate) struct Failure {
    pub(crate) step: String,
    pub(crate) reason: String,
    pub(crate) tail: Vec<String>,
}

impl Progress {
    /// Takes a line and tells what is new.
    pub(crate) fn take(&mut self, line: &str, tell: &mut dyn FnMut(Step<'_>)) {
        let status = line
            .starts_with('{')
            .then(|| serde_json::from_str::<Status>(line));
        let Some(Ok(status)) = status else {
            if !line.trim().is_empty() && self.words.len() + line.len() < WORDS {
                self.words += line.trim();
                self.words.push('\n');
            }
            return;
        };
        for vertex in status.vertexes.into_iter().flatten() {
            self.take_step(vertex, tell);
        }
        for log in status.logs.into_iter().flatten() {
            self.take_log(&log, tell);
        }
    }

    fn known(&mut self, digest: &str) -> &mut Known {
        if !self.steps.contains_key(digest) {
            self.order.push(digest.to_owned());
        }
        self.steps.entry(digest.to_owned()).or_default()
    }

    fn take_step(&mut self, vertex: Vertex, tell: &mut dyn FnMut(Step<'_>)) {
        let known = self.known(&vertex.digest);
        if !vertex.name.is_empty() {
            known.name = vertex.name;
        }
        if vertex.started.is_some() && !known.started {
            known.started = true;
            if !vertex.cached {
                tell(Step::Started(&known.name));
            }
        }
        if vertex.completed.is_none() || known.ended {
            return;
        }
        known.ended = true;
        known.reason = vertex.error;
        for (stream, rest) in std::mem::take(&mut known.rest).into_iter().enumerate() {
            if !rest.is_empty() {
                known.say(stream, &rest, tell);
            }
        }
        let name = &known.name;
        tell(match (known.reason.is_empty(), vertex.cached) {
            (false, _) => Step::Failed(name),
            (true, true) => Step::Cached(name),
            (true, false) => Step::Done(name),
        });
    }

    fn take_log(&mut self, log: &Log, tell: &mut dyn FnMut(Step<'_>)) {
        let bytes = log
            .data
            .as_ref()
            .and_then(|data| STANDARD.decode(data).ok());
        let stream = usize::from(log.stream == 2);
        let known = self.known(&log.vertex);
        for piece in bytes
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n')
        {
            let Some(rest) = known.rest.get_mut(stream) else {
                continue;
            };
            rest.extend_from_slice(piece);
            if let Some(whole) = rest.strip_suffix(b"\n") {
                let whole = whole.to_vec();
                rest.clear();
                known.say(stream, &whole, tell);
            }
        }
    }

    /// The step that failed for a reason of its own: others are broken off for it.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let steps = self
            .order
            .iter()
            .filter_map(|digest| self.steps.get(digest));
        let is_own = |known: &&Known| !known.reason.is_empty() && !is_broken_off(&known.reason);
        steps.into_iter().find(is_own).map(|known| Failure {
            step: known.name.clone(),
            reason: known.reason.clone(),
            tail: known.tail.iter().cloned().collect(),
        })
    }

    /// The step that was running when nothing more came.
    pub(crate) fn running(&self) -> Option<&str> {
        let mut steps = self
            .order
            .iter()
            .filter_map(|digest| self.steps.get(digest));
        let is_running =
            |known: &&Known| known.started && (!known.ended || is_broken_off(&known.reason));
        let running = steps.rfind(is_running);
        running.map(|known| known.name.as_str())
    }

    /// The client's own words.
    pub(crate) fn words(&self) -> &str {
        self.words.trim()
    }
}

impl Known {
    fn say(&mut self, stream: usize, line: &[u8], tell: &mut dyn FnMut(Step<'_>)) {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        tell(match stream {
            0 => Step::Output(&self.name, &line),
            _ => Step::Error(&self.name, &line),
        });
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }
}

/// Whether a step ended because something else did.
fn is_broken_off(reason: &str) -> bool {
    reason.contains("context canceled") || reason.contains("code = Canceled")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is told of these lines.
    fn told(progress: &mut Progress, lines: &[&str]) -> Vec<String> {
        let mut told = Vec::new();
        for line in lines {
            progress.take(line, &mut |step| told.push(format!("{step:?}")));
        }
        told
    }

    fn log(text: &str, stream: i64) -> String {
        let data = STANDARD.encode(text);
        format!(
            r#"{{"logs":[{{"vertex":"a","stream":{stream},"data":"{data}","timestamp":"t"}}]}}"#
        )
    }

    const STARTED: &str =
        r#"{"vertexes":[{"digest":"a","name":"[rust 1/2] RUN make","started":"t"}]}"#;

    #[test]
    fn steps_are_told_once_each_time_that_something_becomes_of_them() {
        let lines = [
            r#"{"vertexes":[{"digest":"a","name":"[rust 1/2] RUN make"},{"digest":"b","name":"FROM x","started":"t","completed":"t","cached":true}]}"#,
            STARTED,
            STARTED,
            &log("on", 1),
            &log("e\ntwo", 1),
            &log("wrong\r\n", 2),
            r#"{"vertexes":[{"digest":"a","name":"[rust 1/2] RUN make","started":"t","completed":"t"}]}"#,
        ];
        insta::assert_snapshot!(told(&mut Progress::default(), &lines).join("\n"), @r#"
        Cached("FROM x")
        Started("[rust 1/2] RUN make")
        Output("[rust 1/2] RUN make", "one")
        Error("[rust 1/2] RUN make", "wrong")
        Output("[rust 1/2] RUN make", "two")
        Done("[rust 1/2] RUN make")
        "#);
    }

    #[test]
    fn of_several_that_fail_the_one_with_a_reason_of_its_own_is_the_cause() {
        let mut progress = Progress::default();
        let lines = [
            r#"{"vertexes":[{"digest":"b","name":"[go] RUN","started":"t","completed":"t","error":"process did not complete: context canceled"}]}"#,
            STARTED,
            &log("no such crate\n", 2),
            r#"{"vertexes":[{"digest":"a","name":"[rust 1/2] RUN make","started":"t","completed":"t","error":"exit code: 1"}]}"#,
            "error: failed to solve",
        ];
        told(&mut progress, &lines);
        let failure = progress.failure().unwrap();
        assert_eq!(failure.step, "[rust 1/2] RUN make");
        assert_eq!(failure.reason, "exit code: 1");
        assert_eq!(failure.tail, ["no such crate"]);
        assert_eq!(progress.words(), "error: failed to solve");
    }

    #[test]
    fn what_ran_when_the_connection_broke_is_known() {
        let mut progress = Progress::default();
        told(&mut progress, &[STARTED, "error: rpc error: EOF"]);
        assert!(progress.failure().is_none());
        assert_eq!(progress.running(), Some("[rust 1/2] RUN make"));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(lines in prop::collection::vec(".{0,80}|\\{\"(logs|vertexes)\":\\[\\{\"(vertex|digest)\":\"a\",\"data\":\"[a-zA-Z=]{0,9}\"\\}\\]\\}", 0..6)) {
            let mut progress = Progress::default();
            for line in &lines {
                progress.take(line, &mut |_| {});
            }
        }
    }
}
