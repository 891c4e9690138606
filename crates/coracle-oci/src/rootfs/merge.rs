//! Lays one layer's tree over what is below, as overlayfs does.

use std::collections::BTreeMap;

use super::layer_tree::LayerTree;
use super::{Node, NodeKind};

/// 1. Opaque directories hide everything that is below them.
/// 2. Deleted paths go, with all that is in them.
/// 3. What the layer itself has is put in place. Deletions never touch the layer's own paths, whatever their order in the tar.
pub(super) fn lay_over<C>(lower: &mut BTreeMap<String, Node<C>>, tree: LayerTree<C>) {
    for directory in &tree.opaque {
        remove_below(lower, directory);
    }
    for path in &tree.deleted {
        remove_below(lower, path);
        lower.remove(path);
    }
    if lower.is_empty() {
        // Made of what is in order already, a map has no room that it does not use.
        let nodes = tree.nodes.into_iter();
        *lower = nodes.map(|(path, upper)| (path, upper.node)).collect();
        return;
    }
    for (path, upper) in tree.nodes {
        let below = lower.get(&path).map(|node| &node.kind);
        match (&upper.node.kind, below) {
            // Both are there and their contents are merged; who names a directory last decides over its metadata.
            (NodeKind::Directory, Some(NodeKind::Directory)) if upper.implied => continue,
            (NodeKind::Directory, _) => {}
            (_, Some(NodeKind::Directory)) => remove_below(lower, &path),
            _ => {}
        }
        lower.insert(path, upper.node);
    }
}

/// Everything in the directory of this path, at any depth.
pub(super) fn below<'a, T>(
    tree: &'a BTreeMap<String, T>,
    path: &str,
) -> impl Iterator<Item = (&'a str, &'a T)> + use<'a, T> {
    // The empty path is the root: all others are below it, and none of them is empty.
    let prefix = if path.is_empty() {
        String::new()
    } else {
        format!("{path}/")
    };
    tree.range(prefix.clone()..)
        .take_while(move |(found, _)| found.starts_with(&prefix))
        .map(|(found, value)| (found.as_str(), value))
        .filter(|(found, _)| !found.is_empty())
}

pub(super) fn remove_below<T>(tree: &mut BTreeMap<String, T>, path: &str) {
    let gone: Vec<String> = below(tree, path)
        .map(|(found, _)| found.to_owned())
        .collect();
    for found in gone {
        tree.remove(&found);
    }
}
