//! CRC102: a program is compiled where glibc is newer than where it runs. It needs at most the builder's version; which
//! symbols it uses only the program tells, so that what crosses no version that every program needs is a warning.

use coracle_recipe::dockerfile::document::Stages;

use crate::bases::Libc;
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::programs::{Arrival, Contents, Linking, arrivals, each_image};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC102",
    name: "builder-newer-than-runtime",
    severity: Severity::Error,
    meaning: "a program is compiled with a newer glibc than the one that it runs with",
    page: include_str!("../../rules/CRC102.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Since this version a program's very start (`__libc_start_main`) needs it.
const START: (u32, u32) = (2, 34);

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
    let runtime = match contents.base.as_ref().and_then(|base| base.libc) {
        Some(Libc::Glibc(Some(version))) => Some(version),
        Some(Libc::Musl(_) | Libc::Absent) => return,
        Some(Libc::Glibc(None)) | None => None,
    };
    for arrival in arrivals(model, dockerfile, stages, stage) {
        let made = &arrival.made;
        // What is compiled on the very image that it runs on is no question.
        if made.linking == Linking::Static || made.chooses_libc || made.on.name == contents.image {
            continue;
        }
        let builder = match made.on.libc {
            Some(Libc::Glibc(version)) => version,
            Some(Libc::Musl(_) | Libc::Absent) => continue,
            None => None,
        };
        match (runtime, builder) {
            (None, _) => {
                let because = format!("the glibc of {} is not known", contents.image);
                outcome.skip(dockerfile.file, because);
            }
            (_, None) => {
                let because = format!("the glibc of {} is not known", made.on.name);
                outcome.skip(dockerfile.file, because);
            }
            (Some(runtime), Some(builder)) if builder <= runtime => {}
            (Some(runtime), Some(builder)) => match &made.linking {
                Linking::Unknown(because) => {
                    outcome.skip(dockerfile.file, format!("of {}, {because}", made.name));
                }
                _ => outcome.find(draft(&arrival, &contents.image, runtime, builder)),
            },
        }
    }
}

fn draft(arrival: &Arrival, image: &str, runtime: (u32, u32), builder: (u32, u32)) -> Draft {
    let made = &arrival.made;
    let is_certain = runtime < START && builder >= START;
    let version = |(major, minor): (u32, u32)| format!("{major}.{minor}");
    let (has, compiled) = (version(runtime), version(builder));
    let message = match is_certain {
        true => format!("{} needs a newer glibc than {image} has", made.name),
        false => format!("{} may need a newer glibc than {image} has", made.name),
    };
    let why = match is_certain {
        true => format!(
            "what is compiled with glibc {compiled} needs at least {}, and the image has {has}: it does not start",
            version(START)
        ),
        false => format!(
            "it needs at most glibc {compiled}, and the image has {has}: where it uses a symbol that came between, it does not start (`version GLIBC_{compiled} not found`)"
        ),
    };
    let severity = if is_certain {
        Severity::Error
    } else {
        Severity::Warning
    };
    let draft = Draft::at(arrival.place.clone(), message)
        .severity(severity)
        .label(format!(
            "compiled on {} (glibc {compiled})",
            made.on.title()
        ))
        .why(why);
    draft
        .help("compile it on the release that it runs on, or run it on the one that it is compiled on")
        .related(made.on.place.clone(), "compiled on this")
        .related(made.place.clone(), "by this")
}
