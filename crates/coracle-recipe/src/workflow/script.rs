//! What is found in a `run` without reading it as a shell does: texts that it writes into files (heredocs). Commands with
//! their words are the shell reader's.

use std::ops::Range;

use super::heredoc;
use super::step::Run;
use crate::span::Span;
use crate::yaml::Scalar;

/// A text within a script: `cat > FILE <<EOF … EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The text, each piece of which knows its place in the workflow's file.
    pub body: Scalar,
    /// Whether the shell replaces `$X` in it: its delimiter has no quotes.
    pub is_expanded: bool,
    /// Where it goes.
    pub goes: Goes,
    /// Where the command stands that takes it: its line.
    pub command: Span,
}

/// Where the text of a heredoc goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goes {
    /// Into a file, by `>`, `>>` or `tee`.
    File {
        /// As written, quotes aside.
        path: String,
        /// Where.
        span: Span,
    },
    /// Into a command's input.
    Input {
        /// The command's line.
        line: String,
    },
}

impl Run {
    /// The heredocs of the script.
    pub fn heredocs(&self) -> Vec<Heredoc> {
        let text = self.text.text();
        let found = heredoc::find(text).into_iter();
        found
            .map(|found| {
                let line = text.get(found.line.clone()).unwrap_or_default();
                let goes = match destination(line) {
                    Some(file) => {
                        let at = found.line.start;
                        let file = at + file.start..at + file.end;
                        let written = text.get(file.clone()).unwrap_or_default();
                        Goes::File {
                            path: written.replace(['"', '\''], ""),
                            span: self.text.span_of(file),
                        }
                    }
                    None => Goes::Input {
                        line: line.trim().to_owned(),
                    },
                };
                Heredoc {
                    body: self.text.scalar().part(&found.body),
                    is_expanded: found.is_expanded,
                    goes,
                    command: self.text.span_of(found.line),
                }
            })
            .collect()
    }

    /// The Dockerfiles and Containerfiles that the script writes, or gives to a build.
    pub fn dockerfiles(&self) -> Vec<Heredoc> {
        let mut heredocs = self.heredocs();
        heredocs.retain(Heredoc::is_dockerfile);
        heredocs
    }
}

impl Heredoc {
    /// Whether it is a Dockerfile: by the name of its file, or because a build reads it.
    pub fn is_dockerfile(&self) -> bool {
        match &self.goes {
            Goes::File { path, .. } => is_dockerfile(path),
            Goes::Input { line } => {
                let words: Vec<&str> = line.split_whitespace().collect();
                let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
                let reads = has(&["-", "-f-", "--file=-"]);
                has(&["docker", "podman", "buildah", "nerdctl"]) && has(&["build", "bud"]) && reads
            }
        }
    }
}

/// Whether a file of this name is a Dockerfile: `Dockerfile`, `Containerfile.api`, `api.Dockerfile`.
fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|known| {
        let rest = name.strip_prefix(known);
        let is_first =
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
        is_first
            || name
                .strip_suffix(known)
                .is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    })
}

/// The file that a line writes to.
fn destination(line: &str) -> Option<Range<usize>> {
    let mut words = words(line).peekable();
    let text = |word: &Range<usize>| line.get(word.clone()).unwrap_or_default();
    let mut is_tee = false;
    while let Some(word) = words.next() {
        let written = text(&word);
        let after = written.trim_start_matches('1').trim_start_matches('>');
        let is_redirection = written.starts_with('>') || written.starts_with("1>");
        if is_redirection && after.starts_with('&') {
            continue;
        }
        if is_redirection {
            let file = match after.is_empty() {
                true => words.next()?,
                false => word.end - after.len()..word.end,
            };
            let name = text(&file).trim_end_matches([';', ')']).len();
            return Some(file.start..file.start + name);
        }
        let is_file = !written.starts_with(['-', '<', '|']);
        if is_tee && is_file {
            return Some(word);
        }
        is_tee = written == "tee" || (is_tee && written.starts_with('-'));
    }
    None
}

/// What is between the space of a script, without comments and without what hides line breaks.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let start = at + (rest.len() - rest.trim_start().len());
            let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
            if rest.starts_with('#') {
                at = start + rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            let end = start + rest.find(char::is_whitespace).unwrap_or(rest.len());
            at = end;
            if text.get(start..end) != Some("\\") {
                return Some(start..end);
            }
        }
    })
}

#[cfg(test)]
mod tests;
