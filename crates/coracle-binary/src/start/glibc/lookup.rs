//! One name on its way through the loader's rules.

use super::cache::Cache;
use super::load::Object;
use super::open::{Attempt, Opened, Skipped};
use super::search::{Failure, Found, Place, Search, level_of};
use super::tokens::Expanded;

/// What has been passed over so far, or that the search is at its end.
type Step = Result<Option<Found>, Failure>;

impl Search<'_, '_> {
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
        let search = self.search;
        for directory in directories {
            let text = &directory.text;
            if directory.uses_platform {
                search.doubt(self.name, text);
            }
            let places = search.places(text);
            let asked = places
                .iter()
                .filter(|place| !place.for_some_cpus || self.is_of_this_cpu(&place.path));
            for Place { path: within, .. } in asked.collect::<Vec<_>>() {
                match search.open(&format!("{within}/{}", self.name)) {
                    Attempt::Opened(opened) => {
                        return Ok(Some(Found {
                            opened,
                            why: why(within),
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
