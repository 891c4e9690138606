//! Paths as compose files write them: texts with slashes, relative to a folder. No file is asked for.

use super::node::{Key, Node};

/// The folder of a file.
pub(super) fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path from a folder, without `.` and without `..` where there is something to go back from.
pub(super) fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match folder.starts_with('/') {
        true => format!("/{joined}"),
        false => joined,
    }
}

/// A path as it is called from another folder.
fn relative(from: &str, path: &str) -> String {
    let from = join("", from);
    let mut ups: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    while !parts.is_empty() && parts.first() == ups.first() {
        parts.remove(0);
        ups.remove(0);
    }
    let all: Vec<&str> = ups.iter().map(|_| "..").chain(parts).collect();
    match all.is_empty() {
        true => ".".to_owned(),
        false => all.join("/"),
    }
}

/// A service of a file in another folder, with its paths as they are called from here.
pub(super) fn rebased(service: &Node, folder: &str, from: &str) -> Node {
    if join("", folder) == join("", from) {
        return service.clone();
    }
    let path = |node: &Node| moved(node, folder, from, &is_local);
    let source = |node: &Node| moved(node, folder, from, &|text| text.starts_with('.'));
    let entry = |(key, node): &(Key, Node)| {
        let node = match key.text.as_str() {
            "build" => match node.as_map() {
                None => path(node),
                Some(entries) => node.with_entries(within(entries, |key, node| match key {
                    "context" => path(node),
                    "additional_contexts" => each(node, &source),
                    _ => node.clone(),
                })),
            },
            "env_file" => each(node, &path),
            "volumes" => each(node, &source),
            _ => node.clone(),
        };
        (key.clone(), node)
    };
    match service.as_map() {
        Some(entries) => service.with_entries(entries.iter().map(entry).collect()),
        None => service.clone(),
    }
}

fn within(entries: &[(Key, Node)], change: impl Fn(&str, &Node) -> Node) -> Vec<(Key, Node)> {
    let changed = |(key, node): &(Key, Node)| (key.clone(), change(&key.text, node));
    entries.iter().map(changed).collect()
}

/// Each text of a list, or `path` and `source` of its mappings; else the text, or the values of a mapping.
fn each(node: &Node, change: &dyn Fn(&Node) -> Node) -> Node {
    let item = |item: &Node| match item.as_map() {
        Some(entries) => item.with_entries(within(entries, |key, node| match key {
            "path" | "source" => change(node),
            _ => node.clone(),
        })),
        None => change(item),
    };
    match (node.as_list(), node.as_map()) {
        (Some(items), _) => node.with_items(items.iter().map(item).collect()),
        (None, Some(entries)) => node.with_entries(within(entries, |_, node| change(node))),
        (None, None) => change(node),
    }
}

/// A path, and what stands behind its colon.
fn moved(node: &Node, folder: &str, from: &str, is_path: &dyn Fn(&str) -> bool) -> Node {
    match node.scalar() {
        Some(text) if is_path(text) => {
            let (path, rest) = match text.find(':') {
                Some(at) => text.split_at(at),
                None => (text, ""),
            };
            let path = relative(from, &join(folder, path));
            Node::text(&format!("{path}{rest}"), node.span.clone())
        }
        _ => node.clone(),
    }
}

/// Whether a context is a folder whose path does not begin with a variable.
fn is_local(text: &str) -> bool {
    let is_other = text.contains(':') || text.starts_with(['/', '~', '$']);
    !is_other && !text.is_empty()
}
