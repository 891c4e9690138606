//! What cargo says on standard output with `--message-format=json-render-diagnostics`: one JSON
//! object a line. Lines that are not such objects are for people, a build script's or wrapper's.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cargo_metadata::Message;

use super::CompileEvent;
use crate::project::RustProgram;

/// What the messages of one build said so far.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The program's file.
    pub(super) executable: Option<PathBuf>,
    /// Crates that were compiled or found compiled.
    done: usize,
    /// Whether one of them had to be compiled.
    compiled: bool,
    linked: BTreeSet<String>,
}

impl Messages {
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
                self.done += 1;
                self.compiled |= !artifact.fresh;
                Some(CompileEvent::Progress {
                    done: self.done,
                    total: None,
                    what: artifact.target.name,
                })
            }
            Message::BuildScriptExecuted(script) => {
                self.linked.extend(
                    script
                        .linked_libs
                        .into_iter()
                        .map(|library| library.into_string()),
                );
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

    /// What build scripts asked to link, sorted.
    pub(super) fn linked_libraries(&self) -> Vec<String> {
        self.linked.iter().cloned().collect()
    }
}
