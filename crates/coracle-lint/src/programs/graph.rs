//! What the graphs of Cargo and Go say of a program that a command compiles.

use coracle_graph::Answer;
use coracle_graph::cargo::{self, Link, Linked, Package, Question, Workspace};
use coracle_graph::go::{Context, Listing, Modules, Walk};

use crate::ask::{CargoQuestion, GoQuestion};
use crate::finding::Draft;
use crate::model::{Known, Model};

use super::compile::flag;
use super::steps::{Command, below, joined};
use super::{Made, Tool};

/// Standard packages that call the C library where cgo is on.
const CALL_C: [&str; 6] = [
    "crypto/tls",
    "net",
    "net/http",
    "net/smtp",
    "os/user",
    "runtime/cgo",
];

/// Whether the program that go is told to build calls C where cgo is on. Go is asked where the sources that are here do not
/// show it.
pub(super) fn go_uses_c(model: &Model<'_>, context: &str, command: &Command) -> Answer {
    let files = model.repository();
    let words = &command.simple.words;
    let last = words.last().and_then(|word| word.known()).unwrap_or(".");
    let argument = match last {
        last if last.starts_with('.') => last.trim_end_matches('/'),
        "build" | "install" => ".",
        _ => return Answer::unknown(format!("it is not known which package {last} is")),
    };
    let mut build = Context::linux("amd64", true);
    match flag(words, "-tags") {
        Some(Ok(tags)) => build.tags = tags.split([',', ' ']).map(ToOwned::to_owned).collect(),
        Some(Err(because)) => return Answer::unknown(because),
        None => {}
    }
    let mut found: Vec<Answer> = Vec::new();
    for modules in model.modules() {
        for main in &modules.mains {
            let Some(folder) = joined(Some(&format!("/{}", main.folder)), argument) else {
                continue;
            };
            let folder = folder.trim_start_matches('/');
            if !context.is_empty() && below(folder, context).is_none() {
                continue;
            }
            let programs = modules.programs(files, &build);
            if let Some(program) = programs.iter().find(|program| program.folder == folder) {
                found.push(calls_c(model, modules, &program.import_path, &build));
            }
        }
    }
    match found.as_slice() {
        [answer] => answer.clone(),
        [] => Answer::unknown(format!("{argument} is no program of a module here")),
        _ => Answer::unknown(format!("{argument} is a program of several modules")),
    }
}

fn calls_c(model: &Model<'_>, modules: &Modules, program: &str, build: &Context) -> Answer {
    let surely = |walk: &Walk| {
        walk.packages.values().any(|imported| {
            let calls = CALL_C.contains(&imported.import_path.as_str());
            imported.is_imported.is_yes() && (calls || imported.uses_c.is_yes())
        })
    };
    let walk = modules.walk(model.repository(), program, build);
    if surely(&walk) {
        return Answer::Yes;
    }
    let because = "no package here uses C, and those of other modules are not here";
    match listed(model, modules, program, build) {
        None => Answer::unknown(because),
        Some(Ok(listing)) => surely(&walk.decided_by(program, &listing)).into(),
        Some(Err(reason)) => Answer::unknown(format!("{because}, and {reason}")),
    }
}

/// What go says a program is made of; `None` where nobody may ask.
pub(crate) fn listed(
    model: &Model<'_>,
    modules: &Modules,
    program: &str,
    context: &Context,
) -> Option<Result<Listing, String>> {
    let question = GoQuestion {
        folder: &modules.folder,
        is_workspace: modules.work.is_some(),
        program,
        context,
    };
    Some(model.ask()?.go(&question))
}

/// The package of a program, and what it is made of.
pub(crate) struct Program<'m> {
    /// Its workspace.
    pub(crate) workspace: &'m Workspace,
    /// The packages.
    pub(crate) linked: Linked,
    /// Whether cargo said so, and all features with them.
    pub(crate) is_asked: bool,
}

/// What a program of cargo's is made of.
///
/// # Errors
/// When the repository does not tell.
pub(crate) fn program<'m>(model: &'m Model<'_>, made: &Made) -> Known<Program<'m>> {
    if made.tool != Tool::Cargo {
        return Err(format!("{} is no program of cargo", made.name));
    }
    let mut found: Option<(&Workspace, String)> = None;
    for workspace in model.workspaces() {
        let is_it = |(_, binary): &(&Package, &cargo::Binary)| binary.name == made.name;
        let folder = workspace
            .binaries()
            .find(is_it)
            .map(|(package, _)| package.manifest.folder.clone());
        if let Some(folder) = folder {
            if found.is_some() {
                return Err(format!("several workspaces have a program {}", made.name));
            }
            found = Some((workspace, folder));
        }
    }
    let Some((workspace, folder)) = found else {
        return Err(format!("no Cargo.toml here has a program {}", made.name));
    };
    let package = workspace
        .packages
        .iter()
        .find(|package| package.manifest.folder == folder);
    let Some(package) = package else {
        return Err(format!("no Cargo.toml here has a program {}", made.name));
    };
    let question = question(made);
    let linked = workspace.linked(package, &question);
    // With which features those of others are built decides what they link.
    let mut names = linked.packages.iter().map(|package| package.name.as_str());
    let is_open = !linked.is_decided() || names.any(|name| name.ends_with("-sys"));
    let (linked, is_asked) = match model.ask().filter(|_| is_open) {
        Some(ask) => {
            let asked = CargoQuestion {
                workspace: &workspace.root,
                package: &package.name,
                question: &question,
            };
            match ask.cargo(&asked) {
                Ok(packages) => (linked.decided_by(&packages), true),
                Err(because) => (not_decided(linked, &because), false),
            }
        }
        None => (linked, false),
    };
    Ok(Program {
        workspace,
        linked,
        is_asked,
    })
}

/// What the files say, with the reason why cargo did not.
fn not_decided(mut linked: Linked, because: &str) -> Linked {
    for package in &mut linked.packages {
        if let Some(before) = package.is_linked.because() {
            package.is_linked = Answer::unknown(format!("{before}, and {because}"));
        }
    }
    linked.open = linked.open.map(|before| format!("{before}, and {because}"));
    linked
}

/// Shows where each link of a chain comes in.
pub(crate) fn with_chain(mut draft: Draft, model: &Model<'_>, chain: &[Link]) -> Draft {
    for link in chain {
        let place = link.place.as_ref();
        let source = place.and_then(|place| Some((model.repository().source(&place.file)?, place)));
        if let Some((source, place)) = source {
            draft = draft.related(
                source.place_of(place.bytes.clone()),
                format!("{} comes in here", link.name),
            );
        }
    }
    draft
}

/// What the command asks cargo for.
fn question(made: &Made) -> Question {
    let mut question = Question::default();
    let mut words = made.words.iter();
    let list = |value: &str| -> Vec<String> {
        let each = value.split([',', ' ']).filter(|one| !one.is_empty());
        each.map(ToOwned::to_owned).collect()
    };
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let mut value = || {
            value
                .clone()
                .or_else(|| words.next().cloned())
                .unwrap_or_default()
        };
        match name {
            "-p" | "--package" => question.packages.push(value()),
            "-F" | "--features" => question.features.extend(list(&value())),
            "--workspace" | "--all" => question.workspace = true,
            "--all-features" => question.all_features = true,
            "--no-default-features" => question.no_default_features = true,
            "--target" => question.target = Some(value()),
            _ => {}
        }
    }
    if question.target.is_none() {
        question.target = Some("x86_64-unknown-linux-gnu".to_owned());
    }
    question
}
