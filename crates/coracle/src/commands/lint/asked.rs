//! `coracle lint --with-graph`: what cargo and go say of programs, each question asked once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use coracle_build::settings::Toolchain;
use coracle_build::{Features, listed, tree};
use coracle_lint::{Ask, Built, CargoQuestion, GoQuestion, Listed, Listing};

/// By question.
type Answers<T> = Mutex<BTreeMap<String, Result<T, String>>>;

/// The tools of this machine.
#[derive(Debug)]
pub(crate) struct Asked {
    top: PathBuf,
    toolchain: Toolchain,
    cargo: Answers<Built>,
    go: Answers<Listing>,
}

impl Asked {
    /// About the repository with this top.
    pub(crate) fn new(top: PathBuf, toolchain: Toolchain) -> Asked {
        Asked {
            top,
            toolchain,
            cargo: Mutex::default(),
            go: Mutex::default(),
        }
    }

    fn ask_cargo(&self, question: &CargoQuestion<'_>) -> Result<Built, String> {
        let told = question.question;
        let asked = tree::Question {
            package: question.package.to_owned(),
            packages: told.packages.clone(),
            workspace: told.workspace,
            features: Features {
                on: told.features.clone(),
                all: told.all_features,
                no_default: told.no_default_features,
            },
            target: told.target.clone().unwrap_or_else(|| "all".to_owned()),
        };
        let folder = self.top.join(question.workspace);
        let packages = tree::tree(&asked, &folder, &self.toolchain)
            .map_err(|error| format!("cargo does not tell: {}", reason(&error)))?;
        match packages.is_empty() {
            true => Err(format!("cargo does not tell of {}", question.package)),
            false => Ok(packages),
        }
    }

    fn ask_go(&self, question: &GoQuestion<'_>) -> Result<Listing, String> {
        let context = question.context;
        let asked = listed::Question {
            import_path: question.program.to_owned(),
            is_workspace: question.is_workspace,
            architecture: context.architecture.clone(),
            cgo: context.cgo,
            tags: context.tags.clone(),
        };
        let folder = self.top.join(question.folder);
        let packages = listed::listed(&asked, &folder, &self.toolchain)
            .map_err(|error| format!("go does not tell: {}", reason(&error)))?;
        let packages = packages.into_iter().map(|package| {
            let listed = Listed {
                module: package.module,
                uses_c: package.uses_cgo,
                is_empty: package.is_empty,
                imports: package.imports,
            };
            (package.import_path, listed)
        });
        let listing: Listing = packages.collect();
        match listing.contains_key(question.program) {
            true => Ok(listing),
            false => Err(format!("go does not tell of {}", question.program)),
        }
    }
}

/// The first line of why, else of what.
fn reason(error: &dyn std::error::Error) -> String {
    let reason = error.source().unwrap_or(error).to_string();
    reason.lines().next().unwrap_or_default().to_owned()
}

/// The answer that is known, or a new one. Held while it is asked for, so that nobody asks the same meanwhile.
fn once<T: Clone>(
    answers: &Answers<T>,
    question: String,
    ask: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    answers.entry(question).or_insert_with(ask).clone()
}

impl Ask for Asked {
    fn cargo(&self, question: &CargoQuestion<'_>) -> Result<Built, String> {
        once(&self.cargo, format!("{question:?}"), || {
            self.ask_cargo(question)
        })
    }

    fn go(&self, question: &GoQuestion<'_>) -> Result<Listing, String> {
        once(&self.go, format!("{question:?}"), || self.ask_go(question))
    }
}
