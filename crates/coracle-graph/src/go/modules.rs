//! The modules of a repository that are built together: those of a `go.work`, or one alone; what they replace by folders; and
//! what is vendored.

use std::collections::BTreeMap;

use super::context::Context;
use super::module::{self, ModuleFile, Replacement, Require, VendorFile};
use super::package::{self, Package, WithoutCgo};
use crate::answer::Answer;
use crate::files::{Files, has_file, sorted};
use crate::path::{self, in_folder, join};

/// Modules that are built together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modules {
    /// The folder of `go.work`, else of the only `go.mod`.
    pub folder: String,
    /// `go.work`, where it is one.
    pub work: Option<ModuleFile>,
    /// The modules themselves, by folder.
    pub mains: Vec<Module>,
    /// Modules in folders of this repository that stand in others' places.
    pub replaced: Vec<Module>,
    /// What is vendored, where go takes it from there.
    pub vendor: Option<VendorFile>,
    /// Whether each main module has a `go.sum` beside it.
    pub has_sums: bool,
}

/// A module whose sources are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The path that it is imported by.
    pub path: String,
    /// Its folder.
    pub folder: String,
    /// Its `go.mod`.
    pub file: ModuleFile,
}

/// A program of a main module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The name that `go install` gives it.
    pub name: String,
    /// Its import path.
    pub import_path: String,
    /// Its folder.
    pub folder: String,
    /// Whether it is a program in this build.
    pub is_program: Answer,
}

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Go's own library, by its path: the first element has no dot, and no module has it.
    Standard,
    /// A folder of one of the modules here.
    Here {
        /// The module's path.
        module: String,
        /// The folder.
        folder: String,
    },
    /// A vendored folder.
    Vendored {
        /// The module's path.
        module: String,
        /// The module's version.
        version: String,
        /// The folder.
        folder: String,
    },
    /// A module from elsewhere, which is not in the repository.
    Elsewhere {
        /// The path of the module that `go.mod` names; `None` where none of it fits.
        module: Option<String>,
        /// Its version.
        version: Option<String>,
    },
}

impl Modules {
    /// Reads the modules that are built together in a folder with a `go.work` or a `go.mod`; `None` where there is neither,
    /// or it cannot be read.
    pub fn read(files: &dyn Files, folder: &str) -> Option<Modules> {
        let work_file = in_folder(folder, "go.work");
        let work = files
            .text(&work_file)
            .map(|text| module::read(&work_file, &text));
        let folders: Vec<String> = match &work {
            Some(work) => (work.uses.iter())
                .filter_map(|used| join(folder, &used.value))
                .collect(),
            None => vec![folder.to_owned()],
        };
        let mut mains: Vec<Module> = folders
            .iter()
            .filter_map(|folder| module_in(files, folder, None))
            .collect();
        mains.sort_by(|one, other| one.folder.cmp(&other.folder));
        if mains.is_empty() {
            return None;
        }
        let has_sum = |module: &Module| has_file(files, &in_folder(&module.folder, "go.sum"));
        Some(Modules {
            folder: folder.to_owned(),
            replaced: replaced(files, work.as_ref(), &mains),
            vendor: vendor(files, folder, work.as_ref(), &mains),
            has_sums: mains.iter().all(has_sum),
            work,
            mains,
        })
    }

    /// Every module that the main modules ask for.
    pub fn requirements(&self) -> impl Iterator<Item = &Require> {
        self.mains.iter().flat_map(|module| &module.file.require)
    }

    /// The programs of the main modules in a build, by import path.
    pub fn programs(&self, files: &dyn Files, context: &Context) -> Vec<Program> {
        let mut programs = Vec::new();
        for module in &self.mains {
            for folder in folders(files, module) {
                let package = self.package(files, &folder, context);
                let is_program = package.is_main();
                if !is_program.is_no() {
                    let import_path = import_path(module, &folder);
                    programs.push(Program {
                        name: executable_name(&import_path).to_owned(),
                        import_path,
                        folder,
                        is_program,
                    });
                }
            }
        }
        programs.sort_by(|one, other| one.import_path.cmp(&other.import_path));
        programs
    }

    /// The package in a folder, in a build.
    pub fn package(&self, files: &dyn Files, folder: &str, context: &Context) -> Package {
        package::read(files, folder, &self.context(context))
    }

    /// What the package in a folder is without cgo.
    pub fn without_cgo(&self, files: &dyn Files, folder: &str, context: &Context) -> WithoutCgo {
        package::without_cgo(files, folder, &self.context(context))
    }

    /// Go is at least what the modules ask for.
    pub(super) fn context(&self, context: &Context) -> Context {
        let asked = self.mains.iter().map(|module| module.file.release());
        let work = self.work.as_ref().map(ModuleFile::release);
        context.at_least(asked.chain(work).max().unwrap_or(0))
    }

    /// Where an import leads.
    pub fn origin(&self, files: &dyn Files, import: &str) -> Origin {
        if let Some((module, folder)) = self.here(files, import) {
            return Origin::Here { module, folder };
        }
        if let Some(vendor) = &self.vendor
            && let Some((module, version)) = vendor.packages.get(import)
        {
            let folder = path::parent(&vendor.file).unwrap_or_default();
            return Origin::Vendored {
                module: module.clone(),
                version: version.clone(),
                folder: in_folder(folder, import),
            };
        }
        let required = self
            .requirements()
            .filter(|require| path::below(&require.path, import).is_some())
            .max_by_key(|require| require.path.len());
        let first = import.split('/').next().unwrap_or_default();
        match required {
            Some(require) => Origin::Elsewhere {
                module: Some(require.path.clone()),
                version: Some(require.version.clone()),
            },
            None if first.contains('.') => Origin::Elsewhere {
                module: None,
                version: None,
            },
            None => Origin::Standard,
        }
    }

