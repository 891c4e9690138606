//! What cargo says on standard output with `--message-format=json-render-diagnostics`: one JSON
//! object a line. Lines that are not such objects are for people, a build script's or wrapper's.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cargo_metadata::Message;

use super::linked::{Linked, crate_name, folder};
use super::made_of::Setting;
use super::{CompileEvent, MadeOf};
use crate::project::RustProgram;

/// What the messages of one build said so far.
#[derive(Debug)]
pub(super) struct Messages {
    /// The program's file.
    pub(super) executable: Option<PathBuf>,
    /// Crates that were compiled or found compiled.
    done: usize,
    /// Whether one of them had to be compiled.
    compiled: bool,
    linked: BTreeSet<Linked>,
    packages: BTreeSet<String>,
    /// The folder below which is what is compiled for the program, not for this machine.
    of_target: PathBuf,
}

impl Messages {
    /// Nothing was said yet. `of_target` is the target's own folder below the one that cargo builds in.
    pub(super) fn new(of_target: PathBuf) -> Messages {
        Messages {
            executable: None,
            done: 0,
            compiled: false,
            linked: BTreeSet::new(),
            packages: BTreeSet::new(),
            of_target,
        }
    }

    /// Takes a line of standard output and tells what it means, if anything.
    pub(super) fn take(&mut self, program: &RustProgram, line: &str) -> Option<CompileEvent> {
        if !line.starts_with('{') {
            return Some(CompileEvent::Line(line.to_owned()));
        }
        // A message of a kind that later cargos add is no reason to stop.
        match serde_json::from_str(line).ok()? {
            Message::CompilerArtifact(artifact) => {
                let is_program = artifact.package_id.repr == program.package_id
                    && artifact.target.is_bin()
                    && artifact.target.name == program.bin;
                if is_program {
                    self.executable = artifact.executable.map(|path| path.into_std_path_buf());
                }
                self.packages.insert(crate_name(&artifact.package_id.repr));
                self.done += 1;
                self.compiled |= !artifact.fresh;
                Some(CompileEvent::Progress {
                    done: self.done,
                    total: None,
                    what: artifact.target.name,
                })
            }
            Message::BuildScriptExecuted(script) => {
                self.take_script(&script);
                None
            }
            Message::TextLine(text) => Some(CompileEvent::Line(text)),
            _ => None,
        }
    }

    /// Whether nothing had to be compiled.
    pub(super) fn fresh(&self) -> bool {
        !self.compiled
    }

    /// What the build scripts of the program's own crates ask to link; those of procedural macros say nothing of it.
    fn take_script(&mut self, script: &cargo_metadata::BuildScript) {
        if !script.out_dir.as_std_path().starts_with(&self.of_target) {
            return;
        }
        let by = crate_name(&script.package_id.repr);
        let paths = script.linked_paths.iter();
        let folders: Vec<PathBuf> = paths.map(|path| folder(path.as_str())).collect();
        let libraries = script.linked_libs.iter();
        let libraries = libraries.map(|library| Linked::read(&by, library.as_str(), &folders));
        self.linked.extend(libraries);
    }

    /// The crates that were compiled, or found compiled, for this program, with its files.
    pub(super) fn made_of(&self, sources: Vec<PathBuf>, settings: Vec<Setting>) -> MadeOf {
        MadeOf {
            sources,
            settings,
            packages: self.packages.iter().cloned().collect(),
        }
    }

    /// What build scripts asked to link, sorted.
    pub(super) fn linked(&self) -> Vec<Linked> {
        self.linked.iter().cloned().collect()
    }
}
