//! CRC105: `CGO_ENABLED=0` for a program whose import graph needs cgo: a package of the repository of which nothing is left
//! without it, or a module of the table that is imported in such a build, too. What the graph does not decide go is asked, where
//! somebody may ask; else it is skipped.

use coracle_graph::go::{Context, Listing, Modules, Program, Walk, WithoutCgo};
use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Step};
use coracle_recipe::shell::{Script, Simple};

use crate::bases::{CgoModule, Without};
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, commands, joined, program, value};
use crate::programs::listed;
use crate::rule::{Check, Rule};
use crate::source::Place;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC105",
    name: "cgo-needed-and-off",
    severity: Severity::Error,
    meaning: "a Go program that needs cgo is built with CGO_ENABLED=0",
    page: include_str!("../../rules/CRC105.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        for context in dockerfile.contexts() {
            let Ok(context) = context else {
                continue;
            };
            let Some(modules) = Modules::read(model.repository(), &context) else {
                continue;
            };
            for stage in &dockerfile.stages().stages {
                let mut folders = 0;
                for step in &stage.steps {
                    if matches!(step.instruction.arguments, Arguments::Workdir(_)) {
                        folders += 1;
                    }
                    if let Some(script) = commands(step) {
                        let moves = folders > 1;
                        of_run(model, dockerfile, &modules, (step, &script, moves), outcome);
                    }
                }
            }
        }
    }
}

/// A `go build` without cgo: where that is said, and what is built.
struct Call<'a> {
    off: Span,
    tags: Vec<String>,
    packages: Vec<&'a str>,
}

fn of_run(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    modules: &Modules,
    (step, script, moves): (&Step<'_>, &Script, bool),
    outcome: &mut Outcome,
) {
    let moves = moves || script.simple().any(|simple| simple.name() == Some("cd"));
    for simple in script.simple() {
        let Some(call) = call(step, script, simple) else {
            continue;
        };
        if moves {
            outcome.skip(dockerfile.file, "the folder changes before go builds");
            continue;
        }
        let context = Context {
            tags: call.tags.clone(),
            ..Context::linux("amd64", false)
        };
        let programs = modules.programs(model.repository(), &context.with_cgo(true));
        for program in programs
            .iter()
            .filter(|program| call.builds(modules, program))
        {
            judge(
                model,
                dockerfile,
                modules,
                (program, &context, &call),
                outcome,
            );
        }
    }
}

impl Call<'_> {
    /// Whether a package of the call is this program's; `./...` is all.
    fn builds(&self, modules: &Modules, program: &Program) -> bool {
        self.packages.iter().any(|package| {
            let (folder, is_all) = match package.strip_suffix("...") {
                Some(folder) => (folder, true),
                None => (*package, false),
            };
            let Some(folder) = joined(&modules.folder, folder.trim_end_matches('/')) else {
                return false;
            };
            let is_below = folder.is_empty() || program.folder.starts_with(&format!("{folder}/"));
            program.folder == folder || is_all && is_below
        })
    }
}

/// A `go build` or `go install` of local packages with cgo switched off.
fn call<'a>(step: &Step<'_>, script: &Script, simple: &'a Simple) -> Option<Call<'a>> {
    let (_, words) = program(simple).filter(|(name, _)| matches!(*name, "go" | "xx-go"))?;
    let (first, rest) = words.split_first()?;
    if !matches!(first.known(), Some("build" | "install")) {
        return None;
    }
    let own = simple
        .assignments
        .iter()
        .find(|one| one.name == "CGO_ENABLED");
    let exported = || {
        let all = script
            .simple()
            .filter(|simple| simple.name() == Some("export"));
        let mut words = all.flat_map(|simple| &simple.words);
        words
            .find(|word| word.known() == Some("CGO_ENABLED=0"))
            .map(|word| word.span.clone())
    };
    let off = match own {
        Some(own) => (own.value.known() == Some("0")).then(|| own.span.clone())?,
        None => match exported() {
            Some(span) => span,
            None => {
                let is_off = value(&step.scope, "CGO_ENABLED").as_deref() == Some("0");
                is_off.then(|| first.span.clone())?
            }
        },
    };
    let mut call = Call {
        off,
        tags: Vec::new(),
        packages: Vec::new(),
    };
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.known()? {
            "-tags" | "--tags" => call.tags = tags(words.next()?.known()?),
            "-o" | "-p" | "-asmflags" | "-buildmode" | "-gcflags" | "-ldflags" | "-mod"
            | "-modfile" | "-pgo" => {
                words.next();
            }
            text if text.starts_with("-tags=") => {
                call.tags = tags(text.trim_start_matches("-tags="))
            }
            "-C" => return None,
            text if text.starts_with('-') => {}
            text => call.packages.push(text),
        }
    }
    if call.packages.is_empty() {
        call.packages.push(".");
    }
    Some(call)
}

