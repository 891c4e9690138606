//! The load of a program: its preloads first, then what each object needs, in their order (`load_deps`).

use std::sync::Arc;

use super::map::{foreign, map};
use super::search::{Failure, Found, Search};
use super::symbols::defines;
use crate::elf::{DynamicSymbols, ElfFacts, Kind, SegmentKind, Work};
use crate::start::closure::Interpreter;
use crate::start::dlopen::Candidate;
use crate::start::kernel::Image;
use crate::start::object::unreadable;
use crate::start::report::{Code, Finding, LoadedObject, Provided};
use crate::start::{Dlopen, User};

/// More objects than any program loads.
const OBJECTS_LIMIT: usize = 4096;
/// More work than looking two names up in a library takes.
const WORK_LIMIT: u64 = 1 << 16;
/// Names of which the loader, being libc, is all: `lib`, one of these, and a dot.
const ITSELF: [&str; 7] = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];
/// How a library's name is asked for that is in a file's dynamic section.
pub(super) const NEEDED: &str = "NEEDED";
/// `PT_PHDR`, by which the loader finds the program's place.
const PROGRAM_HEADERS: SegmentKind = SegmentKind::Other(6);

/// A file in the loader's list.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// As the loader opened it.
    pub(super) path: String,
    /// Without links.
    pub(super) file: String,
    pub(super) facts: Arc<ElfFacts>,
    /// The names it was asked for by.
    pub(super) names: Vec<String>,
    /// The name that it is found by again; none when it was only ever asked for by a path.
    short_name: Option<String>,
    /// Who caused it to be loaded, by index.
    pub(super) needed_by: Option<usize>,
    pub(super) chain: Vec<String>,
    why: String,
    pub(super) is_loader: bool,
}

/// What was loaded, the program first, and what stands against it.
pub(super) struct Loaded {
    pub(super) objects: Vec<Object>,
    /// The loader, unless it is among the objects: nobody asked for it.
    pub(super) unasked_loader: Option<Object>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    /// What comes from outside at run time.
    pub(super) provided: Vec<Provided>,
}

impl Loaded {
    /// All but the program.
    pub(super) fn public(&self) -> Vec<LoadedObject> {
        let objects = self.objects.iter().skip(1).chain(&self.unasked_loader);
        objects.map(Object::public).collect()
    }
}

impl Object {
    pub(super) fn candidate(&self) -> Candidate<'_> {
        Candidate {
            path: &self.path,
            file: &self.file,
            facts: &self.facts,
        }
    }

    pub(super) fn public(&self) -> LoadedObject {
        LoadedObject {
            path: self.path.clone(),
            file: self.file.clone(),
            soname: self.facts.soname.clone(),
            needed_by: self.chain.clone(),
            why_found: self.why.clone(),
        }
    }
}

pub(super) struct Loading<'a, 't> {
    pub(super) search: &'a Search<'a, 't>,
    pub(super) loaded: Loaded,
}

/// Loads the program with its preloads and all that they need.
pub(super) fn load(search: &Search<'_, '_>, image: &Image, interpreter: &Interpreter) -> Loaded {
    let loaded = Loaded {
        objects: vec![program(image)],
        unasked_loader: Some(loader_object(image, interpreter)),
        findings: (!image.is_library)
            .then(|| unfit(image))
            .flatten()
            .into_iter()
            .collect(),
        notes: Vec::new(),
        provided: Vec::new(),
    };
    let mut loading = Loading { search, loaded };
    loading.preload();
    loading.rest(0);
    loading.loaded
}

/// Opens a library in a program that runs with what was loaded: what is new comes behind it. The program asks.
pub(super) fn open(search: &Search<'_, '_>, before: &Loaded, dlopen: &Dlopen) -> Loaded {
    let first = before.objects.len();
    let loaded = Loaded {
        objects: before.objects.clone(),
        unasked_loader: before.unasked_loader.clone(),
        findings: Vec::new(),
        notes: Vec::new(),
        provided: Vec::new(),
    };
    let mut loading = Loading { search, loaded };
    loading.ask(0, &dlopen.name, &dlopen.origin);
    loading.rest(first);
    loading.loaded
}

