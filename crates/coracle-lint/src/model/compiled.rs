//! What the stages of a Dockerfile compile, and what was there before: whether the sources came first, whether the
//! dependencies have a layer of their own, what cache mounts keep.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Base, Copy, MountKind, Stages, Step};
use coracle_recipe::shell::Script;

use super::dockerfile::Dockerfile;
use super::mounts::CacheMounts;
use super::path::joined;
use super::run::{commands, stages_of};
use super::work::{Action, Tool, Work, work};
use crate::repository::Repository;

/// A `RUN` that compiles or installs, by the first command of it that does so with this tool.
#[derive(Debug)]
pub struct Compiled<'a> {
    /// The index of its stage.
    pub stage: usize,
    /// The step.
    pub step: Step<'a>,
    /// The command.
    pub work: Work,
    /// What is kept between builds.
    pub mounts: CacheMounts,
    /// The words by which the sources came before it; none where it compiles the dependencies for a later one.
    pub sources: Option<Span>,
    /// Whether dependencies were compiled (of Go and the like: downloaded) before the sources came.
    pub is_layered: bool,
    /// Whether a compiler cache is named.
    pub has_wrapper: bool,
}

/// What is known at a step of what came before it.
#[derive(Default)]
struct Before {
    /// What brought sources, last.
    sources: Option<Span>,
    /// All of the context came.
    is_whole: bool,
    /// The tools that compiled or fetched since, and before all sources came.
    early: Vec<(Tool, bool)>,
    /// What was compiled before sources came once more.
    layered: Vec<Tool>,
    /// Something came from another stage that looks like what was compiled there.
    is_brought: bool,
}

/// Every `RUN` of every stage that compiles or installs, and the lines of those that could not be read to the end.
pub fn compiled<'a>(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'a>,
    repository: &Repository,
) -> (Vec<Compiled<'a>>, Vec<String>) {
    let mut contexts: Vec<String> = dockerfile.contexts().into_iter().flatten().collect();
    if dockerfile.builds.is_empty() {
        // Nobody says from where: then it may be from the top.
        contexts.push(String::new());
    }
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for index in 0..stages.stages.len() {
        let mut before = Before::default();
        for link in stages.chain(index) {
            for step in stages
                .stages
                .get(link)
                .iter()
                .flat_map(|stage| &stage.steps)
            {
                before.copies(stages, link, step, &|path| {
                    is_source(repository, &contexts, path)
                });
                let Some(script) = commands(step) else {
                    continue;
                };
                let mut found = before.runs(link, step, &script, &|path| {
                    is_source(repository, &contexts, path)
                });
                // What stands in the stage that this one is from was found there.
                found.retain(|_| link == index);
                all.extend(found);
                if link == index && !script.is_understood() && names_tool(dockerfile, step) {
                    let line = step.instruction.span.line;
                    unread.push(format!(
                        "the RUN of line {line} is not understood to its end"
                    ));
                }
            }
        }
    }
    let early: Vec<bool> = all
        .iter()
        .map(|one| all.iter().any(|later| is_layer_of(stages, one, later)))
        .collect();
    for (one, is_early) in all.iter_mut().zip(early) {
        if is_early {
            one.sources = None;
        }
    }
    (all, unread)
}

/// Whether what one step compiles is the layer of dependencies for another: it had a part of the sources at most (a crate
/// of macros, the build script), and more came before the same tool compiled again.
fn is_layer_of(stages: &Stages<'_>, one: &Compiled<'_>, later: &Compiled<'_>) -> bool {
    let start = one.work.span.start;
    let came_between = later
        .sources
        .as_ref()
        .is_some_and(|span| span.start > start);
    one.work.tool == later.work.tool
        && !one.is_layered
        && later.is_layered
        && later.work.span.start > start
        && came_between
        && stages_of(stages, later.stage).contains(&one.stage)
}

impl Before {
    fn copies(
        &mut self,
        stages: &Stages<'_>,
        stage: usize,
        step: &Step<'_>,
        is_source: &dyn Fn(&str) -> bool,
    ) {
        let (Arguments::Copy(copy) | Arguments::Add(copy)) = &step.instruction.arguments else {
            return;
        };
        match &copy.from {
            Some(from) => {
                let from = step.scope.expand(from);
                if !matches!(stages.source(stage, &from), Base::Image(_)) {
                    self.is_brought |= brings_compiled(copy);
                }
            }
            None => {
                for source in copy
                    .sources
                    .iter()
                    .filter(|source| source.heredoc.is_none())
                {
                    let path = step.scope.expand(&source.word).known;
                    let path = path.unwrap_or_else(|_| source.word.text.clone());
                    self.source(&path, &source.word.span, is_source);
                }
            }
        }
    }

