//! From a library back to who asked for it in the source.

use std::collections::BTreeSet;

use coracle_toolchain::native::is_of_the_c_library;
use coracle_toolchain::origin::{Origins, Package};

use super::{Known, Source};
use crate::check::look::Seen;
use crate::record::Link;
use crate::settings::DLOPEN;
use crate::why::{FileAnswer, Found};

/// Who asked for a thing of the image, each once.
pub(super) fn of_found(found: &Found, known: &Known) -> Vec<Source> {
    let chains: Vec<&[String]> = match found {
        Found::File(file) => chains(file),
        Found::Package(package) => package.used.iter().flat_map(chains).collect(),
        Found::Missing(finding) => vec![finding.chain.as_slice()],
        Found::Label(_) => Vec::new(),
    };
    let mut sources: Vec<Source> = Vec::new();
    for source in chains.into_iter().flat_map(|chain| of_chain(chain, known)) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

fn chains(file: &FileAnswer) -> Vec<&[String]> {
    file.uses.iter().map(|one| one.chain.as_slice()).collect()
}

/// Who asked for the first library of a chain that goes through the program; nobody of a chain that does not.
pub(super) fn of_chain(chain: &[String], known: &Known) -> Vec<Source> {
    let Some(at) = chain.iter().position(|step| *step == known.program) else {
        return Vec::new();
    };
    match (chain.get(at + 1), &known.origins) {
        (None, Some(origins)) => vec![Source::Program(origins.main().to_owned())],
        (None, None) => Vec::new(),
        (Some(step), _) if step.ends_with(&format!("({DLOPEN})")) => {
            vec![Source::Configuration(named(step).to_owned())]
        }
        (Some(_), None) => Vec::new(),
        (Some(step), Some(origins)) => of_library(named(step), known, origins),
    }
}

/// The libraries of a chain after the program, by the names that they are asked for by.
pub(super) fn libraries_of<'a>(chain: &'a [String], program: &str) -> Vec<&'a str> {
    let after = chain.iter().skip_while(|step| *step != program).skip(1);
    after.map(|step| named(step)).collect()
}

/// `libssl.so.3` of `libssl.so.3 (NEEDED)`.
fn named(step: &str) -> &str {
    step.split_once(" (").map_or(step, |(name, _)| name)
}

/// Who asked for a library that the program needs by this name.
fn of_library(soname: &str, known: &Known, origins: &Origins) -> Vec<Source> {
    let name = library_name(soname);
    let is_it = |link: &&Link| match &link.soname {
        Some(of_link) => of_link == soname,
        // Of a sysroot that had no such library, or of none, the name is all there is.
        None => link.library == name && !link.asked.contains("=static="),
    };
    let links = known.links.iter().filter(is_it);
    let sources: Vec<Source> = links
        .flat_map(|link| asked(origins, &link.by, soname, Some(&link.asked)))
        .collect();
    if !sources.is_empty() {
        return sources;
    }
    if is_of_the_c_library(name) || is_loader(soname) {
        return vec![Source::CLibrary(soname.to_owned())];
    }
    let by_name = origins.packages().filter(|package| fits(package, name));
    let sources: Vec<Source> = by_name
        .flat_map(|package| asked(origins, &package.name, soname, None))
        .collect();
    match sources.is_empty() {
        true => vec![Source::Unknown(soname.to_owned())],
        false => sources,
    }
}

/// Whether it is what the kernel starts in the program's place, to load the rest: `/lib64/ld-linux-x86-64.so.2`.
fn is_loader(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("ld-") || name.starts_with("ld64.")
}

/// The packages of that name, as those that asked for a library.
fn asked(origins: &Origins, by: &str, soname: &str, how: Option<&String>) -> Vec<Source> {
    let packages = origins.meant(by).into_iter();
    let source = |package: &Package| {
        Some(Source::Package {
            way: origins.way(&package.name)?,
            links: package.links.clone(),
            library: soname.to_owned(),
            asked: how.cloned(),
        })
    };
    packages.filter_map(source).collect()
}

/// Whether a package most likely stands for a library of this name.
fn fits(package: &Package, library: &str) -> bool {
    let is_it = |name: &str| {
        let bare = name.strip_prefix("lib").unwrap_or(name);
        name == library || bare == library
    };
    let asks = package.asks.iter();
    let mut asked = asks.filter_map(|file| match file {
        coracle_toolchain::BuildFile::PkgConfig(name)
        | coracle_toolchain::BuildFile::Library(name) => Some(name.as_str()),
        coracle_toolchain::BuildFile::Header(_) => None,
    });
    package.links.as_deref().is_some_and(is_it) || asked.any(is_it)
}

/// `ssl` of `libssl.so.3`, which is what linkers call it.
fn library_name(soname: &str) -> &str {
    let name = soname.rsplit('/').next().unwrap_or(soname);
    let name = name.split_once(".so").map_or(name, |(name, _)| name);
    name.strip_prefix("lib").unwrap_or(name)
}

/// Who asked for what: as it was written down when the service was built, else as its packages declare.
pub(super) fn links(known: &Known, origins: &Origins) -> Vec<Link> {
    if !known.links.is_empty() {
        return known.links.clone();
    }
    let mut links = BTreeSet::new();
    for package in origins.packages() {
        let link = |asked: String, library: &str| Link {
            by: package.name.clone(),
            asked,
            library: library.strip_prefix("lib").unwrap_or(library).to_owned(),
            soname: None,
        };
        for file in &package.asks {
            links.insert(match file {
                coracle_toolchain::BuildFile::PkgConfig(name) => {
                    link(format!("pkg-config {name}"), name)
                }
                coracle_toolchain::BuildFile::Library(name) => link(format!("-l{name}"), name),
                coracle_toolchain::BuildFile::Header(_) => continue,
            });
        }
    }
    links.into_iter().collect()
}

/// The library that programs of an image load for what was asked for: its name and its file.
pub(super) fn loaded(seen: &Seen, link: &Link) -> Option<(String, String)> {
    let programs = seen.report.programs.iter();
    let mut objects = programs.flat_map(|program| program.objects.iter().chain(&program.opened));
    let is_static = link.asked.contains("=static=");
    objects.find_map(|object| {
        let soname = object
            .soname
            .as_deref()
            .or_else(|| object.path.rsplit('/').next())?;
        let is_it = match &link.soname {
            Some(wanted) => wanted == soname,
            None => !is_static && library_name(soname) == link.library,
        };
        is_it.then(|| (soname.to_owned(), object.file.clone()))
    })
}
