//! `coracle why SERVICE`: the same about the last image that was built of a service, and in front of it the way from source:
//! from the program's own crate or Go package to the one that asked for a library.

mod error;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use coracle_oci::Digest;
use coracle_toolchain::origin::Origins;
pub use coracle_toolchain::origin::Way;

pub use self::error::Error;
use super::{FileAnswer, Found, Layer, Top, layer, near, owner, top};
use crate::check::look::{Package, Seen};
use crate::record::Link;

/// What is asked of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Why is this here?
    Subject(String),
    /// What is so large? So many of each.
    Top(usize),
    /// Which libraries does it load, and who asked for each?
    Libraries,
}

/// What was found, on one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The service.
    pub service: String,
    /// What it runs on.
    pub platform: String,
    /// The digest of the image that was looked into; none where none was built.
    pub image: Option<Digest>,
    /// What was found.
    pub says: Says,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Of a subject.
    Subject {
        /// The crates or Go packages that are called so.
        packages: Vec<SourcePackage>,
        /// What the image has of that name.
        found: Vec<InImage>,
    },
    /// The largest of the image.
    Top(Top),
    /// All libraries that its programs load, by name.
    Libraries(Vec<Library>),
}

/// A thing of the image, and where in the source it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InImage {
    /// What the image says of it.
    pub found: Found,
    /// Who asked for it, where that can be said of it at all.
    pub sources: Vec<Source>,
}

/// Who asked for a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A crate or a Go package.
    Package {
        /// How one comes from the program to it.
        way: Way,
        /// The native library that the crate stands for, by its `links` key.
        links: Option<String>,
        /// The library that the program needs for it, by its name at run time or, where that is not known, for the linker.
        library: String,
        /// How it asked for it, `cargo::rustc-link-lib=ssl`; where nothing says so, it is the only one whose name fits.
        asked: Option<String>,
    },
    /// It is the program that was compiled from this package.
    Program(String),
    /// It is of the C library or of the compiler: every program that is linked to them may need it.
    CLibrary(String),
    /// `dlopen` of the configuration names it.
    Configuration(String),
    /// Nothing of the source is known to ask for it.
    Unknown(String),
}

/// A crate, or a Go package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePackage {
    /// Its name, with its version where it has one.
    pub name: String,
    /// The native library that it stands for, by its `links` key.
    pub links: Option<String>,
    /// Whether it is a Go package that calls C.
    pub cgo: bool,
    /// How one comes from the program to it; none where nothing leads to it for this platform.
    pub way: Option<Way>,
    /// The native libraries that it, or what it uses, asked for.
    pub brings: Vec<Brings>,
}

/// A native library that comes of a crate or a Go package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brings {
    /// Who asked for it.
    pub by: String,
    /// How.
    pub asked: String,
    /// The library's name, without `lib`.
    pub library: String,
    /// What the program needs by name for it, as far as that is known.
    pub soname: Option<String>,
    /// What became of it.
    pub became: Became,
}

/// What became of a library that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// A file of the image.
    File(Box<FileAnswer>),
    /// A part of the program.
    Inside,
    /// Nothing: the program does not need it.
    Unneeded,
    /// That is not known before an image is built.
    Unbuilt,
}

/// A library that a program loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Its name.
    pub soname: String,
    /// Where it is.
    pub path: String,
    /// In bytes.
    pub bytes: u64,
    /// The package that brought it.
    pub package: Option<String>,
    /// The layer that it is of.
    pub layer: Option<Layer>,
    /// The library that needs it, where the program itself does not.
    pub needed_by: Option<String>,
    /// Who asked for it, or for the one that needs it.
    pub sources: Vec<Source>,
}

/// What is known of a service's source.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The service.
    pub service: String,
    /// Where its program is in the image.
    pub program: String,
    /// What its source is made of; none where it was compiled elsewhere.
    pub origins: Option<Origins>,
    /// Who asked for which library when it was built; empty where that was not written down.
    pub links: Vec<Link>,
}

