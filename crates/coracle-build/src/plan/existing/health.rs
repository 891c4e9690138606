//! The health check: which one can work in the image, and what to do about one that cannot.
//!
//! Compose's replaces the image's when the container runs, so one that calls a program which the image lacks leaves
//! every container unhealthy for ever: that is told now. Only a check whose program is the service's own becomes the
//! image's, and is proven with it.

use std::time::Duration;

use coracle_oci::config;
use coracle_recipe::{Healthcheck, Test, Value};

use super::{ComposeService, DockerfileImage, Remarks};
use crate::plan::{Decision, selection};

/// Programs that health checks call, and the packages that have them.
const PACKAGES: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("curl", "curl"),
    ("nc", "netcat-openbsd"),
    ("pgrep", "procps"),
    ("python3", "python3-minimal"),
    ("sh", "dash"),
    ("wget", "wget"),
];

/// What of a service the health check is compared with.
pub(super) struct Own<'a> {
    service: &'a str,
    /// The binary's file name.
    program: &'a str,
    /// Where it is in the image.
    binary: String,
    entrypoint: &'a [String],
    packages: &'a [String],
}

impl<'a> Own<'a> {
    pub(super) fn of(service: &'a selection::Service, entrypoint: &'a [String]) -> Own<'a> {
        Own {
            service: &service.name,
            program: &service.program.name,
            binary: format!("/app/{}", service.program.name),
            entrypoint,
            packages: &service.settings.packages,
        }
    }

    fn is(&self, program: &str) -> bool {
        program == self.binary
            || self
                .entrypoint
                .first()
                .is_some_and(|first| first == program)
    }

    fn lacks(&self, package: &str) -> bool {
        self.packages.iter().all(|other| other != package)
    }
}

/// Decides: compose's, else the Dockerfile's.
pub(super) fn decide(
    compose: Option<&ComposeService<'_>>,
    image: Option<&DockerfileImage>,
    own: &Own<'_>,
    remarks: &mut Remarks,
) -> Option<Decision<config::Healthcheck>> {
    let of_compose = compose.and_then(|compose| {
        let healthcheck = compose.service.healthcheck.as_ref()?;
        Some((compose.file, healthcheck, healthcheck.test.as_ref()?))
    });
    if let Some((file, healthcheck, test)) = of_compose {
        return from_compose(file, healthcheck, test, own, remarks);
    }
    let image = image?;
    let healthcheck = image.image.healthcheck.as_ref()?;
    from_dockerfile(image, healthcheck, own, remarks)
}

fn from_compose(
    file: &str,
    healthcheck: &Healthcheck,
    test: &Test,
    own: &Own<'_>,
    remarks: &mut Remarks,
) -> Option<Decision<config::Healthcheck>> {
    let place = format!("{file}:{}", healthcheck.span.line);
    if let Some(words) = exec(test).filter(|words| words.first().is_some_and(|first| own.is(first)))
    {
        return Some(Decision::new(record(healthcheck, words), place));
    }
    if let Some((why, packages)) = lacking(test, own) {
        let binary = &own.binary;
        let mut text = format!(
            "{place}: with this health check every container stays unhealthy: {why}; \
             let it run the program itself, test: [\"CMD\", \"{binary}\", …]"
        );
        text.push_str(&package_way_out(test, packages, own));
        remarks.warnings.push(text);
    }
    None
}

/// The way out of adding packages, where it is one.
fn package_way_out(test: &Test, packages: Vec<String>, own: &Own<'_>) -> String {
    let service = own.service;
    if packages.is_empty() {
        let program = exec(test).and_then(|words| words.into_iter().next());
        return match program {
            Some(program) if file_name(&program) != own.program => {
                format!(", or add the package that has it to `packages` in [services.{service}]")
            }
            _ => String::new(),
        };
    }
    let all: Vec<String> = own.packages.iter().cloned().chain(packages).collect();
    format!(", or set packages = {all:?} in [services.{service}]")
}

