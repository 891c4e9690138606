//! One service of a compose file, key by key.

use std::time::Duration;

use super::fields::keys;
use super::fields::{command, entries, optional, ports, value, values};
use super::node::Node;
use super::reference::{Extends, dependencies, env_files};
use super::{Build, Error, Service, Volume};
use crate::duration;
use crate::health::{Healthcheck, Test};
use crate::span::Span;
use crate::value::Value;

/// Reads it.
pub(super) fn read(node: &Node, name: &Span) -> Result<Service, Error> {
    let mut service = Service::empty(node.span.clone(), name.clone());
    service.keys = keys(node);
    if node.is_null() {
        return Ok(service);
    }
    for (key, node) in node.map("a service")? {
        match key.text.as_str() {
            "extends" => service.extends = Extends::read(node, &key.span)?,
            "build" => service.build = Build::read(node, &key.span)?,
            "image" => service.image = optional(node, "`image`")?,
            "ports" => service.ports = ports(node, "`ports`")?,
            "expose" => service.expose = ports(node, "`expose`")?,
            "healthcheck" => service.healthcheck = healthcheck(node, &key.span)?,
            "profiles" => service.profiles = values(node, "`profiles`")?,
            "volumes" => service.volumes = volumes(node)?,
            "labels" => service.labels = entries(node, "`labels`")?,
            "environment" => service.environment = entries(node, "`environment`")?,
            "user" => service.user = optional(node, "`user`")?,
            "command" => service.command = command(node, "`command`")?,
            "entrypoint" => service.entrypoint = command(node, "`entrypoint`")?,
            "platform" => service.platform = optional(node, "`platform`")?,
            "depends_on" => service.depends_on = dependencies(node)?,
            "env_file" => service.env_files = env_files(node)?,
            "working_dir" => service.working_directory = optional(node, "`working_dir`")?,
            _ => {}
        }
    }
    Ok(service)
}

impl Service {
    fn empty(span: Span, name: Span) -> Service {
        Service {
            span,
            name,
            keys: Vec::new(),
            extends: None,
            build: None,
            image: None,
            ports: Vec::new(),
            expose: Vec::new(),
            healthcheck: None,
            profiles: Vec::new(),
            volumes: Vec::new(),
            labels: Vec::new(),
            environment: Vec::new(),
            user: None,
            command: None,
            entrypoint: None,
            platform: None,
            depends_on: Vec::new(),
            env_files: Vec::new(),
            working_directory: None,
        }
    }
}

/// `[SOURCE:]TARGET[:MODE]` or a mapping.
fn volumes(node: &Node) -> Result<Vec<Volume>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    node.list("`volumes`")?.iter().map(volume).collect()
}

fn volume(node: &Node) -> Result<Volume, Error> {
    let Some(map) = node.as_map() else {
        return Ok(short_volume(value(node, "an entry of `volumes`")?));
    };
    let mut source = None;
    let mut target = None;
    for (key, node) in map {
        match key.text.as_str() {
            "source" => source = optional(node, "`source`")?,
            "target" => target = optional(node, "`target`")?,
            _ => {}
        }
    }
    let target =
        target.ok_or_else(|| node.error("an entry of `volumes` has no `target`".to_owned()))?;
    Ok(Volume { source, target })
}

/// Cut after the variables are expanded: `${DATA:-./data}:/data` has its colon within them.
fn short_volume(value: Value) -> Volume {
    let Some(text) = value.text() else {
        return Volume {
            source: None,
            target: value,
        };
    };
    let part = |text: &str| Value::literal(text, value.span.clone());
    let mut parts = text.split(':');
    match (parts.next(), parts.next()) {
        (Some(source), Some(target)) => Volume {
            source: Some(part(source)),
            target: part(target),
        },
        _ => Volume {
            source: None,
            target: value,
        },
    }
}

fn healthcheck(node: &Node, span: &Span) -> Result<Option<Healthcheck>, Error> {
    if node.is_null() {
        return Ok(None);
    }
    let mut healthcheck = Healthcheck {
        test: None,
        interval: None,
        timeout: None,
        start_period: None,
        start_interval: None,
        retries: None,
        span: span.clone(),
    };
    let mut is_off = false;
    for (key, node) in node.map("`healthcheck`")? {
        let what = key.text.as_str();
        match what {
            "test" => {
                healthcheck.test = test(node)?;
                healthcheck.span = key.span.clone();
            }
            "disable" => is_off = node.scalar() == Some("true"),
            "interval" => healthcheck.interval = time(node, what)?,
            "timeout" => healthcheck.timeout = time(node, what)?,
            "start_period" => healthcheck.start_period = time(node, what)?,
            "start_interval" => healthcheck.start_interval = time(node, what)?,
            "retries" => healthcheck.retries = known(node, what, |text| text.parse().ok())?,
            _ => {}
        }
    }
    if is_off {
        healthcheck.test = Some(Test::Off);
    }
    Ok(Some(healthcheck))
}

/// `["CMD", …]`, `["CMD-SHELL", text]`, `["NONE"]`, or a text for the shell.
fn test(node: &Node) -> Result<Option<Test>, Error> {
    if node.as_list().is_none() {
        return Ok(optional(node, "`test`")?.map(Test::Shell));
    }
    let mut words = values(node, "`test`")?.into_iter();
    let kind = words.next().map(|word| word.written);
    match (kind.as_deref(), words.next()) {
        (None, _) => Ok(None),
        (Some("NONE"), _) => Ok(Some(Test::Off)),
        (Some("CMD"), Some(program)) => Ok(Some(Test::Exec(
            std::iter::once(program).chain(words).collect(),
        ))),
        (Some("CMD-SHELL"), Some(text)) => Ok(Some(Test::Shell(text))),
        (Some("CMD" | "CMD-SHELL"), None) => Err(node.error("`test` names no program".to_owned())),
        (Some(other), _) => Err(node.error(format!(
            "`test` begins with `{other}`, expected CMD, CMD-SHELL or NONE"
        ))),
    }
}

fn time(node: &Node, what: &str) -> Result<Option<Duration>, Error> {
    known(node, what, duration::parse)
}

/// A value that must be of some kind, if it is known.
fn known<T>(
    node: &Node,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(value) = optional(node, &format!("`{what}`"))? else {
        return Ok(None);
    };
    match &value.known {
        Err(_) => Ok(None),
        Ok(text) => parse(text)
            .map(Some)
            .ok_or_else(|| node.error(format!("`{what}` cannot be `{text}`"))),
    }
}
