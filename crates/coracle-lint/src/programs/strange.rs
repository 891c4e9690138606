//! Files of an image of which it is not known what they need: those that are neither programs that were seen being made nor
//! data by their names. Also, which words name a file that is no text of the repository.

use coracle_recipe::dockerfile::document::{Arguments, Copy, Source};

use super::started::Image;
use super::steps::{self, Located};
use crate::model::{base_name, joined};

/// Endings of what nothing is started from.
const DATA: [&str; 34] = [
    "cfg", "conf", "crt", "css", "csv", "env", "gz", "hbs", "html", "ico", "ini", "jpg", "js",
    "json", "lock", "map", "md", "pem", "png", "proto", "sh", "sql", "svg", "tera", "tmpl", "toml",
    "txt", "wasm", "woff", "woff2", "xml", "yaml", "yml", "zone",
];

/// Folders of a stage that hold data.
const FOLDERS: [&str; 4] = ["/etc/", "/migrations", "/ssl/certs", "/zoneinfo"];

impl Image<'_> {
    /// The first of them, as it is copied.
    pub(crate) fn strange(&self) -> Option<String> {
        for located in steps::of(self.stages, self.stage) {
            let (Arguments::Copy(copy) | Arguments::Add(copy)) =
                &located.step.instruction.arguments
            else {
                continue;
            };
            let mut sources = copy.sources.iter();
            if let Some(source) = sources.find(|source| !self.is_known(&located, copy, source)) {
                return Some(source.word.text.clone());
            }
        }
        None
    }

    /// Whether a file is copied under the name of this word that is no file of the repository: a program, whoever made it.
    pub(crate) fn brings(&self, word: &str) -> bool {
        let name = base_name(word);
        if name.contains('.') {
            return false;
        }
        steps::of(self.stages, self.stage).iter().any(|located| {
            let Arguments::Copy(copy) = &located.step.instruction.arguments else {
                return false;
            };
            let known = |word| located.step.scope.expand(word).known.ok();
            let is_landing = known(&copy.destination).is_some_and(|to| base_name(&to) == name);
            let mut sources = copy
                .sources
                .iter()
                .filter(|source| source.heredoc.is_none());
            sources.any(|source| {
                let from = known(&source.word);
                let is_it = from.as_ref().is_some_and(|from| base_name(from) == name);
                (is_it || is_landing && copy.sources.len() == 1)
                    && (copy.from.is_some() || !from.is_some_and(|from| self.has(&from)))
            })
        })
    }

    /// Whether a path is one of the repository's own.
    fn has(&self, text: &str) -> bool {
        let contexts = self.dockerfile.contexts();
        contexts.iter().flatten().any(|context| {
            let path = joined(context, text.trim_start_matches('/'));
            path.is_some_and(|path| self.model.repository().has(&path))
        })
    }

    fn is_known(&self, located: &Located<'_>, copy: &Copy, source: &Source) -> bool {
        let place = self.dockerfile.place(&source.word.span);
        let is_program = self.arrivals().iter().any(|arrival| arrival.place == place);
        if source.heredoc.is_some() || is_program {
            return true;
        }
        let Ok(text) = located.step.scope.expand(&source.word).known else {
            return false;
        };
        match copy.from {
            Some(_) => is_data(&text) || FOLDERS.iter().any(|folder| text.contains(folder)),
            None => self.are_data(&text),
        }
    }

    /// Whether all that is copied from the context by this path are data of the repository.
    fn are_data(&self, text: &str) -> bool {
        let repository = self.model.repository();
        let contexts = self.dockerfile.contexts();
        contexts.iter().all(|context| {
            let Ok(context) = context else { return false };
            let Some(path) = joined(context, text.trim_start_matches('/')) else {
                return false;
            };
            let mut files: Vec<&str> = repository.below(&path).map(|(path, _)| path).collect();
            if repository.size(&path).is_some() {
                files.push(&path);
            }
            !files.is_empty() && files.iter().all(|file| is_data(file))
        })
    }
}

fn is_data(path: &str) -> bool {
    let ending = base_name(path).rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| DATA.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_folders_are_sorted() {
        assert!(DATA.is_sorted() && FOLDERS.is_sorted());
        assert!(is_data("a/config.toml") && !is_data("a/api") && !is_data("lib.so.1"));
    }
}
