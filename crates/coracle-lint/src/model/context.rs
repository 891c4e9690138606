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
    /// The one beside the Dockerfile with its name, else the context's own; nothing where there is neither. Podman looks
    /// for `.containerignore` first, which Docker does not know: it counts where there is no other.
    pub(super) fn find(
        repository: &'a Repository,
        dockerfile: &Dockerfile<'_>,
        context: &str,
    ) -> Option<IgnoreFile<'a>> {
        let of_context = |name: &str| match context {
            "" => name.to_owned(),
            context => format!("{context}/{name}"),
        };
        let places = [
            format!("{}.dockerignore", dockerfile.file.path()),
            of_context(".dockerignore"),
            of_context(".containerignore"),
        ];
        let file = places.iter().find_map(|path| repository.source(path))?;
        Some(IgnoreFile {
            file,
            ignore: Ignore::read(file.text()),
        })
    }
}
