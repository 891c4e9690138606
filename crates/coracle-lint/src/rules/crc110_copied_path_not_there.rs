//! CRC110: `COPY` of what the ignore file hides or the repository does not have, and workspaces that are built without some
//! of their members. What may be made before the build is not known and skipped; what a stage may make itself is left alone.

use coracle_graph::cargo::Workspace;
use coracle_graph::cargo::manifest::Source;
use coracle_graph::go::Modules;
use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, MountKind, Stages, Step, Word};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, IgnoreFile, Model, commands, joined, program};
use crate::repository::Repository;
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC110",
    name: "copied-path-not-there",
    severity: Severity::Error,
    meaning: "what is copied is hidden or not there, or a member of the workspace is not copied",
    page: include_str!("../../rules/CRC110.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Words of a `RUN` that may write manifests.
const MAKES: [&str; 15] = [
    "mkdir", " new", " init", "clone", "sed", "echo", "printf", "tar ", "unzip", "curl", "wget",
    "chef", "cat ", "GOWORK", "mod edit",
];

/// What nobody generates before a build.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "go.mod"];

/// A Dockerfile and a folder that it is built from.
struct Scene<'a, 'b> {
    dockerfile: &'b Dockerfile<'a>,
    repository: &'a Repository,
    context: &'b str,
    ignore: Option<IgnoreFile<'a>>,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        if dockerfile.builds.is_empty() && !dockerfile.file.folder().is_empty() {
            outcome.skip(dockerfile.file, "nobody says from which folder it is built");
            continue;
        }
        for context in dockerfile.contexts() {
            match context {
                Err(because) => outcome.skip(dockerfile.file, because),
                Ok(context) => {
                    let scene = Scene {
                        dockerfile,
                        repository: model.repository(),
                        context: &context,
                        ignore: model.ignore_of(dockerfile, &context),
                    };
                    scene.check(outcome);
                }
            }
        }
    }
}

impl Scene<'_, '_> {
    fn check(&self, outcome: &mut Outcome) {
        let stages = self.dockerfile.stages();
        for (index, stage) in stages.stages.iter().enumerate() {
            for step in stage.steps.iter().filter(|step| !step.is_trigger) {
                for word in from_context(step) {
                    self.copied(step, word, outcome);
                }
            }
            self.members(&stages, index, outcome);
        }
    }

    fn copied(&self, step: &Step<'_>, word: &Word, outcome: &mut Outcome) {
        let value = step.scope.expand(word);
        let written = match &value.known {
            Ok(written) => written,
            Err(unknown) => {
                return outcome.skip(self.dockerfile.file, format!("of what is copied {unknown}"));
            }
        };
        let Some(path) = plain(written) else {
            return;
        };
        let Some(full) = joined(self.context, &path) else {
            return;
        };
        let place = self.dockerfile.place(&word.span);
        if let Some(rule) = self.hidden_by(&path, &full) {
            let draft = Draft::at(place, format!("{path} is hidden from the build"))
                .why("what the ignore file hides is not in the context, and the build fails here")
                .help(format!(
                    "take it out of the ignore file, or add `!{path}` behind the line"
                ));
            return outcome.find(match &self.ignore {
                Some(ignore) => draft.related(ignore.file.place(&rule), "this line hides it"),
                None => draft,
            });
        }
        if self.repository.has(&full) || self.repository.has(".gitmodules") {
            return;
        }
        let name = path.rsplit('/').next().unwrap_or(&path);
        match MANIFESTS.contains(&name) {
            true => outcome.find(
                Draft::at(place, format!("{path} is not there"))
                    .why(format!(
                        "the repository has no {full}, and the build fails here"
                    ))
                    .help("copy what is there, or build from the folder that has it"),
            ),
            false => outcome.skip(
                self.dockerfile.file,
                format!("{path} is not in the repository, and may be made before the build"),
            ),
        }
    }

