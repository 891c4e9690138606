//! The compose services of one image: which program of it each runs, and whether that is a service or a task that ends.

use coracle_recipe::Value;
use coracle_recipe::compose;

use crate::model::{Model, base_name};
use crate::programs::Made;
use crate::programs::started::{Image, Start, Tenant};
use crate::source::Place;

/// Words in the names of programs and services that do their work and end.
const TOOLS: [&str; 28] = [
    "backfill",
    "backup",
    "bench",
    "bootstrap",
    "check",
    "cli",
    "ctl",
    "dump",
    "export",
    "fixtures",
    "gen",
    "healthcheck",
    "import",
    "init",
    "job",
    "load",
    "migrate",
    "migration",
    "migrations",
    "migrator",
    "probe",
    "restore",
    "schema",
    "seed",
    "setup",
    "test",
    "tests",
    "tool",
];

/// Words in the names of those that run on.
const SERVICES: [&str; 26] = [
    "api",
    "backend",
    "bot",
    "consumer",
    "daemon",
    "dispatcher",
    "frontend",
    "gateway",
    "grpc",
    "http",
    "indexer",
    "ingest",
    "listener",
    "processor",
    "producer",
    "proxy",
    "relay",
    "scheduler",
    "serve",
    "server",
    "service",
    "subscriber",
    "svc",
    "watcher",
    "web",
    "worker",
];

/// A compose service and what it runs.
pub(super) struct Service<'a> {
    /// The service.
    pub(super) tenant: Tenant<'a>,
    /// The program that it runs.
    pub(super) program: String,
    /// What made it, where that is seen.
    pub(super) made: Option<Made>,
    /// The words that say so.
    pub(super) place: Place,
    /// Whether the service says so, and not the image.
    pub(super) has_words: bool,
    /// Whether that runs until it is stopped; nothing where that is not known.
    pub(super) runs_on: Option<bool>,
}

impl Service<'_> {
    /// Whether another service has the same image, and runs another program of it.
    pub(super) fn is_other_than(&self, other: &Service<'_>) -> bool {
        let (one, two) = (self.tenant.build, other.tenant.build);
        let is_one_image = one.context == two.context && one.arguments == two.arguments;
        is_one_image && self.program != other.program && self.tenant.name != other.tenant.name
    }
}

/// The services of an image that run a program which is copied into it.
pub(super) fn services<'a>(image: &Image<'a>, starts: &[Start]) -> Vec<Service<'a>> {
    let own = starts.iter().find(|start| start.service.is_none());
    let tenants = image.services();
    // One alone shares its image with nobody.
    if tenants.len() < 2 {
        return Vec::new();
    }
    tenants
        .into_iter()
        .filter_map(|tenant| {
            let mut named = starts.iter();
            let start = named.find(|start| {
                let service = start.service.as_ref();
                service.is_some_and(|(file, name)| file == tenant.file && name == tenant.name)
            });
            let word = start.or(own)?.running.last()?;
            let made = image.made(word);
            if made.is_none() && !image.brings(word) {
                return None;
            }
            let program = made.as_ref().map_or(base_name(word), |made| &made.name);
            let place = match start {
                Some(start) => start.place.clone(),
                None => {
                    let file = image.model.repository().source(tenant.file)?;
                    file.place(&tenant.service.name)
                }
            };
            Some(Service {
                runs_on: runs_on(image.model, &tenant, program),
                program: program.to_owned(),
                has_words: start.is_some(),
                tenant,
                made,
                place,
            })
        })
        .collect()
}

/// Whether what a service runs is a service, and no task that ends.
fn runs_on(model: &Model<'_>, tenant: &Tenant<'_>, program: &str) -> Option<bool> {
    let Tenant { name, service, .. } = tenant;
    let restart = restart(model, tenant).unwrap_or_default();
    // A name says more than a restart or a check that all services of a file take from one anchor.
    let is_waited_for = waits(model, tenant, "service_completed_successfully");
    if is_waited_for || is_tool(program) || is_tool(name) {
        return Some(false);
    }
    let is_checked = service
        .healthcheck
        .as_ref()
        .is_some_and(|check| check.test.is_some());
    let is_reached = !service.ports.is_empty() || !service.expose.is_empty();
    if is_checked
        || is_reached
        || matches!(restart.as_str(), "always" | "unless-stopped")
        || waits(model, tenant, "service_healthy")
    {
        return Some(true);
    }
    // What is started by hand only, or shall not come back, is rather a task.
    if restart == "no" || !service.profiles.is_empty() {
        return Some(false);
    }
    let is_named = has_word(program, &SERVICES) || has_word(name, &SERVICES);
    is_named.then_some(true)
}

/// What stands behind `restart:`.
fn restart(model: &Model<'_>, tenant: &Tenant<'_>) -> Option<String> {
    let span = tenant.service.key("restart")?;
    let text = model.repository().source(tenant.file)?.text();
    let rest = text.get(span.end..)?.trim_start_matches([':', ' ']);
    let end = rest.find([',', '}', '\n', '\r', '#', ':']);
    let value = rest.get(..end.unwrap_or(rest.len()))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

/// Whether another service of the file waits for this one to be so.
fn waits(model: &Model<'_>, tenant: &Tenant<'_>, condition: &str) -> bool {
    let mut composes = model.composes.iter();
    let Some(compose) = composes.find(|compose| compose.file.path() == tenant.file) else {
        return false;
    };
    let services = compose.compose.services.values().flatten();
    let mut dependencies = services.flat_map(|service: &compose::Service| &service.depends_on);
    dependencies.any(|dependency| {
        dependency.service.text() == Some(tenant.name)
            && dependency.condition.as_ref().and_then(Value::text) == Some(condition)
    })
}

/// Whether a name says that what has it does its work and ends.
pub(super) fn is_tool(name: &str) -> bool {
    has_word(name, &TOOLS)
}

fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(['-', '_', '.']);
    parts.any(|part| words.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_tools_from_services() {
        assert!(TOOLS.is_sorted() && SERVICES.is_sorted());
        assert!(is_tool("db-migrate") && is_tool("api_cli") && !is_tool("api"));
        assert!(has_word("order-worker", &SERVICES) && !has_word("orders", &SERVICES));
    }
}
