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

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::open::{Attempt, Opened, Skipped, open};
use super::subdirectories::{Subdirectories, subdirectories};
use super::tokens::Tokens;
use crate::CpuLevel;
use crate::start::identity::GlibcLoader;
use crate::start::object::View;
use crate::start::programs::Invocation;
use crate::start::report::{Code, Finding};
use crate::start::tree::PathError;

/// Thousands of libraries, each looked for in hundreds of directories.
const ATTEMPTS_LIMIT: u32 = 1 << 20;

/// Everything the search depends on besides the name and who asks.
pub(super) struct Search<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    pub(super) loader: &'a GlibcLoader,
    /// The kernel sets AT_SECURE: the environment and `$ORIGIN` do not count.
    pub(super) secure: bool,
    pub(super) cache: Option<Arc<[u8]>>,
    /// The CPU that it runs on.
    level: CpuLevel,
    /// Higher levels of x86-64 for which another file would be found, seen on the way.
    higher: RefCell<BTreeSet<u8>>,
    /// What differs between CPUs in ways that no level says, found on the way.
    doubts: RefCell<Vec<Finding>>,
    /// How many more paths may be tried.
    left: Cell<u32>,
    /// Where is looked for a directory that a list names.
    places: RefCell<HashMap<String, Rc<[Place]>>>,
}

/// A directory that is there, in which names are looked for.
pub(super) struct Place {
    pub(super) path: String,
    /// Only some CPUs look into it.
    pub(super) for_some_cpus: bool,
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
        let cache = readable.map(|found| view.cache(&found.path));
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
            places: RefCell::new(HashMap::new()),
        }
    }

    /// What differs between CPUs in ways that no level says, and the higher levels that find other files.
    pub(super) fn into_differences(self) -> (Vec<Finding>, BTreeSet<u8>) {
        (self.doubts.into_inner(), self.higher.into_inner())
    }

    pub(super) fn release(&self) -> Option<(u32, u32)> {
        let release = self.loader.release.as_ref();
        release.map(|release| release.number)
    }

    /// Whether the CPU has the level of x86-64 with this number; one that it lacks is noted where a file is there.
    pub(super) fn has_level(&self, number: u8) -> bool {
        CpuLevel::from_x86_64(number).is_within(self.level)
    }

    pub(super) fn note_level(&self, number: u8) {
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

    pub(super) fn open(&self, path: &str) -> Attempt {
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

    /// The directory and those of its subdirectories into which the loader looks, in its order, without what is missing:
    /// nothing is found there.
    pub(super) fn places(&self, directory: &str) -> Rc<[Place]> {
        if let Some(known) = self.places.borrow().get(directory) {
            return Rc::clone(known);
        }
        let Subdirectories { always, some_cpus } =
            subdirectories(self.view.machine, self.release());
        let of_some = some_cpus.iter().map(|name| Place {
            path: format!("{directory}/{name}"),
            for_some_cpus: true,
        });
        let of_all = always.iter().map(|name| Place {
            path: format!("{directory}{name}"),
            for_some_cpus: false,
        });
        let Invocation {
            user,
            working_directory,
            ..
        } = self.invocation;
        let is_missing = |path: &str| {
            // Names are put behind a slash: the root itself is an empty directory here.
            let path = if path.is_empty() { "/" } else { path };
            let found = self.view.resolve(user, working_directory, path);
            matches!(found, Err(PathError::Missing(_)))
        };
        let there = of_some
            .chain(of_all)
            .filter(|place| !is_missing(&place.path));
        let there: Rc<[Place]> = there.collect();
        let mut places = self.places.borrow_mut();
        places.insert(directory.to_owned(), Rc::clone(&there));
        there
    }

    pub(super) fn is_there(&self, path: &str) -> bool {
        let Invocation {
            user,
            working_directory,
            ..
        } = self.invocation;
        self.view.resolve(user, working_directory, path).is_ok()
    }

    pub(super) fn doubt(&self, name: &str, path: &str) {
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
pub(super) fn level_of(path: &str, release: Option<(u32, u32)>) -> Option<u8> {
    release.filter(|release| *release >= (2, 33))?;
    let (_, rest) = path.split_once("/glibc-hwcaps/x86-64-v")?;
    match rest.split('/').next()? {
        "2" => Some(2),
        "3" => Some(3),
        "4" => Some(4),
        _ => None,
    }
}
