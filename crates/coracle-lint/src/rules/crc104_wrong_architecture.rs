//! CRC104: what is only right for one architecture, in stages that are built for several. Where only one platform is asked
//! for, or a stage says that it chooses (another architecture's name, `uname`, the builder's variables), nothing is said.

use std::collections::BTreeSet;

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Stage, Step};
use coracle_recipe::shell::{Body, Script, Simple};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Build, Dockerfile, Model, commands, program, stages_of};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC104",
    name: "wrong-architecture",
    severity: Severity::Error,
    meaning: "what is only right for one architecture, in an image that is built for several",
    page: include_str!("../../rules/CRC104.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// What the builder sets for each platform, where nobody sets it for all.
const PER_PLATFORM: [&str; 2] = ["TARGETARCH", "TARGETPLATFORM"];

/// Words by which a stage chooses between architectures, or names another than amd64.
const CHOOSES: [&str; 11] = [
    "TARGETARCH",
    "TARGETPLATFORM",
    "TARGETVARIANT",
    "uname",
    "print-architecture",
    "aarch64",
    "arm64",
    "armv7",
    "riscv64",
    "xx-",
    "apk --print-arch",
];

/// Where libraries of amd64 lie on Debian.
const FOLDER: &str = "x86_64-linux-gnu";

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let several: Vec<&Build> = dockerfile
            .builds
            .iter()
            .filter(|build| asks_for_several(build))
            .collect();
        let unknown = dockerfile
            .builds
            .iter()
            .find_map(|build| build.platforms.as_ref().err());
        if let (true, Some(because)) = (several.is_empty(), unknown)
            && ["amd64", "x86_64"]
                .iter()
                .any(|word| dockerfile.text().contains(word))
        {
            outcome.skip(dockerfile.file, because.clone());
        }
        let mut told: BTreeSet<(usize, usize)> = BTreeSet::new();
        for build in several {
            of_build(dockerfile, build, &mut told, outcome);
        }
    }
}

/// Whether one build is for platforms of more than one architecture.
fn asks_for_several(build: &Build) -> bool {
    let Ok(platforms) = &build.platforms else {
        return false;
    };
    let architectures: BTreeSet<&str> = platforms
        .iter()
        .filter_map(|platform| platform.split('/').nth(1))
        .collect();
    architectures.len() > 1
}

/// Something that is only right for one.
struct Found {
    span: Span,
    message: String,
    help: &'static str,
    severity: Severity,
}

fn of_build(
    dockerfile: &Dockerfile<'_>,
    build: &Build,
    told: &mut BTreeSet<(usize, usize)>,
    outcome: &mut Outcome,
) {
    let stages = dockerfile.stages_of(build);
    let last = stages.stages.len().checked_sub(1);
    let end = match &build.target {
        Ok(None) => last,
        Ok(Some(target)) => stages.target(target),
        Err(_) => None,
    };
    let Some(end) = end else {
        return;
    };
    let mut found = arguments(dockerfile, build);
    for index in stages_of(&stages, end) {
        if let Some(stage) = stages.stages.get(index) {
            found.extend(of_stage(dockerfile, stage));
        }
    }
    for one in found {
        if told.insert((one.span.start, one.span.end)) {
            outcome.find(
                Draft::at(dockerfile.place(&one.span), one.message)
                    .severity(one.severity)
                    .why(format!(
                        "{} builds it for several platforms",
                        build.user.title()
                    ))
                    .help(one.help)
                    .related(build.place.clone(), "what is built for several platforms"),
            );
        }
    }
}

/// `ARG TARGETARCH=amd64`, where the variable is used: the default wins over what the builder sets.
fn arguments(dockerfile: &Dockerfile<'_>, build: &Build) -> Vec<Found> {
    let text = dockerfile.text();
    let mut found = Vec::new();
    for instruction in dockerfile.document.instructions() {
        let Arguments::Arg(pairs) = &instruction.arguments else {
            continue;
        };
        for pair in pairs {
            let name = pair.key.text.as_str();
            let Some(value) = pair
                .value
                .as_ref()
                .filter(|value| !value.text.is_empty() && !value.text.contains('$'))
            else {
                continue;
            };
            let is_used =
                text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
            if PER_PLATFORM.contains(&name) && is_used && !build.arguments.contains_key(name) {
                let mut span = pair.key.span.clone();
                span.end = value.span.end;
                found.push(Found {
                    span,
                    message: format!("{name} is {} on every platform", value.text),
                    help: "leave the default out: a default wins over what the builder sets",
                    severity: Severity::Error,
                });
            }
        }
    }
    found
}

