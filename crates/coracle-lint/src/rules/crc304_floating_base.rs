//! CRC304: a base that is another one tomorrow: no tag, `latest`, a tag without a version, or a version of a language
//! without the distribution that it is on. A digest settles everything.

use std::collections::BTreeSet;

use coracle_recipe::dockerfile::document::{Base, Stage};

use crate::bases::{self, Reference};
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC304",
    name: "floating-base",
    severity: Severity::Warning,
    meaning: "a base image is named so that it is another one tomorrow",
    page: include_str!("../../rules/CRC304.md"),
    hadolint: &["DL3006", "DL3007"],
    check: Check::Model(check),
};

/// Images whose tags do not tell versions apart: their names hold the release, or there is only one of them.
const ALWAYS_ROLLING: [&str; 3] = ["gcr.io/distroless/", "cgr.dev/", "docker/dockerfile"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    let own = own_images(model);
    for dockerfile in &model.dockerfiles {
        for stage in &dockerfile.stages().stages {
            match &stage.base {
                Base::Image(image) if own.contains(image.as_str()) => {}
                Base::Image(image) => judge(dockerfile, stage, image, outcome),
                Base::Unknown(unknown) => {
                    outcome.skip(dockerfile.file, format!("of a base {unknown}"))
                }
                Base::Stage(_) | Base::Scratch => {}
            }
        }
    }
}

/// The names that compose files give to what they build: a base of such a name is this repository's own.
fn own_images<'a>(model: &'a Model<'_>) -> BTreeSet<&'a str> {
    let services = model
        .composes
        .iter()
        .flat_map(|file| file.compose.services.values());
    let built = services.flatten().filter(|service| service.build.is_some());
    built
        .filter_map(|service| service.image.as_ref()?.text())
        .collect()
}

fn judge(dockerfile: &Dockerfile<'_>, stage: &Stage<'_>, image: &str, outcome: &mut Outcome) {
    let reference = Reference::parse(image);
    if reference.digest.is_some() {
        return;
    }
    let place = dockerfile.place(&stage.image.span);
    let says_release = reference.name.contains("-debian");
    let is_rolling = ALWAYS_ROLLING
        .iter()
        .any(|name| reference.name.starts_with(name));
    let base = bases::look_up(image);
    let tag = reference.tag.as_deref();
    let draft = match tag {
        None | Some("latest") if says_release => return,
        None | Some("latest") => {
            let message = match tag {
                None => format!("{image} has no tag, which is whatever is newest"),
                Some(_) => format!("{image} is whatever is newest"),
            };
            let draft = Draft::at(place, message);
            match is_rolling {
                true => draft.severity(Severity::Note).help("name it by its digest: @sha256:…"),
                false => draft.help("name a version, and where the image is on several distributions the distribution"),
            }
        }
        Some(tag) if is_moving(tag, base.as_ref()) => {
            Draft::at(place, format!("{image} names no version"))
                .help("name a version, or the digest")
        }
        Some(_) => match base.as_ref().and_then(|base| base.release.zip(base.as_of)) {
            Some((release, as_of)) if !is_rolling => {
                let title = release.title();
                Draft::at(
                    place,
                    format!("{image} does not say which distribution it is on"),
                )
                .severity(Severity::Note)
                .label(format!("{title} as of {as_of}"))
                .help(format!("say it: {}", with_release(&reference, release)))
            }
            _ => return,
        },
    };
    outcome.find(draft.why("a build that worked yesterday gets other files today, and perhaps a newer C library than where it runs"));
}

/// A tag of a known image without a version, or a word that means another one from time to time.
fn is_moving(tag: &str, base: Option<&bases::Base>) -> bool {
    let has_number = tag.bytes().any(|byte| byte.is_ascii_digit());
    let word = tag.split('-').next().unwrap_or(tag);
    let moves = matches!(
        word,
        "stable"
            | "oldstable"
            | "testing"
            | "unstable"
            | "sid"
            | "edge"
            | "rolling"
            | "devel"
            | "nightly"
            | "lts"
            | "current"
    );
    // A codename is a release, and so a version of the distribution; of a language it is none.
    let says_version = base.is_some_and(|base| base.release.is_some() && base.as_of.is_none());
    let is_language = base
        .is_some_and(|base| matches!(base.name.as_str(), "rust" | "golang" | "node" | "python"));
    moves
        || base.is_some()
            && !has_number
            && (is_language || !says_version)
            && !tag.contains("nonroot")
            && !tag.contains("debug")
}

/// `rust:1.90-slim-trixie`.
fn with_release(reference: &Reference, release: &bases::Release) -> String {
    let tag = reference.tag();
    let (_, number) = release.name.split_once('/').unwrap_or_default();
    match release.codename {
        Some(codename) => format!("{}:{tag}-{codename}", reference.name),
        None => format!(
            "{}:{}",
            reference.name,
            tag.replace("alpine", &format!("alpine{number}"))
        ),
    }
}
