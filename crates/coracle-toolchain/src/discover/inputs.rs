//! Paths of a program's sources, relative to the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::project::{Inputs, OWN, relative};

impl Inputs {
    /// Makes absolute paths relative to the root and leaves out what coracle writes itself.
    pub(super) fn relative_to(self, root: &Path) -> Inputs {
        let all = |paths: BTreeSet<PathBuf>| {
            paths
                .iter()
                .map(|path| relative(root, path))
                .collect::<BTreeSet<_>>()
        };
        let (trees, folders) = (all(self.trees), all(self.folders));
        let mut except = all(self.except);
        except.extend(trees.iter().chain(&folders).map(|folder| folder.join(OWN)));
        Inputs {
            files: all(self.files),
            trees,
            folders,
            except,
        }
    }

    /// Leaves `folder` out of the trees, unless something below it is a source after all.
    pub(super) fn except(&mut self, folder: &Path) {
        let mut sources = self.trees.iter().chain(&self.folders).chain(&self.files);
        if !sources.any(|source| source.starts_with(folder)) {
            self.except.insert(folder.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_a_source_is_not_excepted() {
        let mut inputs = Inputs {
            trees: ["/r", "/r/crates/one/inner"].map(PathBuf::from).into(),
            ..Inputs::default()
        };
        inputs.except(Path::new("/r/crates/one"));
        inputs.except(Path::new("/r/crates/two"));
        assert_eq!(inputs.except, [PathBuf::from("/r/crates/two")].into());
    }
}