fn of_stage(dockerfile: &Dockerfile<'_>, stage: &Stage<'_>) -> Vec<Found> {
    let steps = || stage.steps.iter().filter(|step| !step.is_trigger);
    let text: String = steps()
        .map(|step| dockerfile.document.slice(&step.instruction.lines))
        .collect();
    let mut found: Vec<Found> = steps().filter_map(|step| plus(dockerfile, step)).collect();
    let platform = stage.platform.as_ref();
    // A stage for one platform is meant so; one on the builder's own makes programs for others, or tools for itself.
    let is_fixed = platform.is_some_and(|platform| platform.known.is_ok());
    let is_builders = platform.is_some_and(|platform| platform.written.contains("BUILDPLATFORM"));
    if is_fixed || CHOOSES.iter().any(|word| text.contains(word)) {
        return found;
    }
    for step in steps() {
        match &step.instruction.arguments {
            Arguments::Env(pairs) => {
                for pair in pairs {
                    let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
                    let mut span = pair.key.span.clone();
                    span.end = pair.value.as_ref().map_or(span.end, |value| value.span.end);
                    if pair.key.text == "GOARCH" && value == "amd64" {
                        found.push(goarch(span));
                    } else if is_linker(&pair.key.text) {
                        found.push(linker(&pair.key.text, pair.key.span.clone()));
                    }
                }
            }
            Arguments::Copy(copy) if !is_builders => {
                let sources = copy.sources.iter().map(|source| &source.word);
                let wrong = sources.filter(|word| {
                    let from_context =
                        copy.from.is_none() && word.text.contains("x86_64-unknown-linux");
                    from_context || word.text.contains(FOLDER)
                });
                found.extend(wrong.map(|word| path(&word.text, word.span.clone())));
            }
            Arguments::Run(_) => found.extend(of_run(step, is_builders)),
            _ => {}
        }
    }
    found
}

/// `${TARGETARCH:+amd64/}`: whatever the platform is, the word is amd64.
fn plus(dockerfile: &Dockerfile<'_>, step: &Step<'_>) -> Option<Found> {
    let span = &step.instruction.span;
    let text = dockerfile.document.slice(span);
    PER_PLATFORM.iter().find_map(|name| {
        let form = format!("${{{name}:+");
        let at = text.find(&form)?;
        let rest = text.get(at..)?;
        let length = rest.find('}')? + 1;
        let written = rest.get(..length)?;
        if !["amd64", "x86_64", "arm64", "aarch64"]
            .iter()
            .any(|word| written.contains(word))
        {
            return None;
        }
        let place = dockerfile
            .file
            .place_of(span.start + at..span.start + at + length);
        Some(Found {
            span: Span {
                start: place.start,
                end: place.end,
                line: place.line,
                column: place.column,
            },
            message: format!("{written} is the same on every platform"),
            help: "`:+` only asks whether the variable is set: use its value",
            severity: Severity::Error,
        })
    })
}

fn of_run(step: &Step<'_>, is_builders: bool) -> Vec<Found> {
    let Some(script) = commands(step) else {
        return Vec::new();
    };
    if chooses(&script) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for simple in script.simple() {
        let assigned = simple.assignments.iter();
        let go = assigned.filter(|one| one.name == "GOARCH" && one.value.known() == Some("amd64"));
        found.extend(go.map(|one| goarch(one.span.clone())));
        found.extend(of_command(simple, is_builders));
    }
    found
}

/// A script with an `if` or a `case` may do another thing on another platform.
fn chooses(script: &Script) -> bool {
    script.all().iter().any(|command| {
        matches!(
            command.body,
            Body::If { .. } | Body::Case { .. } | Body::NotUnderstood { .. }
        )
    })
}

fn of_command(simple: &Simple, is_builders: bool) -> Option<Found> {
    let (name, words) = program(simple)?;
    match name {
        "cargo" | "cross" => {
            let word = words
                .iter()
                .find(|word| word.text.contains("x86_64-unknown-linux"))?;
            let is_build = words.iter().any(|word| {
                matches!(
                    word.known(),
                    Some("build" | "install" | "zigbuild" | "cook")
                )
            });
            is_build.then(|| Found {
                span: word.span.clone(),
                message: "cargo compiles for x86_64 on every platform".to_owned(),
                help: "choose the target by TARGETARCH, or leave it out and build each platform on its own machine",
                severity: Severity::Error,
            })
        }
        // Tools of the builder's own platform run there.
        _ if is_builders => None,
        "curl" | "wget" => {
            let is_archive = |text: &str| {
                text.contains("://")
                    && ["x86_64", "amd64", "linux64"]
                        .iter()
                        .any(|word| text.contains(word))
            };
            let word = words.iter().find(|word| is_archive(&word.text))?;
            Some(Found {
                span: word.span.clone(),
                message: "what is made for x86_64 is downloaded on every platform".to_owned(),
                help: "choose it by TARGETARCH",
                severity: Severity::Error,
            })
        }
        "cp" | "mv" | "ln" => {
            let word = words.iter().find(|word| word.text.contains(FOLDER))?;
            Some(path(&word.text, word.span.clone()))
        }
        _ => None,
    }
}

fn goarch(span: Span) -> Found {
    Found {
        span,
        message: "go compiles for amd64 on every platform".to_owned(),
        help: "declare `ARG TARGETARCH` and set GOARCH=$TARGETARCH",
        severity: Severity::Error,
    }
}

fn path(text: &str, span: Span) -> Found {
    Found {
        span,
        message: format!("{text} is only there, or only right, on amd64"),
        help: "name the path by TARGETARCH, or copy from where it is the same on every platform",
        severity: Severity::Error,
    }
}

/// A linker for one target only: others take the default, which works and is slower.
fn is_linker(name: &str) -> bool {
    name.starts_with("CARGO_TARGET_X86_64_")
        && (name.ends_with("_LINKER") || name.ends_with("_RUSTFLAGS"))
}

fn linker(name: &str, span: Span) -> Found {
    Found {
        span,
        message: format!("{name} is set for one target of several"),
        help: "set it for each target that is built",
        severity: Severity::Note,
    }
}
