//! What a program imports, through whom, and whether that leads to `C`.

mod decided;

use std::collections::{BTreeMap, VecDeque};

pub use self::decided::{Listed, Listing};

use super::context::Context;
use super::modules::{Modules, Origin};
use super::package::Package;
use crate::answer::Answer;
use crate::files::Files;
use crate::place::Place;

/// Standard packages that do nothing without cgo. Others (`net`, `os/user`) use it and do the same without.
const NEED_CGO: [&str; 1] = ["plugin"];

/// The import graph of a program: as the repository's own sources tell it, or decided by go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The packages, by import path, the program's own among them.
    pub packages: BTreeMap<String, Imported>,
    modules: Vec<String>,
    lists_all: bool,
    is_whole: bool,
}

/// A package that a program imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its import path.
    pub import_path: String,
    /// Where it is.
    pub origin: Origin,
    /// Whether it is imported: yes, or not known. What packages from elsewhere import is not among the packages.
    pub is_imported: Answer,
    /// A shortest chain from the program to it, both among it; of several the first by name.
    pub chain: Vec<Link>,
    /// What is in its folder, where that is here.
    pub package: Option<Package>,
    /// Whether it uses `C` in this build.
    pub uses_c: Answer,
}

/// A package of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its import path.
    pub import_path: String,
    /// Where the package before it imports it; `None` for the first.
    pub place: Option<Place>,
}

impl Modules {
    /// Follows what a program imports, in a build.
    pub fn walk(&self, files: &dyn Files, program: &str, context: &Context) -> Walk {
        let context = self.context(context);
        let mut walker = Walker {
            modules: self,
            files,
            context: &context,
            seen: BTreeMap::new(),
        };
        let surely = walker.walk(program, |answer| answer.is_yes());
        let maybe = walker.walk(program, |answer| !answer.is_no());
        let packages = maybe.keys().filter_map(|path| {
            let (parents, is_imported) = match surely.get(path) {
                Some(_) => (&surely, Answer::Yes),
                None => (&maybe, why_not_known(&maybe, path)),
            };
            let (origin, package) = walker.seen.get(path)?.clone();
            let uses_c = uses_c(path, &origin, package.as_ref(), &context);
            let imported = Imported {
                import_path: path.clone(),
                chain: chain(parents, path),
                origin,
                is_imported,
                package,
                uses_c,
            };
            Some((path.clone(), imported))
        });
        Walk {
            packages: packages.collect(),
            modules: self
                .requirements()
                .map(|require| require.path.clone())
                .collect(),
            // Since 1.17 a go.mod names every module that its packages are built from.
            lists_all: self.mains.iter().all(|module| module.file.release() >= 17),
            is_whole: false,
        }
    }
}

fn uses_c(path: &str, origin: &Origin, package: Option<&Package>, context: &Context) -> Answer {
    match (origin, package) {
        (Origin::Standard, _) => NEED_CGO.contains(&path).into(),
        (_, Some(package)) => package.uses_c(context),
        (_, None) => Answer::unknown(format!("{path} is not in the repository")),
    }
}

impl Walk {
    /// Whether the program uses `C` in this build (`net` and `os/user` aside, which do the same without).
    ///
    /// What is not in the repository is not known; a package here that does, decides.
    pub fn uses_c(&self) -> Answer {
        let each = self
            .packages
            .values()
            .map(|imported| imported.is_imported.clone().and(imported.uses_c.clone()));
        each.fold(Answer::No, Answer::or)
    }

    /// The packages here that use `C`, certainly or perhaps: those from elsewhere are not among them.
    pub fn using_c(&self) -> impl Iterator<Item = &Imported> {
        let packages = self.packages.values();
        packages.filter(|imported| {
            let is_here = imported.package.is_some() || imported.origin == Origin::Standard;
            is_here && !imported.uses_c.is_no()
        })
    }

    /// The packages of modules that are not in the repository.
    pub fn elsewhere(&self) -> impl Iterator<Item = &Imported> {
        let packages = self.packages.values();
        packages.filter(|imported| matches!(imported.origin, Origin::Elsewhere { .. }))
    }

