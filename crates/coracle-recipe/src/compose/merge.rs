//! How two compose files become one: compose's own rules, on nodes. Mappings are joined key by key and lists one behind
//! the other, but for lists that are one thing (a command) and lists whose entries have a name of their own.

use super::node::{Key, Mark, Node};

/// A node with another one over it. `path` are the keys from the top.
pub(super) fn merge(base: &Node, over: &Node, path: &[&str]) -> Node {
    if over.mark == Some(Mark::Override) {
        return over.clone();
    }
    let kind = Kind::of(path);
    let (base, over) = (kind.plain(base), kind.plain(over));
    if let (Some(ones), Some(others)) = (base.as_map(), over.as_map()) {
        let entries = entries(ones, others, path);
        return base.with_entries(entries);
    }
    if let (Some(ones), Some(others)) = (base.as_list(), over.as_list()) {
        return match kind {
            Kind::Whole => over,
            _ => base.with_items(items(ones, others, kind)),
        };
    }
    let is_collection = base.as_map().is_some() || base.as_list().is_some();
    match over.is_null() && is_collection {
        true => base,
        false => over,
    }
}

fn entries(base: &[(Key, Node)], over: &[(Key, Node)], path: &[&str]) -> Vec<(Key, Node)> {
    let of = |entries: &[(Key, Node)], key: &Key| {
        let found = entries.iter().find(|(other, _)| other.text == key.text);
        found.map(|(key, node)| (key.clone(), node.clone()))
    };
    let is_reset = |node: &Node| node.mark == Some(Mark::Reset);
    let mut merged = Vec::new();
    for (key, node) in base {
        match of(over, key) {
            None => merged.push((key.clone(), node.clone())),
            Some((_, other)) if is_reset(&other) => {}
            Some((place, other)) if key.text.starts_with("x-") => merged.push((place, other)),
            Some((place, other)) => {
                let path: Vec<&str> = path.iter().copied().chain([key.text.as_str()]).collect();
                merged.push((place, merge(node, &other, &path)));
            }
        }
    }
    for (key, node) in over {
        if of(base, key).is_none() && !is_reset(node) {
            merged.push((key.clone(), node.clone()));
        }
    }
    merged
}

/// The entries of both, each of a name once: where the first is, as the last has it.
fn items(base: &[Node], over: &[Node], kind: Kind) -> Vec<Node> {
    let mut merged: Vec<Node> = Vec::new();
    for item in base.iter().chain(over) {
        let name = kind.name(item);
        let is_it = |other: &&mut Node| name.is_some() && kind.name(other) == name;
        match merged.iter_mut().find(is_it) {
            Some(place) => place.clone_from(item),
            None => merged.push(item.clone()),
        }
    }
    merged
}

/// What a key of a service holds, as far as joining goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A list that is one thing.
    Whole,
    /// `KEY=value` in a list, or a mapping.
    Assignments,
    /// Names in a list, or a mapping.
    Names,
    /// A text, or a list.
    OneOrMore,
    /// `build`: a context, or a mapping.
    Build,
    Ports,
    Volumes,
    /// `secrets`, `configs`.
    Files,
    Other,
}

impl Kind {
    fn of(path: &[&str]) -> Kind {
        let ["services", _, path @ ..] = path else {
            return Kind::Other;
        };
        match path {
            ["command" | "entrypoint"] | ["healthcheck", "test"] => Kind::Whole,
            ["environment" | "labels" | "annotations" | "sysctls" | "extra_hosts"]
            | [
                "build",
                "args" | "labels" | "additional_contexts" | "extra_hosts",
            ] => Kind::Assignments,
            ["depends_on" | "networks"] => Kind::Names,
            ["env_file" | "dns" | "dns_search" | "tmpfs"] => Kind::OneOrMore,
            ["build"] => Kind::Build,
            ["ports"] => Kind::Ports,
            ["volumes"] => Kind::Volumes,
            ["secrets" | "configs"] => Kind::Files,
            _ => Kind::Other,
        }
    }

    /// A node in the longer of the two forms that it may have.
    fn plain(self, node: &Node) -> Node {
        match (self, node.as_list(), node.scalar()) {
            (Kind::Assignments, Some(items), _) => node.with_entries(assignments(items)),
            (Kind::Names, Some(items), _) => {
                let name = |item: &Node| Some((key(item, item.scalar()?), item.nothing()));
                node.with_entries(items.iter().filter_map(name).collect())
            }
            (Kind::OneOrMore, None, Some(_)) => node.with_items(vec![node.clone()]),
            (Kind::Build, _, Some(_)) => {
                node.with_entries(vec![(key(node, "context"), node.clone())])
            }
            _ => node.clone(),
        }
    }

    /// What an entry of a list is known by; an entry without replaces none.
    fn name(self, item: &Node) -> Option<String> {
        let part = |name: &str| item.get(name).and_then(Node::scalar).unwrap_or_default();
        match (self, item.scalar()) {
            (Kind::Ports, None) => {
                let parts = ["host_ip", "published", "target", "protocol"].map(part);
                Some(parts.join(" "))
            }
            (Kind::Volumes, None) => Some(part("target").to_owned()),
            (Kind::Volumes, Some(text)) => {
                let mut parts = text.split(':').skip(1);
                let target = parts.find(|part| part.starts_with('/'));
                Some(target.unwrap_or(text).to_owned())
            }
            (Kind::Files, None) if item.get("target").is_some() => Some(part("target").to_owned()),
            (Kind::Files, None) => Some(part("source").to_owned()),
            (Kind::Whole, _) | (_, None) => None,
            (_, Some(text)) => Some(text.to_owned()),
        }
    }
}

fn assignments(items: &[Node]) -> Vec<(Key, Node)> {
    let mut entries: Vec<(Key, Node)> = Vec::new();
    for item in items {
        let Some(text) = item.scalar() else { continue };
        let entry = match text.split_once('=') {
            Some((name, value)) => (key(item, name), Node::text(value, item.span.clone())),
            None => (key(item, text), item.nothing()),
        };
        entries.retain(|(key, _)| key.text != entry.0.text);
        entries.push(entry);
    }
    entries
}

fn key(node: &Node, text: &str) -> Key {
    Key {
        text: text.to_owned(),
        span: node.span.clone(),
    }
}
