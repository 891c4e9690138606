//! CRC203: a build in the image that downloads and compiles anew, for want of cache mounts; and cache mounts on a runner
//! that is thrown away, where nothing carries anything from one run to the next. Where a layer of dependencies keeps the
//! most, it is a note.

use coracle_recipe::dockerfile::document::{Arguments, MountKind};
use coracle_recipe::workflow::{BuildPush, Job, Step};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{
    Action, Build, Compiled, Dependencies, Dockerfile, Model, Tool, User, compiled, stages_of,
};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC203",
    name: "no-cache-mounts",
    severity: Severity::Warning,
    meaning: "a build in the image downloads or compiles anew what a cache mount would keep",
    page: include_str!("../../rules/CRC203.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let (found, _) = compiled(dockerfile, &stages, model.repository());
        for one in &found {
            judge(model, dockerfile, one, outcome);
        }
        for build in &dockerfile.builds {
            let stages = dockerfile.stages_of(build);
            let last = stages.stages.len().checked_sub(1);
            let target = match &build.target {
                Ok(Some(target)) => stages.target(target),
                Ok(None) => last,
                Err(_) => None,
            };
            let needed = target
                .map(|target| stages_of(&stages, target))
                .unwrap_or_default();
            let mounted = found
                .iter()
                .find(|one| needed.contains(&one.stage) && !one.mounts.is_empty());
            if let Some(one) = mounted {
                judge_runner(model, dockerfile, build, one, outcome);
            }
        }
    }
}

fn judge(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    one: &Compiled<'_>,
    outcome: &mut Outcome,
) {
    // What is compiled before the sources come is a layer of dependencies itself.
    let is_judged = one.sources.is_some()
        && match one.work.tool {
            Tool::Cargo | Tool::Go => one.work.action == Action::Build,
            // From a manifest alone the layer is only made again when that changes.
            Tool::Node | Tool::Python => !one.is_layered,
        };
    if !is_judged {
        return;
    }
    let dependencies = match model.dependencies(dockerfile, one.work.tool) {
        Err(because) => return outcome.skip(dockerfile.file, because),
        Ok(dependencies) if !dependencies.any => return,
        Ok(dependencies) => dependencies,
    };
    let missing = missing(one, dependencies);
    if missing.is_empty() {
        return;
    }
    let command = &one.work.command;
    let draft = Draft::at(
        dockerfile.place(&one.work.span),
        format!("{command} has no cache mount for {}", listed(&missing)),
    );
    let draft = match one.is_layered && one.work.tool == Tool::Cargo {
        true => draft
            .severity(Severity::Note)
            .why("when the lock file changes, its layer of dependencies is made anew from nothing"),
        false => draft.why("each time that the step runs it begins from nothing"),
    };
    outcome.find(draft.help(help(one, &missing)));
}

/// A kind of folder and a place where it mostly is.
type Folder = (&'static str, &'static str);

const REGISTRY: Folder = ("the registry", "/usr/local/cargo/registry");
const GIT: Folder = ("crates from git", "/usr/local/cargo/git");
const TARGET: Folder = ("the target folder", "target");
const MODULES: Folder = ("modules", "/go/pkg/mod");
const GO_BUILD: Folder = ("Go's build cache", "/root/.cache/go-build");

/// What is downloaded or compiled anew.
fn missing(one: &Compiled<'_>, dependencies: Dependencies) -> Vec<Folder> {
    let mounts = &one.mounts;
    let mut missing = Vec::new();
    match one.work.tool {
        Tool::Cargo => {
            let is_cached = mounts.compiler_cache() || one.has_wrapper;
            let is_offline = one.work.has(&["--offline", "--frozen"]);
            // A layer and any mount: somebody thought of it.
            if one.is_layered && (!mounts.is_empty() || is_cached) {
                return missing;
            }
            if !mounts.registry() && !is_offline {
                missing.push(REGISTRY);
            }
            if dependencies.git && !mounts.git() && !is_offline {
                missing.push(GIT);
            }
            if !mounts.target() && !is_cached {
                missing.push(TARGET);
            }
        }
        Tool::Go => {
            let is_vendored = one
                .work
                .values(&["-mod"])
                .contains(&Ok("vendor".to_owned()));
            if !mounts.modules() && !one.is_layered && !is_vendored {
                missing.push(MODULES);
            }
            if !mounts.go_build() {
                missing.push(GO_BUILD);
            }
        }
        Tool::Node if !mounts.packages() => missing.push(("packages", "/root/.npm")),
        Tool::Python if !mounts.packages() => missing.push(("packages", "/root/.cache/pip")),
        Tool::Node | Tool::Python => {}
    }
    missing
}

