//! Where musl's loader looks for one name (`load_library` and `path_open`).
//!
//! ```text
//! a name with a slash   that path, nothing else
//! 1 LD_LIBRARY_PATH
//! 2 RUNPATH, else RPATH of who asks, then of who asked for that one, and so on
//! 3 the path file       /etc/ld-musl-ARCH.path, else what is built into the loader
//! ```
//!
//! The first file that can be opened is it, whatever is in it.

use std::cell::{Cell, OnceCell};

use super::load::Object;
use super::path::{self, BUFFER, DENIED, NO_SUCH_FILE, SystemPath, words};
use crate::start::identity::MuslLoader;
use crate::start::object::View;
use crate::start::permissions::{Access, may};
use crate::start::programs::Invocation;
use crate::start::report::{Code, Finding};
use crate::start::tree::{PathError, Resolved};
use crate::start::{Node, User};

/// Thousands of libraries, each looked for in hundreds of directories.
const ATTEMPTS_LIMIT: u32 = 1 << 20;
/// `NAME_MAX`
const NAME_LIMIT: usize = 255;

/// Everything the search depends on besides the name and who asks.
pub(super) struct Search<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    /// Whom the kernel sees: the file's owner, when the program is set-user.
    pub(super) user: User,
    pub(super) loader: &'a MuslLoader,
    /// The loader's path, as the program names it.
    pub(super) interpreter: &'a str,
    /// The kernel sets AT_SECURE: the environment and the program's `$ORIGIN` do not count.
    pub(super) secure: bool,
    pub(super) system: OnceCell<SystemPath>,
    /// How many more paths may be tried.
    pub(super) left: Cell<u32>,
}

/// A file that could be opened, and the rule by which it was found.
pub(super) struct Found {
    pub(super) path: String,
    pub(super) file: Resolved,
    pub(super) why: String,
}

/// A file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) path: String,
    pub(super) why: String,
    /// The user may not read it.
    pub(super) denied: bool,
}

