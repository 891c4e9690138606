//! CRC109: a program checks certificates with those of the system, and its image has none. What the program is made of is
//! asked of Cargo's graph; where that does not decide it is skipped. Programs with roots of their own are fine.

use coracle_graph::cargo::LinkedPackage;
use coracle_recipe::dockerfile::document::Stages;

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::programs::{
    Arrival, Contents, Has, Tool, arrivals, certificates::asks, each_image, program, with_chain,
};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC109",
    name: "no-ca-certificates",
    severity: Severity::Error,
    meaning: "a program checks certificates with those of the system, and the image has none",
    page: include_str!("../../rules/CRC109.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Packages of distributions that have certificates, or that are installed together with them.
const PACKAGES: [&str; 11] = [
    "ca-bundle",
    "ca-certificates",
    "ca-certificates-bundle",
    "curl",
    "git",
    "libcurl4",
    "libcurl4t64",
    "npm",
    "p11-kit-trust",
    "python3",
    "wget",
];

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
    let has = certificates(&contents);
    if has == Has::Yes {
        return;
    }
    for arrival in arrivals(model, dockerfile, stages, stage) {
        let made = &arrival.made;
        if made.tool == Tool::Go {
            let because = format!(
                "imports do not tell whether {} opens TLS connections",
                made.name
            );
            outcome.skip(dockerfile.file, because);
            continue;
        }
        match program(model, made).and_then(|program| Ok((asks(&program)?, program))) {
            Err(because) => outcome.skip(dockerfile.file, because),
            Ok((None, _)) => {}
            Ok((Some(package), _)) => match &has {
                Has::Unknown(because) => outcome.skip(dockerfile.file, because),
                _ => outcome.find(draft(model, &arrival, &package, &contents)),
            },
        }
    }
}

/// Whether the image has certificates.
fn certificates(contents: &Contents) -> Has {
    let in_base = contents
        .base
        .as_ref()
        .and_then(|base| base.contents.certificates);
    let words = ["cert", "ssl", ".pem", ".crt", "pki"];
    let is_brought = words.iter().any(|word| contents.brings(word));
    let is_set = contents
        .variables
        .iter()
        .any(|name| name.starts_with("SSL_CERT"));
    match (in_base, contents.package(&PACKAGES)) {
        _ if is_brought || is_set => Has::Yes,
        (Some(true), _) | (_, Has::Yes) => Has::Yes,
        (None, _) => Has::Unknown(format!(
            "it is not known whether {} has certificates",
            contents.image
        )),
        (Some(false), has) => match contents
            .copied
            .iter()
            .any(|(to, _)| to == "/" || to == "/etc")
        {
            true => Has::Unknown("a folder is copied over the whole image".to_owned()),
            false => match contents.other_package() {
                Some(package) => Has::Unknown(format!("{package} may need certificates")),
                None => has,
            },
        },
    }
}

fn draft(
    model: &Model<'_>,
    arrival: &Arrival,
    package: &LinkedPackage,
    contents: &Contents,
) -> Draft {
    let made = &arrival.made;
    let message = format!(
        "{} checks certificates with those of the system, and the image has none",
        made.name
    );
    let chain: Vec<&str> = package
        .chain
        .iter()
        .map(|link| link.name.as_str())
        .collect();
    let mut draft = Draft::at(arrival.place.clone(), message)
        .label(format!(
            "{} has no CA certificates, and nothing installs any",
            contents.image
        ))
        .why(format!(
            "by {}: no certificate of a server is trusted",
            chain.join(" → ")
        ));
    let is_apt = contents.image.contains("debian") || contents.image.contains("ubuntu");
    draft = match is_apt {
        true => draft.help("install ca-certificates in the last stage, or compile the program with webpki-roots"),
        false => draft.help("copy /etc/ssl/certs/ca-certificates.crt from a stage that has it, or compile the program with webpki-roots"),
    };
    with_chain(draft, model, &package.chain).related(made.place.clone(), "compiled here")
}