fn listed(missing: &[Folder]) -> String {
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn help(one: &Compiled<'_>, missing: &[Folder]) -> String {
    let mounts = missing.iter().map(|(_, path)| match one.work.tool {
        Tool::Node if one.work.command.starts_with("yarn") => "yarn's cache folder",
        Tool::Node if one.work.command.starts_with("pnpm") => "pnpm's store",
        _ => *path,
    });
    let mounts: Vec<String> = mounts
        .map(|path| match path.contains(' ') {
            true => format!("--mount=type=cache on {path}"),
            false => format!("--mount=type=cache,target={path}"),
        })
        .collect();
    let copied = match missing.contains(&TARGET) {
        true => " and copy the program out of target in the same step",
        false => "",
    };
    match one.work.tool {
        Tool::Node | Tool::Python => {
            format!(
                "copy the manifests and install before the sources come, or add {}",
                mounts.join(" ")
            )
        }
        _ => format!("add {}{copied}", mounts.join(" ")),
    }
}

/// Mounts stay on the machine that built. GitHub's are thrown away.
fn judge_runner(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    build: &Build,
    one: &Compiled<'_>,
    outcome: &mut Outcome,
) {
    let User::Job { file, job, step } = &build.user else {
        return;
    };
    let mut workflows = model.workflows.iter();
    let Some(workflow) = workflows.find(|workflow| workflow.file.path() == file) else {
        return;
    };
    let Some(job) = workflow.workflow.job(job) else {
        return;
    };
    let runners = job.runners();
    let is_hosted = !runners.is_empty() && runners.iter().all(|runner| runner.hosted.is_some());
    let Some(step) = job.steps.get(*step).filter(|_| is_hosted) else {
        return;
    };
    if is_exported(step) || build.names_cache || is_elsewhere(job) {
        return;
    }
    if let Some(local) = job.steps.iter().find_map(|step| {
        let uses = step.uses.as_ref()?;
        uses.text.text().starts_with("./").then(|| uses.text.text())
    }) {
        return outcome.skip(workflow.file, format!("{local} may keep what is mounted"));
    }
    let title = dockerfile.file.path();
    let Some(mount) = mount_place(dockerfile, one) else {
        return;
    };
    outcome.find(
        Draft::at(
            workflow.file.place(step.head()),
            format!("the cache mounts of {title} are empty in each run of the job {}", job.id),
        )
        .label("this machine is thrown away, and nothing is exported")
        .related(mount, "a cache mount")
        .why("cache mounts stay in the builder, and GitHub lends a new machine to each job")
        .help("compile in the job and copy the program into the image, or export layers (cache-to) and carry the mounts with buildkit-cache-dance"),
    );
}

fn mount_place(dockerfile: &Dockerfile<'_>, one: &Compiled<'_>) -> Option<crate::Place> {
    let instruction = one.step.instruction;
    let Arguments::Run(run) = &instruction.arguments else {
        return None;
    };
    let mut mounts = run.mounts.iter();
    let mount = mounts.find(|mount| matches!(mount.kind, MountKind::Cache))?;
    Some(dockerfile.place(&mount.span))
}

/// The step imports or exports a cache, or may.
fn is_exported(step: &Step) -> bool {
    let by_action = BuildPush::of(step).is_some_and(|push| {
        !push.cache_from.is_empty() || !push.cache_to.is_empty() || push.no_cache.is_some()
    });
    let run = step.run.as_ref().map_or("", |run| run.text.text());
    by_action
        || ["--cache-", "--no-cache", "--builder", "DOCKER_HOST"]
            .iter()
            .any(|word| run.contains(word))
}

/// The builder is another machine, or something carries its caches.
fn is_elsewhere(job: &Job) -> bool {
    job.steps.iter().any(|step| {
        let name = step
            .uses
            .as_ref()
            .map_or("", |uses| uses.text.text())
            .to_ascii_lowercase();
        let is_cached = name.contains("cache");
        let is_remote = step.is("docker/setup-buildx-action") && is_remote(step);
        let is_other = ["depot/", "useblacksmith/", "namespacelabs/", "warpbuilds/"]
            .iter()
            .any(|owner| name.starts_with(owner));
        let is_created = step.run.as_ref().is_some_and(|run| {
            let text = run.text.text();
            text.contains("buildx create") || text.contains("docker context")
        });
        is_cached || is_remote || is_other || is_created
    })
}

/// A builder that is another machine.
pub(super) fn is_remote(step: &Step) -> bool {
    let driver = step.input("driver").map(|driver| driver.text().trim());
    let is_here = matches!(driver, None | Some("" | "docker" | "docker-container"));
    !is_here || step.input("endpoint").is_some() || step.input("append").is_some()
}