    /// The line of the ignore file that hides all of a path.
    fn hidden_by(&self, path: &str, full: &str) -> Option<Span> {
        let ignore = &self.ignore.as_ref()?.ignore;
        let own = ignore.verdict(path);
        let is_folder = self.repository.size(full).is_none() && self.repository.has(full);
        if is_folder {
            let skipped = if self.context.is_empty() {
                0
            } else {
                self.context.len() + 1
            };
            let mut below = self.repository.below(full);
            let first = below.next()?;
            let all = std::iter::once(first).chain(below);
            let mut paths = all.filter_map(|(file, _)| file.get(skipped..));
            if paths.any(|file| !ignore.is_hidden(file)) {
                return None;
            }
            let line = own
                .decided_by
                .or_else(|| ignore.verdict(first.0.get(skipped..)?).decided_by);
            return line.map(|rule| rule.span.clone());
        }
        let is_there = self.repository.size(full).is_some();
        let is_certain = is_there || !ignore.has_exceptions();
        own.decided_by
            .filter(|_| own.is_hidden && is_certain)
            .map(|rule| rule.span.clone())
    }

    /// Members of the workspace, and modules, that are not there when they are first asked for.
    fn members(&self, stages: &Stages<'_>, stage: usize, outcome: &mut Outcome) {
        let mut sources: Vec<String> = Vec::new();
        for index in stages.chain(stage) {
            for step in stages
                .stages
                .get(index)
                .iter()
                .flat_map(|stage| &stage.steps)
            {
                match &step.instruction.arguments {
                    Arguments::Copy(copy) | Arguments::Add(copy) => {
                        let is_plain =
                            copy.from.is_none() && step.instruction.flag("parents").is_none();
                        let words = copy.sources.iter().map(|source| {
                            let value = step.scope.expand(&source.word);
                            joined("", value.text()?.trim_start_matches('/'))
                        });
                        let known: Option<Vec<String>> = words.collect();
                        match known.filter(|known| {
                            is_plain && !known.iter().any(|one| one.contains(['*', '?', '[']))
                        }) {
                            Some(known) => sources.extend(known),
                            None => return,
                        }
                    }
                    Arguments::Run(run) => {
                        let text = self.dockerfile.document.slice(&step.instruction.lines);
                        let binds = run.mounts.iter().any(|mount| mount.kind == MountKind::Bind);
                        if binds || MAKES.iter().any(|word| text.contains(word)) {
                            return;
                        }
                        if let Some((span, is_cargo)) = asks(step) {
                            // What an earlier stage of the chain lacks is told there.
                            if index == stage {
                                self.judge(&sources, &span, is_cargo, outcome);
                            }
                            return;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn judge(&self, sources: &[String], span: &Span, is_cargo: bool, outcome: &mut Outcome) {
        let manifest = if is_cargo { "Cargo.toml" } else { "go.mod" };
        if !self.is_copied(sources, manifest) {
            return;
        }
        let needed = match is_cargo {
            true => self.cargo_needs(sources),
            false => self.go_needs(sources),
        };
        let lacking: Vec<&String> = needed
            .iter()
            .filter(|folder| !self.has(sources, folder, manifest))
            .collect();
        let Some(first) = lacking.first() else {
            return;
        };
        let others = match lacking.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let tool = if is_cargo { "cargo" } else { "go" };
        outcome.find(
            Draft::at(
                self.dockerfile.place(span),
                format!("{first}{others} is not there when {tool} asks for it"),
            )
            .why(format!("{tool} reads the {manifest} of every member and of every folder that is depended on"))
            .help(format!("copy {first} before, from a context that has it")),
        );
    }

    /// Folders whose manifest cargo reads in any case: members by name, not by wildcards, and what is depended on by
    /// packages that are there. What a wildcard would find, and is not there, is no member.
    fn cargo_needs(&self, sources: &[String]) -> Vec<String> {
        let Ok(workspace) = Workspace::read(self.repository, self.context) else {
            return Vec::new();
        };
        let members = workspace.manifest.workspace.iter();
        let mut needed: Vec<String> = members
            .flat_map(|table| &table.members)
            .filter_map(|member| joined(&workspace.root, member.value.trim_end_matches('/')))
            .collect();
        for package in &workspace.packages {
            if self.has(sources, &package.manifest.folder, "Cargo.toml") {
                let all = package.manifest.dependencies.iter();
                needed.extend(all.filter_map(|one| match &one.source {
                    Source::Folder(folder) => Some(folder.clone()),
                    _ => None,
                }));
            }
        }
        let all = workspace.packages.iter().map(|one| &one.manifest.folder);
        all.filter(|folder| needed.contains(folder))
            .cloned()
            .collect()
    }

    /// Folders whose manifest go reads: modules of `go.work`, and those that stand in required modules' places.
    fn go_needs(&self, sources: &[String]) -> Vec<String> {
        let Some(modules) = Modules::read(self.repository, self.context) else {
            return Vec::new();
        };
        let is_without_work = modules.work.is_some() && !self.is_copied(sources, "go.work");
        if modules.vendor.is_some() || is_without_work {
            return Vec::new();
        }
        let is_required = |path: &str| modules.requirements().any(|one| one.path == path);
        let replaced = modules.replaced.iter();
        modules
            .mains
            .iter()
            .chain(replaced.filter(|module| is_required(&module.path)))
            .map(|module| module.folder.clone())
            .collect()
    }

    fn has(&self, sources: &[String], folder: &str, manifest: &str) -> bool {
        let below = match self.context {
            "" => Some(folder),
            context if folder == context => Some(""),
            context => folder
                .strip_prefix(context)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        below.is_some_and(|below| match below {
            "" => self.is_copied(sources, manifest),
            below => self.is_copied(sources, &format!("{below}/{manifest}")),
        })
    }

    /// Whether a source brings a file, and nothing hides that.
    fn is_copied(&self, sources: &[String], path: &str) -> bool {
        let brings = |source: &String| {
            let rest = path.strip_prefix(source.as_str());
            source.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_hidden = self
            .ignore
            .as_ref()
            .is_some_and(|ignore| ignore.ignore.is_hidden(path));
        sources.iter().any(brings) && !is_hidden
    }
}

/// The words of a step that name files of the context.
fn from_context<'a>(step: &Step<'a>) -> Vec<&'a Word> {
    match &step.instruction.arguments {
        Arguments::Copy(copy) | Arguments::Add(copy) if copy.from.is_none() => {
            let files = copy
                .sources
                .iter()
                .filter(|source| source.heredoc.is_none());
            files.map(|source| &source.word).collect()
        }
        Arguments::Run(run) => {
            let binds = run
                .mounts
                .iter()
                .filter(|mount| mount.kind == MountKind::Bind && mount.from.is_none());
            binds.filter_map(|mount| mount.source.as_ref()).collect()
        }
        _ => Vec::new(),
    }
}

/// A path of the context; nothing of addresses, patterns, the whole context, and what builders see in any case.
fn plain(written: &str) -> Option<String> {
    if written.contains("://")
        || written.starts_with("git@")
        || written.contains(['*', '?', '[', '\\'])
    {
        return None;
    }
    let path = written.trim_start_matches('/').trim_end_matches('/');
    let path = joined("", path).filter(|path| !path.is_empty())?;
    (!path.ends_with("Dockerfile") && !path.ends_with(".dockerignore")).then_some(path)
}

/// The first command that needs every member's manifest, and whether it is cargo's.
fn asks(step: &Step<'_>) -> Option<(Span, bool)> {
    let script = commands(step)?;
    for simple in script.simple() {
        let Some((name, words)) = program(simple) else {
            continue;
        };
        let first = words
            .iter()
            .filter_map(|word| word.known())
            .find(|word| !word.starts_with(['+', '-']));
        let is_cargo = name == "cargo"
            && matches!(
                first,
                Some("build" | "b" | "test" | "check" | "fetch" | "run")
            );
        let is_go = name == "go"
            && matches!(
                first,
                Some("build" | "install" | "test" | "mod" | "vet" | "run")
            );
        let elsewhere = words.iter().any(|word| {
            word.text.contains('@') || word.text.starts_with("--manifest-path") || word.text == "-C"
        });
        if (is_cargo || is_go)
            && !elsewhere
            && !script.simple().any(|simple| simple.name() == Some("cd"))
        {
            let mut span = simple.words.first()?.span.clone();
            span.end = words.first()?.span.end;
            return Some((span, is_cargo));
        }
    }
    None
}
