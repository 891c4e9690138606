//! CRC302: one image holds several services: it starts two side by side, or compose services start different programs of it.
//! Tools that end (migrations, what is waited for until it has completed) are no services, and neither are commands of one
//! program. Where it is not known whether a program runs on the rule is skipped.

mod tenants;

use coracle_graph::Answer;

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Model, base_name};
use crate::programs::started::{Image, Start};
use crate::programs::{Made, each_image, installed, libraries, program};
use crate::rule::{Check, Rule};
use tenants::{Service, is_tool, services};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC302",
    name: "several-services",
    severity: Severity::Warning,
    meaning: "one image holds the programs of several services",
    page: include_str!("../../rules/CRC302.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Servers of others that run beside a program.
const SERVERS: [&str; 16] = [
    "caddy",
    "crond",
    "envoy",
    "haproxy",
    "mariadbd",
    "memcached",
    "mysqld",
    "nats-server",
    "nginx",
    "php-fpm",
    "postgres",
    "prometheus",
    "rabbitmq-server",
    "redis-server",
    "traefik",
    "valkey-server",
];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    each_image(model, |(dockerfile, stages, stage)| {
        let image = Image::new(model, (dockerfile, stages, stage));
        judge(&image, outcome);
    });
}

fn judge(image: &Image<'_>, outcome: &mut Outcome) {
    let starts = image.starts();
    let beside = starts.iter().find_map(|start| beside(image, start));
    if let Some(draft) = beside {
        return outcome.find(draft);
    }
    let services = services(image, &starts);
    match shared(&services) {
        // What takes the image as it is, is what the image is for.
        Some((one, other, true)) if one.has_words && !other.has_words => {
            outcome.find(of_services(image, other, one));
        }
        Some((one, other, true)) => outcome.find(of_services(image, one, other)),
        Some((one, other, false)) => {
            let which = if one.runs_on == Some(true) {
                other
            } else {
                one
            };
            let because = format!(
                "it is not known whether the service {} runs on",
                which.tenant.name
            );
            outcome.skip(image.dockerfile.file, because);
        }
        None => skip(image, &starts, outcome),
    }
}

/// Two services that start different programs, and whether both surely run on.
fn shared<'s, 'a>(services: &'s [Service<'a>]) -> Option<(&'s Service<'a>, &'s Service<'a>, bool)> {
    let running = services.iter().filter(|one| one.runs_on != Some(false));
    let running: Vec<&Service<'_>> = running.collect();
    let pairs = running.iter().enumerate().flat_map(|(index, one)| {
        let others = running.iter().skip(index + 1);
        let others = others.filter(|other| one.is_other_than(other));
        others.map(|other| {
            let are_both = one.runs_on == Some(true) && other.runs_on == Some(true);
            (*one, *other, are_both)
        })
    });
    pairs.max_by_key(|(_, _, are_both)| *are_both)
}

/// What is wrong with an image that starts several services side by side.
fn beside(image: &Image<'_>, start: &Start) -> Option<Draft> {
    if start.running.len() < 2 {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    let mut own: Vec<Made> = Vec::new();
    let mut has_own = false;
    for word in &start.running {
        let name = base_name(word);
        let made = image.made(word);
        let is_own = made.is_some() || image.brings(word);
        has_own |= is_own;
        let is_service = is_own || SERVERS.contains(&name);
        if is_service && !is_tool(name) && !names.contains(&name) {
            names.push(name);
        }
        own.extend(made);
    }
    if names.len() < 2 || !has_own {
        return None;
    }
    let draft = Draft::at(
        start.place.clone(),
        format!("one container runs {} side by side", names.join(" and ")),
    )
    .why("where one of them dies the container goes on without it; limits, logs and restarts are of all of them at once")
    .help("make an image of each: a stage with its own CMD, and a service that names it as its target");
    let made = own
        .iter()
        .filter(|made| names.contains(&made.name.as_str()));
    Some(made.fold(draft, |draft, made| {
        draft.related(
            made.place.clone(),
            format!("{} is compiled here", made.name),
        )
    }))
}

fn of_services(image: &Image<'_>, one: &Service<'_>, other: &Service<'_>) -> Draft {
    let (name, program) = (other.tenant.name, &other.program);
    let (first, its) = (one.tenant.name, &one.program);
    let mut draft = Draft::at(
        other.place.clone(),
        format!("the services {first} and {name} are one image with the programs of both"),
    )
    .label(format!("{name} runs {program}, and {first} runs {its}"))
    .why("a change of one is a new image of both, and each carries what only the other needs");
    if let Some(needs) = needs(image, one.made.as_ref(), other.made.as_ref()) {
        draft = draft.why(needs);
    }
    draft = draft
        .help("make a stage for each, with its own CMD and packages, and name it by `target:`")
        .related(one.place.clone(), format!("{first} runs {its}"));
    let from = image.stages.stages.get(image.stage);
    match from {
        Some(from) => draft.related(
            image.dockerfile.place(&from.image.span),
            "the stage that both are built from",
        ),
        None => draft,
    }
}

/// A library that is installed for one of two programs.
fn needs(image: &Image<'_>, one: Option<&Made>, other: Option<&Made>) -> Option<String> {
    let (one, other) = (one?, other?);
    let (first, second) = (
        program(image.model, one).ok()?,
        program(image.model, other).ok()?,
    );
    installed(image.stages, image.stage)
        .iter()
        .find_map(|package| {
            let mut all = libraries::ALL.iter();
            let library = all.find(|library| library.alone.contains(&package.name.as_str()))?;
            let answers = [&first, &second].map(|program| program.linked.has(library.package));
            let whose = match answers {
                [Answer::Yes, Answer::No] => &one.name,
                [Answer::No, Answer::Yes] => &other.name,
                _ => return None,
            };
            Some(format!("{} is installed for {whose} alone", package.name))
        })
}

/// Says what is copied and started by nobody who is seen: it may be a service.
fn skip(image: &Image<'_>, starts: &[Start], outcome: &mut Outcome) {
    let checks = image.checks();
    let all = || starts.iter().chain(&checks);
    let mut names: Vec<&str> = image
        .arrivals()
        .iter()
        .map(|arrival| arrival.made.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return;
    }
    if let Some(because) = all().find_map(|start| start.open.as_ref()) {
        return outcome.skip(image.dockerfile.file, because.clone());
    }
    if starts.iter().any(|start| start.running.is_empty()) {
        let because = "it is not known which program a script ends with";
        return outcome.skip(image.dockerfile.file, because);
    }
    let called: Vec<Made> = all()
        .flat_map(|start| &start.calls)
        .filter_map(|name| image.made(name))
        .collect();
    let is_known = |name: &&&str| {
        let mut called = called.iter();
        is_tool(name) || called.any(|made| made.name == ***name)
    };
    let mut other = names.iter().filter(|name| !is_known(name));
    if let Some(name) = other.next() {
        let because = format!("nothing here says what starts {name}");
        outcome.skip(image.dockerfile.file, because);
    }
}
