//! What glibc's loader loads for one program, in its order (`elf/dl-deps.c`, `elf/rtld.c`).

mod cache;
mod load;
mod lookup;
mod open;
mod preload;
mod search;
mod subdirectories;
mod symbols;
mod thread_local;
mod tokens;

use std::collections::BTreeSet;

use self::load::Loaded;
use self::search::Search;
use super::Dlopen;
use super::closure::Interpreter;
use super::dlopen::{self, Candidate};
use super::identity::{self, GlibcLoader};
use super::kernel::Image;
use super::level;
use super::object::View;
use super::programs::Invocation;
use super::report::{Code, Finding, Libc, LoadedObject, ProgramReport, Provided, Report};
use super::symbols::Wanted;
use super::versions;
use crate::CpuLevel;

#[cfg(test)]
pub(super) use cache::tests::cache as cache_of;
pub(super) use load::Object;

/// One program that glibc's loader starts.
pub(super) struct Start<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    pub(super) image: &'a Image,
    pub(super) interpreter: &'a Interpreter,
    pub(super) loader: &'a GlibcLoader,
    /// What the program opens while it runs.
    pub(super) dlopen: &'a [Dlopen],
}

impl<'t> Start<'_, 't> {
    /// Loads the program as the loader would, on a CPU of the stated level and of each higher one for which the image
    /// has files of its own, and adds what was found.
    pub(super) fn prove(&self, program: &mut ProgramReport, report: &mut Report) {
        let release = self.release();
        program.libc = Libc::Glibc { release };
        let stated = self.view.launch.level;
        let first = Run::of(self, stated);
        program.versions_checked = first.versions_checked;
        program.symbols_checked = first.symbols_checked;
        program.objects = first.objects.iter().skip(1).map(Object::public).collect();
        program.opened = first.opened.iter().map(Object::public).collect();
        // Whoever opens a library may have looked at the CPU before.
        let mut higher = match self.image.is_library {
            true => BTreeSet::new(),
            false => first.higher.clone(),
        };
        while let Some(number) = higher.pop_first() {
            let level = CpuLevel::from_x86_64(number);
            let run = Run::of(self, level);
            let new = run
                .findings
                .iter()
                .filter(|finding| !first.findings.contains(finding));
            report
                .findings
                .extend(new.map(|finding| on(level, finding)));
            higher.extend(run.higher);
            program.levels.push(level);
        }
        if !self.image.is_library {
            self.openers(&first, report);
        }
        report.findings.extend(first.findings);
        report.provide(first.provided);
        for note in first.notes {
            if !report.notes.contains(&note) {
                report.notes.push(note);
            }
        }
    }

    fn release(&self) -> Option<(u32, u32)> {
        let release = self.loader.release.as_ref();
        release.map(|release| release.number)
    }

    fn search(&self, level: CpuLevel) -> Search<'_, 't> {
        let secure = self.image.is_secure(&self.invocation.user);
        Search::new(self.view, self.invocation, self.loader, secure, level)
    }

    /// What the loaded objects may open, as far as they say it.
    fn openers(&self, run: &Run, report: &mut Report) {
        let search = self.search(self.view.launch.level);
        let all: Vec<Object> = run.objects.iter().chain(&run.opened).cloned().collect();
        let candidates: Vec<Candidate<'_>> = all.iter().map(Object::candidate).collect();
        let find = |index: usize, name: &str| search.find(name, index, &all).is_ok();
        report.open(dlopen::openers(self.view, &candidates, &find));
    }
}

/// A finding that only CPUs of a higher level meet.
fn on(level: CpuLevel, finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    finding.explanation = format!("on {level} CPUs: {}", finding.explanation);
    finding
}

/// What a start on a CPU of one level gives.
struct Run {
    objects: Vec<Object>,
    /// What the program opens, without what it has loaded by then.
    opened: Vec<Object>,
    findings: Vec<Finding>,
    notes: Vec<String>,
    provided: Vec<Provided>,
    /// How many of those are so before anything is opened.
    provided_at_start: usize,
    versions_checked: usize,
    symbols_checked: usize,
    /// Higher levels of x86-64 that would find other files.
    higher: BTreeSet<u8>,
}

