//! CRC301: the last stage installs packages that nothing in it needs: compilers and headers where nothing is compiled, the
//! library of a package that no program is made of, certificates that no program asks for. Each is said only where all that
//! the image starts is known; a package that one of several images on the same stage needs is needed.

use std::collections::BTreeMap;

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::programs::started::Image;
use crate::programs::{Installed, Library, compilers, installed, libraries};
use crate::rule::{Check, Rule};

mod judge;

use judge::Judge;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC301",
    name: "unneeded-packages",
    severity: Severity::Warning,
    meaning: "the image has packages that nothing in it needs",
    page: include_str!("../../rules/CRC301.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Packages of certificates.
const CERTIFICATES: [&str; 3] = ["ca-bundle", "ca-certificates", "ca-certificates-bundle"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        judge(model, dockerfile, outcome);
    }
}

/// Judges each package over all images that have it.
fn judge(model: &Model<'_>, dockerfile: &Dockerfile<'_>, outcome: &mut Outcome) {
    let stages = dockerfile.stages();
    let outputs = dockerfile.outputs(&stages);
    let mut all: BTreeMap<usize, Vec<Result<Option<Draft>, String>>> = BTreeMap::new();
    for stage in outputs.stages {
        let packages = installed(&stages, stage);
        if !packages.iter().any(|one| Kind::of(&one.name).is_some()) {
            continue;
        }
        let judge = Judge::of(Image::new(model, (dockerfile, &stages, stage)), packages);
        for (package, kind, told) in judge.told() {
            let drafted = told.map(|told| told.then(|| draft(dockerfile, &judge, package, kind)));
            all.entry(package.span.start).or_default().push(drafted);
        }
    }
    for one in all.into_values() {
        // What one of the images needs is needed.
        if one.iter().any(|told| matches!(told, Ok(None))) {
            continue;
        }
        let told: Result<Vec<Option<Draft>>, String> = one.into_iter().collect();
        match (told, &outputs.unknown) {
            (Err(because), _) => outcome.skip(dockerfile.file, because),
            (Ok(_), Some(because)) => outcome.skip(dockerfile.file, because.clone()),
            (Ok(drafts), None) => {
                let first = drafts.into_iter().flatten().next();
                first.into_iter().for_each(|draft| outcome.find(draft));
            }
        }
    }
}

/// What a package is for.
#[derive(Clone, Copy)]
enum Kind {
    /// To compile.
    Compiling,
    /// It is a library.
    Library(&'static Library),
    /// Certificates.
    Certificates,
}

impl Kind {
    fn of(package: &str) -> Option<Kind> {
        let mut all = libraries::ALL.iter();
        if compilers::is_for_compiling(package) {
            Some(Kind::Compiling)
        } else if CERTIFICATES.contains(&package) {
            Some(Kind::Certificates)
        } else {
            all.find(|library| library.alone.contains(&package))
                .map(Kind::Library)
        }
    }
}

fn draft(dockerfile: &Dockerfile<'_>, judge: &Judge<'_>, package: &Installed, kind: Kind) -> Draft {
    let (name, programs) = (&package.name, judge.programs());
    let at = |message: String| Draft::at(dockerfile.place(&package.span), message);
    let draft = match kind {
        Kind::Compiling => {
            let message = format!("{name} is for compiling, and nothing is compiled in this stage");
            at(message)
                .label(format!("what is started is {programs}"))
                .why("compilers and headers are pulled by every machine that runs the image, and serve whoever breaks in")
                .help(instead(judge, package))
        }
        Kind::Library(library) => at(format!("nothing in the image uses {}", library.file))
            .label(format!("{name} is installed for nothing"))
            .why(format!(
                "{} is not in {programs}, and no other package here needs it",
                library.package
            ))
            .help("leave it out"),
        Kind::Certificates => {
            at("nothing in the image checks certificates with those of the system".to_owned())
                .label(format!("{name} is installed for nothing"))
                .why(judge.own_roots())
                .help("leave it out")
        }
    };
    let Some((start, program)) = judge.start() else {
        return draft;
    };
    let label = match &start.service {
        Some((_, service)) => format!("{program} is started here, for the service {service}"),
        None => format!("{program} is started here"),
    };
    draft.related(start.place.clone(), label)
}

/// What to install in the place of a package for compiling.
fn instead(judge: &Judge<'_>, package: &Installed) -> String {
    let name = package.name.as_str();
    let begin = match judge.is_inherited(package) {
        true => "install it in the stage that compiles",
        false => "leave it out",
    };
    let mut all = libraries::ALL.iter();
    let library = all.find(|library| library.headers.contains(&name));
    let alone = library.and_then(|library| library.alone.first());
    match alone.filter(|_| judge.is_apt()) {
        Some(alone) => format!("{begin}; where a program links the library, install {alone}"),
        None if compilers::is_headers(name) => {
            format!("{begin}; where a program links the library, install that without headers")
        }
        None => format!(
            "{begin}; what programs link of a compiler (libgcc, libstdc++, libgomp) are packages of their own"
        ),
    }
}
