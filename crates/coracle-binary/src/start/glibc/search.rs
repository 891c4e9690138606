//! Where glibc's loader looks for one name (`_dl_map_object` in `elf/dl-load.c`).
//!
//! ```text
//! a name with a slash       that path, nothing else
//! 1 RPATH                   of who asks, then of who loaded that one, and of the program;
//!                           not at all when who asks has a RUNPATH
//! 2 LD_LIBRARY_PATH
//! 3 RUNPATH                 of who asks only
//! 4 /etc/ld.so.cache
//! 5 system directories      4 (those paths) and 5 not with DF_1_NODEFLIB
//! ```

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::cache::Cache;
use super::load::Object;
use super::open::{Attempt, Opened, Skipped, open};
use super::subdirectories::{Subdirectories, subdirectories};
use super::tokens::{Expanded, Tokens};
use crate::CpuLevel;
use crate::start::identity::GlibcLoader;
use crate::start::object::View;
use crate::start::programs::Invocation;
use crate::start::report::{Code, Finding};

/// Thousands of libraries, each looked for in hundreds of directories.
const ATTEMPTS_LIMIT: u32 = 1 << 20;

/// Everything the search depends on besides the name and who asks.
pub(super) struct Search<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    pub(super) loader: &'a GlibcLoader,
    /// The kernel sets AT_SECURE: the environment and `$ORIGIN` do not count.
    pub(super) secure: bool,
    cache: Option<Cow<'a, [u8]>>,
    /// The CPU that it runs on.
    level: CpuLevel,
    /// Higher levels of x86-64 for which another file would be found, seen on the way.
    higher: RefCell<BTreeSet<u8>>,
    /// What differs between CPUs in ways that no level says, found on the way.
    doubts: RefCell<Vec<Finding>>,
    /// How many more paths may be tried.
    left: Cell<u32>,
}

/// A library, and the rule by which it was found.
pub(super) struct Found {
    pub(super) opened: Opened,
    pub(super) why: String,
}

/// Why nothing was found.
pub(super) enum Failure {
    Nowhere(Vec<Skipped>),
    Fatal(Box<Finding>),
}

/// What has been passed over so far, or that the search is at its end.
type Step = Result<Option<Found>, Failure>;

impl<'a, 't> Search<'a, 't> {
    pub(super) fn new(
        view: &'a View<'t>,
        invocation: &'a Invocation,
        loader: &'a GlibcLoader,
        secure: bool,
        level: CpuLevel,
    ) -> Self {
        let cache = view.resolve(&invocation.user, "/", &loader.cache).ok();
        let readable = cache.filter(|found| {
            use crate::start::permissions::{Access, may};
            may(&invocation.user, &found.node, Access::Read)
        });
        let cache = readable.map(|found| view.content(&found.path));
        Self {
            view,
            invocation,
            loader,
            secure,
            cache,
            level,
            higher: RefCell::new(BTreeSet::new()),
            doubts: RefCell::new(Vec::new()),
            left: Cell::new(ATTEMPTS_LIMIT),
        }
    }

    /// What differs between CPUs in ways that no level says, and the higher levels that find other files.
    pub(super) fn into_differences(self) -> (Vec<Finding>, BTreeSet<u8>) {
        (self.doubts.into_inner(), self.higher.into_inner())
    }

    fn release(&self) -> Option<(u32, u32)> {
        let release = self.loader.release.as_ref();
        release.map(|release| release.number)
    }

    /// Whether the CPU has the level of x86-64 with this number; one that it lacks is noted where a file is there.
    fn has_level(&self, number: u8) -> bool {
        CpuLevel::from_x86_64(number).is_within(self.level)
    }

    fn note_level(&self, number: u8) {
        self.higher.borrow_mut().insert(number);
    }

    /// Whether some CPUs find `name` where others do not.
    pub(super) fn doubts_about(&self, name: &str) -> bool {
        self.doubts
            .borrow()
            .iter()
            .any(|doubt| doubt.subject.ends_with(&format!("/{name}")))
    }

    pub(super) fn tokens<'b>(&'b self, origin: &'b str) -> Tokens<'b> {
        Tokens {
            origin: (!self.secure).then_some(origin),
            lib: self.loader.lib.as_deref(),
            platform: self.view.machine.kernel_platform(),
        }
    }