fn tags(written: &str) -> Vec<String> {
    written.split([',', ' ']).map(ToOwned::to_owned).collect()
}

fn judge(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    modules: &Modules,
    (program, context, call): (&Program, &Context, &Call<'_>),
    outcome: &mut Outcome,
) {
    let files = model.repository();
    let walk = modules.walk(files, &program.import_path, context);
    let empty = |path: &str, walk: &Walk, outcome: &mut Outcome| {
        let message = format!(
            "nothing of {path} is left without cgo, and {} does not build",
            program.name
        );
        tell(model, dockerfile, walk, (path, call, message), outcome);
    };
    for package in walk
        .packages
        .values()
        .filter(|package| package.is_imported.is_yes())
    {
        let Some(folder) = package
            .package
            .as_ref()
            .map(|package| package.folder.clone())
        else {
            continue;
        };
        if let WithoutCgo::NoGoFiles { .. } = modules.without_cgo(files, &folder, context) {
            return empty(&package.import_path, &walk, outcome);
        }
    }
    let decided = match walk.elsewhere().next() {
        Some(_) => elsewhere(model, modules, program, context),
        None => None,
    };
    let (walk, because) = match decided {
        None => (walk, None),
        Some(Err(because)) => (walk, Some(because)),
        Some(Ok((listing, nothing_left))) => {
            let walk = walk.decided_by(&program.import_path, &listing);
            if let Some(path) = nothing_left {
                return empty(&path, &walk, outcome);
            }
            (walk, None)
        }
    };
    known_modules(
        model,
        dockerfile,
        (modules, &walk, because),
        (program, call),
        outcome,
    );
}

/// What go says of a program without cgo: what it is made of, and the first package of which only then nothing is left.
/// `None` where nobody may ask.
fn elsewhere(
    model: &Model<'_>,
    modules: &Modules,
    program: &Program,
    context: &Context,
) -> Option<Result<(Listing, Option<String>), String>> {
    let ask = |context: &Context| listed(model, modules, &program.import_path, context);
    let without = match ask(context)? {
        Ok(without) => without,
        Err(because) => return Some(Err(because)),
    };
    if !without.values().any(|package| package.is_empty) {
        return Some(Ok((without, None)));
    }
    let with = match ask(&context.with_cgo(true))? {
        Ok(with) => with,
        Err(because) => return Some(Err(because)),
    };
    let mut empty = without.iter().filter(|(path, package)| {
        let with = with.get(*path);
        package.is_empty && with.is_some_and(|with| with.uses_c && !with.is_empty)
    });
    let first = empty.next().map(|(path, _)| path.clone());
    Some(Ok((without, first)))
}

/// Whether a module that is known to need cgo is reached.
fn known_modules(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    (modules, walk, because): (&Modules, &Walk, Option<String>),
    (program, call): (&Program, &Call<'_>),
    outcome: &mut Outcome,
) {
    for module in CgoModule::all() {
        let mut packages = walk
            .packages
            .values()
            .filter(|package| module.has(&package.import_path));
        let Some(package) = packages.find(|package| package.is_imported.is_yes()) else {
            if walk.has_module(module.path).because().is_some()
                && modules.requirements().any(|one| one.path == module.path)
            {
                let and = because.as_ref().map(|because| format!(", and {because}"));
                outcome.skip(
                    dockerfile.file,
                    format!(
                        "whether {} imports {} is not known{}",
                        program.name,
                        module.path,
                        and.unwrap_or_default()
                    ),
                );
            }
            continue;
        };
        let message = match module.without {
            Without::Fails => format!(
                "{} needs cgo, and {} does not build without",
                module.path, program.name
            ),
            Without::Stub => format!(
                "{} is a stub without cgo, and {} fails when it uses it",
                module.path, program.name
            ),
        };
        return tell(
            model,
            dockerfile,
            walk,
            (package.import_path.as_str(), call, message),
            outcome,
        );
    }
}

fn tell(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    walk: &Walk,
    (path, call, message): (&str, &Call<'_>, String),
    outcome: &mut Outcome,
) {
    let mut draft = Draft::at(dockerfile.place(&call.off), message)
        .why("its import graph leads to what is written for cgo")
        .help("build with CGO_ENABLED=1 and a C compiler, for a base with the same C library, or import what needs no cgo");
    for link in walk.chain(path).unwrap_or_default() {
        if let Some(place) = link.place.as_ref().and_then(|place| placed(model, place)) {
            draft = draft.related(place, format!("imports {}", link.import_path));
        }
    }
    outcome.find(draft);
}

fn placed(model: &Model<'_>, place: &coracle_graph::Place) -> Option<Place> {
    let source = model.repository().source(&place.file)?;
    Some(source.place_of(place.bytes.clone()))
}
