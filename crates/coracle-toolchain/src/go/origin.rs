//! The packages that a Go program is made of, as go sees them for a target.

use std::collections::{BTreeMap, BTreeSet};

use super::{Error, FIELDS, Node, ask, chain};
use crate::compile::Target;
use crate::native::{self, BuildFile};
use crate::origin::{Origins, Package};
use crate::project::GoProgram;
use crate::toolchain::Toolchain;

/// The packages that a program is made of when it is compiled for a target, with or without cgo.
///
/// # Errors
/// See [`Error`]. Modules that are not there are downloaded, as go does.
pub fn origins(
    program: &GoProgram,
    tags: &[String],
    (target, cgo): (Target, bool),
    toolchain: &Toolchain,
) -> Result<Origins, Error> {
    let go = super::go_for(target, cgo, toolchain);
    let nodes: Vec<Node> = ask(go, program, tags, FIELDS)?;
    Ok(of(&program.import_path, &nodes))
}

fn of(main: &str, nodes: &[Node]) -> Origins {
    let called = |node: &Node| match node.module.version.as_str() {
        "" => node.import_path.clone(),
        version => format!("{} {version}", node.import_path),
    };
    let names: BTreeMap<&str, String> = nodes
        .iter()
        .map(|node| (node.import_path.as_str(), called(node)))
        .collect();
    let package = |node: &Node| {
        let modules = node.cgo_pkg_config.iter();
        let modules = modules.filter(|word| !word.starts_with('-'));
        let modules = modules.cloned().map(BuildFile::PkgConfig);
        let libraries = native::libraries_in(node.cgo_ldflags.iter().map(String::as_str));
        let uses = chain::imports(node).into_iter();
        Package {
            name: called(node),
            links: None,
            asks: modules.chain(libraries).collect(),
            cgo: node.uses_cgo(),
            uses: uses.filter_map(|path| names.get(path).cloned()).collect(),
            compiled_with: BTreeSet::new(),
        }
    };
    let main = names.get(main).cloned().unwrap_or_default();
    Origins::new(main, nodes.iter().map(package))
}

#[cfg(test)]
mod tests {
    use super::super::Module;
    use super::*;
    use crate::go_list;

    #[test]
    fn go_s_packages_are_called_by_path_and_version_and_ask_for_what_their_cgo_lines_say() {
        let answer = br#"
            { "ImportPath": "m/cmd/server", "Module": { "Path": "m", "Main": true }, "Imports": ["m/webp", "x.org/y/z"] }
            { "ImportPath": "x.org/y/z", "Module": { "Path": "x.org/y", "Version": "v1.2.0" }, "Imports": ["m/webp"] }
            { "ImportPath": "m/webp", "CgoFiles": ["c.go"], "CgoLDFLAGS": ["-lwebp", "-lm"], "CgoPkgConfig": ["libpng"] }"#;
        let nodes: Vec<Node> = go_list::parse(answer).unwrap();
        let main = Module {
            path: "m".to_owned(),
            version: String::new(),
        };
        assert_eq!(nodes[0].module, main);
        let origins = of("m/cmd/server", &nodes);
        let way = origins.way("m/webp").unwrap();
        assert_eq!(
            (way.steps.join(" "), way.others),
            ("m/cmd/server m/webp".to_owned(), 1)
        );
        assert_eq!(origins.way("x.org/y/z v1.2.0").unwrap().steps.len(), 2);
        let webp = origins.package("m/webp").unwrap();
        let asks = [
            BuildFile::PkgConfig("libpng".to_owned()),
            BuildFile::Library("webp".to_owned()),
        ];
        assert_eq!((webp.asks.as_slice(), webp.cgo), (asks.as_slice(), true));
    }
}