    /// A list from the environment; nothing where AT_SECURE switches it off.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self
            .invocation
            .environment
            .get(name)
            .filter(|_| !self.secure)?;
        (!value.is_empty()).then_some(value)
    }

    /// Looks for `name`, which `objects[asking]` asks for.
    pub(super) fn find(
        &self,
        name: &str,
        asking: usize,
        objects: &[Object],
    ) -> Result<Found, Failure> {
        let Some(who) = objects.get(asking) else {
            return Err(Failure::Nowhere(Vec::new()));
        };
        let mut look_up = LookUp {
            search: self,
            name,
            who,
            objects,
            skipped: Vec::new(),
        };
        match look_up.run(asking)? {
            Some(found) => Ok(found),
            None => Err(Failure::Nowhere(look_up.skipped)),
        }
    }

    fn open(&self, path: &str) -> Attempt {
        let Some(left) = self.left.get().checked_sub(1) else {
            let explanation = format!("the loader would try more than {ATTEMPTS_LIMIT} paths");
            return Attempt::Fatal(Box::new(Finding::unproven(
                Code::TooMuch,
                path,
                explanation,
            )));
        };
        self.left.set(left);
        open(
            self.view,
            &self.invocation.user,
            &self.invocation.working_directory,
            path,
        )
    }

    fn is_there(&self, path: &str) -> bool {
        let Invocation {
            user,
            working_directory,
            ..
        } = self.invocation;
        self.view.resolve(user, working_directory, path).is_ok()
    }

    fn doubt(&self, name: &str, path: &str) {
        let explanation =
            format!("{name} would come from {path} on some CPUs and from elsewhere on others");
        let finding = Finding::unproven(Code::CpuDependentPath, path, explanation);
        let mut doubts = self.doubts.borrow_mut();
        if !doubts.contains(&finding) {
            doubts.push(
                finding.way_out(
                    "keep one build of the library in the image, for the lowest CPU level",
                ),
            );
        }
    }
}

/// The level of x86-64 whose CPUs look at a path; `None` where something else than a level decides. Loaders know levels
/// from 2.33 on.
fn level_of(path: &str, release: Option<(u32, u32)>) -> Option<u8> {
    release.filter(|release| *release >= (2, 33))?;
    let (_, rest) = path.split_once("/glibc-hwcaps/x86-64-v")?;
    match rest.split('/').next()? {
        "2" => Some(2),
        "3" => Some(3),
        "4" => Some(4),
        _ => None,
    }
}

/// One name on its way through the rules.
struct LookUp<'b, 't> {
    search: &'b Search<'b, 't>,
    name: &'b str,
    /// Who asks.
    who: &'b Object,
    objects: &'b [Object],
    /// What was passed over so far.
    skipped: Vec<Skipped>,
}

impl LookUp<'_, '_> {
    fn run(&mut self, asking: usize) -> Step {
        if self.name.contains('/') {
            let found = self.try_path(self.name)?;
            return Ok(found.map(|opened| Found {
                opened,
                why: format!("path in {}", self.who.path),
            }));
        }
        if let Some(found) = self.rpath(asking)? {
            return Ok(Some(found));
        }
        if let Some(found) = self.library_path()? {
            return Ok(Some(found));
        }
        if let Some(found) = self.runpath()? {
            return Ok(Some(found));
        }
        if let Some(found) = self.cached()? {
            return Ok(Some(found));
        }
        self.system()
    }

    fn rpath(&mut self, asking: usize) -> Step {
        if self.who.facts.runpath.is_some() {
            return Ok(None);
        }
        let objects = self.objects;
        let mut at = Some(asking);
        let mut program_done = false;
        while let Some(object) = at.and_then(|at| objects.get(at)) {
            program_done |= at == Some(0);
            if let Some(found) = self.rpath_of(object)? {
                return Ok(Some(found));
            }
            at = object.loaded_by;
        }
        match objects.first().filter(|_| !program_done) {
            Some(program) => self.rpath_of(program),
            None => Ok(None),
        }
    }

    fn rpath_of(&mut self, object: &Object) -> Step {
        // The loader forgets the RPATH of an object that has a RUNPATH too.
        let Some(list) = object
            .facts
            .rpath
            .as_deref()
            .filter(|_| object.facts.runpath.is_none())
        else {
            return Ok(None);
        };
        let directories = self.search.tokens(&object.origin).directories(list, &[':']);
        self.directories(&directories, &|directory| {
            format!("RPATH {directory} of {}", object.path)
        })
    }

    fn library_path(&mut self) -> Step {
        let (Some(list), Some(program)) = (
            self.search.variable("LD_LIBRARY_PATH"),
            self.objects.first(),
        ) else {
            return Ok(None);
        };
        let directories = self
            .search
            .tokens(&program.origin)
            .directories(list, &[':', ';']);
        self.directories(&directories, &|directory| {
            format!("LD_LIBRARY_PATH {directory}")
        })
    }

