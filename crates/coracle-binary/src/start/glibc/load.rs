//! The breadth-first load of a program, its preloads and everything they need.

use std::sync::Arc;

use super::open::Skipped;
use super::preload;
use super::search::{Failure, Found, Search};
use crate::elf::ElfFacts;
use crate::start::Dlopen;
use crate::start::closure::Interpreter;
use crate::start::kernel::Image;
use crate::start::report::{Code, Finding, Provided, Verdict};

/// The loader's place in its own list.
pub(super) const LOADER: usize = 1;
/// More objects than any program loads.
const OBJECTS_LIMIT: usize = 4096;
/// Where a library may stand although nobody looks there; only for the advice.
const ELSEWHERE: [&str; 7] = [
    "/usr/local/lib",
    "/usr/local/lib64",
    "/lib64",
    "/usr/lib64",
    "/usr/lib",
    "/lib",
    "/opt/lib",
];

/// A file in the loader's list.
#[derive(Debug, Clone)]
pub(in crate::start) struct Object {
    /// As the loader opened it.
    pub(in crate::start) path: String,
    /// Without links.
    pub(in crate::start) file: String,
    pub(in crate::start) facts: Arc<ElfFacts>,
    /// The names it was asked for by.
    pub(in crate::start) names: Vec<String>,
    /// What `$ORIGIN` stands for in it.
    pub(in crate::start) origin: String,
    /// Who caused it to be loaded, by index.
    pub(in crate::start) loaded_by: Option<usize>,
    pub(in crate::start) chain: Vec<String>,
    pub(in crate::start) why: String,
}

/// What was loaded, the program first, and what stands against it.
pub(super) struct Loaded {
    pub(super) objects: Vec<Object>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    /// What comes from outside at run time.
    pub(super) provided: Vec<Provided>,
}

struct Loading<'a, 't> {
    search: &'a Search<'a, 't>,
    loaded: Loaded,
    program: &'a Image,
}

/// Loads the program with its preloads and all that they need.
pub(super) fn load(search: &Search<'_, '_>, image: &Image, interpreter: &Interpreter) -> Loaded {
    let objects = vec![program(image), loader_object(image, interpreter)];
    let mut loading = Loading::new(search, image, objects);
    loading.audits(0);
    loading.preload();
    loading.rest(0);
    loading.loaded
}

/// Opens a library in a program that runs with these objects: what is new comes behind them. The program asks.
pub(super) fn open(
    search: &Search<'_, '_>,
    image: &Image,
    objects: Vec<Object>,
    Dlopen { name, origin }: &Dlopen,
) -> Loaded {
    let first = objects.len();
    let mut loading = Loading::new(search, image, objects);
    loading.ask(0, name, origin);
    loading.rest(first);
    loading.loaded
}

fn program(image: &Image) -> Object {
    Object {
        path: image.file.clone(),
        file: image.file.clone(),
        facts: Arc::clone(&image.facts),
        names: Vec::new(),
        origin: parent(&image.file),
        loaded_by: None,
        chain: image.chain.clone(),
        why: "the program".to_owned(),
    }
}

/// The loader is in its own list, known by the program's word for it and by its soname.
fn loader_object(image: &Image, interpreter: &Interpreter) -> Object {
    let mut names = vec![interpreter.path.clone()];
    names.extend(interpreter.facts.soname.clone());
    Object {
        path: interpreter.path.clone(),
        file: interpreter.file.path.clone(),
        facts: Arc::clone(&interpreter.facts),
        names,
        origin: parent(&interpreter.path),
        loaded_by: None,
        chain: image
            .chain
            .iter()
            .cloned()
            .chain([format!("{} (interpreter)", interpreter.path)])
            .collect(),
        why: "interpreter of the program".to_owned(),
    }
}

/// How one comes to what an object asks for.
fn chained(object: &Object, name: &str, tag: &str) -> Vec<String> {
    let asked = format!("{name} ({tag})");
    object.chain.iter().cloned().chain([asked]).collect()
}

fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
    }
}

