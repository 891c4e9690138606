//! Asks go for the `package main`s of the modules that the walk saw.

mod sources;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::sources::Graph;
use super::walk::Survey;
use super::{Error, Found, rule, shown};
use crate::go_list;
use crate::project::{GoProgram, Inputs, Language, LeftOut, Program};
use crate::toolchain::Toolchain;

/// Adds every `package main` of the modules under `root`.
pub(super) fn programs(
    root: &Path,
    survey: &Survey,
    toolchain: &Toolchain,
    found: &mut Found,
) -> Result<(), Error> {
    let asking = Asking { root, toolchain };
    let works = asking.workspaces(survey)?;
    for folder in &survey.go {
        found.described.push(folder.clone());
        let around = works
            .iter()
            .rev()
            .find(|work| folder.starts_with(&work.folder));
        if let Some(work) = around
            && !work.modules.contains(folder)
        {
            found.left_out.push(LeftOut {
                path: shown(root, folder),
                name: folder
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                reason: format!(
                    "a Go module that {} does not use",
                    shown(root, &work.folder.join("go.work"))
                ),
            });
            continue;
        }
        asking.add_module(folder, found)?;
    }
    Ok(())
}

/// A `go.work` that is in force, and the folders of the modules that it uses.
struct Work {
    folder: PathBuf,
    modules: BTreeSet<PathBuf>,
}

/// What go answers for one module or package; fields that it leaves out are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    dir: PathBuf,
    import_path: String,
    name: String,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    module: Option<Module>,
}

/// A module as go describes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Module {
    path: String,
    dir: PathBuf,
    main: bool,
}

#[derive(Clone, Copy)]
struct Asking<'a> {
    root: &'a Path,
    toolchain: &'a Toolchain,
}

impl Asking<'_> {
    /// The workspaces that go would use: `GOWORK` may switch them off.
    fn workspaces(self, survey: &Survey) -> Result<Vec<Work>, Error> {
        let mut works = Vec::new();
        for folder in &survey.go_work {
            let go = self
                .toolchain
                .go()
                .args(["env", "GOWORK"])
                .directory(folder);
            let output = go.output().map_err(|source| refused(folder, source))?;
            if Path::new(String::from_utf8_lossy(&output.stdout).trim()) != folder.join("go.work") {
                continue;
            }
            let modules: Vec<Module> = self.list(folder, &["-m", "-json=Path,Dir,Main"], &[])?;
            let modules = modules
                .into_iter()
                .filter(|module| module.main)
                .map(|module| module.dir)
                .collect();
            works.push(Work {
                folder: folder.clone(),
                modules,
            });
        }
        Ok(works)
    }

    /// Adds the programs of the module in `folder` that lie under the folder that is looked at.
    fn add_module(self, folder: &Path, found: &mut Found) -> Result<(), Error> {
        let from = if self.root.starts_with(folder) {
            self.root
        } else {
            folder
        };
        let fields = "-json=Dir,ImportPath,Name,GoFiles,CgoFiles,Module";
        let packages: Vec<Listed> = self.list(from, &["-find", fields], &["./..."])?;
        let is_program = |package: &Listed| {
            package.name == "main" && !(package.go_files.is_empty() && package.cgo_files.is_empty())
        };
        let programs: Vec<Listed> = packages.into_iter().filter(is_program).collect();
        if programs.is_empty() {
            return Ok(());
        }
        let graph = self.graph(from, &programs)?;
        for package in programs {
            let inputs = graph.inputs(&package.import_path).relative_to(self.root);
            let path = shown(self.root, &package.dir);
            let reason = rule::reason(Path::new(&path));
            found.add(program(package, inputs), path, reason);
        }
        Ok(())
    }

    /// What the programs import, as far as it is there: packages of modules that were never
    /// downloaded are no sources of this repository. Old modules (before 1.17) do not tell
    /// without the network, which is then used.
    fn graph(self, folder: &Path, programs: &[Listed]) -> Result<Graph, Error> {
        let patterns: Vec<&str> = programs
            .iter()
            .map(|package| package.import_path.as_str())
            .collect();
        let options = ["-e", "-deps", Graph::FIELDS];
        let ask = |go: coracle_process::Program| {
            go_list::ask(go.env("CGO_ENABLED", "1"), folder, &options, &patterns)
        };
        let packages = match ask(self.toolchain.go().env("GOPROXY", "off")) {
            Err(go_list::Error::Process(_)) if !self.toolchain.offline => ask(self.toolchain.go()),
            answer => answer,
        };
        Ok(Graph::new(packages.map_err(|error| wrong(folder, error))?))
    }

    fn list<T: serde::de::DeserializeOwned>(
        self,
        folder: &Path,
        options: &[&str],
        patterns: &[&str],
    ) -> Result<Vec<T>, Error> {
        go_list::ask(self.toolchain.go(), folder, options, patterns)
            .map_err(|error| wrong(folder, error))
    }
}

fn wrong(folder: &Path, error: go_list::Error) -> Error {
    match error {
        go_list::Error::Process(source) => refused(folder, source),
        go_list::Error::Answer(source) => Error::Answer {
            tool: "go",
            path: folder.to_owned(),
            source,
        },
    }
}

fn refused(folder: &Path, source: coracle_process::Error) -> Error {
    Error::Ask {
        tool: "go",
        path: folder.to_owned(),
        source,
    }
}

fn program(package: Listed, inputs: Inputs) -> Program {
    let module = package.module.unwrap_or_default();
    Program {
        name: executable_name(&package.import_path).to_owned(),
        package: package.import_path.clone(),
        version: None,
        description: None,
        license: None,
        homepage: None,
        repository: None,
        authors: Vec::new(),
        language: Language::Go(GoProgram {
            module_directory: module.dir,
            module_path: module.path,
            import_path: package.import_path,
            directory: package.dir,
        }),
        inputs,
    }
}

/// The name that `go install` gives: the last element of the import path that is no major version.
fn executable_name(import_path: &str) -> &str {
    let mut elements = import_path.rsplit('/');
    let last = elements.next().unwrap_or(import_path);
    let is_version = last.strip_prefix('v').is_some_and(|number| {
        number.parse::<u32>().is_ok_and(|number| number > 1) && !number.starts_with('0')
    });
    match elements.next() {
        Some(before) if is_version => before,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::executable_name;

    #[test]
    fn a_major_version_is_no_name() {
        assert_eq!(executable_name("example.com/shop/cmd/worker"), "worker");
        assert_eq!(executable_name("example.com/shop/v2"), "shop");
        assert_eq!(executable_name("example.com/shop/v1"), "v1");
        assert_eq!(executable_name("shop"), "shop");
        assert_eq!(executable_name("v2"), "v2");
        assert_eq!(executable_name("example.com/vet"), "vet");
    }
}
