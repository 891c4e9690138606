//! The packages that are reached from a program, by what is certain and by what is possible.

use std::collections::{BTreeMap, VecDeque};

use super::features::Features;
use super::nodes::{Edge, Node, Nodes};
use super::{Link, Linked, LinkedPackage};
use crate::answer::Answer;

/// By whom a package is reached first, and how it is named there.
type Parents<'a> = BTreeMap<usize, Option<(usize, Edge<'a>)>>;

/// What a program is made of.
pub(super) fn linked(
    nodes: &Nodes<'_>,
    root: usize,
    certain: &Features<'_>,
    possible: &Features<'_>,
) -> Linked {
    let surely = walk(nodes, root, |from, edge| certain.links(from, edge).is_yes());
    let maybe = walk(nodes, root, |from, edge| {
        !possible.links(from, edge).is_no()
    });
    let mut packages: Vec<LinkedPackage> = maybe
        .keys()
        .filter_map(|index| {
            let node = nodes.all.get(*index)?;
            let (parents, is_linked) = if surely.contains_key(index) {
                (&surely, Answer::Yes)
            } else {
                (
                    &maybe,
                    why_not_known(nodes, &maybe, *index, certain, possible),
                )
            };
            let features = certain.of(*index);
            Some(LinkedPackage {
                name: node.name.to_owned(),
                version: node.version.map(str::to_owned),
                source: node.source.map(str::to_owned),
                folder: node.manifest.map(|manifest| manifest.folder.clone()),
                is_linked,
                chain: chain(nodes, parents, *index),
                are_all_features: !possible.may_have_others(*index)
                    && possible.of(*index) == features,
                features,
            })
        })
        .collect();
    packages.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Linked {
        packages,
        open: open(nodes, &maybe),
    }
}

/// Why there may be packages that the lock does not name.
fn open(nodes: &Nodes<'_>, reached: &Parents<'_>) -> Option<String> {
    let reached = reached.keys().filter_map(|index| nodes.all.get(*index));
    let absent = reached.filter(|node| node.is_absent && node.manifest.is_none());
    let name = absent.map(|node| node.name).min()?;
    Some(if nodes.has_lock {
        format!("Cargo.lock does not have {name}")
    } else {
        format!("there is no Cargo.lock that tells what {name} depends on")
    })
}

/// Breadth first, so that chains are shortest; of several the first by name.
fn walk<'a>(
    nodes: &Nodes<'a>,
    root: usize,
    follows: impl Fn(usize, Edge<'a>) -> bool,
) -> Parents<'a> {
    let mut parents: Parents<'a> = BTreeMap::from([(root, None)]);
    let mut waiting = VecDeque::from([root]);
    while let Some(from) = waiting.pop_front() {
        let Some(node) = nodes.all.get(from) else {
            continue;
        };
        for edge in by_name(nodes, node) {
            if !parents.contains_key(&edge.to) && follows(from, edge) {
                parents.insert(edge.to, Some((from, edge)));
                waiting.push_back(edge.to);
            }
        }
    }
    parents
}

fn by_name<'a>(nodes: &Nodes<'a>, node: &Node<'a>) -> Vec<Edge<'a>> {
    let mut edges = node.edges.clone();
    edges.sort_by_key(|edge| {
        let to = nodes.all.get(edge.to);
        to.map(|node| (node.name, node.version))
    });
    edges
}

/// The indexes from the root to a package, with how each is named.
fn way<'a>(parents: &Parents<'a>, end: usize) -> Vec<(usize, Option<(usize, Edge<'a>)>)> {
    let mut way = Vec::new();
    let mut at = Some(end);
    while let Some(index) = at {
        let parent = parents.get(&index).copied().flatten();
        way.push((index, parent));
        at = parent.map(|(from, _)| from);
    }
    way.reverse();
    way
}

fn chain(nodes: &Nodes<'_>, parents: &Parents<'_>, end: usize) -> Vec<Link> {
    let link = |(index, parent): (usize, Option<(usize, Edge<'_>)>)| {
        let node = nodes.all.get(index)?;
        let named = parent.map(|(_, edge)| match edge.dependency {
            Some(dependency) => Some(dependency.place.clone()),
            None => node.place.cloned(),
        });
        Some(Link {
            name: node.name.to_owned(),
            version: node.version.map(str::to_owned),
            place: named.flatten(),
        })
    };
    way(parents, end).into_iter().filter_map(link).collect()
}

/// The reason at the first step that is not certain.
fn why_not_known(
    nodes: &Nodes<'_>,
    parents: &Parents<'_>,
    end: usize,
    certain: &Features<'_>,
    possible: &Features<'_>,
) -> Answer {
    for (index, parent) in way(parents, end) {
        let Some((from, edge)) = parent else {
            continue;
        };
        if certain.links(from, edge).is_yes() {
            continue;
        }
        let answer = possible.links(from, edge);
        if answer.because().is_some() {
            return answer;
        }
        let name = |index: usize| nodes.all.get(index).map_or("", |node| node.name);
        return Answer::unknown(format!(
            "whether a feature of {} switches {} on is not known",
            name(from),
            name(index)
        ));
    }
    Answer::unknown("the lock does not decide")
}