/// In the Dockerfile's image the program may be elsewhere: what its entrypoint calls by the binary's name is the same.
fn from_dockerfile(
    image: &DockerfileImage,
    healthcheck: &Healthcheck,
    own: &Own<'_>,
    remarks: &mut Remarks,
) -> Option<Decision<config::Healthcheck>> {
    let test = healthcheck.test.as_ref()?;
    if *test == Test::Off {
        return None;
    }
    let place = format!("{}:{}", image.file, healthcheck.span.line);
    let starts = [&image.image.entrypoint, &image.image.command];
    let mut started = starts
        .into_iter()
        .flatten()
        .flat_map(|command| command.words());
    let theirs = started.find(|word| file_name(word) == own.program);
    if let Some(mut words) = exec(test) {
        let program = words.first().cloned().unwrap_or_default();
        if own.is(&program) {
            return Some(Decision::new(record(healthcheck, words), place));
        }
        if theirs == Some(program.as_str()) {
            let reason = format!("{place}, where the program is {program}");
            if let Some(first) = words.first_mut() {
                first.clone_from(&own.binary);
            }
            return Some(Decision::new(record(healthcheck, words), reason));
        }
    }
    let why = lacking(test, own).map_or_else(
        || "it runs another program than the service's".to_owned(),
        |(why, _)| why,
    );
    let program = theirs.unwrap_or(&own.binary);
    remarks.notes.push(format!(
        "{place}: this health check is not kept: {why}; \
         let it run the program itself, HEALTHCHECK CMD [\"{program}\", …]"
    ));
    None
}

/// The words of an exec form, when all of them are known.
fn exec(test: &Test) -> Option<Vec<String>> {
    match test {
        Test::Exec(words) => words
            .iter()
            .map(|word| word.text().map(str::to_owned))
            .collect(),
        Test::Shell(_) | Test::Off => None,
    }
}

/// What the image lacks for a test, in words, and the packages that would have it, where that is known. `None` when
/// nothing is lacking, or when that cannot be said.
fn lacking(test: &Test, own: &Own<'_>) -> Option<(String, Vec<String>)> {
    let (program, needs_shell) = match test {
        Test::Off => return None,
        Test::Exec(words) => (words.first().and_then(Value::text)?, false),
        Test::Shell(text) => (text.written.split_whitespace().next()?, true),
    };
    let is_own = own.is(program);
    let package = PACKAGES
        .iter()
        .find(|(name, _)| *name == file_name(program))
        .map(|(_, package)| *package);
    let lacks_program = match package {
        Some(package) => own.lacks(package),
        // Any package could have it; the service's own binary is at one place only.
        None => !is_own && (own.packages.is_empty() || file_name(program) == own.program),
    };
    let lacks_shell = needs_shell && own.lacks("dash");
    let called = format!("it runs `{program}`");
    let why = match (lacks_shell, lacks_program) {
        (false, false) => return None,
        // With a shell in the image, what a text begins with may be the shell's own.
        (false, true) if needs_shell && package.is_none() => return None,
        (true, _) if is_own || package.is_none() => {
            "it needs a shell, and the image has none".to_owned()
        }
        (true, true) => format!("{called} in a shell, and the image has neither"),
        (true, false) => format!("{called} in a shell, and the image has no shell"),
        (false, true) if file_name(program) == own.program => {
            format!("{called}, and in the image the program is {}", own.binary)
        }
        (false, true) => format!("{called}, which the image does not have"),
    };
    let shell = lacks_shell.then_some("dash");
    let missing = package.filter(|_| lacks_program);
    let mut packages: Vec<String> = shell
        .into_iter()
        .chain(missing)
        .map(str::to_owned)
        .collect();
    packages.dedup();
    Some((why, packages))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// As docker writes it: times in nanoseconds.
fn record(healthcheck: &Healthcheck, words: Vec<String>) -> config::Healthcheck {
    let nanoseconds = |time: Option<Duration>| i64::try_from(time?.as_nanos()).ok();
    config::Healthcheck {
        test: std::iter::once("CMD".to_owned()).chain(words).collect(),
        interval: nanoseconds(healthcheck.interval),
        timeout: nanoseconds(healthcheck.timeout),
        start_period: nanoseconds(healthcheck.start_period),
        start_interval: nanoseconds(healthcheck.start_interval),
        retries: healthcheck.retries.map(i64::from),
        ..config::Healthcheck::default()
    }
}
