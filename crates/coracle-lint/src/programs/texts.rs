//! Texts of files that an image has from its repository: scripts that it starts, and what supervisors read.

use coracle_recipe::dockerfile::document::Arguments;

use super::started::Image;
use super::steps;
use crate::model::{base_name, joined as in_repository};
use crate::repository::Kind;

impl Image<'_> {
    /// The text of a file of this kind that is copied from the repository, or written in the Dockerfile.
    pub(super) fn text(&self, word: &str, kind: Kind) -> Option<String> {
        let name = base_name(word);
        for located in steps::of(self.stages, self.stage).iter().rev() {
            let instruction = located.step.instruction;
            let Arguments::Copy(copy) = &instruction.arguments else {
                continue;
            };
            let to = located.step.scope.expand(&copy.destination).known.ok();
            let is_landing = to.is_some_and(|to| base_name(&to) == name);
            for source in copy.sources.iter().filter(|_| copy.from.is_none()) {
                let from = located.step.scope.expand(&source.word).known.ok();
                if let Some(heredoc) = source.heredoc {
                    if is_landing {
                        let heredoc = instruction.heredocs.get(heredoc)?;
                        return Some(heredoc.body.as_str().to_owned());
                    }
                } else if let Some(text) =
                    from.and_then(|from| self.read(&from, name, (is_landing, kind)))
                {
                    return Some(text);
                }
            }
        }
        None
    }

    /// The text of a file of the context that is copied by a path, or lies below it.
    fn read(&self, from: &str, name: &str, (is_landing, kind): (bool, Kind)) -> Option<String> {
        let is_it = is_landing || base_name(from) == name;
        let contexts = self.dockerfile.contexts();
        contexts.iter().flatten().find_map(|context| {
            let path = in_repository(context, from.trim_start_matches('/'))?;
            let repository = self.model.repository();
            let own = repository.source(&path).filter(|_| is_it);
            let below = || repository.source(&format!("{path}/{name}"));
            let top = || repository.source(name).filter(|_| path.is_empty());
            let source = own.or_else(below).or_else(top)?;
            let is_it = Kind::of(source.path()) == Some(kind);
            is_it.then(|| source.text().to_owned())
        })
    }
}
