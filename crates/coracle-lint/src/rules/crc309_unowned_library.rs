//! CRC309: shared libraries that no package owns, and `LD_PRELOAD` for every program of an image. Only of images that are
//! shipped, and only of copies whose words name a library.

use coracle_recipe::dockerfile::document::{Arguments, Base, Copy, Stages, Step};

use crate::bases::{self, Libc};
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, base_name, commands};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC309",
    name: "unowned-library",
    severity: Severity::Warning,
    meaning: "a shared library that no package owns is put into the image, or preloaded into every program",
    page: include_str!("../../rules/CRC309.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Folders of the system, in which packages put libraries.
const FOLDERS: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let mut told = Vec::new();
        for output in dockerfile.outputs(&stages).stages {
            let chain = stages.chain(output);
            let chain = chain.iter().filter_map(|index| stages.stages.get(*index));
            for step in chain.flat_map(|stage| &stage.steps) {
                let at = step.instruction.span.start;
                if told.contains(&at) {
                    continue;
                }
                told.push(at);
                match &step.instruction.arguments {
                    Arguments::Env(pairs) => {
                        for pair in pairs.iter().filter(|pair| pair.key.text == "LD_PRELOAD") {
                            outcome.find(preloaded(dockerfile, &pair.key.span));
                        }
                    }
                    Arguments::Copy(copy) | Arguments::Add(copy) => {
                        let draft = copied(dockerfile, &stages, output, (step, copy));
                        draft.into_iter().for_each(|draft| outcome.find(draft));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn preloaded(dockerfile: &Dockerfile<'_>, span: &coracle_recipe::Span) -> Draft {
    Draft::at(
        dockerfile.place(span),
        "every program of the image is started with a library of somebody else's",
    )
    .why("shells, health checks and debuggers load it, too; where the path is not there on a platform, each of them warns")
    .help("link the program to the library, or set the variable for that program alone where it is started")
}

fn copied(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    output: usize,
    (step, copy): (&Step<'_>, &Copy),
) -> Option<Draft> {
    let destination = step.scope.expand(&copy.destination);
    let destination = destination.text()?;
    let folder = FOLDERS.iter().find(|folder| {
        let rest = destination.strip_prefix(**folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })?;
    // Of an image from nothing every file is put there by hand.
    if stages.base(output) == Some(&Base::Scratch) {
        return None;
    }
    let library = copy
        .sources
        .iter()
        .find(|source| is_library(&source.word.text))?;
    let name = base_name(&library.word.text);
    let draft = Draft::at(
        dockerfile.place(&library.word.span),
        format!("{name} is put into {folder}, and no package owns it"),
    )
    .why("no security update reaches it, scanners do not see it, and what it needs in turn is not brought with it")
    .help("install the package that has it, or link the program so that it does not need it");
    let is_found = *folder != "/usr/local/lib"
        || !needs_cache(stages, output)
        || refreshes(stages, output)
        || stages
            .stages
            .get(output)?
            .end
            .value("LD_LIBRARY_PATH")
            .is_some();
    Some(match is_found {
        true => draft,
        false => draft.help("run ldconfig behind the copy: glibc's loader looks into /usr/local/lib only through its cache"),
    })
}

/// `libfoo.so`, `libfoo.so.1*`.
fn is_library(path: &str) -> bool {
    let name = base_name(path);
    name.ends_with(".so") || name.contains(".so.") || name.contains(".so*")
}

/// Whether the stage is on glibc, whose loader looks into `/usr/local/lib` only through its cache.
fn needs_cache(stages: &Stages<'_>, output: usize) -> bool {
    let Some(Base::Image(image)) = stages.base(output) else {
        return false;
    };
    let base = bases::look_up(image);
    base.is_some_and(|base| matches!(base.libc, Some(Libc::Glibc { .. })))
}

/// Whether a step of the image runs `ldconfig`.
fn refreshes(stages: &Stages<'_>, output: usize) -> bool {
    let chain = stages.chain(output);
    let chain = chain.iter().filter_map(|index| stages.stages.get(*index));
    let mut scripts = chain.flat_map(|stage| &stage.steps).filter_map(commands);
    scripts.any(|script| {
        let mut names = script.simple().filter_map(|simple| simple.name());
        names.any(|name| base_name(name) == "ldconfig")
    })
}