/// Whom the kernel sees when it runs the file: its owner, when it is set-user.
pub(super) fn effective(image: &Image, user: &User) -> User {
    let node = &image.node;
    User {
        uid: if node.mode & 0o4000 != 0 {
            node.uid
        } else {
            user.uid
        },
        gid: if node.mode & 0o2000 != 0 {
            node.gid
        } else {
            user.gid
        },
        groups: user.groups.clone(),
    }
}

/// What the loader wants of a program that the kernel has mapped, and does not check.
fn unfit(image: &Image) -> Option<Finding> {
    let facts = &image.facts;
    let mut segments = facts.segments.iter();
    let moved = facts.kind == Kind::SharedObject;
    let explanation = if !facts.is_dynamic {
        "it has no dynamic section, which musl's loader reads all the same (SIGSEGV)"
    } else if moved && !segments.any(|segment| segment.kind == PROGRAM_HEADERS) {
        "it has no PT_PHDR, by which musl's loader finds where the kernel put it (SIGSEGV)"
    } else if facts.flags.textrel {
        "relocations write into its text, which musl's loader leaves read-only (SIGSEGV)"
    } else {
        return None;
    };
    let finding = Finding::fails(Code::Malformed, &image.file, explanation.to_owned());
    let finding = finding.through(&image.chain);
    Some(finding.way_out("build it anew with -fPIE, and leave it as the linker made it"))
}

fn program(image: &Image) -> Object {
    Object {
        path: image.file.clone(),
        file: image.file.clone(),
        facts: Arc::clone(&image.facts),
        names: Vec::new(),
        short_name: None,
        needed_by: None,
        chain: image.chain.clone(),
        why: "the program".to_owned(),
        is_loader: false,
    }
}

fn loader_object(image: &Image, interpreter: &Interpreter) -> Object {
    let last = format!("{} (interpreter)", interpreter.path);
    Object {
        path: interpreter.path.clone(),
        file: interpreter.file.path.clone(),
        facts: Arc::clone(&interpreter.facts),
        names: Vec::new(),
        short_name: Some("libc.so".to_owned()),
        needed_by: None,
        chain: image.chain.iter().cloned().chain([last]).collect(),
        why: "interpreter of the program".to_owned(),
        is_loader: true,
    }
}

/// Whether the loader takes itself for the library of this name.
fn is_itself(name: &str) -> bool {
    let rest = name
        .strip_prefix("lib")
        .and_then(|rest| rest.split_once('.'));
    rest.is_some_and(|(stem, _)| ITSELF.contains(&stem))
}

impl Loading<'_, '_> {
    /// LD_PRELOAD: what cannot be loaded is left out, and the loader says nothing of it.
    fn preload(&mut self) {
        let Some(list) = self.search.variable("LD_PRELOAD") else {
            return;
        };
        let is_between =
            |character: char| character == ':' || " \t\n\u{b}\u{c}\r".contains(character);
        let names: Vec<String> = list
            .split(is_between)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        for name in names {
            let said = match self.library(&name, None, "LD_PRELOAD") {
                Ok(()) => continue,
                Err(Failure::Told(finding)) => {
                    self.loaded.findings.push(*finding);
                    continue;
                }
                Err(Failure::Said(said, _) | Failure::Unusable(said, _)) => said,
            };
            self.loaded.notes.push(format!(
                "{name} of LD_PRELOAD is not loaded, and musl's loader does not say so: {said}"
            ));
        }
    }

    /// What the objects from the first on need, and what that needs.
    fn rest(&mut self, first: usize) {
        let mut next = first;
        while next < self.loaded.objects.len() {
            self.dependencies(next);
            next += 1;
            if next > OBJECTS_LIMIT {
                let program = self
                    .loaded
                    .objects
                    .first()
                    .map(|object| object.file.clone());
                let explanation = format!("it loads more than {OBJECTS_LIMIT} files");
                let finding =
                    Finding::unproven(Code::TooMuch, &program.unwrap_or_default(), explanation);
                self.loaded.findings.push(finding);
                break;
            }
        }
    }

    fn dependencies(&mut self, index: usize) {
        let Some(object) = self.loaded.objects.get(index).cloned() else {
            return;
        };
        if object.is_loader {
            return;
        }
        for name in &object.facts.needed {
            self.ask(index, name, NEEDED);
        }
    }

    /// One name that a loaded object asks for; the tag says how.
    fn ask(&mut self, index: usize, name: &str, tag: &str) {
        if let Err(failure) = self.library(name, Some(index), tag)
            && let Some(object) = self.loaded.objects.get(index)
        {
            let finding = self.failed(object, (name, tag), failure);
            self.loaded.findings.push(finding);
        }
    }

