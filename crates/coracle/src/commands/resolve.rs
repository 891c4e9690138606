//! `coracle resolve`: builds and pushes what files name, and prints them with digests, or changes them.

use std::io::Read as _;
use std::path::Path;

use coracle_build::deployment::{self, Source, Written};
use coracle_build::pipeline;

use super::{Failure, answer};
use crate::arguments::{Global, Resolve};
use crate::render::{self, progress};
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, resolve: &Resolve) -> Result<(), Failure> {
    let sources = sources(resolve)?;
    let build = resolve.pushing();
    let settings = settings::read(&Asked {
        selection: Some(&build.selection),
        archive: Some(&build.archive),
        build: Some(&build),
        publishing: Some(&build.publishing),
        jobs: build.jobs,
        ..Asked::of(global)
    });
    let settings = settings.map_err(|error| match error {
        settings::Error::NoRepository => Failure::NowhereToPush,
        error => error.into(),
    })?;
    let observer = progress::observer(global);
    let resolved = pipeline::resolve_files(&settings, sources, &observer.callback());
    observer.finish();
    let (built, written) = resolved?;
    if !global.quiet {
        render::summary::show(&built, global.verbose);
    }
    match resolve.in_place {
        true => Ok(deployment::write(&written)?),
        false => answer(&stream(&written)),
    }
}

/// The files in the order of the arguments.
fn sources(resolve: &Resolve) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in &resolve.files {
        if path != Path::new("-") {
            sources.extend(deployment::read(path, resolve.recursive)?);
            continue;
        }
        if resolve.in_place {
            return Err(Failure::StdinInPlace);
        }
        let mut text = String::new();
        let stdin = std::io::stdin().lock().read_to_string(&mut text);
        stdin.map_err(Failure::Stdin)?;
        let path = None;
        sources.push(Source { path, text });
    }
    Ok(sources)
}

/// One file as it is; several as one stream of documents.
fn stream(files: &[Written]) -> String {
    let mut stream = String::new();
    for file in files {
        if !stream.is_empty() {
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
            if !file.text.starts_with("---") {
                stream.push_str("---\n");
            }
        }
        stream.push_str(&file.text);
    }
    stream
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_are_a_stream_of_documents() {
        let file = |text: &str| Written {
            source: Source {
                path: None,
                text: String::new(),
            },
            text: text.to_owned(),
        };
        assert_eq!(stream(&[file("a: 1")]), "a: 1");
        let files = [file("a: 1"), file("---\nb: 2\n"), file("c: 3\n")];
        assert_eq!(stream(&files), "a: 1\n---\nb: 2\n---\nc: 3\n");
    }
}
