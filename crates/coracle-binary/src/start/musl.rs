//! What musl's loader loads for one program, in its order (`ldso/dynlink.c`), and whether all of it is bound.
//!
//! The loader is libc too. It knows no cache, no versions and no binding at the first call: what is missing
//! stops the start.

mod failures;
mod foreign;
mod load;
mod map;
mod path;
mod relocations;
mod search;
mod symbols;

use self::load::{Loaded, Object};
use self::search::Search;
use super::Dlopen;
use super::closure::Interpreter;
use super::dlopen::{self, Candidate};
use super::identity::MuslLoader;
use super::kernel::Image;
use super::object::View;
use super::programs::Invocation;
use super::report::{Finding, Libc, ProgramReport, Provided, Report};

pub(super) use foreign::by_gcompat;

/// One program that musl's loader starts.
pub(super) struct Start<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    pub(super) image: &'a Image,
    pub(super) interpreter: &'a Interpreter,
    pub(super) loader: &'a MuslLoader,
    /// What the program opens while it runs.
    pub(super) dlopen: &'a [Dlopen],
}

impl Start<'_, '_> {
    /// Loads the program as the loader would, and adds what was found.
    pub(super) fn prove(&self, program: &mut ProgramReport, report: &mut Report) {
        program.libc = Libc::Musl {
            release: self.loader.release,
        };
        let secure = self.image.is_secure(&self.invocation.user);
        let user = load::effective(self.image, &self.invocation.user);
        let search = Search::new(
            self.view,
            self.invocation,
            self.loader,
            &self.interpreter.path,
            secure,
            user,
        );
        let loaded = load::load(&search, self.image, self.interpreter);
        program.objects = loaded.public();
        let (checked, findings) = self.check(&loaded, 0, &[]);
        program.symbols_checked = checked;
        report.findings.extend(findings);
        let mut provided = loaded.provided.clone();
        let mut all = loaded.objects.clone();
        for dlopen in self.dlopen {
            let opened = load::open(&search, &loaded, dlopen);
            let first = loaded.objects.len();
            let (checked, findings) = self.check(&opened, first, &loaded.provided);
            program.symbols_checked += checked;
            let later = |finding| dlopen::cannot_open(&dlopen.name, finding);
            report.findings.extend(findings.into_iter().map(later));
            provided.extend(opened.provided);
            for object in opened.objects.into_iter().skip(first) {
                if !all.iter().any(|known| known.file == object.file) {
                    program.opened.push(object.public());
                    all.push(object);
                }
            }
        }
        if !self.image.is_library {
            self.openers(&search, &all, report);
        }
        report.provide(provided);
        for note in loaded.notes {
            if !report.notes.contains(&note) {
                report.notes.push(note);
            }
        }
    }

    /// How many symbols of the objects from the first on were looked up, and all that stands against these objects.
    fn check(&self, loaded: &Loaded, first: usize, before: &[Provided]) -> (usize, Vec<Finding>) {
        let mut bound = symbols::Bound::default();
        // Without all libraries every symbol of the missing ones would be missing too.
        if loaded.findings.is_empty() {
            let provided = before.iter().chain(&loaded.provided);
            let provided: Vec<String> = provided.map(|one| one.name.clone()).collect();
            bound = symbols::check(
                self.view,
                self.loader,
                loaded,
                (first, &provided),
                self.image.is_library,
            );
        }
        let foreign = foreign::check(self.interpreter, self.loader, loaded, first);
        let mut findings = loaded.findings.clone();
        findings.extend(bound.findings);
        findings.extend(foreign);
        (bound.checked, findings)
    }

    /// What the loaded objects may open, as far as they say it.
    fn openers(&self, search: &Search<'_, '_>, objects: &[Object], report: &mut Report) {
        let candidates: Vec<Candidate<'_>> = objects.iter().map(Object::candidate).collect();
        let find = |index: usize, name: &str| search.find(name, Some(index), objects).is_ok();
        report.open(dlopen::openers(self.view, &candidates, &find));
    }
}
