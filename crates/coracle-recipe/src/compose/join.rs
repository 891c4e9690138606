//! Several compose files as one: override files, `extends` and `include`. Texts come from whoever asks; nothing is read
//! here.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::merge;
use super::node::{Key, Mark, Node};
use super::reference::{Extends, Include};
use super::sources::{Joined, Problem, Sources};
use super::{Compose, Error, of_node, path};

/// Files that include or extend one another; more are a circle, or no real project's.
const FILES: usize = 256;
/// Services that extend one another in a row, and files that include one another.
const DEPTH: usize = 32;

/// Joins compose files: each is laid over those before it, as `docker compose -f A -f B` does, and `extends` and
/// `include` are followed. `lookup` gives the text of a file by its name: one of `names`, or a path that one of them
/// leads to from its own folder, such as `common/base.yaml` or `../base.yaml`.
///
/// Paths within the services (contexts, `env_file`, volumes) are those from the first file's folder, whatever file they
/// are written in. What cannot be followed is a problem, and all else is there.
///
/// ```
/// use coracle_recipe::compose;
///
/// let files = [
///     ("compose.yaml", "services: {api: {extends: {file: base/b.yaml, service: a}, image: acme/api}}\n"),
///     ("base/b.yaml", "services: {a: {build: {context: ., target: api}}}\n"),
///     ("test.yaml", "services: {api: {build: {target: test}}}\n"),
/// ];
/// let lookup = |name: &str| Some(files.iter().find(|(file, _)| *file == name)?.1.to_owned());
/// let joined = compose::join(&["compose.yaml", "test.yaml"], &lookup).unwrap();
/// let build = joined.compose.service("api").unwrap().build.clone().unwrap();
/// assert_eq!(build.context.unwrap().text(), Some("base"));
/// let target = build.target.unwrap();
/// assert_eq!(target.text(), Some("test"));
/// assert_eq!(joined.locate(&target.span).unwrap().0.name, "test.yaml");
/// ```
///
/// # Errors
/// When one of `names` is not there, is no YAML, or when what they are together is no compose file.
pub fn join(names: &[&str], lookup: &dyn Fn(&str) -> Option<String>) -> Result<Joined, Problem> {
    let mut joiner = Joiner {
        lookup,
        sources: Sources::default(),
        documents: BTreeMap::new(),
        included: BTreeSet::new(),
        problems: Vec::new(),
    };
    let folder = names.first().map_or("", |name| path::folder(name));
    let mut joined: Option<Node> = None;
    for name in names {
        let node = joiner.document(name)?;
        joined = joiner.laid_over(joined, &node, name, folder);
    }
    let compose = match joined {
        Some(node) => joiner.with_includes(node, folder, 0)?,
        None => Compose::default(),
    };
    Ok(Joined {
        compose,
        sources: joiner.sources.sources,
        problems: joiner.problems,
    })
}

struct Joiner<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    sources: Sources,
    documents: BTreeMap<String, Node>,
    /// What was included already, once being enough.
    included: BTreeSet<Vec<String>>,
    problems: Vec<Problem>,
}