    /// Loads what is asked for by a name, unless it is loaded already (`load_library`).
    fn library(&mut self, name: &str, asking: Option<usize>, tag: &str) -> Result<(), Failure> {
        if name.is_empty() {
            return Err(Failure::Said("Invalid argument", Vec::new()));
        }
        if is_itself(name) || name == self.search.interpreter {
            self.take_loader(name);
            return Ok(());
        }
        let is_path = name.contains('/');
        let mut others = self.loaded.objects.iter_mut().skip(1);
        if !is_path
            && let Some(same) = others.find(|other| other.short_name.as_deref() == Some(name))
        {
            same.names.push(name.to_owned());
            return Ok(());
        }
        if self.search.view.is_provided(name) {
            let chain = self.chain(asking, name, tag);
            let name = name.to_owned();
            self.loaded.provided.push(Provided { name, chain });
            return Ok(());
        }
        let found = self.search.find(name, asking, &self.loaded.objects)?;
        let mut others = self.loaded.objects.iter_mut().skip(1);
        let same = |other: &&mut Object| !other.is_loader && other.file == found.file.path;
        if let Some(same) = others.find(same) {
            same.names.push(name.to_owned());
            if !is_path && same.short_name.is_none() {
                same.short_name = Some(last_name(&same.path).to_owned());
            }
            return Ok(());
        }
        let content = self.search.view.content(&found.file.path);
        let facts = map(self.search.view, &found, &content)?;
        let fits = self.search.view.fits(&facts);
        let is_libc = is_a_libc(&found.file.path, &content, &facts);
        if is_libc.or_else(|failure| if fits { Err(failure) } else { Ok(false) })? {
            self.take_loader(name);
            return Ok(());
        }
        if !fits {
            let finding = foreign(self.search.view, &found, &content, &facts);
            return Err(Failure::Told(Box::new(finding)));
        }
        self.add(found, facts, (name, asking, tag));
        Ok(())
    }

    /// The loader is in its own list from the moment that somebody asks for it.
    fn take_loader(&mut self, name: &str) {
        self.loaded
            .objects
            .extend(self.loaded.unasked_loader.take());
        let mut objects = self.loaded.objects.iter_mut();
        if let Some(loader) = objects.find(|object| object.is_loader) {
            loader.names.push(name.to_owned());
        }
    }

    fn add(
        &mut self,
        found: Found,
        facts: Arc<ElfFacts>,
        (name, asking, tag): (&str, Option<usize>, &str),
    ) {
        let chain = self.chain(asking, name, tag);
        self.loaded.objects.push(Object {
            short_name: (!name.contains('/')).then(|| last_name(&found.path).to_owned()),
            path: found.path,
            file: found.file.path,
            facts,
            names: vec![name.to_owned()],
            needed_by: asking,
            chain,
            why: found.why,
            is_loader: false,
        });
    }

    /// How one comes to what an object asks for. Nobody asks for a preload: nothing is inherited by it, and the program
    /// stands in its chain.
    fn chain(&self, asking: Option<usize>, name: &str, tag: &str) -> Vec<String> {
        let parent = self.loaded.objects.get(asking.unwrap_or_default());
        let chain = parent.map(|parent| parent.chain.clone());
        let last = format!("{name} ({tag})");
        chain
            .unwrap_or_default()
            .into_iter()
            .chain([last])
            .collect()
    }
}

/// A file that defines what only a C library does: the loader takes itself instead.
fn is_a_libc(file: &str, content: &[u8], facts: &ElfFacts) -> Result<bool, Failure> {
    let symbols = DynamicSymbols::read(content, facts)
        .map_err(|error| Failure::Told(Box::new(unreadable(file, &error))))?;
    let Some(symbols) = symbols.filter(DynamicSymbols::has_hash) else {
        let explanation =
            "it has no hash table of its symbols, in which musl's loader looks (SIGSEGV)";
        let finding = Finding::fails(Code::Malformed, file, explanation.to_owned());
        return Err(Failure::Told(Box::new(finding)));
    };
    let work = Work::new(WORK_LIMIT);
    let has = |name: &str| defines(&symbols, name.as_bytes(), &work);
    Ok(has("__libc_start_main") && has("stdin"))
}

/// What is behind the last slash.
fn last_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
