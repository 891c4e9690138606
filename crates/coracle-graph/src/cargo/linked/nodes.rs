//! The packages of the lock joined with the manifests that are here.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use crate::cargo::lock::LockedPackage;
use crate::cargo::manifest::{Dependency, Kind, Manifest, Source};
use crate::cargo::workspace::Workspace;
use crate::place::Place;

/// All packages, and what each names.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    pub(super) all: Vec<Node<'a>>,
    by_folder: BTreeMap<&'a str, usize>,
    pub(super) has_lock: bool,
}

/// A package.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    /// Its place in the lock.
    pub(super) place: Option<&'a Place>,
    /// Its manifest, where that is here.
    pub(super) manifest: Option<&'a Manifest>,
    pub(super) is_macro: bool,
    pub(super) edges: Vec<Edge<'a>>,
    /// Whether the lock does not have it.
    pub(super) is_absent: bool,
}

/// A package that another one names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge<'a> {
    pub(super) to: usize,
    /// How the manifest names it; the lock's edges have none.
    pub(super) dependency: Option<&'a Dependency>,
    /// Whether it is surely this one, and not another version.
    pub(super) is_exact: bool,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Nodes<'a> {
        let locked = workspace.lock.as_ref().map(|lock| lock.packages.as_slice());
        let locked = locked.unwrap_or_default();
        let mut nodes = Nodes {
            all: locked.iter().map(from_lock).collect(),
            by_folder: BTreeMap::new(),
            has_lock: workspace.lock.is_some(),
        };
        nodes.join_packages(workspace);
        for (index, vendored) in &workspace.vendored {
            if let Some(node) = nodes.all.get_mut(*index) {
                node.manifest = Some(&vendored.manifest);
                node.is_macro = vendored.is_macro;
            }
        }
        for index in 0..nodes.all.len() {
            let edges = nodes.edges(index, locked.get(index));
            if let Some(node) = nodes.all.get_mut(index) {
                node.edges = edges;
            }
        }
        nodes
    }

    pub(super) fn of_folder(&self, folder: &str) -> Option<usize> {
        self.by_folder.get(folder).copied()
    }

    /// Packages of this repository stand in the lock without a source; of several of a name the version tells.
    fn join_packages(&mut self, workspace: &'a Workspace) {
        for package in &workspace.packages {
            let manifest = &package.manifest;
            let version = manifest
                .package
                .as_ref()
                .and_then(|package| package.version.as_ref());
            let version = version.map(|version| version.value.as_str());
            let free: Vec<usize> = self.free(&package.name);
            let exact = free
                .iter()
                .copied()
                .find(|index| self.all.get(*index).and_then(|node| node.version) == version);
            // A lock that is behind has the last version.
            let index = exact.or_else(|| free.first().copied()).unwrap_or_else(|| {
                self.all.push(absent(&package.name));
                self.all.len() - 1
            });
            if let Some(node) = self.all.get_mut(index) {
                node.version = version.or(node.version);
                node.manifest = Some(manifest);
                node.is_macro = package.is_macro();
            }
            self.by_folder.insert(&manifest.folder, index);
        }
    }

    fn free(&self, name: &str) -> Vec<usize> {
        let nodes = self.all.iter().enumerate();
        nodes
            .filter(|(_, node)| {
                node.name == name && node.source.is_none() && node.manifest.is_none()
            })
            .map(|(index, _)| index)
            .collect()
    }

    fn edges(&mut self, index: usize, locked: Option<&'a LockedPackage>) -> Vec<Edge<'a>> {
        let from_lock = locked.map(|package| package.dependencies.as_slice());
        let from_lock = from_lock.unwrap_or_default();
        let Some(node) = self.all.get(index) else {
            return Vec::new();
        };
        let (manifest, is_here) = (node.manifest, node.source.is_none());
        let Some(manifest) = manifest else {
            let edge = |to: &usize| Edge {
                to: *to,
                dependency: None,
                is_exact: true,
            };
            return from_lock.iter().map(edge).collect();
        };
        let mut edges = Vec::new();
        for dependency in &manifest.dependencies {
            edges.extend(self.edges_for(dependency, from_lock, is_here));
        }
        edges
    }

    fn edges_for(
        &mut self,
        dependency: &'a Dependency,
        from_lock: &[usize],
        is_here: bool,
    ) -> Vec<Edge<'a>> {
        let edge = |to: usize, is_exact: bool| Edge {
            to,
            dependency: Some(dependency),
            is_exact,
        };
        if let Source::Folder(folder) = &dependency.source
            && let Some(to) = self.by_folder.get(folder.as_str())
        {
            return vec![edge(*to, true)];
        }
        let candidates = self.candidates(dependency, from_lock);
        match candidates.as_slice() {
            // The lock of a vendored package's unused dependency has nothing, and rightly so.
            [] if !is_here || dependency.kind == Kind::Development && !self.has_lock => Vec::new(),
            [] => {
                self.all.push(absent(&dependency.package));
                vec![edge(self.all.len() - 1, true)]
            }
            [one] => vec![edge(*one, true)],
            several => several.iter().map(|to| edge(*to, false)).collect(),
        }
    }

    /// Which of the lock's edges a dependency may be.
    fn candidates(&self, dependency: &Dependency, from_lock: &[usize]) -> Vec<usize> {
        let named = from_lock.iter().copied().filter(|index| {
            let node = self.all.get(*index);
            node.is_some_and(|node| node.name == dependency.package)
        });
        let named: Vec<usize> = named.collect();
        if named.len() < 2 {
            return named;
        }
        let fits = |index: &usize| {
            let node = self.all.get(*index);
            node.is_some_and(|node| {
                is_of_source(node, &dependency.source) && has_version(node, dependency)
            })
        };
        let fitting: Vec<usize> = named.iter().copied().filter(fits).collect();
        if fitting.is_empty() { named } else { fitting }
    }
}

fn is_of_source(node: &Node<'_>, source: &Source) -> bool {
    let is_git = node.source.is_some_and(|source| source.starts_with("git+"));
    match source {
        Source::Git(_) => is_git,
        Source::Folder(_) | Source::Outside(_) => node.source.is_none(),
        // A patch may come from anywhere.
        Source::Registry => true,
    }
}

fn has_version(node: &Node<'_>, dependency: &Dependency) -> bool {
    let requirement = dependency.requirement.as_deref().unwrap_or("*");
    let parsed = (
        VersionReq::parse(requirement),
        node.version.map(Version::parse),
    );
    match parsed {
        (Ok(requirement), Some(Ok(version))) => requirement.matches(&version),
        _ => true,
    }
}

fn from_lock(package: &LockedPackage) -> Node<'_> {
    Node {
        name: &package.name,
        version: Some(&package.version),
        source: package.source.as_deref(),
        place: Some(&package.place),
        manifest: None,
        is_macro: false,
        edges: Vec::new(),
        is_absent: false,
    }
}

fn absent(name: &str) -> Node<'_> {
    Node {
        name,
        version: None,
        source: None,
        place: None,
        manifest: None,
        is_macro: false,
        edges: Vec::new(),
        is_absent: true,
    }
}
