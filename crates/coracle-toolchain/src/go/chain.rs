//! The shortest way through an import graph, the same one each time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Node;

/// A shortest chain of imports from `main` to one of `ends`; `None` when there is no way. Of
/// several it is the one whose packages come first by name, element by element from the start.
pub(super) fn shortest(main: &str, ends: &[&str], graph: &[Node]) -> Option<Vec<String>> {
    let nodes: BTreeMap<&str, &Node> = graph
        .iter()
        .map(|node| (node.import_path.as_str(), node))
        .collect();
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let (main, _) = nodes.get_key_value(main)?;
    let mut waiting = VecDeque::from([*main]);
    while let Some(path) = waiting.pop_front() {
        if ends.contains(&path) {
            return Some(walk_back(path, &came_from));
        }
        for import in nodes.get(path).into_iter().flat_map(|node| imports(node)) {
            let Some((import, _)) = nodes.get_key_value(import) else {
                continue;
            };
            if import != main && !came_from.contains_key(import) {
                came_from.insert(import, path);
                waiting.push_back(import);
            }
        }
    }
    None
}

/// What a package imports, by name, as the graph knows it (a vendored package has another path).
pub(super) fn imports(node: &Node) -> BTreeSet<&str> {
    let mapped = |path: &String| node.import_map.get(path).map(String::as_str);
    node.imports
        .iter()
        .map(|path| mapped(path).unwrap_or(path))
        .collect()
}

fn walk_back(end: &str, came_from: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut chain = vec![end.to_owned()];
    let mut at = end;
    while let Some(before) = came_from.get(at) {
        chain.push((*before).to_owned());
        at = before;
    }
    chain.reverse();
    chain
}