    /// The module with the longest path that has a folder for an import.
    fn here(&self, files: &dyn Files, import: &str) -> Option<(String, String)> {
        let is_vendoring = self.vendor.is_some();
        let replaced = self.replaced.iter().filter(|_| !is_vendoring);
        let mut modules: Vec<(&Module, &str)> = (self.mains.iter().chain(replaced))
            .filter_map(|module| Some((module, path::below(&module.path, import)?)))
            .collect();
        modules.sort_by_key(|(module, _)| std::cmp::Reverse(module.path.len()));
        modules.into_iter().find_map(|(module, below)| {
            let folder = join(&module.folder, below)?;
            let is_own = !is_in_other_module(files, module, &folder);
            (is_own && has_go_files(files, &folder)).then(|| (module.path.clone(), folder))
        })
    }
}

/// Whether a `go.mod` between a module and one of its folders makes that another module's.
fn is_in_other_module(files: &dyn Files, module: &Module, folder: &str) -> bool {
    path::ancestors(folder)
        .take_while(|inner| *inner != module.folder)
        .any(|inner| has_file(files, &in_folder(inner, "go.mod")))
}

fn has_go_files(files: &dyn Files, folder: &str) -> bool {
    files
        .list(folder)
        .iter()
        .any(|entry| !entry.is_folder && entry.name.ends_with(".go"))
}

fn module_in(files: &dyn Files, folder: &str, path: Option<&str>) -> Option<Module> {
    let name = in_folder(folder, "go.mod");
    let file = module::read(&name, &files.text(&name)?);
    let own = file.module.as_ref().map(|module| module.value.clone());
    Some(Module {
        path: path.map(str::to_owned).or(own)?,
        folder: folder.to_owned(),
        file,
    })
}

/// A workspace's `replace` wins over its modules'.
fn replaced(files: &dyn Files, work: Option<&ModuleFile>, mains: &[Module]) -> Vec<Module> {
    let of_modules = mains.iter().flat_map(|module| &module.file.replace);
    let all = work
        .into_iter()
        .flat_map(|work| &work.replace)
        .chain(of_modules);
    let mut found: BTreeMap<&str, Option<Module>> = BTreeMap::new();
    for replace in all {
        found
            .entry(&replace.path)
            .or_insert_with(|| match &replace.by {
                Replacement::Folder(folder) => module_in(files, folder, Some(&replace.path)),
                Replacement::Outside(_) | Replacement::Module { .. } => None,
            });
    }
    found.into_values().flatten().collect()
}

/// Go takes from `vendor` by itself where the module asks for 1.14, a workspace for 1.22.
fn vendor(
    files: &dyn Files,
    folder: &str,
    work: Option<&ModuleFile>,
    mains: &[Module],
) -> Option<VendorFile> {
    let file = in_folder(folder, "vendor/modules.txt");
    let text = files.text(&file)?;
    let (asked, least) = match work {
        Some(work) => (work.release(), 22),
        None => (mains.first()?.file.release(), 14),
    };
    (asked >= least).then(|| module::read_vendor(&file, &text))
}

/// The folders that `./...` names, whether there are Go files in them or not.
fn folders(files: &dyn Files, module: &Module) -> Vec<String> {
    let mut folders = vec![module.folder.clone()];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        for entry in sorted(files, &folder)
            .into_iter()
            .filter(|entry| entry.is_folder)
        {
            let inner = in_folder(&folder, &entry.name);
            let is_left_out = entry.name.starts_with(['.', '_'])
                || matches!(entry.name.as_str(), "testdata" | "vendor")
                || is_ignored(module, &inner)
                || has_file(files, &in_folder(&inner, "go.mod"));
            if !is_left_out && folders.len() < MOST {
                folders.push(inner);
            }
        }
    }
    folders
}

/// No module has more folders; a loop of links would.
const MOST: usize = 50_000;

/// `ignore ./x` is that folder, `ignore x` any of that name.
fn is_ignored(module: &Module, folder: &str) -> bool {
    let Some(within) = path::below(&module.folder, folder) else {
        return false;
    };
    module
        .file
        .ignore
        .iter()
        .any(|ignore| match ignore.value.strip_prefix("./") {
            Some(only) => only.trim_end_matches('/') == within,
            None => format!("/{within}").ends_with(&format!("/{}", ignore.value)),
        })
}

fn import_path(module: &Module, folder: &str) -> String {
    match path::below(&module.folder, folder) {
        None | Some("") => module.path.clone(),
        Some(below) => format!("{}/{below}", module.path),
    }
}

/// The last element that is no major version.
fn executable_name(import_path: &str) -> &str {
    let last = path::name(import_path);
    let number = last
        .strip_prefix('v')
        .filter(|number| !number.starts_with('0'));
    let is_version = number.and_then(|number| number.parse::<u32>().ok()) > Some(1);
    match path::parent(import_path) {
        Some(before) if is_version && !before.is_empty() => path::name(before),
        _ => last,
    }
}

#[cfg(test)]
mod tests;
