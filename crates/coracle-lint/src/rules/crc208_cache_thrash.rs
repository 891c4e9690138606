//! CRC208: builds of different images that write their cache to one place, where each takes the place of the one before; and
//! sccache on GitHub's cache, object by object. Only what is certain: builds of which it is known that they are different
//! images, and that both run.

use std::collections::BTreeMap;

use coracle_recipe::Span;
use coracle_recipe::workflow::{BuildPush, Combination, Entries, Job, Step, Text, expand};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Model, WorkflowFile};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC208",
    name: "cache-thrash",
    severity: Severity::Warning,
    meaning: "different images write their build cache to one place, or sccache fills GitHub's",
    page: include_str!("../../rules/CRC208.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// The variable by which sccache keeps what it has in GitHub's cache.
const SCCACHE: &str = "SCCACHE_GHA_ENABLED";

/// One build that exports its cache.
struct Export<'a> {
    /// Where the cache goes: `gha` and a scope, `registry` and a reference.
    to: String,
    /// The words that say so.
    written: &'a Text,
    job: &'a Job,
    step: &'a Step,
    image: Image,
}

/// What makes the layers of two builds different.
#[derive(PartialEq, Eq)]
struct Image {
    context: String,
    dockerfile: String,
    platforms: Vec<String>,
    arguments: BTreeMap<String, String>,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for workflow in &model.workflows {
        let pushes: Vec<(&Job, &Step, BuildPush)> = workflow
            .workflow
            .jobs
            .iter()
            .flat_map(|job| {
                let steps = job.steps.iter();
                steps.filter_map(move |step| Some((job, step, BuildPush::of(step)?)))
            })
            .collect();
        let mut exports = Vec::new();
        for (job, step, push) in &pushes {
            match exported(job, step, push) {
                Ok(found) => exports.extend(found),
                Err(because) => outcome.skip(workflow.file, because),
            }
        }
        judge(workflow, &exports, outcome);
        judge_sccache(workflow, outcome);
    }
}

/// The builds of a step, one for each combination of its matrix.
fn exported<'a>(
    job: &'a Job,
    step: &'a Step,
    push: &'a BuildPush,
) -> Result<Vec<Export<'a>>, String> {
    let mut exports = Vec::new();
    if push.cache_to.is_empty() {
        return Ok(exports);
    }
    let combinations = job.combinations().map_err(|error| error.to_string())?;
    for combination in &combinations {
        for written in &push.cache_to {
            // What depends on an event or a secret is not known, and mostly is the same for all.
            let Ok(text) = expand(written, combination) else {
                continue;
            };
            let (Some(to), Ok(image)) = (place(&text), image(push, combination)) else {
                continue;
            };
            exports.push(Export {
                to,
                written,
                job,
                step,
                image,
            });
        }
    }
    Ok(exports)
}

/// Where a cache goes that other builds can write to.
fn place(written: &str) -> Option<String> {
    let fields: BTreeMap<&str, &str> = written
        .split(',')
        .filter_map(|field| field.trim().split_once('='))
        .collect();
    match *fields.get("type")? {
        "gha" => {
            let scope = fields.get("scope").filter(|scope| !scope.is_empty());
            Some(match scope {
                Some(scope) => format!("the scope {scope} of GitHub's cache"),
                None => "the scope buildkit of GitHub's cache, which is the one without a name"
                    .to_owned(),
            })
        }
        "registry" => Some((*fields.get("ref")?).to_owned()),
        _ => None,
    }
}

