//! What a builder is sent, laid out on this machine: the recipe, the errands, coracle itself, and where the rest lies.
//!
//! ```text
//!  FOLDER/recipe/Dockerfile, Dockerfile.dockerignore
//!  FOLDER/errands/N/errand.json     what an order's step is to do
//!  FOLDER/coracle/                  this program, with its loader and libraries
//!  FOLDER/output/N/                 what came back
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use coracle_toolchain::Language;
use coracle_toolchain::compile::{self, away};

use super::recipe::{self, Ingredients, Tools};
use super::{Engine, Error, Order, directory, program};

/// The folder, which goes when this does.
pub(super) struct Contexts {
    folder: tempfile::TempDir,
    /// The folder that holds all sources.
    pub(super) repository: PathBuf,
    /// Others, by the names that the recipe has for them.
    pub(super) folders: Vec<(String, PathBuf)>,
}

impl Contexts {
    /// Writes what these orders need.
    pub(super) fn write(orders: &[Order], engine: &Engine<'_>) -> Result<Contexts, Error> {
        let sources = sources(orders);
        let repository = repository(&sources)?;
        let beside = orders.first().map(|order| directory(&order.request));
        let beside = beside.unwrap_or_else(|| repository.clone());
        compile::prepare(&beside)?;
        let folder = tempfile::Builder::new()
            .prefix("buildkit-")
            .tempdir_in(&beside);
        let folder = folder.map_err(|source| Error::Disk {
            path: beside,
            source,
        })?;
        let own = folder.path().join("coracle");
        let start = program::put(&engine.builder.program, &own, recipe::PROGRAM)?;
        let errands = folder.path().join("errands");
        let mut sysroots = BTreeMap::new();
        for (at, order) in orders.iter().enumerate() {
            let errand = away::Errand {
                request: order.request.clone(),
                pkg_config: [start.clone(), vec!["pkg-config".to_owned()]].concat(),
            };
            let text = serde_json::to_string(&errand).unwrap_or_default();
            put(&errands.join(at.to_string()).join("errand.json"), &text)?;
            if let Some(sysroot) = &order.request.sysroot {
                let name = format!("sysroot-{}", sysroots.len());
                sysroots.entry(sysroot.folder.clone()).or_insert(name);
            }
        }
        let toolchain = engine.toolchain;
        let image = |order: &Order| recipe::image(&order.request.program, toolchain, engine.suite);
        let images = orders.iter().map(image).collect::<Result<Vec<_>, _>>()?;
        let text = recipe::write(&Ingredients {
            orders,
            images: &images,
            tools: &Tools::here(toolchain),
            builder: engine.builder,
            repository: &repository,
            sysroots: &sysroots,
            start: &start,
        })?;
        let place = folder.path().join("recipe");
        put(&place.join("Dockerfile"), &text)?;
        put(
            &place.join("Dockerfile.dockerignore"),
            &ignored(orders, &repository),
        )?;
        let mut folders = vec![("coracle".to_owned(), own), ("errands".to_owned(), errands)];
        folders.extend(sysroots.into_iter().map(|(folder, name)| (name, folder)));
        Ok(Contexts {
            folder,
            repository,
            folders,
        })
    }

    pub(super) fn recipe(&self) -> PathBuf {
        self.folder.path().join("recipe")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }
}

/// The folders that cargo and go read sources in.
fn sources(orders: &[Order]) -> BTreeSet<PathBuf> {
    let mut sources = BTreeSet::new();
    for order in orders {
        match &order.request.program.language {
            Language::Rust(program) => {
                sources.insert(program.workspace_root.clone());
                sources.extend(program.outside_directories.iter().cloned());
            }
            Language::Go(program) => {
                sources.insert(program.module_directory.clone());
            }
            Language::Prebuilt(_) => {}
        }
    }
    sources
}

/// The git repository that holds them; without one, the only one.
fn repository(sources: &BTreeSet<PathBuf>) -> Result<PathBuf, Error> {
    let first = sources.iter().next().cloned().unwrap_or_default();
    let repository = crate::lock::git_top(&first).unwrap_or(first);
    match sources
        .iter()
        .find(|source| !source.starts_with(&repository))
    {
        Some(outside) => Err(Error::Outside {
            path: outside.clone(),
            repository,
        }),
        None => Ok(repository),
    }
}

/// What of the repository no compiler reads: git's own, which changes with every commit, coracle's, and what was compiled
/// here.
fn ignored(orders: &[Order], repository: &Path) -> String {
    let mut lines: BTreeSet<String> = [".git", "**/.git", "**/coracle.lock"]
        .map(str::to_owned)
        .into();
    for order in orders {
        let mut folders = vec![directory(&order.request)];
        if let Language::Rust(program) = &order.request.program.language {
            folders.push(program.target_directory.clone());
            folders.extend(program.build_directory.clone());
        }
        let inside = folders
            .iter()
            .filter_map(|folder| folder.strip_prefix(repository).ok());
        let inside = inside.filter(|folder| !folder.as_os_str().is_empty());
        lines.extend(inside.map(|folder| folder.display().to_string()));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Disk {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
