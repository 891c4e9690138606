//! What a builder sees of a context: which ignore file counts, and what it hides.

use coracle_recipe::ignore::Ignore;

use super::dockerfile::Dockerfile;
use crate::repository::Repository;
use crate::source::SourceFile;

/// The ignore file of a Dockerfile and a context.
#[derive(Debug)]
pub struct IgnoreFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What it hides, by paths from the context.
    pub ignore: Ignore,
}

impl<'a> IgnoreFile<'a> {
    /// The one beside the Dockerfile with its name, else the context's own; nothing where there is neither.
    pub(super) fn find(
        repository: &'a Repository,
        dockerfile: &Dockerfile<'_>,
        context: &str,
    ) -> Option<IgnoreFile<'a>> {
        let own = format!("{}.dockerignore", dockerfile.file.path());
        let of_context = match context {
            "" => ".dockerignore".to_owned(),
            context => format!("{context}/.dockerignore"),
        };
        let file = repository
            .source(&own)
            .or_else(|| repository.source(&of_context))?;
        Some(IgnoreFile {
            file,
            ignore: Ignore::read(file.text()),
        })
    }
}
