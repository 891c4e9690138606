//! CRC204: cargo compiles in the image, and nothing keeps any of it: no compiler cache, no cache mount on the target folder,
//! no layer of dependencies alone.

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Action, Compiled, Model, Tool, compiled};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC204",
    name: "no-compiler-cache",
    severity: Severity::Note,
    meaning: "nothing keeps what cargo compiles in the image",
    page: include_str!("../../rules/CRC204.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let (found, unread) = compiled(dockerfile, &stages, model.repository());
        let mut bare = found.iter().filter(|one| is_bare(one)).peekable();
        if bare.peek().is_none() {
            continue;
        }
        if is_wrapped_by_file(model) {
            continue;
        }
        match model.dependencies(dockerfile, Tool::Cargo) {
            Err(because) => outcome.skip(dockerfile.file, because),
            Ok(dependencies) if !dependencies.any => {}
            // A text that is not understood may name a compiler cache.
            Ok(_) if !unread.is_empty() => unread
                .iter()
                .for_each(|because| outcome.skip(dockerfile.file, because.clone())),
            Ok(_) => bare.for_each(|one| {
                let command = &one.work.command;
                outcome.find(
                    Draft::at(
                        dockerfile.place(&one.work.span),
                        format!("nothing keeps what {command} compiles"),
                    )
                    .label("neither a compiler cache nor a cache mount nor a layer of dependencies")
                    .why("whatever changes, every crate is compiled again from its sources")
                    .help("set RUSTC_WRAPPER=sccache with a cache mount on SCCACHE_DIR, or mount a cache on the target folder"),
                );
            }),
        }
    }
}

fn is_bare(one: &Compiled<'_>) -> bool {
    one.work.tool == Tool::Cargo
        && one.sources.is_some()
        && one.work.action == Action::Build
        && !one.has_wrapper
        && !one.is_layered
        && !one.mounts.target()
        && !one.mounts.compiler_cache()
}

/// cargo's own configuration names one.
fn is_wrapped_by_file(model: &Model<'_>) -> bool {
    let mut configurations = model.sources().filter(|file| {
        file.path().ends_with(".cargo/config.toml") || file.path().ends_with(".cargo/config")
    });
    configurations.any(|file| file.text().contains("rustc-wrapper"))
}