impl<'a, 't> Loading<'a, 't> {
    fn new(search: &'a Search<'a, 't>, program: &'a Image, objects: Vec<Object>) -> Self {
        let loaded = Loaded {
            objects,
            findings: Vec::new(),
            notes: Vec::new(),
            provided: Vec::new(),
        };
        Self {
            search,
            loaded,
            program,
        }
    }

    /// What the objects from the first on need, and what that needs.
    fn rest(&mut self, first: usize) {
        let mut next = first;
        while next < self.loaded.objects.len() {
            self.dependencies(next);
            next += 1;
            if next > OBJECTS_LIMIT {
                let explanation = format!("it loads more than {OBJECTS_LIMIT} files");
                let finding = Finding::unproven(Code::TooMuch, &self.program.file, explanation);
                self.loaded.findings.push(finding);
                break;
            }
        }
    }

    /// LD_PRELOAD and /etc/ld.so.preload: what cannot be loaded is left out with a warning.
    fn preload(&mut self) {
        let mut asked: Vec<(String, String)> = Vec::new();
        if let Some(list) = self.search.variable("LD_PRELOAD") {
            let names = list.split([' ', ':']).filter(|name| !name.is_empty());
            asked.extend(names.map(|name| (name.to_owned(), "LD_PRELOAD".to_owned())));
        }
        asked.extend(preload::names(self.search));
        let origin = self
            .loaded
            .objects
            .first()
            .map(|object| object.origin.clone())
            .unwrap_or_default();
        for (name, source) in asked {
            let Some(expanded) = self.search.tokens(&origin).expand(&name) else {
                continue;
            };
            match self.search.find(&expanded.text, 0, &self.loaded.objects) {
                Ok(found) => self.add(found, &expanded.text, 0, &source),
                // What the loader cannot know before it maps the file stops it all the same.
                Err(Failure::Fatal(finding)) if finding.code != Code::LibraryUnusable => {
                    let chain = self.program.chain.iter().cloned();
                    let chain: Vec<String> = chain.chain([format!("{name} ({source})")]).collect();
                    self.loaded.findings.push(finding.through(&chain));
                }
                Err(_) => self.loaded.notes.push(format!(
                    "ld.so: object '{name}' from {source} cannot be preloaded into {}: ignored",
                    self.program.file
                )),
            }
        }
    }

    /// Audit libraries may turn every search aside.
    fn audits(&mut self, index: usize) {
        let variable = self.search.variable("LD_AUDIT").map(str::to_owned);
        let variable = variable.filter(|_| index == 0);
        let Some(object) = self.loaded.objects.get(index) else {
            return;
        };
        for audit in object.facts.audits.iter().cloned().chain(variable) {
            let explanation = format!("the audit library {audit} may change what the loader finds");
            let finding = Finding::unproven(Code::AuditUnproven, &object.path, explanation);
            self.loaded.findings.push(
                finding
                    .through(&object.chain)
                    .way_out("start it without audit libraries"),
            );
        }
    }

    fn dependencies(&mut self, index: usize) {
        let Some(object) = self.loaded.objects.get(index) else {
            return;
        };
        let facts = Arc::clone(&object.facts);
        let filters = facts.filters.iter().map(|name| (name, "FILTER"));
        let auxiliaries = facts.auxiliaries.iter().map(|name| (name, "AUXILIARY"));
        let needed = facts.needed.iter().map(|name| (name, "NEEDED"));
        for (name, tag) in filters.chain(auxiliaries).chain(needed) {
            self.ask(index, name, tag);
        }
    }

