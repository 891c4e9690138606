//! What a workflow and its jobs both have: permissions, defaults, concurrency; and containers.

use super::reader::Reader;
use super::text::{Entries, Text};
use crate::span::Span;
use crate::yaml::{Cursor, Shape};

/// `permissions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Where the key stands.
    pub span: Span,
    /// `read-all` or `write-all`.
    pub all: Option<Text>,
    /// Each scope and what is allowed; empty for `{}`, which allows nothing.
    pub scopes: Entries,
}

/// What a scope of `permissions` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing.
    None,
    /// `read`.
    Read,
    /// `write`, which is `read`, too.
    Write,
}

/// `defaults.run`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// `shell`.
    pub shell: Option<Text>,
    /// `working-directory`.
    pub working_directory: Option<Text>,
}

/// `concurrency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concurrency {
    /// Where the key stands.
    pub span: Span,
    /// `group`, or the whole of it.
    pub group: Option<Text>,
    /// `cancel-in-progress`.
    pub cancel_in_progress: Option<Text>,
}

/// `container`, or one of `services`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Where the key stands: `container`, or the service's name.
    pub span: Span,
    /// `image`, or the whole of it.
    pub image: Option<Text>,
    /// `env`.
    pub environment: Entries,
    /// `ports`.
    pub ports: Vec<Text>,
    /// `volumes`.
    pub volumes: Vec<Text>,
    /// `options`.
    pub options: Option<Text>,
}

impl Permissions {
    /// What a scope allows; `None` where that is not known.
    pub fn access(&self, scope: &str) -> Option<Access> {
        let written = match (&self.all, self.scopes.entry(scope)) {
            (Some(all), _) => all,
            (None, Some(entry)) => entry.value.as_ref()?,
            (None, None) if self.scopes.expression.is_some() => return None,
            (None, None) => return Some(Access::None),
        };
        match written.known()? {
            "read" | "read-all" => Some(Access::Read),
            "write" | "write-all" => Some(Access::Write),
            "none" => Some(Access::None),
            _ => None,
        }
    }

    pub(super) fn read(key: &Text, node: Cursor<'_>, reader: &mut Reader) -> Permissions {
        let mut permissions = Permissions {
            span: key.span().clone(),
            all: None,
            scopes: Entries::default(),
        };
        match node.shape() {
            Shape::Scalar => permissions.all = reader.text(node, "`permissions`"),
            _ => permissions.scopes = reader.entries(node, "`permissions`"),
        }
        let all = permissions.all.iter();
        let values = permissions.scopes.entries.iter();
        let values = values.filter_map(|entry| entry.value.as_ref());
        for (value, words) in all
            .map(|all| (all, ["read-all", "write-all", "write-all"]))
            .chain(values.map(|value| (value, ["read", "write", "none"])))
        {
            if value.known().is_some_and(|known| !words.contains(&known)) {
                let message = format!("`{value}` is no permission");
                reader.problem(value.span().clone(), message);
            }
        }
        permissions
    }
}

impl Defaults {
    pub(super) fn read(node: Cursor<'_>, reader: &mut Reader) -> Defaults {
        let mut defaults = Defaults::default();
        for (key, node) in reader.map(node, "`defaults`") {
            if key.text() == "run" {
                let run = reader.entries(node, "`run`");
                defaults.shell = run.get("shell").cloned();
                defaults.working_directory = run.get("working-directory").cloned();
            }
        }
        defaults
    }
}

impl Concurrency {
    pub(super) fn read(key: &Text, node: Cursor<'_>, reader: &mut Reader) -> Concurrency {
        let (group, cancel_in_progress) = match node.shape() {
            Shape::Map => {
                let entries = reader.entries(node, "`concurrency`");
                let value = |key: &str| entries.get(key).cloned();
                (value("group"), value("cancel-in-progress"))
            }
            _ => (reader.text(node, "`concurrency`"), None),
        };
        Concurrency {
            span: key.span().clone(),
            group,
            cancel_in_progress,
        }
    }
}

impl Container {
    pub(super) fn read(key: &Text, node: Cursor<'_>, reader: &mut Reader) -> Container {
        let mut container = Container {
            span: key.span().clone(),
            image: None,
            environment: Entries::default(),
            ports: Vec::new(),
            volumes: Vec::new(),
            options: None,
        };
        if node.shape() == Shape::Scalar {
            container.image = reader.text(node, "a container");
            return container;
        }
        for (key, node) in reader.map(node, "a container") {
            match key.text() {
                "image" => container.image = reader.text(node, "`image`"),
                "env" => container.environment = reader.entries(node, "`env`"),
                "ports" => container.ports = reader.texts(node, "`ports`"),
                "volumes" => container.volumes = reader.texts(node, "`volumes`"),
                "options" => container.options = reader.text(node, "`options`"),
                _ => {}
            }
        }
        container
    }

    /// `services`, each with its name.
    pub(super) fn services(node: Cursor<'_>, reader: &mut Reader) -> Vec<(Text, Container)> {
        let mut services = Vec::new();
        for (name, node) in reader.map(node, "`services`") {
            let container = Container::read(&name, node, reader);
            services.push((name, container));
        }
        services
    }
}
