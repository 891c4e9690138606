//! CRC101: a program that was linked with glibc is copied to a base with musl, where its loader is not. Programs that are
//! static, or whose making is not seen, are not judged.

use coracle_recipe::dockerfile::document::Stages;

use crate::bases::Libc;
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::programs::{Arrival, Contents, Has, Linking, Tool, arrivals, each_image};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC101",
    name: "glibc-binary-on-musl",
    severity: Severity::Error,
    meaning: "a program that is linked with glibc is copied to an image with musl",
    page: include_str!("../../rules/CRC101.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// What has glibc's loader and symbols on musl.
const COMPATIBLE: [&str; 4] = ["gcompat", "glibc", "libc6-compat", "sgerrand-glibc"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    each_image(model, |image| judge(model, image, outcome));
}

fn judge(
    model: &Model<'_>,
    (dockerfile, stages, stage): (&Dockerfile<'_>, &Stages<'_>, usize),
    outcome: &mut Outcome,
) {
    let Some(contents) = Contents::of(stages, stage) else {
        return;
    };
    if !matches!(
        contents.base.as_ref().and_then(|base| base.libc),
        Some(Libc::Musl(_))
    ) {
        return;
    }
    let has_loader = match contents.package(&COMPATIBLE) {
        Has::No if contents.brings("ld-linux") || contents.brings("glibc") => Has::Yes,
        has => has,
    };
    for arrival in arrivals(model, dockerfile, stages, stage) {
        let made = &arrival.made;
        match (&made.linking, made.on.libc, &has_loader) {
            (Linking::Static, _, _)
            | (_, Some(Libc::Musl(_) | Libc::Absent), _)
            | (_, _, Has::Yes) => {}
            (Linking::Unknown(because), _, _) => {
                outcome.skip(dockerfile.file, format!("of {}, {because}", made.name));
            }
            (_, None, _) => {
                let because = format!("the C library of {} is not known", made.on.name);
                outcome.skip(dockerfile.file, because);
            }
            (_, _, Has::Unknown(because)) => outcome.skip(dockerfile.file, because),
            (Linking::Dynamic, Some(Libc::Glibc(_)), Has::No) => {
                outcome.find(draft(&arrival, &contents.image));
            }
        }
    }
}

fn draft(arrival: &Arrival, image: &str) -> Draft {
    let made = &arrival.made;
    let message = format!("{} is linked with glibc, and {image} has musl", made.name);
    let draft = Draft::at(arrival.place.clone(), message)
        .label(format!("compiled on {}", made.on.title()))
        .why(
            "its loader is not there: the container ends at once with `no such file or directory`",
        );
    let draft = match made.tool {
        Tool::Cargo => draft.help("compile it for musl (`--target x86_64-unknown-linux-musl`, or on an Alpine image), or take a base with glibc"),
        Tool::Go => draft.help("compile it with CGO_ENABLED=0 where nothing that it imports needs cgo, or on an Alpine image, or take a base with glibc"),
    };
    draft
        .related(made.place.clone(), "compiled here")
        .related(made.on.place.clone(), "on this")
}