    /// Whether the program is made of a module, by its path. Where only modules from elsewhere could import it, that is not
    /// known.
    pub fn has_module(&self, path: &str) -> Answer {
        let is_of = |imported: &&Imported| match &imported.origin {
            Origin::Here { module, .. } | Origin::Vendored { module, .. } => module == path,
            Origin::Elsewhere { module, .. } => module.as_deref() == Some(path),
            Origin::Standard => false,
        };
        let direct = self.packages.values().filter(is_of);
        let direct = direct.map(|imported| imported.is_imported.clone());
        let is_listed = !self.lists_all || self.modules.iter().any(|module| module == path);
        let through = match self.elsewhere().next() {
            Some(first) if is_listed && !self.is_whole => Answer::unknown(format!(
                "what {} imports is not in the repository",
                first.import_path
            )),
            _ => Answer::No,
        };
        direct.fold(through, Answer::or)
    }

    /// How the program comes to a package, or to the first package of a module, by import path; `None` where it does not.
    pub fn chain(&self, path: &str) -> Option<&[Link]> {
        let below =
            |imported: &&Imported| crate::path::below(path, &imported.import_path).is_some();
        let found = self.packages.values().filter(below);
        let shortest = found.min_by_key(|imported| (imported.chain.len(), &imported.import_path));
        shortest.map(|imported| imported.chain.as_slice())
    }
}

/// By whom each package is imported first.
type Parents = BTreeMap<String, Option<Parent>>;
/// Who imports a package, where, and whether that counts.
type Parent = (String, Place, Answer);

struct Walker<'a> {
    modules: &'a Modules,
    files: &'a dyn Files,
    context: &'a Context,
    seen: BTreeMap<String, (Origin, Option<Package>)>,
}

impl Walker<'_> {
    /// Breadth first, so that chains are shortest.
    fn walk(&mut self, program: &str, counts: impl Fn(&Answer) -> bool) -> Parents {
        let mut parents: Parents = BTreeMap::from([(program.to_owned(), None)]);
        let mut waiting = VecDeque::from([program.to_owned()]);
        while let Some(path) = waiting.pop_front() {
            let (_, package) = self.look(&path);
            let Some(package) = package else {
                continue;
            };
            for (import, (answer, stands)) in package.imports() {
                if counts(&answer) && !parents.contains_key(import) {
                    let parent = (path.clone(), stands.place.clone(), answer);
                    parents.insert(import.to_owned(), Some(parent));
                    waiting.push_back(import.to_owned());
                }
            }
        }
        for path in parents.keys() {
            self.look(path);
        }
        parents
    }

    fn look(&mut self, path: &str) -> (Origin, Option<Package>) {
        if let Some(seen) = self.seen.get(path) {
            return seen.clone();
        }
        let origin = self.modules.origin(self.files, path);
        let package = match &origin {
            Origin::Here { folder, .. } | Origin::Vendored { folder, .. } => {
                Some(super::package::read(self.files, folder, self.context))
            }
            Origin::Standard | Origin::Elsewhere { .. } => None,
        };
        let seen = (origin, package);
        self.seen.insert(path.to_owned(), seen.clone());
        seen
    }
}

fn way<'a>(parents: &'a Parents, end: &'a str) -> Vec<(&'a str, Option<&'a Parent>)> {
    let mut way = Vec::new();
    let mut at = Some(end);
    while let Some(path) = at {
        let parent = parents.get(path).and_then(Option::as_ref);
        way.push((path, parent));
        at = parent.map(|(path, _, _)| path.as_str());
    }
    way.reverse();
    way
}

fn chain(parents: &Parents, end: &str) -> Vec<Link> {
    let link = |(path, parent): (&str, Option<&Parent>)| Link {
        import_path: path.to_owned(),
        place: parent.map(|(_, place, _)| place.clone()),
    };
    way(parents, end).into_iter().map(link).collect()
}

fn why_not_known(parents: &Parents, end: &str) -> Answer {
    let mut answers = way(parents, end)
        .into_iter()
        .filter_map(|(_, parent)| parent.map(|(_, _, answer)| answer.clone()));
    let unknown = answers.find(|answer| answer.because().is_some());
    unknown.unwrap_or_else(|| Answer::unknown("its files' constraints do not decide"))
}
