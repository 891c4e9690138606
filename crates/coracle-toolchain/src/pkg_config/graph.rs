//! The walk over what modules require.
//!
//! A module is passed as often as something requires it, for the last copy of a library decides about the order of
//! libraries; only a circle ends a path. Where that would take forever, each module is passed once more and no more.

use std::rc::Rc;

use super::catalog::{Catalog, Found, Verdict};
use super::module::Module;
use super::requirement::Requirement;

/// How many requirements a walk follows before it passes each module but once. Of what is in Debian, gRPC's need most:
/// half of this.
const PATIENCE: usize = 1_000_000;

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// To what modules require privately, too.
    pub(super) private: bool,
    /// Not to what they require for linking only.
    pub(super) skip_internal: bool,
    /// Past conflicts.
    pub(super) past_conflicts: bool,
    /// To each module but once, where only its being there counts.
    pub(super) once: bool,
    /// So many modules in a row.
    pub(super) depth: u32,
}

/// What is wrong with the graph.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A module that another requires is not there.
    Missing {
        /// What is required.
        requirement: Requirement,
        /// By whom.
        by: Rc<Module>,
    },
    /// It is there in a version that will not do.
    WrongVersion {
        /// What is required.
        requirement: Requirement,
        /// What is there.
        got: Rc<Module>,
    },
    /// Two modules must not be together.
    Conflict {
        /// The module that says so.
        by: Rc<Module>,
        /// What it says.
        rule: Requirement,
        /// The other.
        with: Rc<Module>,
    },
}

/// Walks from these requirements and shows each module on its way, with whether it is there for static linking only.
/// All that is wrong is told; the walk was good if nothing was.
pub(super) fn walk(
    catalog: &mut Catalog,
    world: &[Requirement],
    reach: Reach,
    visit: &mut dyn FnMut(&Module, bool),
) -> Vec<Trouble> {
    let root = Rc::new(Module {
        id: "virtual:world".to_owned(),
        name: "virtual world package".to_owned(),
        requires: world.to_vec(),
        ..Module::default()
    });
    let mut walk = Walk {
        catalog,
        reach,
        visit,
        path: vec![],
        on_path: vec![],
        passed: vec![],
        count: 0,
        private: false,
        troubles: vec![],
    };
    walk.enter(None, root);
    while walk.step() {}
    walk.troubles
}

struct Walk<'walk> {
    catalog: &'walk mut Catalog,
    reach: Reach,
    visit: &'walk mut dyn FnMut(&Module, bool),
    path: Vec<Place>,
    on_path: Vec<bool>,
    passed: Vec<bool>,
    count: usize,
    /// Below a private requirement. As pkgconf has it, only up to the end of the next list of private ones.
    private: bool,
    troubles: Vec<Trouble>,
}

/// A module on the path, and how far its requirements are walked.
struct Place {
    number: Option<usize>,
    module: Rc<Module>,
    in_private: bool,
    next: usize,
    failed: bool,
}

impl Walk<'_> {
    /// Goes one requirement on; tells whether there is anything left.
    fn step(&mut self) -> bool {
        let Some(place) = self.path.last_mut() else {
            return false;
        };
        let list = if place.in_private {
            &place.module.requires_private
        } else {
            &place.module.requires
        };
        let Some(requirement) = list.get(place.next).cloned() else {
            self.end_of_list();
            return true;
        };
        place.next += 1;
        self.count += 1;
        let by = Rc::clone(&place.module);
        // What is walked to collect flags was verified, and noted, before.
        let verdict = match self.reach.once {
            true => self.catalog.meet(&requirement),
            false => self.catalog.judge(&requirement),
        };
        match verdict {
            Verdict::Met(found) => self.go_to(found, &requirement),
            Verdict::WrongVersion(found) => self.fail(Trouble::WrongVersion {
                requirement,
                got: found.module,
            }),
            Verdict::Missing => self.fail(Trouble::Missing { requirement, by }),
        }
        true
    }

    fn go_to(&mut self, found: Found, requirement: &Requirement) {
        self.on_path.resize(self.catalog.len(), false);
        self.passed.resize(self.catalog.len(), false);
        let flag = |flags: &[bool]| flags.get(found.number).copied().unwrap_or_default();
        let tired = (self.reach.once || self.count > PATIENCE) && flag(&self.passed);
        let internal = self.reach.skip_internal && requirement.internal;
        if !flag(&self.on_path) && !tired && !internal {
            self.enter(Some(found.number), found.module);
        }
    }

    fn enter(&mut self, number: Option<usize>, module: Rc<Module>) {
        // The root is no module of the user's; everything else is one deeper than it.
        if self.path.len() >= usize::try_from(self.reach.depth).unwrap_or(usize::MAX) {
            return;
        }
        (self.visit)(&module, self.private);
        if let Some(trouble) = self.conflict(&module) {
            return self.fail(trouble);
        }
        if let Some(on_path) = number.and_then(|number| self.on_path.get_mut(number)) {
            *on_path = true;
        }
        self.path.push(Place {
            number,
            module,
            in_private: false,
            next: 0,
            failed: false,
        });
    }

    fn end_of_list(&mut self) {
        let Some(place) = self.path.last_mut() else {
            return;
        };
        if !place.in_private && !place.failed && self.reach.private {
            place.in_private = true;
            place.next = 0;
            self.private = true;
            return;
        }
        if place.in_private {
            self.private = false;
        }
        let (failed, number) = (place.failed, place.number);
        self.path.pop();
        if let Some(number) = number
            && let (Some(on_path), Some(passed)) =
                (self.on_path.get_mut(number), self.passed.get_mut(number))
        {
            *on_path = false;
            // What failed fails again wherever it is required, and is told again.
            *passed |= !failed || self.count > PATIENCE;
        }
        if let Some(above) = self.path.last_mut() {
            above.failed |= failed;
        }
    }

    fn fail(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
        if let Some(place) = self.path.last_mut() {
            place.failed = true;
        }
    }

    fn conflict(&mut self, module: &Rc<Module>) -> Option<Trouble> {
        if self.reach.past_conflicts {
            return None;
        }
        for rule in &module.conflicts {
            if !module
                .requires
                .iter()
                .any(|requirement| requirement.module == rule.module)
            {
                continue;
            }
            if let Verdict::Met(with) = self.catalog.judge(rule) {
                return Some(Trouble::Conflict {
                    by: Rc::clone(module),
                    rule: rule.clone(),
                    with: with.module,
                });
            }
        }
        None
    }
}
