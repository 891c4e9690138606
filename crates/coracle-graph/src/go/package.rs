//! The package in a folder, for one build: which of its files are built, and what they import.

use std::collections::BTreeMap;

use super::context::Context;
use super::source::{Import, Source, constraint_of};
use crate::answer::Answer;
use crate::files::{Files, sorted};
use crate::path::in_folder;

/// A package's folder, as one build sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The folder.
    pub folder: String,
    /// The name in its files' package clauses; `None` where no file is built.
    pub name: Option<String>,
    /// The Go files, by name, tests among them.
    pub files: Vec<File>,
    /// Files of other languages that cgo hands to the C compiler (or SWIG), with whether they are for this build.
    pub foreign: BTreeMap<String, Answer>,
    /// Whether a Go file is there whose text cannot be read.
    pub unreadable: Vec<String>,
}

/// A Go file, as one build sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub source: Source,
    /// Whether it is built into the package.
    pub is_built: Answer,
    /// Why it is left out, where it is.
    pub left_out: Option<LeftOut>,
}

/// Why a file is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its name is one of a test.
    Test,
    /// Its name is one for another system or architecture.
    Name,
    /// Its constraint does not hold.
    Constraint,
    /// It imports `C`, and cgo is off.
    Cgo,
    /// Its package is called `documentation`, which go passes over.
    Documentation,
}

/// What cgo and SWIG take besides Go; `.s` and `.h` are for everybody.
const FOREIGN: [&str; 13] = [
    "c", "cc", "cpp", "cxx", "m", "f", "F", "for", "f90", "S", "sx", "swig", "swigcxx",
];

/// Reads the package in a folder.
pub(super) fn read(files: &dyn Files, folder: &str, context: &Context) -> Package {
    let mut package = Package {
        folder: folder.to_owned(),
        name: None,
        files: Vec::new(),
        foreign: BTreeMap::new(),
        unreadable: Vec::new(),
    };
    for entry in sorted(files, folder) {
        let name = entry.name;
        if entry.is_folder || name.starts_with(['_', '.']) {
            continue;
        }
        let Some((_, extension)) = name.rsplit_once('.') else {
            continue;
        };
        let path = in_folder(folder, &name);
        if extension == "go" {
            match files.text(&path) {
                Some(text) => package.files.push(file(&path, name, &text, context)),
                None => package.unreadable.push(name),
            }
        } else if FOREIGN.contains(&extension) {
            let text = files.text(&path).unwrap_or_default();
            let own = constraint_of(&path, &text).map_or(Answer::Yes, |it| it.holds(context));
            package
                .foreign
                .insert(name.clone(), context.is_for(&name).and(own));
        }
    }
    let named = package.files.iter().filter(|file| !file.is_built.is_no());
    let first = named.min_by_key(|file| !file.is_built.is_yes());
    package.name = first.and_then(|file| Some(file.source.package.as_ref()?.value.clone()));
    package
}

fn file(path: &str, name: String, text: &str, context: &Context) -> File {
    let source = Source::read(path, text);
    let holds = source
        .constraint
        .as_ref()
        .map_or(Answer::Yes, |constraint| constraint.value.holds(context));
    let by_name = context.is_for(&name);
    let is_documentation = source
        .package
        .as_ref()
        .is_some_and(|package| package.value == "documentation");
    let left_out = if name.ends_with("_test.go") {
        Some(LeftOut::Test)
    } else if by_name.is_no() {
        Some(LeftOut::Name)
    } else if holds.is_no() {
        Some(LeftOut::Constraint)
    } else if is_documentation {
        Some(LeftOut::Documentation)
    } else if source.uses_c() && !context.cgo {
        Some(LeftOut::Cgo)
    } else {
        None
    };
    File {
        is_built: match left_out {
            Some(_) => Answer::No,
            None => by_name.and(holds),
        },
        name,
        source,
        left_out,
    }
}