/// An error where something of it is not known.
fn image(push: &BuildPush, combination: &Combination) -> Result<Image, String> {
    let one = |text: Option<&Text>, default: &str| match text {
        Some(text) => expand(text, combination).map_err(|unknown| unknown.to_string()),
        None => Ok(default.to_owned()),
    };
    let context = one(push.context.as_ref(), ".")?;
    let dockerfile = one(push.file.as_ref(), "Dockerfile")?;
    let mut platforms = Vec::new();
    for text in &push.platforms {
        let text = expand(text, combination).map_err(|unknown| unknown.to_string())?;
        platforms.extend(text.split(',').map(|platform| platform.trim().to_owned()));
    }
    let known = push.arguments.iter().filter_map(|text| {
        let text = expand(text, combination).ok()?;
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    Ok(Image {
        arguments: known.collect(),
        context: context
            .trim_start_matches("./")
            .trim_end_matches('/')
            .to_owned(),
        dockerfile: dockerfile.trim_start_matches("./").to_owned(),
        platforms,
    })
}

impl Image {
    /// In what two builds differ so that neither has the other's layers.
    fn difference(&self, other: &Image) -> Option<&'static str> {
        let has_all = |one: &Image, other: &Image| {
            other
                .platforms
                .iter()
                .all(|platform| one.platforms.contains(platform))
        };
        if self.dockerfile != other.dockerfile {
            return Some("another Dockerfile");
        }
        if self.context != other.context {
            return Some("another context");
        }
        if !self.platforms.is_empty()
            && !other.platforms.is_empty()
            && !has_all(self, other)
            && !has_all(other, self)
        {
            return Some("another platform");
        }
        let mut shared = self.arguments.iter();
        let differs = shared.any(|(name, value)| {
            let given = other.arguments.get(name);
            given.is_some_and(|given| given != value)
        });
        differs.then_some("other arguments")
    }
}

fn judge(workflow: &WorkflowFile<'_>, exports: &[Export<'_>], outcome: &mut Outcome) {
    let mut said: Vec<&Span> = Vec::new();
    for (at, export) in exports.iter().enumerate() {
        let others = exports.iter().skip(at + 1);
        let mut others = others.filter(|other| other.to == export.to && both_run(export, other));
        let other = others.find_map(|other| Some((other, export.image.difference(&other.image)?)));
        let Some((other, difference)) = other else {
            continue;
        };
        if said.contains(&export.written.span()) {
            continue;
        }
        said.push(export.written.span());
        said.push(other.written.span());
        let draft = Draft::at(
            workflow.file.place(export.written.span()),
            format!(
                "builds of different images write their cache to {}",
                export.to
            ),
        );
        let draft = match std::ptr::eq(export.step, other.step) {
            true => draft.label(format!("each job of the matrix does, for {difference}")),
            false => draft.related(
                workflow.file.place(other.written.span()),
                format!("{difference}, and the same place"),
            ),
        };
        let help = match export.to.starts_with("the scope") {
            true => {
                "give each image its own scope: type=gha,mode=max,scope=NAME, and read it with the same in cache-from"
            }
            false => "give each image its own reference, with the name of what differs in it",
        };
        outcome.find(
            draft
                .why("each takes the place of the one before: what is left is that of whoever was last, and all others begin anew")
                .help(help),
        );
    }
}

/// Conditions may choose one of two steps or jobs, and by the matrix one of a step's builds.
fn both_run(one: &Export<'_>, other: &Export<'_>) -> bool {
    let is_free =
        |export: &Export<'_>| export.step.condition.is_none() && export.job.condition.is_none();
    let condition = one.step.condition.as_ref();
    let is_chosen = condition.is_some_and(|text| text.text().contains("matrix"));
    match std::ptr::eq(one.step, other.step) {
        true => !is_chosen,
        false => is_free(one) && is_free(other),
    }
}

fn judge_sccache(workflow: &WorkflowFile<'_>, outcome: &mut Outcome) {
    let jobs = workflow.workflow.jobs.iter();
    let environments = jobs.flat_map(|job| {
        let steps = job.steps.iter().map(|step| &step.environment);
        std::iter::once(&job.environment).chain(steps)
    });
    let set: Vec<&Entries> = std::iter::once(&workflow.workflow.environment)
        .chain(environments)
        .collect();
    for entry in set.into_iter().filter_map(|entries| entries.entry(SCCACHE)) {
        let is_on = entry
            .value
            .as_ref()
            .and_then(Text::known)
            .is_some_and(|value| matches!(value.trim(), "true" | "on" | "1"));
        if is_on {
            outcome.find(
                Draft::at(
                    workflow.file.place(entry.key.span()),
                    "sccache stores each object by itself in GitHub's cache",
                )
                .severity(Severity::Note)
                .why("GitHub takes 200 uploads a minute from a repository, and one compilation of many crates is more than that")
                .help("keep sccache's folder as one entry (SCCACHE_DIR with actions/cache), or give it a bucket"),
            );
        }
    }
}
