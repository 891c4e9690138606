//! Programs that the jobs of a workflow compile in release form, before an image is built or to be kept: for which processor,
//! with which C library, from which folder. Only jobs on GitHub's own Linux machines are looked at.

use coracle_recipe::workflow::{Architecture, Combination, Job, Reference, Runner, Step, System};
use coracle_recipe::{Text as Script, shell};

use super::commands::{folder, script};
use super::work::{Action, Tool, Work, work};
use super::workflow::WorkflowFile;
use crate::bases::{self, Libc};

/// A program that a job compiles.
#[derive(Debug)]
pub struct Released<'a> {
    /// The job.
    pub job: &'a Job,
    /// The command.
    pub work: Work,
    /// Where it runs, from the top.
    pub folder: String,
    /// `amd64`, where it is known.
    pub processor: Option<String>,
    /// Whether it asks for no C library.
    pub is_static: bool,
    /// The C library that it is linked with, where it is known.
    pub libc: Option<Libc>,
}

/// What one job of a matrix runs on and with.
struct Around<'a, 'r> {
    workflow: &'a WorkflowFile<'a>,
    job: &'a Job,
    step: &'a Step,
    runner: &'r Runner,
}

/// What is compiled before the step of this job, or by jobs that keep what they compile.
pub fn released<'a>(
    workflow: &'a WorkflowFile<'a>,
    (image_job, image_step): (&Job, usize),
) -> Vec<Released<'a>> {
    let before = workflow.workflow.before(image_job.id.text());
    let mut all = Vec::new();
    for job in &workflow.workflow.jobs {
        let is_own = job.id.text() == image_job.id.text();
        if !is_own && !before.contains(job.id.text()) && job.uploads().is_empty() {
            continue;
        }
        let last = if is_own { image_step } else { job.steps.len() };
        let runners = job.runners();
        for step in job.steps.iter().take(last) {
            for runner in &runners {
                let around = Around {
                    workflow,
                    job,
                    step,
                    runner,
                };
                all.extend(around.released());
            }
        }
    }
    all
}

impl<'a> Around<'a, '_> {
    fn released(&self) -> Vec<Released<'a>> {
        let hosted = self.runner.hosted.as_ref();
        let (Some(run), Some(hosted)) = (&self.step.run, hosted) else {
            return Vec::new();
        };
        let Ok(folder) = folder(&self.workflow.workflow, self.job, self.step) else {
            return Vec::new();
        };
        if hosted.system != System::Ubuntu {
            return Vec::new();
        }
        // Read twice: once with the places, once with the values of the matrix.
        let placed = shell::read(&script(&run.text), &|_| None);
        let text = with_matrix(&run.text, &self.runner.combination);
        let valued = shell::read(&Script::plain(&text), &|_| None);
        // Another folder, or variables that the compilers look at.
        let is_moved = valued.simple().any(|simple| {
            matches!(
                simple.name(),
                Some("cd" | "pushd" | "export" | "source" | ".")
            )
        });
        let (placed, valued) = (work(&placed), work(&valued));
        if is_moved || placed.len() != valued.len() {
            return Vec::new();
        }
        let own = match hosted.architecture {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        };
        let pairs = placed.into_iter().zip(valued);
        let works = pairs.map(|(placed, valued)| Work {
            span: placed.span,
            ..valued
        });
        works
            .filter(is_release)
            .filter_map(|work| self.program(work, folder.clone(), own))
            .collect()
    }

    fn program(&self, work: Work, folder: String, own: &str) -> Option<Released<'a>> {
        let (processor, is_static) = match work.tool {
            Tool::Cargo => self.of_cargo(&work, own)?,
            Tool::Go => self.of_go(&work, own)?,
            Tool::Node | Tool::Python => return None,
        };
        Some(Released {
            job: self.job,
            folder,
            processor: Some(processor),
            is_static,
            libc: self.libc().filter(|_| !work.command.starts_with("cross")),
            work,
        })
    }

    fn of_cargo(&self, work: &Work, own: &str) -> Option<(String, bool)> {
        // Flags of the compiler make another program; only what they say of warnings does not.
        let is_other = |flags: Option<String>| {
            flags.is_none_or(|flags| !matches!(flags.trim(), "" | "-D warnings" | "-Dwarnings"))
        };
        let mut flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].into_iter();
        if flags.any(|name| self.variable(work, name).is_some_and(is_other)) {
            return None;
        }
        let mut targets = work.values(&["--target"]);
        if let Some(by_variable) = self.variable(work, "CARGO_BUILD_TARGET") {
            targets.push(Ok(by_variable?));
        }
        match targets.as_slice() {
            [] => Some((own.to_owned(), false)),
            [Ok(target)] if target.contains("-linux-") => {
                let processor = match target.split('-').next()? {
                    "x86_64" => "amd64",
                    "aarch64" => "arm64",
                    _ => return None,
                };
                Some((processor.to_owned(), target.ends_with("-musl")))
            }
            _ => None,
        }
    }

    fn of_go(&self, work: &Work, own: &str) -> Option<(String, bool)> {
        // It can hold tags and more.
        if self.variable(work, "GOFLAGS").is_some() {
            return None;
        }
        if self
            .variable(work, "GOOS")
            .is_some_and(|system| system.as_deref() != Some("linux"))
        {
            return None;
        }
        let processor = match self.variable(work, "GOARCH") {
            Some(processor) => processor?,
            None => own.to_owned(),
        };
        let is_off = match self.variable(work, "CGO_ENABLED") {
            Some(value) => value? == "0",
            // For another processor cgo is off by itself.
            None => processor != own,
        };
        Some((processor, is_off))
    }

    /// What a variable is for a command; the inner nothing where that is not known.
    fn variable(&self, work: &Work, name: &str) -> Option<Option<String>> {
        if let Some(value) = work.variable(name) {
            return Some(value.clone().ok());
        }
        let text = self.workflow.workflow.variable(self.job, self.step, name)?;
        Some(coracle_recipe::workflow::expand(text, &self.runner.combination).ok())
    }

    /// That of the machine, or of the container on it.
    fn libc(&self) -> Option<Libc> {
        if let Some(container) = &self.job.container {
            return bases::look_up(container.image.as_ref()?.known()?)?.libc;
        }
        let labels = self.runner.labels.as_ref().ok()?;
        Some(bases::Runner::named(labels.first()?)?.release()?.libc)
    }
}