    fn source(&mut self, path: &str, span: &Span, is_source: &dyn Fn(&str) -> bool) {
        let is_all = is_whole(path);
        if is_all || is_source(path) {
            self.sources = Some(span.clone());
            let early = std::mem::take(&mut self.early);
            let layered = early.into_iter().filter(|(_, after_all)| !after_all);
            self.layered.extend(layered.map(|(tool, _)| tool));
            self.is_whole |= is_all;
        }
    }

    fn runs<'a>(
        &mut self,
        stage: usize,
        step: &Step<'a>,
        script: &Script,
        is_source: &dyn Fn(&str) -> bool,
    ) -> Vec<Compiled<'a>> {
        let mut all: Vec<Compiled<'a>> = Vec::new();
        for work in work(script) {
            let is_first = !all.iter().any(|other| other.work.tool == work.tool);
            self.note(&work);
            if matches!(work.action, Action::Fetch | Action::Dependencies) || !is_first {
                continue;
            }
            all.push(Compiled {
                stage,
                step: step.clone(),
                mounts: CacheMounts::of(step),
                sources: mounted(step, is_source).or_else(|| self.sources.clone()),
                is_layered: self.is_brought || self.layered.contains(&work.tool),
                has_wrapper: has_wrapper(step, script, &work),
                work,
            });
        }
        all
    }

    /// A tool did something: what it did stays when only sources change, if these come later.
    fn note(&mut self, work: &Work) {
        let counts = match (work.tool, work.action) {
            (_, Action::Dependencies) => {
                self.layered.push(work.tool);
                return;
            }
            // It only keeps what is downloaded; what is compiled is compiled again.
            (Tool::Cargo, Action::Fetch) => false,
            _ => true,
        };
        if counts {
            self.early.push((work.tool, self.is_whole));
        }
    }
}

/// Whether the text of a step has a word that compiles or installs.
fn names_tool(dockerfile: &Dockerfile<'_>, step: &Step<'_>) -> bool {
    let text = dockerfile.document.slice(&step.instruction.lines);
    let words = [
        "cargo",
        "go build",
        "go install",
        "npm",
        "yarn",
        "pip install",
    ];
    words.iter().any(|word| text.contains(word))
}

/// All of the context.
fn is_whole(path: &str) -> bool {
    matches!(path, "." | "./" | "/" | "*" | "./*")
}

/// A folder of the context that has sources in it.
fn is_source(repository: &Repository, contexts: &[String], path: &str) -> bool {
    let path = path
        .trim_start_matches('/')
        .trim_end_matches("/*")
        .trim_end_matches("/**");
    contexts.iter().any(|context| {
        joined(context, path).is_some_and(|folder| {
            let has_sources = |path: &str| {
                [".rs", ".go", ".js", ".ts", ".tsx", ".jsx", ".vue", ".py"]
                    .iter()
                    .any(|ending| path.ends_with(ending))
            };
            let mut below = repository.below(&folder);
            below.any(|(path, _)| has_sources(path))
        })
    })
}

/// `COPY --from=dependencies /src/target target`.
fn brings_compiled(copy: &Copy) -> bool {
    let mut sources = copy.sources.iter();
    sources.any(|source| {
        let path = source.word.text.as_str();
        let kept = [
            "target",
            "cargo",
            "node_modules",
            "go-build",
            "/go/pkg",
            "/venv",
            "site-packages",
        ];
        kept.iter().any(|kept| path.contains(kept))
    })
}

/// `--mount=type=bind,source=.`.
fn mounted(step: &Step<'_>, is_source: &dyn Fn(&str) -> bool) -> Option<Span> {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return None;
    };
    let mut binds = run
        .mounts
        .iter()
        .filter(|mount| matches!(mount.kind, MountKind::Bind) && mount.from.is_none());
    let found = binds.find(|mount| {
        let path = mount
            .source
            .as_ref()
            .map_or(".", |source| source.text.as_str());
        is_whole(path) || is_source(path)
    });
    found.map(|mount| mount.span.clone())
}

/// Whether cargo calls the compiler through another program here.
fn has_wrapper(step: &Step<'_>, script: &Script, work: &Work) -> bool {
    const NAMES: [&str; 4] = [
        "RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "SCCACHE_DIR",
    ];
    let is_set = NAMES.iter().any(|name| {
        let known = step.scope.value(name);
        known.is_some_and(|value| !matches!(value, Ok(""))) || work.variable(name).is_some()
    });
    is_set
        || script.simple().any(|simple| {
            let assigned = simple.assignments.iter();
            let mut named = assigned.map(|one| one.name.as_str()).chain(simple.values());
            named.any(|word| {
                word.contains("sccache") || NAMES.iter().any(|name| word.starts_with(name))
            })
        })
}
