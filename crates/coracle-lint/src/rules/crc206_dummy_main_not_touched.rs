//! CRC206: the dependencies are compiled with an empty `main.rs`, and the real one that is copied over it is older than
//! what cargo made, so that cargo takes the empty program for up to date. Where anything is done about it (`touch`, `rm` of
//! what was made, `cargo clean`, cargo-chef), or the two builds are not the same, nothing is said.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Stages, Step};
use coracle_recipe::shell::{Body, Command, Script, Simple};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, commands, program};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC206",
    name: "dummy-main-not-touched",
    severity: Severity::Warning,
    meaning: "the real main.rs is older than the build of the empty one, which is shipped instead",
    page: include_str!("../../rules/CRC206.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// An empty source, where it is written.
struct Dummy {
    path: String,
    span: Span,
}

/// A call of `cargo build`: what tells two of them apart, and where it stands.
struct Call {
    kind: Vec<String>,
    span: Span,
}

/// How far a stage has come.
#[derive(Default)]
struct State {
    has_manifest: bool,
    dummies: Vec<Dummy>,
    compiled: Option<Call>,
    copied: Option<Span>,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for stage in 0..stages.stages.len() {
            of_stage(dockerfile, &stages, stage, outcome);
        }
    }
}

fn of_stage(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>, stage: usize, outcome: &mut Outcome) {
    let chain = stages.chain(stage);
    let mut state = State::default();
    for index in &chain {
        for step in stages
            .stages
            .get(*index)
            .iter()
            .flat_map(|stage| &stage.steps)
        {
            match &step.instruction.arguments {
                Arguments::Copy(copy) | Arguments::Add(copy) if copy.from.is_none() => {
                    let words = copy.sources.iter().map(|source| source.word.text.as_str());
                    state.copy(words.collect(), &step.instruction.span);
                }
                Arguments::Env(pairs)
                    if pairs
                        .iter()
                        .any(|pair| pair.key.text.ends_with("CHECKSUM_FRESHNESS")) =>
                {
                    return;
                }
                Arguments::Run(run) => {
                    state.has_manifest |= !run.mounts.is_empty()
                        && dockerfile
                            .document
                            .slice(&step.instruction.span)
                            .contains("Cargo.toml");
                    let found = run_of(step, &mut state);
                    // What an earlier stage of the chain does wrong is told there.
                    if let Some(call) = found.filter(|_| *index == stage) {
                        tell(dockerfile, &state, &call, outcome);
                        return;
                    }
                    if state.is_settled() {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

impl State {
    fn copy(&mut self, sources: Vec<&str>, span: &Span) {
        let sources: Vec<String> = sources
            .iter()
            .map(|source| {
                source
                    .trim_start_matches("./")
                    .trim_end_matches('/')
                    .to_owned()
            })
            .collect();
        let covers = |source: &String| {
            let is_all = matches!(source.as_str(), "" | ".");
            let is_over = |dummy: &Dummy| {
                let path = format!("/{}", dummy.path.trim_start_matches("./"));
                is_all
                    || path.contains(&format!("/{source}/"))
                    || path.ends_with(&format!("/{source}"))
            };
            self.dummies.iter().any(is_over)
        };
        if self.compiled.is_some() && self.copied.is_none() && sources.iter().any(covers) {
            self.copied = Some(span.clone());
        }
        self.has_manifest |= sources.iter().any(|source| {
            source.contains("Cargo") || matches!(source.as_str(), "" | "." | "*.toml")
        });
    }

    /// Something was done about it.
    fn settle(&mut self) {
        self.compiled = Some(Call {
            kind: Vec::new(),
            span: Span {
                start: 0,
                end: 0,
                line: 0,
                column: 0,
            },
        });
        self.dummies.clear();
    }

    fn is_settled(&self) -> bool {
        self.compiled.is_some() && self.dummies.is_empty()
    }
}

/// Goes through a `RUN`; tells the call that takes the empty program for the real one.
fn run_of(step: &Step<'_>, state: &mut State) -> Option<Call> {
    let script = commands(step)?;
    let conditional = script.all().iter().any(|command| {
        matches!(
            command.body,
            Body::If { .. } | Body::Case { .. } | Body::NotUnderstood { .. }
        )
    });
    if conditional && state.compiled.is_some() {
        state.settle();
        return None;
    }
    let mounts = mounts(step);
    for command in script.all() {
        let Body::Simple(simple) = &command.body else {
            continue;
        };
        if state.compiled.is_some() && undoes(simple) {
            state.settle();
            return None;
        }
        if state.compiled.is_none() {
            state.dummies.extend(dummy(command, simple, &script));
        }
        let Some(call) = call(simple, &mounts) else {
            continue;
        };
        match (&state.compiled, &state.copied) {
            (None, _) if !state.dummies.is_empty() && state.has_manifest => {
                state.compiled = Some(call);
            }
            (Some(first), Some(_)) if first.kind == call.kind => return Some(call),
            _ => {}
        }
    }
    None
}

/// Where target folders of other builds are mounted, the two builds know nothing of each other.
fn mounts(step: &Step<'_>) -> Vec<String> {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return Vec::new();
    };
    let targets = run.mounts.iter().filter_map(|mount| mount.target.as_ref());
    let mut targets: Vec<String> = targets
        .map(|target| target.text.trim_end_matches('/').to_owned())
        .filter(|target| target.ends_with("target"))
        .collect();
    targets.sort();
    targets
}

/// A source that a command writes: by a redirection, by `touch`, by `cargo new` or `cargo init`.
fn dummy(command: &Command, simple: &Simple, script: &Script) -> Vec<Dummy> {
    let mut found = Vec::new();
    for redirection in &command.redirections {
        let path = &redirection.target.text;
        if redirection.operator.starts_with('>') && is_source(path) {
            found.push(Dummy {
                path: path.trim_matches('"').to_owned(),
                span: redirection.target.span.clone(),
            });
        }
    }
    match program(simple) {
        Some(("touch", words)) => found.extend(
            words
                .iter()
                .filter(|word| is_source(&word.text))
                .map(|word| Dummy {
                    path: word.text.clone(),
                    span: word.span.clone(),
                }),
        ),
        Some(("cargo", words)) => {
            let makes = words
                .iter()
                .find(|word| matches!(word.known(), Some("new" | "init")));
            let is_library = words.iter().any(|word| word.text == "--lib");
            let moves = script.simple().any(|simple| simple.name() == Some("cd"));
            found.extend(makes.filter(|_| !is_library && !moves).map(|word| Dummy {
                path: "src/main.rs".to_owned(),
                span: word.span.clone(),
            }));
        }
        _ => {}
    }
    found
}

fn is_source(path: &str) -> bool {
    let path = path.trim_matches(['"', '\'']);
    path.ends_with("main.rs") || path.ends_with("lib.rs")
}

/// A `cargo build` with what tells it apart from others.
fn call(simple: &Simple, mounts: &[String]) -> Option<Call> {
    let (name, words) = program(simple).filter(|(name, _)| *name == "cargo")?;
    let build = words
        .iter()
        .find(|word| matches!(word.known(), Some("build" | "b" | "rustc")))?;
    let mut kind: Vec<String> = mounts.to_vec();
    let names = simple.assignments.iter();
    kind.extend(names.map(|assignment| format!("{}={}", assignment.name, assignment.value.text)));
    let flags = words
        .iter()
        .skip_while(|word| word.text != build.text)
        .skip(1);
    let flags: Vec<&str> = flags.map(|word| word.text.as_str()).collect();
    let mut flags = flags.into_iter().peekable();
    while let Some(flag) = flags.next() {
        match flag {
            // What is built, not how.
            "-p" | "--package" | "--bin" | "-j" | "--jobs" => {
                flags.next();
            }
            "--locked" | "--frozen" | "--offline" | "--verbose" | "-v" | "-vv" | "--workspace"
            | "--all" | "--bins" => {}
            "-r" => kind.push("--release".to_owned()),
            _ if flag.starts_with("--bin=") || flag.starts_with("--package=") => {}
            other => kind.push(other.to_owned()),
        }
    }
    kind.sort();
    let first = simple
        .words
        .iter()
        .find(|word| word.text.rsplit('/').next() == Some(name))?;
    let mut span = first.span.clone();
    span.end = build.span.end;
    Some(Call { kind, span })
}

/// Whether a command makes the sources newer, or takes away what was made of the empty ones.
fn undoes(simple: &Simple) -> bool {
    let values = simple.values();
    let text = values.join(" ");
    match values.first().copied().unwrap_or_default() {
        "rm" | "find" => ["target", "deps", "fingerprint", "touch", "build/"]
            .iter()
            .any(|word| text.contains(word)),
        "touch" | "eval" | "." | "source" | "make" | "just" | "sh" | "bash" | "mv" | "cp"
        | "sed" | "install" | "git" => true,
        "cargo" => {
            text.contains("clean") || text.contains("chef") || text.contains("checksum-freshness")
        }
        first => text.contains("touch") || first.ends_with(".sh"),
    }
}

fn tell(dockerfile: &Dockerfile<'_>, state: &State, call: &Call, outcome: &mut Outcome) {
    let Some(dummy) = state.dummies.first() else {
        return;
    };
    let path = &dummy.path;
    let draft = Draft::at(
        dockerfile.place(&call.span),
        "cargo takes the empty program for up to date and ships it",
    )
    .label(format!("the real {path} is older than what was made of the empty one"))
    .why("COPY keeps the times of the files, and cargo compiles again only what is newer than its last build")
    .help(format!("touch {path} before this build, or compile the dependencies with cargo-chef"))
    .related(dockerfile.place(&dummy.span), "the empty source");
    let draft = match &state.compiled {
        Some(first) => draft.related(dockerfile.place(&first.span), "it is compiled here"),
        None => draft,
    };
    outcome.find(match &state.copied {
        Some(span) => draft.related(
            dockerfile.place(span),
            "the real sources come here, with their old times",
        ),
        None => draft,
    });
}
