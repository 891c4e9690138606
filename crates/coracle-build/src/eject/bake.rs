//! `docker-bake.json`: a target a service, built from the Dockerfile that `eject dockerfile` writes for it.
//!
//! JSON as HCL reads it: `"//"` is a comment, `${ }` an expression. What changes with each commit is a variable, so that
//! the file does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use coracle_recipe::yaml::Yaml;
use serde_json::{Map, Value, json};

use super::{File, MARK, Subject};
use crate::deployment::{ComposeFile, of_compose};
use crate::plan::{Plan, ServicePlan, compose_file};

/// The labels that a variable has a say in.
const VERSION: &str = "org.opencontainers.image.version";
const REVISION: &str = "org.opencontainers.image.revision";

/// Writes it.
pub fn files(subject: &Subject<'_>) -> Vec<File> {
    let plan = subject.plan;
    let comment = format!(
        "{MARK} bake`; the Dockerfiles are those of `coracle eject dockerfile`. docker buildx bake --push"
    );
    let targets: Map<String, Value> = plan
        .services
        .iter()
        .map(|service| (target_name(&service.name), target(plan, service)))
        .collect();
    let bake = json!({
        "//": comment,
        "group": groups(plan),
        "target": targets,
        "variable": variables(plan),
    });
    let text = serde_json::to_string_pretty(&bake).unwrap_or_default();
    vec![File {
        path: PathBuf::from("docker-bake.json"),
        text: format!("{text}\n"),
    }]
}

/// All services, and those of each compose profile.
fn groups(plan: &Plan) -> Value {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (profile, service) in profiles(plan) {
        let is_taken = profile == "default" || plan.services.iter().any(|one| one.name == profile);
        if !is_taken {
            let group = groups.entry(target_name(&profile)).or_default();
            group.insert(target_name(&service));
        }
    }
    let all = plan.services.iter().map(|one| target_name(&one.name));
    groups.insert("default".to_owned(), all.collect());
    let group = |(name, targets)| (name, json!({ "targets": targets }));
    Value::Object(groups.into_iter().map(group).collect())
}

/// Which profiles the compose file has of which services. One that cannot be read was told of by the plan.
fn profiles(plan: &Plan) -> Vec<(String, String)> {
    let text = compose_file(&plan.directory).and_then(|path| fs::read_to_string(path).ok());
    let Some(yaml) = text.and_then(|text| Yaml::read(&text).ok()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let document = yaml.documents().next();
    let Some(compose) = document.and_then(|at| ComposeFile::of("", &yaml, &at)) else {
        return found;
    };
    for (name, at) in compose.services() {
        let profiles = compose.effective(at, "profiles");
        if let (Some(service), Some(profiles)) = (of_compose(plan, name), profiles) {
            let items = yaml.items(&profiles).into_iter();
            let texts = items.filter_map(|item| yaml.text(&item).map(str::to_owned));
            found.extend(texts.map(|profile| (profile, service.name.clone())));
        }
    }
    found
}

fn target(plan: &Plan, service: &ServicePlan) -> Value {
    let image = image(service);
    let platforms: Vec<String> = plan.platforms.iter().map(ToString::to_string).collect();
    let arguments: Map<String, Value> = arguments(plan)
        .map(|name| (name.to_owned(), json!(or_null(name))))
        .collect();
    let mut target = json!({
        "context": ".",
        "dockerfile": dockerfile(plan, &service.name),
        "platforms": platforms,
        "args": arguments,
        "labels": labels(service),
        "tags": [format!("{image}:${{TAG}}")],
        "output": ["type=image"],
    });
    if let (Some(fields), true) = (target.as_object_mut(), has_registry(service)) {
        let cache = format!("type=registry,ref={image}:buildcache");
        fields.insert("cache-from".to_owned(), json!([cache]));
        let write = format!("${{WRITE_CACHE ? [\"{cache},mode=max\"] : []}}");
        fields.insert("cache-to".to_owned(), json!(write));
    }
    target
}

/// As `eject dockerfile` calls it.
fn dockerfile(plan: &Plan, service: &str) -> String {
    match plan.services.len() {
        1 => "Dockerfile".to_owned(),
        _ => format!("{service}.Dockerfile"),
    }
}

fn labels(service: &ServicePlan) -> Map<String, Value> {
    let mut labels: Map<String, Value> = service
        .labels
        .iter()
        .map(|(key, label)| (key.clone(), json!(literal(&label.value))))
        .collect();
    if let Some(version) = service.labels.get(VERSION) {
        let version = Value::from(literal(&version.value));
        let chosen = format!("${{VERSION == \"\" ? {version} : VERSION}}");
        labels.insert(VERSION.to_owned(), json!(chosen));
    }
    labels.insert(REVISION.to_owned(), json!(or_null("COMMIT_SHA")));
    labels
}

/// The image without its tag; its repository is a variable where there is one.
fn image(service: &ServicePlan) -> String {
    let Some((_, name)) = repository(service) else {
        return service.name.clone();
    };
    match has_registry(service) {
        true => format!("${{REPOSITORY}}/{name}"),
        false => name,
    }
}

fn has_registry(service: &ServicePlan) -> bool {
    repository(service).is_some_and(|(repository, _)| !repository.is_empty())
}

/// What is before the last `/` of an image's name, and what is behind it, without the tag.
fn repository(service: &ServicePlan) -> Option<(String, String)> {
    let name = service.names.first()?.to_string();
    let (repository, rest) = name.rsplit_once('/').unwrap_or(("", &name));
    let name = rest.split(['@', ':']).next().unwrap_or(rest);
    Some((repository.to_owned(), name.to_owned()))
}

fn variables(plan: &Plan) -> Value {
    let mut variables = Map::new();
    let mut add = |name: &str, default: Value, description: &str| {
        let variable = json!({ "default": default, "description": description });
        variables.insert(name.to_owned(), variable);
    };
    for name in arguments(plan) {
        add(name, json!(""), "an argument of the build");
    }
    add("TAG", json!("latest"), "the tag of every image");
    let mut repositories = plan.services.iter().filter_map(repository);
    if let Some((repository, _)) = repositories.find(|(repository, _)| !repository.is_empty()) {
        add(
            "REPOSITORY",
            json!(repository),
            "what is before the service in an image's name",
        );
        add(
            "WRITE_CACHE",
            json!(false),
            "whether the registry's build cache is written: for whoever may push",
        );
    }
    Value::Object(variables)
}

/// The arguments that every Dockerfile has, and those that this plan was made with.
fn arguments(plan: &Plan) -> impl Iterator<Item = &str> {
    let given = plan.build_arguments.iter().map(String::as_str);
    let names: BTreeSet<&str> = given.chain(["COMMIT_SHA", "VERSION"]).collect();
    names.into_iter()
}

/// An expression: the variable's value, nothing at all where it is empty.
fn or_null(variable: &str) -> String {
    format!("${{{variable} == \"\" ? null : {variable}}}")
}

/// A text in which nothing is an expression.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Targets and groups are called by letters, digits, `_` and `-` alone.
fn target_name(name: &str) -> String {
    let one = |one: char| {
        if one.is_ascii_alphanumeric() || "_-".contains(one) {
            one
        } else {
            '_'
        }
    };
    name.chars().map(one).collect()
}

#[cfg(test)]
mod tests;