/// Whether a command makes what is shipped.
fn is_release(work: &Work) -> bool {
    const CHECKS: [&str; 6] = [
        "--tests",
        "--test",
        "--benches",
        "--examples",
        "--example",
        "--lib",
    ];
    work.action == Action::Build
        && match work.tool {
            Tool::Cargo => {
                profile(work).is_some_and(|profile| profile != "dev") && !work.has(&CHECKS)
            }
            Tool::Go => work.has(&["-o"]),
            Tool::Node | Tool::Python => false,
        }
}

/// cargo's profile, where it is known.
fn profile(work: &Work) -> Option<String> {
    match work.values(&["--profile"]).first() {
        Some(Ok(profile)) => Some(profile.clone()),
        Some(Err(_)) => None,
        // What `cargo install` makes is a release without saying so.
        None if work.has(&["--release", "-r"]) || work.command.ends_with("install") => {
            Some("release".to_owned())
        }
        None => Some("dev".to_owned()),
    }
}

impl Released<'_> {
    /// Whether another command compiles the same program in the same form.
    pub fn is_like(&self, other: &Work) -> bool {
        let own = &self.work;
        own.tool == other.tool
            && match own.tool {
                Tool::Cargo => is_like_by_cargo(own, other),
                Tool::Go => is_like_by_go(own, other),
                Tool::Node | Tool::Python => false,
            }
    }
}

fn is_like_by_cargo(own: &Work, other: &Work) -> bool {
    let features = [
        "--no-default-features",
        "--all-features",
        "--manifest-path",
        "--features",
        "-F",
    ];
    let is_alike = features.iter().all(|flag| {
        own.has(&[flag]) == other.has(&[flag]) && sorted(own, &[flag]) == sorted(other, &[flag])
    });
    let selected = |work: &Work| work.values(&["-p", "--package", "--bin"]);
    let (here, there) = (selected(own), selected(other));
    // A job that compiles all has it, an image that compiles all is for another one perhaps.
    let is_selected = here.is_empty() || there.iter().any(|one| one.is_ok() && here.contains(one));
    let is_known = own
        .arguments
        .iter()
        .chain(&other.arguments)
        .all(Result::is_ok);
    is_alike && is_selected && is_known && profile(own) == profile(other)
}

fn is_like_by_go(own: &Work, other: &Work) -> bool {
    const VALUED: [&str; 8] = [
        "-o",
        "-tags",
        "-ldflags",
        "-mod",
        "-p",
        "-gcflags",
        "-asmflags",
        "-buildmode",
    ];
    let packages = |work: &Work| -> Option<Vec<String>> {
        let operands = work.operands(&VALUED).into_iter();
        let named = operands.map(|word| {
            let word = word.as_ref().ok()?;
            let word = word.trim_start_matches("./").trim_end_matches('/');
            (!word.contains("...")).then(|| if word.is_empty() { "." } else { word }.to_owned())
        });
        let named: Vec<String> = named.collect::<Option<_>>()?;
        Some(if named.is_empty() {
            vec![".".to_owned()]
        } else {
            named
        })
    };
    let (Some(here), Some(there)) = (packages(own), packages(other)) else {
        return false;
    };
    sorted(own, &["-tags"]) == sorted(other, &["-tags"])
        && there.iter().any(|one| here.contains(one))
}

fn sorted(work: &Work, flags: &[&str]) -> Vec<String> {
    let values = work.values(flags).into_iter().flatten();
    let mut values: Vec<String> = values
        .flat_map(|value| {
            value
                .split([',', ' '])
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    values.sort();
    values
}

/// The script with the values of the matrix; every other expression is a variable that nobody has set.
fn with_matrix(text: &coracle_recipe::workflow::Text, combination: &Combination) -> String {
    let mut valued = String::new();
    let mut done = 0;
    for expression in text.expressions() {
        let range = expression.range();
        valued.push_str(text.text().get(done..range.start).unwrap_or_default());
        let value = match expression.reference() {
            Some(Reference::Matrix(path)) => combination
                .get(&path)
                .and_then(|value| value.text())
                .and_then(|text| text.known()),
            _ => None,
        };
        valued.push_str(value.unwrap_or("$_____"));
        done = range.end;
    }
    valued.push_str(text.text().get(done..).unwrap_or_default());
    valued
}
