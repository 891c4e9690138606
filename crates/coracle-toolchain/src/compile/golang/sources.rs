//! What a Go program was made of: the files of its own modules and of vendored packages, and the versions of all others.

use std::path::PathBuf;

use coracle_process::Program;
use serde::Deserialize;

use super::super::MadeOf;
use crate::go_list;
use crate::project::GoProgram;

/// The fields that are read, as `go list` is told.
const FIELDS: &str = "-json=Dir,Standard,Module,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,\
                      SwigCXXFiles,SysoFiles,EmbedFiles";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Package {
    dir: PathBuf,
    standard: bool,
    module: Option<Module>,
    go_files: Vec<PathBuf>,
    cgo_files: Vec<PathBuf>,
    c_files: Vec<PathBuf>,
    #[serde(rename = "CXXFiles")]
    cxx_files: Vec<PathBuf>,
    m_files: Vec<PathBuf>,
    h_files: Vec<PathBuf>,
    f_files: Vec<PathBuf>,
    s_files: Vec<PathBuf>,
    swig_files: Vec<PathBuf>,
    #[serde(rename = "SwigCXXFiles")]
    swig_cxx_files: Vec<PathBuf>,
    syso_files: Vec<PathBuf>,
    embed_files: Vec<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Module {
    path: String,
    version: String,
    main: bool,
    replace: Option<Replacement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Replacement {
    path: String,
    version: String,
}

/// Asks go, which is told of target and cgo, of the program that it has just built. What it does not say is not known.
pub(super) fn made_of(go: Program, program: &GoProgram, tags: &[&str]) -> MadeOf {
    let tags = format!("-tags={}", tags.join(","));
    let options = ["-deps", FIELDS, &tags];
    let patterns = [program.import_path.as_str()];
    let packages = go_list::ask(go, &program.module_directory, &options, &patterns);
    of(packages.unwrap_or_default())
}

fn of(packages: Vec<Package>) -> MadeOf {
    let mut made_of = MadeOf::default();
    for package in packages.into_iter().filter(|package| !package.standard) {
        let module = package.module.as_ref();
        made_of.packages.extend(module.and_then(Module::called));
        let is_local = module.is_some_and(Module::is_local);
        let is_vendored = package
            .dir
            .components()
            .any(|part| part.as_os_str() == "vendor");
        if is_local || is_vendored {
            made_of.sources.extend(package.files());
        }
    }
    made_of.sources.sort();
    made_of.packages.sort();
    made_of.packages.dedup();
    made_of
}

impl Module {
    fn is_local(&self) -> bool {
        let replaced = self.replace.as_ref();
        self.main || replaced.is_some_and(|replacement| replacement.version.is_empty())
    }

    /// `golang.org/x/text v0.30.0`, with what stands in for it.
    fn called(&self) -> Option<String> {
        if self.is_local() {
            return None;
        }
        let name = format!("{} {}", self.path, self.version);
        Some(match &self.replace {
            Some(other) => format!("{name} ({} {})", other.path, other.version),
            None => name,
        })
    }
}

impl Package {
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let kinds = [
            &self.go_files,
            &self.cgo_files,
            &self.c_files,
            &self.cxx_files,
            &self.m_files,
            &self.h_files,
            &self.f_files,
            &self.s_files,
            &self.swig_files,
            &self.swig_cxx_files,
            &self.syso_files,
            &self.embed_files,
        ];
        kinds.into_iter().flatten().map(|file| self.dir.join(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_packages_give_their_files_and_others_the_version_of_their_module() {
        let answer = br#"
            { "Dir": "/go/src/fmt", "Standard": true, "GoFiles": ["print.go"] }
            { "Dir": "/m/webp", "GoFiles": ["b.go"], "CgoFiles": ["c.go"], "EmbedFiles": ["x/y.txt"],
              "Module": { "Path": "m", "Main": true } }
            { "Dir": "/cache/x.org@v1.2.0", "GoFiles": ["x.go"], "Module": { "Path": "x.org", "Version": "v1.2.0" } }
            { "Dir": "/cache/x.org@v1.2.0/in", "GoFiles": ["in.go"], "Module": { "Path": "x.org", "Version": "v1.2.0" } }
            { "Dir": "/near", "GoFiles": ["n.go"],
              "Module": { "Path": "n.org", "Version": "v1.0.0", "Replace": { "Path": "../near" } } }
            { "Dir": "/cache/fork", "GoFiles": ["f.go"],
              "Module": { "Path": "f.org", "Version": "v1.0.0", "Replace": { "Path": "g.org", "Version": "v2.0.0" } } }
            { "Dir": "/m/vendor/v.org", "GoFiles": ["v.go"], "Module": { "Path": "v.org", "Version": "v0.1.0" } }"#;
        let made_of = of(go_list::parse(answer).unwrap());
        let sources = [
            "/m/vendor/v.org/v.go",
            "/m/webp/b.go",
            "/m/webp/c.go",
            "/m/webp/x/y.txt",
            "/near/n.go",
        ];
        assert_eq!(made_of.sources, sources.map(PathBuf::from));
        let packages = [
            "f.org v1.0.0 (g.org v2.0.0)",
            "v.org v0.1.0",
            "x.org v1.2.0",
        ];
        assert_eq!(made_of.packages, packages);
    }
}
