//! CRC308: a step of an image removes what an earlier layer of the image holds, and saves nothing. What the base brought is
//! not looked at, and nothing of stages that are not shipped.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, MountKind, Run, Step};
use coracle_recipe::shell::{Script, Simple};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, commands};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC308",
    name: "removed-in-later-layer",
    severity: Severity::Warning,
    meaning: "a step removes what an earlier layer of the image keeps",
    page: include_str!("../../rules/CRC308.md"),
    hadolint: &["DL3009"],
    check: Check::Model(check),
};

/// What package managers leave, by the words that make it.
const LEFT: [(&str, &str, &str); 4] = [
    ("apt-get", "update", "/var/lib/apt/lists"),
    ("apt", "update", "/var/lib/apt/lists"),
    ("dnf", "install", "/var/cache/dnf"),
    ("yum", "install", "/var/cache/yum"),
];

/// Something that a layer holds.
struct Held {
    path: String,
    is_folder: bool,
    step: usize,
    span: Span,
    what: String,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let mut told: Vec<Span> = Vec::new();
        for output in dockerfile.outputs(&stages).stages {
            let mut chain = stages.chain(output);
            chain.sort_unstable();
            let chain = chain.iter().filter_map(|index| stages.stages.get(*index));
            let steps: Vec<&Step<'_>> = chain.flat_map(|stage| &stage.steps).collect();
            of_steps(dockerfile, &steps, &mut told, outcome);
        }
    }
}

fn of_steps(
    dockerfile: &Dockerfile<'_>,
    steps: &[&Step<'_>],
    told: &mut Vec<Span>,
    outcome: &mut Outcome,
) {
    let mut held: Vec<Held> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        match &step.instruction.arguments {
            Arguments::Copy(_) | Arguments::Add(_) => held.extend(copied(step, number)),
            Arguments::Run(run) => {
                let Some(script) = commands(step) else {
                    continue;
                };
                held.extend(left(run, &script, number));
                for (path, span) in removed(&script) {
                    let earlier = held
                        .iter()
                        .find(|one| one.step < number && one.is_removed_by(&path));
                    if let Some(earlier) = earlier.filter(|_| !told.contains(&span)) {
                        outcome.find(draft(dockerfile, earlier, &span));
                        told.push(span);
                    }
                    held.retain(|one| one.step < number || !one.is_removed_by(&path));
                }
            }
            _ => {}
        }
    }
}

fn draft(dockerfile: &Dockerfile<'_>, earlier: &Held, span: &Span) -> Draft {
    Draft::at(
        dockerfile.place(span),
        format!("this removes {} from the image, not from the layer that holds it", earlier.what),
    )
    .why("layers are only added: what is removed later is hidden, and still stored, pulled and readable")
    .help("remove it in the step that makes it, or do not put it there: mounts and other stages leave nothing behind")
    .related(dockerfile.place(&earlier.span), "the layer that holds it")
}

/// What a copy puts under an absolute path.
fn copied(step: &Step<'_>, number: usize) -> Option<Held> {
    let (Arguments::Copy(copy) | Arguments::Add(copy)) = &step.instruction.arguments else {
        return None;
    };
    let destination = step.scope.expand(&copy.destination);
    let path = destination.text()?.to_owned();
    let is_folder = path.ends_with('/') || copy.sources.len() > 1;
    let names = copy.sources.iter().map(|source| source.word.text.as_str());
    let names: Vec<&str> = names.collect();
    (path.starts_with('/') && !path.trim_end_matches('/').is_empty()).then(|| Held {
        path: path.trim_end_matches('/').to_owned(),
        is_folder,
        step: number,
        span: step.instruction.span.clone(),
        what: names.join(" "),
    })
}

/// What package managers leave in a step without a mount there.
fn left(run: &Run, script: &Script, number: usize) -> Vec<Held> {
    let mut left = Vec::new();
    for simple in script.simple() {
        for (program, word, path) in LEFT {
            let is_meant = simple.name() == Some(program) && simple.values().contains(&word);
            let mut mounts = run
                .mounts
                .iter()
                .filter(|mount| mount.kind == MountKind::Cache);
            let is_mounted = mounts.any(|mount| {
                let target = mount
                    .target
                    .as_ref()
                    .map(|target| target.text.trim_end_matches('/'));
                target.is_some_and(|target| path.starts_with(target))
            });
            if let Some(first) = simple.words.first().filter(|_| is_meant && !is_mounted) {
                left.push(Held {
                    path: path.to_owned(),
                    is_folder: true,
                    step: number,
                    span: first.span.clone(),
                    what: format!("what {program} {word} left in {path}"),
                });
            }
        }
    }
    left
}

/// The absolute paths that `rm` is given.
fn removed(script: &Script) -> Vec<(String, Span)> {
    let is_rm = |simple: &&Simple| simple.name() == Some("rm");
    let removing = script.simple().filter(is_rm);
    let words = removing.flat_map(|simple| simple.words.iter().skip(1));
    let known = words.filter_map(|word| {
        let text = word.known().unwrap_or(&word.text);
        let path = text.trim_end_matches('*').trim_end_matches('/');
        let is_plain = path.starts_with('/') && !path.contains(['*', '$', '?', '[']);
        is_plain.then(|| (path.to_owned(), word.span.clone()))
    });
    known.collect()
}

impl Held {
    /// Whether removing the path removes this, or a part of it.
    fn is_removed_by(&self, path: &str) -> bool {
        let is_below = |outer: &str, inner: &str| {
            inner == outer
                || inner
                    .strip_prefix(outer)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        is_below(path, &self.path) || self.is_folder && is_below(&self.path, path)
    }
}