impl Run {
    fn of(start: &Start<'_, '_>, level: CpuLevel) -> Self {
        let search = start.search(level);
        let loaded = load::load(&search, start.image, start.interpreter);
        let mut run = Self {
            objects: Vec::new(),
            opened: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            provided: Vec::new(),
            provided_at_start: 0,
            versions_checked: 0,
            symbols_checked: 0,
            higher: BTreeSet::new(),
        };
        let mismatch = mismatch(start.view, start.loader, &loaded.objects)
            .or_else(|| second_loader(&loaded.objects))
            .or_else(|| without_dynamic_section(start.image));
        let objects = run.check(start, level, loaded, (0, mismatch.is_some()));
        run.findings.extend(mismatch);
        run.objects = objects;
        run.provided_at_start = run.provided.len();
        for dlopen in start.dlopen {
            run.open(start, level, &search, dlopen);
        }
        let (doubts, higher) = search.into_differences();
        let chain = &start.image.chain;
        run.findings
            .extend(doubts.into_iter().map(|doubt| doubt.through(chain)));
        run.higher = higher;
        run
    }

    /// Opens one library, on its own: in which order a program opens several is not known.
    fn open(
        &mut self,
        start: &Start<'_, '_>,
        level: CpuLevel,
        search: &Search<'_, '_>,
        dlopen: &Dlopen,
    ) {
        let first = self.objects.len();
        let loaded = load::open(search, start.image, self.objects.clone(), dlopen);
        let before = self.findings.len();
        let objects = self.check(start, level, loaded, (first, false));
        let new = self.findings.split_off(before);
        let later = |finding| dlopen::cannot_open(&dlopen.name, finding);
        self.findings.extend(new.into_iter().map(later));
        for object in objects.into_iter().skip(first) {
            if !self.opened.iter().any(|known| known.file == object.file) {
                self.opened.push(object);
            }
        }
    }

    /// Checks the objects from the first on; gives all of them back.
    fn check(
        &mut self,
        start: &Start<'_, '_>,
        level: CpuLevel,
        loaded: Loaded,
        (first, mismatched): (usize, bool),
    ) -> Vec<Object> {
        let release = start.release();
        let Loaded {
            objects,
            findings,
            notes,
            provided,
        } = loaded;
        let is_provided = |name: &str| start.view.is_provided(name);
        let versions = versions::check(&objects, first, release, &is_provided);
        self.versions_checked += versions.checked;
        let told = |asking: &str, version: &str| {
            (mismatched && version == "GLIBC_PRIVATE") || versions.lacks(asking, version)
        };
        let is_told = mismatched || versions.lacks_any();
        let at_start = self.provided.iter().take(self.provided_at_start);
        let names = at_start.chain(&provided).map(|one| one.name.clone());
        let names: Vec<String> = names.collect();
        let wanted = Wanted {
            first,
            told: is_told.then_some(&told),
            provided: &names,
            has_unknown: start.image.is_library,
        };
        let mut missing = Vec::new();
        // Without all libraries every symbol of the missing ones would be missing too.
        if findings.iter().all(leaves_symbols) {
            let loading = symbols::Loading {
                view: start.view,
                invocation: start.invocation,
                loader: &start.interpreter.file.path,
                release,
            };
            let symbols = loading.check(&objects, &wanted);
            self.symbols_checked += symbols.checked;
            missing = symbols.findings;
        }
        let refuses = release.is_some_and(|release| release >= (2, 33));
        // The program itself is looked at whatever loads it.
        let libraries = objects.iter().skip(first.max(1));
        let levels = libraries.filter_map(|object| {
            level::library(level, (&object.path, &object.chain), &object.facts, refuses)
        });
        self.findings.extend(findings);
        self.findings.extend(levels);
        self.findings.extend(versions.findings);
        self.findings.extend(missing);
        self.notes.extend(notes.into_iter().chain(versions.notes));
        self.provided.extend(provided);
        objects
    }
}

