//! Dockerfiles that stand in the scripts of a job: written into a file by a heredoc, or handed to a build as its input.

use coracle_recipe::workflow::{Goes, Heredoc};
use coracle_recipe::{Span, Text};

use super::build::{Known, Written};
use super::path::joined;
use super::steps::Taken;
use crate::source::SourceFile;

/// Those of one job.
#[derive(Debug, Default)]
pub(super) struct Heredocs<'m> {
    all: Vec<Here<'m>>,
}

#[derive(Debug)]
struct Here<'m> {
    file: &'m SourceFile,
    /// Where its script runs.
    folder: Known<String>,
    heredoc: Heredoc,
}

impl<'m> Heredocs<'m> {
    /// Those of these steps, each with the folder that its script runs in.
    pub(super) fn of(
        steps: &[Taken<'m>],
        folder: impl Fn(&Taken<'m>) -> Known<String>,
    ) -> Heredocs<'m> {
        let mut all = Vec::new();
        for taken in steps {
            let run = taken.step.run.as_ref();
            let Some(run) = run.filter(|run| run.text.text().contains("<<")) else {
                continue;
            };
            all.extend(run.dockerfiles().into_iter().map(|heredoc| Here {
                file: taken.file,
                folder: folder(taken),
                heredoc,
            }));
        }
        Heredocs { all }
    }

    /// The Dockerfile that a script writes into this file, named from this folder.
    pub(super) fn written(&self, folder: &str, name: &str) -> Option<Known<Written>> {
        let is_it = |here: &&Here<'m>| {
            let Goes::File { path, .. } = &here.heredoc.goes else {
                return false;
            };
            match path.starts_with('/') {
                true => path == name,
                false => {
                    let here = here.folder.as_deref().ok();
                    let path = here.and_then(|here| joined(here, path));
                    path.is_some() && path == joined(folder, name)
                }
            }
        };
        let mut found = self.all.iter().filter(is_it);
        let first = found.next()?;
        Some(match found.next() {
            None => first.text(),
            Some(_) => Err(format!("{} writes {name} twice", first.file.path())),
        })
    }

    /// The Dockerfile that a command reads from its input: what stands on the lines below its own.
    pub(super) fn input(&self, file: &SourceFile, command: &Span) -> Option<Known<Written>> {
        let is_it = |here: &&Here<'m>| {
            let line = &here.heredoc.command;
            let is_there = (line.start..line.end).contains(&command.start);
            matches!(here.heredoc.goes, Goes::Input { .. })
                && is_there
                && here.file.path() == file.path()
        };
        Some(self.all.iter().find(is_it)?.text())
    }
}

impl Here<'_> {
    fn text(&self) -> Known<Written> {
        let body = &self.heredoc.body;
        let text = body.text();
        let path = self.file.path();
        if text.contains("${{") {
            return Err(format!("a Dockerfile in {path} is filled in when it runs"));
        }
        // The shell takes variables, commands and the ends of continued lines out.
        if self.heredoc.is_expanded && text.contains(['$', '`', '\\']) {
            return Err(format!("the shell changes the Dockerfile in {path}"));
        }
        let text: Text = body.piece(&(0..text.len()));
        Ok(Written::Within {
            file: path.to_owned(),
            text,
        })
    }
}