/// Answers of the image that was built of a service.
pub(crate) fn answer(seen: &Seen, known: &Known, ask: &Ask) -> Result<Says, Error> {
    let packages = seen.packages();
    match ask {
        Ask::Top(count) => Ok(Says::Top(top::of(seen, &packages, *count))),
        Ask::Libraries => Ok(Says::Libraries(libraries(seen, &packages, known))),
        Ask::Subject(subject) => {
            let of_source = source_packages(Some((seen, packages.as_slice())), known, subject);
            let found = super::found(seen, &packages, subject).into_iter();
            let found: Vec<InImage> = found
                .map(|found| InImage {
                    sources: source::of_found(&found, known),
                    found,
                })
                .collect();
            if of_source.is_empty() && found.is_empty() {
                let crates = known.origins.iter().flat_map(Origins::packages);
                let crates = crates.map(|package| package.plain_name().to_owned());
                return Err(Error::NoSubject {
                    service: known.service.clone(),
                    subject: subject.clone(),
                    near: near::names(seen, &packages, subject, crates),
                });
            }
            Ok(Says::Subject {
                packages: of_source,
                found,
            })
        }
    }
}

/// Answers of the source alone, where no image was built yet.
pub(crate) fn of_source(known: &Known, ask: &Ask) -> Result<Says, Error> {
    let not_built = || Error::NotBuilt {
        service: known.service.clone(),
    };
    let Ask::Subject(subject) = ask else {
        return Err(not_built());
    };
    let packages = source_packages(None, known, subject);
    match packages.is_empty() {
        true => Err(not_built()),
        false => Ok(Says::Subject {
            packages,
            found: Vec::new(),
        }),
    }
}

/// The crates or Go packages that a subject means.
fn source_packages(
    image: Option<(&Seen, &[Package])>,
    known: &Known,
    subject: &str,
) -> Vec<SourcePackage> {
    let Some(origins) = &known.origins else {
        return Vec::new();
    };
    let links = source::links(known, origins);
    let meant = origins.meant(subject).into_iter();
    let one = |package: &coracle_toolchain::origin::Package| {
        let used = origins.used_by(&package.name);
        let is_of_it = |link: &&Link| {
            let by = origins.meant(&link.by);
            by.iter().any(|by| used.contains(by.name.as_str()))
        };
        SourcePackage {
            name: package.name.clone(),
            links: package.links.clone(),
            cgo: package.cgo,
            way: origins.way(&package.name),
            brings: links
                .iter()
                .filter(is_of_it)
                .map(|link| brings(image, link, !known.links.is_empty()))
                .collect(),
        }
    };
    meant.map(one).collect()
}

fn brings(image: Option<(&Seen, &[Package])>, link: &Link, is_written_down: bool) -> Brings {
    let loaded = image.map(|(seen, packages)| (source::loaded(seen, link), seen, packages));
    let (soname, became) = match loaded {
        None => (link.soname.clone(), Became::Unbuilt),
        Some((Some((soname, path)), seen, packages)) => {
            let path = path.trim_start_matches('/');
            let file = seen.file(path);
            let file = file.map(|entry| super::of_file(seen, packages, path, &entry));
            let became = file.map_or(Became::Unneeded, |file| Became::File(Box::new(file)));
            (Some(soname), became)
        }
        // Of what was written down without a name at run time, none was there to be linked but a static one.
        Some((None, ..)) => match &link.soname {
            None if is_written_down => (None, Became::Inside),
            soname => (soname.clone(), Became::Unneeded),
        },
    };
    Brings {
        by: link.by.clone(),
        asked: link.asked.clone(),
        library: link.library.clone(),
        soname,
        became,
    }
}

/// All libraries that the programs load, by name.
fn libraries(seen: &Seen, packages: &[Package], known: &Known) -> Vec<Library> {
    let mut libraries = Vec::new();
    let mut had = BTreeSet::new();
    for program in &seen.report.programs {
        for object in program.objects.iter().chain(&program.opened) {
            let path = object.file.trim_start_matches('/');
            let Some(entry) = seen.file(path).filter(|_| had.insert(path)) else {
                continue;
            };
            let name = object.soname.clone();
            let steps = source::libraries_of(&object.needed_by, &known.program);
            // The last step is the library itself, the one before it needs it.
            let before = steps.len().checked_sub(2);
            libraries.push(Library {
                soname: name.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned()),
                path: object.file.clone(),
                bytes: entry.size(),
                package: owner(seen, packages, path, &entry),
                layer: layer(seen, &entry),
                needed_by: before
                    .and_then(|at| steps.get(at))
                    .map(|step| (*step).to_owned()),
                sources: source::of_chain(&object.needed_by, known),
            });
        }
    }
    libraries.sort_by(|one, other| one.soname.cmp(&other.soname));
    libraries
}