/// Why a library is not loaded.
pub(super) enum Failure {
    /// In the words of the error number, with what was passed over.
    Said(&'static str, Vec<Skipped>),
    /// The file that was opened is the reason.
    Unusable(&'static str, String),
    Told(Box<Finding>),
}

/// How one attempt to open a file failed.
struct Unopened {
    said: &'static str,
    skipped: Option<Skipped>,
    /// The search ends here.
    ends: bool,
}

impl<'a, 't> Search<'a, 't> {
    pub(super) fn new(
        view: &'a View<'t>,
        invocation: &'a Invocation,
        loader: &'a MuslLoader,
        interpreter: &'a str,
        secure: bool,
        user: User,
    ) -> Self {
        Self {
            view,
            invocation,
            user,
            loader,
            interpreter,
            secure,
            system: OnceCell::new(),
            left: Cell::new(ATTEMPTS_LIMIT),
        }
    }

    /// A list from the environment; nothing where AT_SECURE switches it off.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.invocation.environment.get(name);
        value.filter(|_| !self.secure).map(String::as_str)
    }

    /// The system's directories, read when first needed.
    pub(super) fn system(&self) -> &SystemPath {
        self.system.get_or_init(|| {
            path::of_system(
                self.view,
                &self.user,
                &self.invocation.working_directory,
                self.loader,
                self.interpreter,
            )
        })
    }

    /// Opens what `objects[asking]` asks for; nobody asks for a preload.
    pub(super) fn find(
        &self,
        name: &str,
        asking: Option<usize>,
        objects: &[Object],
    ) -> Result<Found, Failure> {
        if name.contains('/') {
            let found = self.open(name)?;
            return found
                .map(|file| Found {
                    path: name.to_owned(),
                    file,
                    why: match asking.and_then(|asking| objects.get(asking)) {
                        Some(object) => format!("path in {}", object.path),
                        None => "path in LD_PRELOAD".to_owned(),
                    },
                })
                .map_err(|failed| {
                    Failure::Said(failed.said, failed.skipped.into_iter().collect())
                });
        }
        if name.len() > NAME_LIMIT {
            return Err(Failure::Said("Filename too long", Vec::new()));
        }
        let mut look_up = LookUp {
            search: self,
            name,
            said: NO_SUCH_FILE,
            skipped: Vec::new(),
        };
        match look_up.run(asking, objects)? {
            Some(found) => Ok(found),
            None => Err(Failure::Said(look_up.said, look_up.skipped)),
        }
    }

    fn open(&self, path: &str) -> Result<Result<Resolved, Unopened>, Failure> {
        let Some(left) = self.left.get().checked_sub(1) else {
            let explanation = format!("the loader would try more than {ATTEMPTS_LIMIT} paths");
            let finding = Finding::unproven(Code::TooMuch, path, explanation);
            return Err(Failure::Told(Box::new(finding)));
        };
        self.left.set(left);
        let directory = &self.invocation.working_directory;
        let found = match self.view.resolve(&self.user, directory, path) {
            Ok(found) => found,
            Err(error) => return Ok(Err(self.unreached(path, &error))),
        };
        if may(&self.user, &found.node, Access::Read) {
            return Ok(Ok(found));
        }
        let Node { mode, uid, gid, .. } = found.node;
        let (user, group) = (self.user.uid, self.user.gid);
        let why = format!("mode {mode:04o} of {uid}:{gid} does not let {user}:{group} read it");
        Ok(Err(Unopened {
            said: DENIED,
            skipped: Some(Skipped {
                path: path.to_owned(),
                why,
                denied: true,
            }),
            ends: false,
        }))
    }

    /// What a path that leads nowhere means for the search.
    fn unreached(&self, path: &str, error: &PathError) -> Unopened {
        let (ends, why, denied) = match error {
            PathError::Missing(first) => (false, self.dangling(path, first), false),
            PathError::Denied(at) => {
                let why = format!("user {} may not search {at}", self.user.uid);
                (false, Some(why), true)
            }
            PathError::NotADirectory(_) | PathError::TooLong => (false, None, false),
            PathError::Loop => {
                let why = "its links lead round in a circle, and the search ends there".to_owned();
                (true, Some(why), false)
            }
        };
        let skipped = why.map(|why| Skipped {
            path: path.to_owned(),
            why,
            denied,
        });
        Unopened {
            said: words(error),
            skipped,
            ends,
        }
    }

    /// Something is there, and it is a link to nothing.
    fn dangling(&self, path: &str, first: &str) -> Option<String> {
        let (parent, name) = path.rsplit_once('/')?;
        let directory = &self.invocation.working_directory;
        let parent = self
            .view
            .resolve(&self.user, directory, &format!("{parent}/"));
        let entry = format!("{}/{name}", parent.ok()?.path.trim_end_matches('/'));
        let there = entry != first && self.view.tree.node(&entry).is_some();
        there.then(|| format!("it is a link, and {first} is not there"))
    }
}

/// One name on its way through the rules.
struct LookUp<'b, 't> {
    search: &'b Search<'b, 't>,
    name: &'b str,
    /// The words of the last error.
    said: &'static str,
    /// What was passed over so far.
    skipped: Vec<Skipped>,
}

impl LookUp<'_, '_> {
    fn run(&mut self, asking: Option<usize>, objects: &[Object]) -> Result<Option<Found>, Failure> {
        let search = self.search;
        if let Some(list) = search.variable("LD_LIBRARY_PATH")
            && let Some(found) =
                self.list(list, &|directory| format!("LD_LIBRARY_PATH {directory}"))?
        {
            return Ok(Some(found));
        }
        let mut at = asking;
        while let Some((index, object)) = at.and_then(|at| Some((at, objects.get(at)?))) {
            if let Some(list) = path::of_object(object, index == 0, search.secure) {
                let tag = match object.facts.runpath {
                    Some(_) => "RUNPATH",
                    None => "RPATH",
                };
                let why = |directory: &str| format!("{tag} {directory} of {}", object.path);
                if let Some(found) = self.list(&list, &why)? {
                    return Ok(Some(found));
                }
            }
            at = object.needed_by;
        }
        let system = search.system();
        if let Some(barred) = &system.barred {
            self.said = barred.said;
        }
        self.list(&system.list, &|directory| {
            format!("{directory} in {}", system.source)
        })
    }

    fn list(&mut self, list: &str, why: &dyn Fn(&str) -> String) -> Result<Option<Found>, Failure> {
        for directory in path::directories(list) {
            let path = format!("{directory}/{}", self.name);
            // What does not fit the loader's buffer is not tried.
            if path.len() >= BUFFER {
                continue;
            }
            let failed = match self.search.open(&path)? {
                Ok(file) => {
                    return Ok(Some(Found {
                        path,
                        file,
                        why: why(directory),
                    }));
                }
                Err(failed) => failed,
            };
            self.said = failed.said;
            self.skipped.extend(failed.skipped);
            if failed.ends {
                return Err(Failure::Said(self.said, std::mem::take(&mut self.skipped)));
            }
        }
        Ok(None)
    }
}