impl Joiner<'_> {
    /// The root of a file, read once.
    fn document(&mut self, name: &str) -> Result<Node, Problem> {
        if let Some(node) = self.documents.get(name) {
            return Ok(node.clone());
        }
        let problem = |error: Error| Problem {
            file: name.to_owned(),
            error,
        };
        let missing = |message: &str| Error {
            line: 1,
            column: 1,
            message: message.to_owned(),
        };
        if self.sources.sources.len() >= FILES || self.sources.is_there(name) {
            return Err(problem(missing("it cannot be read, or too many files are")));
        }
        let text = (self.lookup)(name).ok_or_else(|| problem(missing("it is not there")))?;
        let node = self.sources.read(name, text).map_err(problem)?;
        if let Ok(compose) = of_node(&node) {
            let errors = compose.services.into_values().filter_map(Result::err);
            self.problems.extend(errors.map(problem));
        }
        self.documents.insert(name.to_owned(), node.clone());
        Ok(node)
    }

    fn problem(&mut self, node: &Node, message: String) {
        let problem = Problem {
            file: self.sources.name(node).to_owned(),
            error: node.error(message),
        };
        // What is extended twice is told once.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// A file over what is there, its services as what they extend has them.
    fn laid_over(
        &mut self,
        base: Option<Node>,
        root: &Node,
        name: &str,
        folder: &str,
    ) -> Option<Node> {
        let entries = root.as_map().unwrap_or_default().iter();
        let mut extended = Vec::new();
        for (key, node) in entries {
            let node = match (key.text.as_str(), node.as_map()) {
                ("services", Some(services)) => {
                    let mut resolved = Vec::new();
                    for (service, _) in services {
                        let mut open = Vec::new();
                        let node = self.service(name, &service.text, folder, &mut open);
                        resolved.extend(node.map(|node| (service.clone(), node)));
                    }
                    node.with_entries(resolved)
                }
                _ => node.clone(),
            };
            extended.push((key.clone(), node));
        }
        let root = match root.as_map() {
            Some(_) => root.with_entries(extended),
            None => root.clone(),
        };
        Some(match base {
            Some(base) => merge(&base, &root, &[]),
            None => root,
        })
    }

    /// A service of a file, over what it extends; its paths from `folder`.
    fn service(
        &mut self,
        file: &str,
        name: &str,
        folder: &str,
        open: &mut Vec<(String, String)>,
    ) -> Option<Node> {
        let root = self.documents.get(file)?;
        let service = root.get("services")?.get(name)?.clone();
        let own = path::rebased(&service, path::folder(file), folder);
        let Some(node) = service.get("extends").cloned() else {
            return Some(own);
        };
        let own = without(&own, "extends");
        let here = (file.to_owned(), name.to_owned());
        if open.contains(&here) || open.len() >= DEPTH {
            self.problem(
                &node,
                format!("the service `{name}` extends itself, or too many in a row"),
            );
            return Some(own);
        }
        open.push(here);
        let base = self.base(file, &node, folder, open);
        open.pop();
        Some(match base {
            Some(base) => merge(&base, &own, &["services", name]),
            None => own,
        })
    }

    /// The service that `extends` names.
    fn base(
        &mut self,
        file: &str,
        node: &Node,
        folder: &str,
        open: &mut Vec<(String, String)>,
    ) -> Option<Node> {
        let extends = match Extends::read(node, &node.span) {
            Ok(extends) => extends?,
            Err(_) => return None,
        };
        let (other, service) = match (extends.file.map(|file| file.known), extends.service.known) {
            (None, Ok(service)) => (file.to_owned(), service),
            (Some(Ok(other)), Ok(service)) => (path::join(path::folder(file), &other), service),
            (Some(Err(unknown)), _) | (_, Err(unknown)) => {
                self.problem(node, format!("`extends` is not followed: {unknown}"));
                return None;
            }
        };
        if let Err(problem) = self.document(&other) {
            self.problem(node, format!("`extends` is not followed: {problem}"));
            return None;
        }
        let base = self.service(&other, &service, folder, open);
        if base.is_none() {
            self.problem(node, format!("{other} has no service `{service}`"));
        }
        base
    }

    /// What a joined file says, with the services of what it includes; its own of the same name win.
    fn with_includes(
        &mut self,
        root: Node,
        folder: &str,
        depth: usize,
    ) -> Result<Compose, Problem> {
        let of = |error: Error, file: &str| Problem {
            file: file.to_owned(),
            error,
        };
        let name = self.sources.name(&root).to_owned();
        let mut compose = of_node(&root).map_err(|error| of(error, &name))?;
        let Some(include) = root.get("include").filter(|_| depth < DEPTH) else {
            return Ok(compose);
        };
        let from = self.sources.name(include).to_owned();
        for each in Include::read(include, &include.span).unwrap_or_default() {
            if let Some(unknown) = each.paths.iter().find_map(|path| path.known.as_ref().err()) {
                self.problem(include, format!("`include` is not followed: {unknown}"));
                continue;
            }
            match self.included(&each, &from, folder, depth) {
                Ok(Some(included)) => {
                    for (name, service) in included.services {
                        compose.services.entry(name).or_insert(service);
                    }
                }
                Ok(None) => {}
                Err(problem) => {
                    self.problem(include, format!("`include` is not followed: {problem}"));
                }
            }
        }
        Ok(compose)
    }

    fn included(
        &mut self,
        include: &Include,
        from: &str,
        folder: &str,
        depth: usize,
    ) -> Result<Option<Compose>, Problem> {
        let paths = include.paths.iter().filter_map(|path| path.text());
        let names: Vec<String> = paths
            .map(|path| path::join(path::folder(from), path))
            .collect();
        let mut joined: Option<Node> = None;
        if !self.included.insert(names.clone()) {
            return Ok(None);
        }
        for name in names {
            let node = self.document(&name)?;
            joined = self.laid_over(joined, &node, &name, folder);
        }
        joined
            .map(|node| self.with_includes(node, folder, depth + 1))
            .transpose()
    }
}

fn without(service: &Node, key: &str) -> Node {
    let entries = service.as_map().unwrap_or_default().iter();
    let kept = entries
        .filter(|(other, node): &&(Key, Node)| other.text != key && node.mark != Some(Mark::Reset));
    service.with_entries(kept.cloned().collect())
}

#[cfg(test)]
mod tests;