/// Whether everything is loaded all the same.
fn leaves_symbols(finding: &Finding) -> bool {
    matches!(finding.code, Code::CpuDependentPath | Code::AuditUnproven)
}

impl Object {
    fn public(&self) -> LoadedObject {
        LoadedObject {
            path: self.path.clone(),
            file: self.file.clone(),
            soname: self.facts.soname.clone(),
            needed_by: self.chain.clone(),
            why_found: self.why.clone(),
        }
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            path: &self.path,
            file: &self.file,
            facts: &self.facts,
        }
    }
}

/// A loader that is loaded as a library is none that has set itself up.
fn second_loader(objects: &[Object]) -> Option<Finding> {
    let loader = objects.get(load::LOADER)?;
    let is_loader = |object: &&Object| {
        let soname = object.facts.soname.as_deref().unwrap_or_default();
        object.file == loader.file
            || soname.starts_with("ld-linux")
            || soname.starts_with("ld64.so")
    };
    let second = objects.iter().skip(load::LOADER + 1).find(is_loader)?;
    let explanation = format!(
        "it is a loader, and would be loaded beside {}, which runs already: the second one crashes",
        loader.path
    );
    let finding = Finding::unproven(Code::LibraryUnusable, &second.path, explanation);
    Some(
        finding
            .through(&second.chain)
            .way_out("do not preload or need the loader by a path"),
    )
}

/// The loader reads the program's dynamic section without looking whether there is one.
fn without_dynamic_section(image: &Image) -> Option<Finding> {
    if image.facts.is_dynamic {
        return None;
    }
    let explanation =
        "it names a loader and has no dynamic section, which the loader reads all the same"
            .to_owned();
    let finding = Finding::unproven(Code::Malformed, &image.file, explanation);
    Some(finding.through(&image.chain))
}

const PAIR: &str = "take libc.so.6 and the loader from the same package (Debian: libc6)";

/// libc.so.6 and the loader share private structures: both must come from one build, which no version says.
fn mismatch(view: &View<'_>, loader: &GlibcLoader, objects: &[Object]) -> Option<Finding> {
    let libc = objects
        .iter()
        .find(|object| object.facts.soname.as_deref() == Some("libc.so.6"))?;
    let versions = libc
        .facts
        .version_definitions
        .as_deref()
        .unwrap_or_default();
    if !versions.iter().any(|version| version == "GLIBC_PRIVATE") {
        let explanation = "it defines no GLIBC_PRIVATE, by which the loader sets it up".to_owned();
        let finding = Finding::unproven(Code::LibcLoaderMismatch, &libc.file, explanation);
        return Some(finding.through(&libc.chain).way_out(PAIR));
    }
    let here = view.libc_release(&libc.file)?;
    let Some(there) = &loader.release else {
        let (major, minor) = here.number;
        let explanation =
            format!("it is of glibc {major}.{minor}, and the loader does not say of which it is");
        let finding = Finding::unproven(Code::LibcLoaderMismatch, &libc.file, explanation);
        return Some(finding.through(&libc.chain).way_out(PAIR));
    };
    let comparable = here.build.is_some() && there.build.is_some();
    if here.number == there.number && (here.build == there.build || !comparable) {
        return None;
    }
    let text = |release: &identity::Release| {
        let (major, minor) = release.number;
        let build = release.build.as_ref().map(|build| format!(" ({build})"));
        format!("{major}.{minor}{}", build.unwrap_or_default())
    };
    let explanation = format!(
        "it is of glibc {}, and the loader of glibc {}: they work only as a pair",
        text(&here),
        text(there)
    );
    let finding = if here.number == there.number {
        Finding::unproven(Code::LibcLoaderMismatch, &libc.file, explanation)
    } else {
        Finding::fails(Code::LibcLoaderMismatch, &libc.file, explanation)
    };
    Some(finding.through(&libc.chain).way_out(PAIR))
}
