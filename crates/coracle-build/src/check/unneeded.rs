//! What an image holds and nothing that starts uses: packages, and libraries that no package brought.
//!
//! ```text
//!  proof ─► reached (files: programs, what they load, what known rules open) ─► needed packages ─► the rest
//! ```
//! Nothing is said where that cannot be known: a shell or another interpreter is started, or a program can start others.

mod doubt;
mod reached;
mod rules;

use std::collections::{BTreeSet, HashMap};

use coracle_binary::start::Report;

use self::reached::Reached;
use super::packages::{Contents, Package};
use super::tree::Tree;

/// What nothing uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unneeded {
    /// Packages and libraries, the heaviest first.
    pub parts: Vec<Part>,
    /// Why nothing is said.
    pub unsaid: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The package's name, or the library's path.
    pub name: String,
    /// What its files weigh, in bytes.
    pub bytes: u64,
}

impl Unneeded {
    /// What all weigh, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// Looks for it.
    pub(super) fn of(tree: &Tree, report: &Report, contents: &Contents) -> Unneeded {
        let owners = contents.owners();
        let is_owned = |file: &str| owners.contains_key(file);
        if let Some(why) = doubt::of(tree, report, &is_owned) {
            return Unneeded {
                parts: Vec::new(),
                unsaid: Some(why),
            };
        }
        let mut reached = Reached::of(tree, report);
        let needed = needed(tree, contents, &owners, &mut reached);
        let mut parts = packages(tree, contents, &needed, &reached);
        if contents.unread.is_empty() {
            parts.extend(libraries(tree, &reached, &is_owned));
        }
        parts.sort_by(|one, other| {
            let heaviest = other.bytes.cmp(&one.bytes);
            heaviest.then_with(|| one.name.cmp(&other.name))
        });
        Unneeded {
            parts,
            unsaid: None,
        }
    }
}

/// 1. A package is needed that brought a file which is reached.
/// 2. So is data on which a needed package depends: the code that reads it is there.
/// 3. So are plugins of a needed package that opens some: its settings may name them, and then they are reached.
fn needed<'a>(
    tree: &Tree,
    contents: &'a Contents,
    owners: &HashMap<&str, &'a Package>,
    reached: &mut Reached<'_>,
) -> BTreeSet<&'a str> {
    let providers = providers(contents);
    let mut needed = BTreeSet::new();
    loop {
        let owned = reached.files().filter_map(|file| owners.get(file));
        let mut more: Vec<&Package> = owned.copied().collect();
        let known = contents.packages.iter();
        more.extend(known.filter(|package| rules::is_never_told(&package.name)));
        let before = needed.len();
        while let Some(package) = more.pop() {
            if !needed.insert(package.name.as_str()) {
                continue;
            }
            let depends = package.depends.iter();
            let depends = depends.filter_map(|name| providers.get(name.as_str()));
            more.extend(depends.filter(|package| !has_code(tree, package)));
        }
        let is_plugin = |package: &&Package| {
            let mut depends = package.depends.iter();
            !needed.contains(package.name.as_str())
                && depends.any(|name| may_open(name, &providers, reached))
                && package.files.iter().any(|file| rules::is_plugin(file))
        };
        let plugins = contents.packages.iter().filter(is_plugin);
        let files = plugins.flat_map(|package| &package.files);
        let files: Vec<&String> = files.filter(|file| rules::is_plugin(file)).collect();
        files.iter().for_each(|file| reached.add(file));
        if needed.len() == before && files.is_empty() {
            return needed;
        }
    }
}

/// Which package is meant by a name that others depend on.
fn providers(contents: &Contents) -> HashMap<&str, &Package> {
    let provided = contents.packages.iter().flat_map(|package| {
        let names = package.provides.iter().map(String::as_str);
        names.map(move |name| (name, package))
    });
    let own = contents.packages.iter();
    let own = own.map(|package| (package.name.as_str(), package));
    provided.chain(own).collect()
}

/// Whether a package has a file that is reached and opens plugins.
fn may_open(name: &str, providers: &HashMap<&str, &Package>, reached: &Reached<'_>) -> bool {
    let provider = providers.get(name);
    provider.is_some_and(|package| {
        let mut files = package.files.iter();
        !rules::opens_nothing(&package.name) && files.any(|file| reached.opens(file))
    })
}

/// Programs, scripts and libraries are used by being started or loaded; the rest is data, which nobody sees being used.
fn has_code(tree: &Tree, package: &Package) -> bool {
    let is_code = |path: &String| tree.is_code(path);
    package.files.iter().any(is_code)
}

/// Of data only that is told which comes with code that is told, and what is known to be looked for by name.
fn packages(
    tree: &Tree,
    contents: &Contents,
    needed: &BTreeSet<&str>,
    reached: &Reached<'_>,
) -> Vec<Part> {
    let is_needed = |package: &Package| needed.contains(package.name.as_str());
    let spare: Vec<&Package> = contents
        .packages
        .iter()
        .filter(|package| !is_needed(package) && package.bytes > 0)
        .collect();
    let (code, data): (Vec<&Package>, Vec<&Package>) = spare
        .into_iter()
        .partition(|package| has_code(tree, package));
    let with_code: BTreeSet<&String> = code.iter().flat_map(|package| &package.depends).collect();
    let is_told = |package: &&Package| match rules::looked_for(&package.name) {
        Some(kind) => !reached.looks_for(kind),
        None => code.contains(package) || with_code.contains(&package.name),
    };
    code.iter()
        .chain(&data)
        .copied()
        .filter(is_told)
        .map(|package| Part {
            name: package.name.clone(),
            bytes: package.bytes,
        })
        .collect()
}

/// Libraries where loaders look that no package brought and nobody asks for.
fn libraries(tree: &Tree, reached: &Reached<'_>, is_owned: &dyn Fn(&str) -> bool) -> Vec<Part> {
    let spare = tree.regular().filter(|(path, kept, _)| {
        rules::is_library(path) && kept.is_elf() && !is_owned(path) && !reached.has(path)
    });
    let part = |(path, kept, _): (&str, &super::kept::Kept, _)| Part {
        name: format!("/{path}"),
        bytes: kept.length(),
    };
    spare.map(part).collect()
}

#[cfg(test)]
mod tests;
