//! What go says a program is made of (`go list -deps`), for who judges files that do not decide it. Nothing is downloaded, and
//! neither `go.mod` nor `go.sum` is written.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::{Error, Node, chain};
use crate::go_list;
use crate::toolchain::Toolchain;

/// Which program, and for which build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Its import path.
    pub import_path: String,
    /// Whether a `go.work` counts; else none does, of whatever folder above.
    pub is_workspace: bool,
    /// `GOARCH`.
    pub architecture: String,
    /// `CGO_ENABLED`.
    pub cgo: bool,
    /// `-tags`.
    pub tags: Vec<String>,
}

/// A package that a program is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its import path.
    pub import_path: String,
    /// Path and version of its module, the version empty for those that are built; `None` for Go's own library.
    pub module: Option<(String, String)>,
    /// Whether cgo or SWIG has work with it in this build.
    pub uses_cgo: bool,
    /// Whether it has Go files, and none of them is for this build.
    pub is_empty: bool,
    /// What it imports.
    pub imports: BTreeSet<String>,
}

const FIELDS: &str = "-json=ImportPath,Standard,GoFiles,CgoFiles,SwigFiles,SwigCXXFiles,IgnoredGoFiles,Imports,ImportMap,Module,Error";

/// What of a package is read here only.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answered {
    #[serde(flatten)]
    node: Node,
    go_files: Vec<String>,
    ignored_go_files: Vec<String>,
    error: Option<Trouble>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Trouble {
    err: String,
}

/// The packages that a program is made of on Linux, Go's own library among them; asked in the folder of its `go.work` or
/// `go.mod`.
///
/// # Errors
/// See [`Error`]. What would have to be downloaded is an error, too.
pub fn listed(
    question: &Question,
    folder: &Path,
    toolchain: &Toolchain,
) -> Result<Vec<Listed>, Error> {
    let mut go = toolchain
        .go()
        .env("CGO_ENABLED", if question.cgo { "1" } else { "0" })
        .env("GOOS", "linux")
        .env("GOARCH", &question.architecture)
        .env("GOPROXY", "off")
        // go would download the one that go.mod asks for.
        .env("GOTOOLCHAIN", "local")
        // Not what the user's own builds are told, such as to change go.mod.
        .env("GOFLAGS", "-buildvcs=false");
    if !question.is_workspace {
        go = go.env("GOWORK", "off");
    }
    let tags = format!("-tags={}", question.tags.join(","));
    let options = ["-e", "-deps", FIELDS, &tags];
    let import_path = question.import_path.as_str();
    let answered = go_list::ask(go, folder, &options, &[import_path]);
    read(
        import_path,
        answered.map_err(|error| Error::of(import_path, error))?,
    )
}

fn read(program: &str, answered: Vec<Answered>) -> Result<Vec<Listed>, Error> {
    let listed = answered.into_iter().map(|answered| {
        let node = &answered.node;
        let is_empty = answered.go_files.is_empty()
            && !node.uses_cgo()
            && !answered.ignored_go_files.is_empty();
        match &answered.error {
            Some(trouble) if !is_empty => Err(Error::Incomplete {
                import_path: program.to_owned(),
                reason: said(&trouble.err),
            }),
            _ => Ok(Listed {
                import_path: node.import_path.clone(),
                module: (!node.module.path.is_empty())
                    .then(|| (node.module.path.clone(), node.module.version.clone())),
                uses_cgo: node.uses_cgo(),
                is_empty,
                imports: chain::imports(node)
                    .into_iter()
                    .filter(|path| *path != "C")
                    .map(ToOwned::to_owned)
                    .collect(),
            }),
        }
    });
    listed.collect()
}

/// The first line, without the announcement of a command that would write.
fn said(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    line.trim_end_matches("; to add:").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Vec<Listed>, Error> {
        read("m", go_list::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_package_of_which_nothing_is_for_this_build_is_empty_and_no_error() {
        let listed = answer(
            r#"{ "ImportPath": "m", "GoFiles": ["m.go"], "Imports": ["x.org/c", "C"], "Module": { "Path": "m" } }
            { "ImportPath": "x.org/c", "IgnoredGoFiles": ["c.go"], "Module": { "Path": "x.org/c", "Version": "v1.0.0" },
              "Error": { "Err": "build constraints exclude all Go files in /c" } }
            { "ImportPath": "net", "Standard": true, "CgoFiles": ["cgo.go"] }"#,
        );
        let listed = listed.unwrap();
        let facts: Vec<_> = listed
            .iter()
            .map(|one| (one.import_path.as_str(), one.is_empty, one.uses_cgo))
            .collect();
        assert_eq!(
            facts,
            [
                ("m", false, false),
                ("x.org/c", true, false),
                ("net", false, true)
            ]
        );
        assert_eq!(listed[0].imports, BTreeSet::from(["x.org/c".to_owned()]));
        assert_eq!(listed[0].module, Some(("m".to_owned(), String::new())));
        assert_eq!(listed[2].module, None);
    }

    #[test]
    fn a_module_that_is_not_there_leaves_the_question_open() {
        let listed = answer(
            r#"{ "ImportPath": "x.org/c", "Error": { "Err": "missing go.sum entry for x.org/c; to add:\n\tgo get x.org/c" } }"#,
        );
        assert_eq!(
            listed.unwrap_err().to_string(),
            "m is not listed whole: missing go.sum entry for x.org/c"
        );
    }
}
