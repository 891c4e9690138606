//! CRC103: a program needs a library when it starts that its image has not: the C library itself, that of unwinding, or one
//! that a package of Cargo's links. What the program is made of is asked of Cargo's graph, for a lock alone tells nothing.

use coracle_graph::Answer;
use coracle_recipe::dockerfile::document::Stages;

use crate::bases::Libc;
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::programs::{
    Arrival, Contents, Has, Library, Linking, Program, Tool, arrivals, libraries, program,
    with_chain,
};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC103",
    name: "library-not-in-image",
    severity: Severity::Error,
    meaning: "a program needs a library that its image does not have",
    page: include_str!("../../rules/CRC103.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for stage in dockerfile.outputs(&stages).stages {
            let Some(contents) = Contents::of(&stages, stage) else {
                continue;
            };
            judge(model, (dockerfile, &stages, stage), &contents, outcome);
        }
    }
}

fn judge(
    model: &Model<'_>,
    (dockerfile, stages, stage): (&Dockerfile<'_>, &Stages<'_>, usize),
    contents: &Contents,
    outcome: &mut Outcome,
) {
    // Libraries that are copied by hand are not followed.
    let is_by_hand = ["/lib", "ld-", ".so"]
        .iter()
        .any(|word| contents.brings(word));
    let Some(base) = contents.base.as_ref().filter(|_| !is_by_hand) else {
        return;
    };
    for arrival in arrivals(model, dockerfile, stages, stage) {
        let made = &arrival.made;
        let is_glibc = matches!(made.on.libc, Some(Libc::Glibc(_)));
        // On musl it does not start for another reason.
        if !is_glibc || matches!(base.libc, Some(Libc::Musl(_))) {
            continue;
        }
        match &made.linking {
            Linking::Static => continue,
            Linking::Unknown(because) => {
                if base.libc == Some(Libc::Absent) {
                    outcome.skip(dockerfile.file, format!("of {}, {because}", made.name));
                }
                continue;
            }
            Linking::Dynamic => {}
        }
        if base.libc == Some(Libc::Absent) {
            outcome.find(of_libc(&arrival, &contents.image));
            continue;
        }
        if made.tool == Tool::Go {
            continue;
        }
        if matches!(
            base.name.as_str(),
            "gcr.io/distroless/base" | "gcr.io/distroless/base-nossl"
        ) {
            outcome.find(of_unwinding(&arrival, &contents.image));
        }
        match program(model, made) {
            Ok(program) => {
                judge_program(model, dockerfile, (&arrival, &program), contents, outcome)
            }
            Err(because) => outcome.skip(dockerfile.file, because),
        }
    }
}

fn judge_program(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    (arrival, program): (&Arrival, &Program),
    contents: &Contents,
    outcome: &mut Outcome,
) {
    for library in libraries::ALL {
        let is_linked = match program.linked.has(library.package) {
            Answer::No => continue,
            Answer::Yes => library.is_linked_dynamically(program),
            Answer::Unknown { because } => Err(because),
        };
        match (is_linked, library.is_in(contents)) {
            (_, Has::Yes) | (Ok(false), _) => {}
            (Err(because), _) => outcome.skip(dockerfile.file, because),
            (_, Has::Unknown(because)) => outcome.skip(dockerfile.file, because),
            (Ok(true), Has::No) => {
                outcome.find(of_library(model, (arrival, program), library, contents));
            }
        }
    }
}

fn of_libc(arrival: &Arrival, image: &str) -> Draft {
    let made = &arrival.made;
    let draft = Draft::at(
        arrival.place.clone(),
        format!(
            "{} needs libc.so.6, and {image} has no C library",
            made.name
        ),
    )
    .label(format!("compiled on {}", made.on.title()))
    .why("its loader is not there: the container ends at once with `no such file or directory`");
    let draft = match made.tool {
        Tool::Cargo => draft.help("compile it for musl (`--target x86_64-unknown-linux-musl`), or take gcr.io/distroless/cc-debian13 as the base"),
        Tool::Go => draft.help("compile it with CGO_ENABLED=0, or take gcr.io/distroless/base-debian13 as the base"),
    };
    draft
        .related(made.place.clone(), "compiled here")
        .related(made.on.place.clone(), "on this")
}

fn of_unwinding(arrival: &Arrival, image: &str) -> Draft {
    let made = &arrival.made;
    Draft::at(
        arrival.place.clone(),
        format!(
            "{} needs libgcc_s.so.1, which {image} does not have",
            made.name
        ),
    )
    .label(format!("compiled on {}", made.on.title()))
    .why("every program of Rust for glibc unwinds by it: it does not start")
    .help("take gcr.io/distroless/cc as the base, which has it")
    .related(made.place.clone(), "compiled here")
}

fn of_library(
    model: &Model<'_>,
    (arrival, program): (&Arrival, &Program),
    library: &Library,
    contents: &Contents,
) -> Draft {
    let made = &arrival.made;
    let image = &contents.image;
    let mut draft = Draft::at(
        arrival.place.clone(),
        format!(
            "{} needs {}, which the image does not have",
            made.name, library.file
        ),
    )
    .label(format!(
        "{image} has no {}, and nothing installs it",
        library.file
    ));
    let mut named = program.linked.named(library.package);
    let package = named.find(|package| package.is_linked.is_yes());
    let chain = package
        .map(|package| package.chain.as_slice())
        .unwrap_or_default();
    let names: Vec<&str> = chain.iter().map(|link| link.name.as_str()).collect();
    draft = draft.why(format!(
        "by {}: it does not start without",
        names.join(" → ")
    ));
    draft = match library.debian.first() {
        Some(name) if image.contains("debian") => draft.help(format!(
            "install {name} in the last stage, or compile the library in ({})",
            library.inside
        )),
        _ => draft.help(format!(
            "take a base that has it, or compile the library in ({})",
            library.inside
        )),
    };
    with_chain(draft, model, chain).related(made.place.clone(), "compiled here")
}
