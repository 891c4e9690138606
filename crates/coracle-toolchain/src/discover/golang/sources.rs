//! Which folders of the repository a Go program is built from: those of its main module, of
//! modules that stand in for others by a local path, and of vendored packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::project::Inputs;

/// One package of the import graph; fields that go leaves out are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Node {
    import_path: String,
    dir: PathBuf,
    standard: bool,
    imports: Vec<String>,
    embed_files: Vec<String>,
    module: Option<Module>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Module {
    dir: PathBuf,
    main: bool,
    replace: Option<Replacement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Replacement {
    version: String,
}

impl Module {
    fn is_local(&self) -> bool {
        self.main
            || self
                .replace
                .as_ref()
                .is_some_and(|replacement| replacement.version.is_empty())
    }
}

/// The packages that some programs import.
pub(super) struct Graph {
    nodes: BTreeMap<String, Node>,
}

/// What applies to a whole module.
const MODULE_FILES: [&str; 2] = ["go.mod", "go.sum"];
/// What applies to a module when it, or a folder around it, has a workspace.
const WORK_FILES: [&str; 2] = ["go.work", "go.work.sum"];

impl Graph {
    /// The fields that are read, as `go list` is told.
    pub(super) const FIELDS: &str = "-json=ImportPath,Dir,Standard,Imports,EmbedFiles,Module";

    pub(super) fn new(packages: Vec<Node>) -> Graph {
        let named = packages
            .into_iter()
            .map(|node| (node.import_path.clone(), node));
        Graph {
            nodes: named.collect(),
        }
    }

    /// The sources of the program with this import path, absolute.
    pub(super) fn inputs(&self, import_path: &str) -> Inputs {
        let mut inputs = Inputs::default();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![import_path];
        while let Some(path) = waiting.pop() {
            let Some(node) = self.nodes.get(path).filter(|_| seen.insert(path)) else {
                continue;
            };
            waiting.extend(node.imports.iter().map(String::as_str));
            if !node.standard {
                take(node, &mut inputs);
            }
        }
        inputs
    }
}

fn take(node: &Node, inputs: &mut Inputs) {
    let module = node.module.as_ref();
    let is_local = module.is_some_and(Module::is_local);
    let is_vendored = node
        .dir
        .components()
        .any(|part| part.as_os_str() == "vendor");
    if node.dir.as_os_str().is_empty() || !(is_local || is_vendored) {
        return;
    }
    inputs.folders.insert(node.dir.clone());
    let embedded = node.embed_files.iter().map(|file| node.dir.join(file));
    inputs
        .folders
        .extend(embedded.filter_map(|file| file.parent().map(Path::to_owned)));
    let Some(module) = module.filter(|module| module.is_local()) else {
        return;
    };
    inputs
        .files
        .extend(MODULE_FILES.iter().map(|name| module.dir.join(name)));
    for folder in module.dir.ancestors() {
        let present = WORK_FILES
            .iter()
            .map(|name| folder.join(name))
            .filter(|path| path.exists());
        inputs.files.extend(present);
    }
}