    fn runpath(&mut self) -> Step {
        let who = self.who;
        let Some(list) = &who.facts.runpath else {
            return Ok(None);
        };
        let directories = self.search.tokens(&who.origin).directories(list, &[':']);
        self.directories(&directories, &|directory| {
            format!("RUNPATH {directory} of {}", who.path)
        })
    }

    fn cached(&mut self) -> Step {
        let search = self.search;
        let Some(cache) = search
            .cache
            .as_deref()
            .and_then(|bytes| Cache::read(bytes, search.view.machine))
        else {
            return Ok(None);
        };
        let entries = cache.look_up(self.name);
        let mut best = None;
        for entry in entries.iter().filter(|entry| entry.for_some_cpus) {
            match level_of(entry.path, search.release()) {
                Some(level) if search.has_level(level) => {
                    best = best.max(Some((level, entry.path)))
                }
                Some(level) => search.note_level(level),
                None => search.doubt(self.name, entry.path),
            }
        }
        let plain = entries.iter().find(|entry| !entry.for_some_cpus);
        let plain = plain.map(|entry| entry.path);
        let Some(path) = best.map(|(_, path)| path).or(plain) else {
            return Ok(None);
        };
        let system = |directory: &String| path.starts_with(&format!("{directory}/"));
        if self.who.facts.flags.nodeflib && search.loader.system_directories.iter().any(system) {
            return Ok(None);
        }
        let before = self.skipped.len();
        let found = self.try_path(path)?;
        if found.is_none() && self.skipped.len() == before {
            let why = format!(
                "{} names it, and it is not there: the cache is stale",
                search.loader.cache
            );
            self.skipped.push(Skipped {
                path: path.to_owned(),
                why,
                denied: false,
            });
        }
        Ok(found.map(|opened| Found {
            opened,
            why: search.loader.cache.clone(),
        }))
    }

    fn system(&mut self) -> Step {
        if self.who.facts.flags.nodeflib {
            return Ok(None);
        }
        let expanded = |text: &String| Expanded {
            text: text.clone(),
            uses_platform: false,
        };
        let directories: Vec<Expanded> = self
            .search
            .loader
            .system_directories
            .iter()
            .map(expanded)
            .collect();
        self.directories(&directories, &|directory| {
            format!("system directory {directory}")
        })
    }

    fn directories(&mut self, directories: &[Expanded], why: &dyn Fn(&str) -> String) -> Step {
        let release = self.search.release();
        let Subdirectories { always, some_cpus } =
            subdirectories(self.search.view.machine, release);
        for directory in directories {
            let text = &directory.text;
            if directory.uses_platform {
                self.search.doubt(self.name, text);
            }
            let own = some_cpus.iter().map(|name| format!("{text}/{name}"));
            let own = own.filter(|within| self.is_of_this_cpu(within));
            let all = always.iter().map(|name| format!("{text}{name}"));
            for within in own.collect::<Vec<_>>().into_iter().chain(all) {
                match self.search.open(&format!("{within}/{}", self.name)) {
                    Attempt::Opened(opened) => {
                        return Ok(Some(Found {
                            opened,
                            why: why(&within),
                        }));
                    }
                    Attempt::Absent => {}
                    Attempt::Skipped(one) => self.skipped.push(one),
                    Attempt::LeaveList(one) => {
                        self.skipped.push(one);
                        return Ok(None);
                    }
                    Attempt::Fatal(finding) => return Err(Failure::Fatal(finding)),
                }
            }
        }
        Ok(None)
    }

    /// Whether this CPU looks into a directory that only some do. What others would find there is noted.
    fn is_of_this_cpu(&self, within: &str) -> bool {
        let path = format!("{within}/{}", self.name);
        match level_of(&path, self.search.release()) {
            Some(level) if self.search.has_level(level) => return true,
            Some(level) if self.search.is_there(&path) => self.search.note_level(level),
            None if self.search.is_there(&path) => self.search.doubt(self.name, &path),
            _ => {}
        }
        false
    }

    fn try_path(&mut self, path: &str) -> Result<Option<Opened>, Failure> {
        match self.search.open(path) {
            Attempt::Opened(opened) => return Ok(Some(opened)),
            Attempt::Absent => {}
            Attempt::Skipped(one) | Attempt::LeaveList(one) => self.skipped.push(one),
            Attempt::Fatal(finding) => return Err(Failure::Fatal(finding)),
        }
        Ok(None)
    }
}