impl Package {
    /// The files that are built, for certain or perhaps.
    pub fn built(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| !file.is_built.is_no())
    }

    /// Whether it has a Go file in this build.
    pub fn has_files(&self) -> Answer {
        let unreadable = self.unreadable.iter().map(|name| unreadable(name));
        let built = self.files.iter().map(|file| file.is_built.clone());
        built.chain(unreadable).fold(Answer::No, Answer::or)
    }

    /// Whether it is a program.
    pub fn is_main(&self) -> Answer {
        if self.name.as_deref() == Some("main") {
            self.has_files()
        } else {
            Answer::No
        }
    }

    /// Whether a file that is built imports `C`, or is for SWIG, which needs cgo, too.
    pub fn uses_c(&self, context: &Context) -> Answer {
        let go = self.built().filter(|file| file.source.uses_c());
        let go = go.map(|file| file.is_built.clone());
        let is_swig = |name: &str| name.ends_with(".swig") || name.ends_with(".swigcxx");
        let swig = self
            .foreign
            .iter()
            .filter(|(name, _)| context.cgo && is_swig(name))
            .map(|(_, answer)| answer.clone());
        let unreadable = self.unreadable.iter().map(|name| unreadable(name));
        go.chain(swig)
            .chain(unreadable)
            .fold(Answer::No, Answer::or)
    }

    /// What its files import, each path with whether that counts and where it stands first.
    pub(super) fn imports(&self) -> BTreeMap<&str, (Answer, &Import)> {
        let mut imports: BTreeMap<&str, (Answer, &Import)> = BTreeMap::new();
        for file in self.built() {
            for import in file.source.imports.iter().filter(|it| it.path != "C") {
                let known = imports
                    .entry(&import.path)
                    .or_insert_with(|| (file.is_built.clone(), import));
                if file.is_built > known.0 {
                    *known = (file.is_built.clone(), import);
                }
            }
        }
        imports
    }
}

fn unreadable(name: &str) -> Answer {
    Answer::unknown(format!("{name} cannot be read"))
}

/// What a package is without cgo, compared with what it is with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithoutCgo {
    /// The same.
    Same,
    /// Nothing of it is left: whoever imports it is not built.
    NoGoFiles {
        /// The files that are left out.
        left_out: Vec<String>,
    },
    /// Something else. Whether that compiles, and whether it does the same or is a stub that fails when it is called, is not
    /// known without compiling and reading it.
    Differs {
        /// The files that are left out.
        left_out: Vec<String>,
        /// The files that are only built without cgo.
        instead: Vec<String>,
    },
    /// A file's constraint does not decide.
    Unknown {
        /// Why.
        because: String,
    },
}

/// Compares.
pub(super) fn without_cgo(files: &dyn Files, folder: &str, context: &Context) -> WithoutCgo {
    let with = read(files, folder, &context.with_cgo(true));
    let without = read(files, folder, &context.with_cgo(false));
    let unknown = with.built().chain(without.built());
    if let Some(because) = unknown.filter_map(|file| file.is_built.because()).next() {
        return WithoutCgo::Unknown {
            because: because.to_owned(),
        };
    }
    if let Some(name) = with.unreadable.first() {
        return WithoutCgo::Unknown {
            because: format!("{name} cannot be read"),
        };
    }
    let names = |package: &Package| -> Vec<String> {
        package.built().map(|file| file.name.clone()).collect()
    };
    let (with, without) = (names(&with), names(&without));
    let missing = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter()
            .filter(|name| !other.contains(name))
            .cloned()
            .collect()
    };
    let left_out = missing(&with, &without);
    if without.is_empty() && !with.is_empty() {
        return WithoutCgo::NoGoFiles { left_out };
    }
    let instead = missing(&without, &with);
    if left_out.is_empty() && instead.is_empty() {
        WithoutCgo::Same
    } else {
        WithoutCgo::Differs { left_out, instead }
    }
}