    /// One name that a loaded object asks for; the tag says how.
    fn ask(&mut self, index: usize, name: &str, tag: &str) {
        let Some(object) = self.loaded.objects.get(index) else {
            return;
        };
        let Some(expanded) = self.search.tokens(&object.origin).expand(name) else {
            let explanation = format!(
                "{tag} {name} of {} has a token that stands for nothing here",
                object.path
            );
            self.loaded.findings.push(
                Finding::fails(Code::LibraryMissing, name, explanation).through(&object.chain),
            );
            return;
        };
        let name = expanded.text;
        if self.is_loaded(&name) {
            return;
        }
        let objects = &self.loaded.objects;
        let Some(object) = objects.get(index) else {
            return;
        };
        if self.search.view.is_provided(&name) {
            let chain = chained(object, &name, tag);
            self.loaded.provided.push(Provided { name, chain });
            return;
        }
        match self.search.find(&name, index, objects) {
            Ok(found) => self.add(found, &name, index, tag),
            Err(_) if tag == "AUXILIARY" => {}
            Err(failure) => {
                let finding = self.failed(object, &name, tag, failure);
                self.loaded.findings.push(finding);
            }
        }
    }

    /// A name is satisfied by any loaded object that was asked for by it or calls itself so.
    fn is_loaded(&mut self, name: &str) -> bool {
        for (index, object) in self.loaded.objects.iter_mut().enumerate() {
            // The loader knows the program by no path.
            if (index > 0 && object.path == name) || object.names.iter().any(|known| known == name)
            {
                return true;
            }
            if object.facts.soname.as_deref() == Some(name) {
                object.names.push(name.to_owned());
                return true;
            }
        }
        false
    }

    /// Adds what was found, unless the same file is loaded by another name.
    fn add(&mut self, found: Found, name: &str, asking: usize, tag: &str) {
        let Found { opened, why } = found;
        // The loader has not opened itself, and does not know its own file again.
        let mut others = self.loaded.objects.iter_mut().enumerate();
        let same = others.find(|(index, other)| *index != LOADER && other.file == opened.file);
        if let Some((_, same)) = same {
            same.names.push(name.to_owned());
            return;
        }
        let asks = self.loaded.objects.get(asking);
        let chain = asks.map(|object| chained(object, name, tag));
        self.loaded.objects.push(Object {
            origin: parent(&opened.path),
            path: opened.path,
            file: opened.file,
            facts: opened.facts,
            names: vec![name.to_owned()],
            loaded_by: Some(asking),
            chain: chain.unwrap_or_default(),
            why,
        });
        self.audits(self.loaded.objects.len() - 1);
    }

    fn failed(&self, object: &Object, name: &str, tag: &str, failure: Failure) -> Finding {
        let chain = chained(object, name, tag);
        let skipped = match failure {
            Failure::Fatal(finding) => return finding.through(&chain),
            Failure::Nowhere(skipped) => skipped,
        };
        let mut explanation =
            format!("{name}: cannot open shared object file: no such file or directory");
        for Skipped { path, why, .. } in &skipped {
            explanation = format!("{explanation}; {path} is passed over: {why}");
        }
        let denied = skipped.iter().find(|one| one.denied);
        let finding = match denied {
            Some(one) => Finding::fails(Code::NotReadable, &one.path, explanation).way_out(
                format!("let user {} read it", self.search.invocation.user.uid),
            ),
            None => Finding::fails(Code::LibraryMissing, name, explanation)
                .way_out(format!("add the package that has {name} to the image")),
        };
        let finding = match self.search.doubts_about(name) {
            true => Finding {
                verdict: Verdict::NotProven,
                ..finding
            },
            false => finding,
        };
        let finding = match self.elsewhere(name) {
            Some(path) => finding.way_out(format!(
                "it is at {path}, where the loader does not look: run ldconfig, or give {} a RUNPATH",
                object.path
            )),
            None => finding,
        };
        finding.through(&chain)
    }

    fn elsewhere(&self, name: &str) -> Option<String> {
        let origin = self
            .loaded
            .objects
            .first()
            .map(|program| program.origin.as_str());
        let searched = &self.search.loader.system_directories;
        let places = ELSEWHERE
            .into_iter()
            .chain(origin)
            .filter(|place| !searched.iter().any(|known| known == place));
        places
            .map(|place| format!("{}/{name}", place.trim_end_matches('/')))
            .find(|path| {
                self.search
                    .view
                    .resolve(&self.search.invocation.user, "/", path)
                    .is_ok()
            })
    }
}
