//! `coracle lint --with-graph`: what cargo says of programs, each question asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use coracle_build::settings::Toolchain;
use coracle_build::{Features, tree};
use coracle_lint::{Ask, CargoQuestion};

type Answer = Result<BTreeSet<(String, String)>, String>;

/// The tools of this machine.
#[derive(Debug)]
pub(crate) struct Asked {
    top: PathBuf,
    toolchain: Toolchain,
    answers: Mutex<BTreeMap<String, Answer>>,
}

impl Asked {
    /// About the repository with this top.
    pub(crate) fn new(top: PathBuf, toolchain: Toolchain) -> Asked {
        Asked {
            top,
            toolchain,
            answers: Mutex::default(),
        }
    }

    fn ask(&self, question: &CargoQuestion<'_>) -> Answer {
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
        let packages = tree::tree(&asked, &folder, &self.toolchain).map_err(|error| {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            let reason = reason.lines().next().unwrap_or_default().to_owned();
            format!("cargo does not tell: {reason}")
        })?;
        match packages.is_empty() {
            true => Err(format!("cargo does not tell of {}", question.package)),
            false => Ok(packages),
        }
    }
}

impl Ask for Asked {
    fn cargo(&self, question: &CargoQuestion<'_>) -> Answer {
        let key = format!("{question:?}");
        // Held while cargo answers, so that nobody asks the same meanwhile.
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.entry(key);
        answer.or_insert_with(|| self.ask(question)).clone()
    }
}
