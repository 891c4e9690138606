//! CRC202: the sources come into the image before its dependencies are compiled, so that every change of a source compiles
//! all of them again. Nothing is said where cache mounts or a compiler cache keep them, nor where there are none.

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Action, Compiled, Dockerfile, Model, Tool, compiled};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC202",
    name: "dependencies-with-sources",
    severity: Severity::Warning,
    meaning: "every change of a source compiles all dependencies again",
    page: include_str!("../../rules/CRC202.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let (found, unread) = compiled(dockerfile, &stages, model.repository());
        let mut said = Vec::new();
        for one in found {
            let Some(sources) = one.sources.clone().filter(|_| is_together(&one)) else {
                continue;
            };
            match model.dependencies(dockerfile, one.work.tool) {
                Err(because) => outcome.skip(dockerfile.file, because),
                Ok(dependencies) if !dependencies.any => {}
                // Two programs that are compiled behind the same COPY are one mistake.
                Ok(_) if said.contains(&sources) => {}
                Ok(_) => {
                    outcome.find(draft(dockerfile, &one, &sources));
                    said.push(sources);
                }
            }
        }
        if said.is_empty() {
            unread
                .into_iter()
                .for_each(|because| outcome.skip(dockerfile.file, because));
        }
    }
}

/// Nothing keeps what was compiled before.
fn is_together(one: &Compiled<'_>) -> bool {
    let is_kept = match one.work.tool {
        Tool::Cargo => one.mounts.target() || one.mounts.compiler_cache() || one.has_wrapper,
        Tool::Go => one.mounts.go_build(),
        // What these install is downloaded: CRC203 is about that.
        Tool::Node | Tool::Python => true,
    };
    one.work.action == Action::Build && !one.is_layered && !is_kept
}

fn draft(dockerfile: &Dockerfile<'_>, one: &Compiled<'_>, sources: &coracle_recipe::Span) -> Draft {
    let command = &one.work.command;
    let draft = Draft::at(
        dockerfile.place(sources),
        "every change of a source compiles all dependencies again",
    )
    .label("from here on each change of a file starts anew")
    .related(
        dockerfile.place(&one.work.span),
        format!("{command} then compiles everything"),
    )
    .why("a step is only taken from the cache while nothing changed that was copied before it");
    match one.work.tool {
        Tool::Go => draft.help(
            "copy go.mod and go.sum and run `go mod download` first, and mount a cache for what Go compiles: RUN --mount=type=cache,target=/root/.cache/go-build",
        ),
        _ => draft.help(
            "compile the dependencies alone first (cargo-chef), or mount a cache on the target folder and copy the program out of it",
        ),
    }
}
