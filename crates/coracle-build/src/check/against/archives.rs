//! The archives of suites, each opened once for all programs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use coracle_distro::{Architecture, Archive, Suite};

use crate::lock::LockFile;
use crate::source::Outside;

/// Those that are open.
pub(crate) struct Archives<'a> {
    outside: &'a Outside<'a>,
    /// What a folder happens to lock is of its services: here every package is the newest.
    lock: &'a LockFile,
    opened: RefCell<BTreeMap<(String, Architecture), Rc<Archive<'a>>>>,
}

impl<'a> Archives<'a> {
    pub(crate) fn new(outside: &'a Outside<'a>, lock: &'a LockFile) -> Archives<'a> {
        Archives {
            outside,
            lock,
            opened: RefCell::default(),
        }
    }

    /// The archive of a suite. One that cannot be opened is tried again the next time.
    pub(super) fn of(
        &self,
        suite: &'static Suite,
        architecture: Architecture,
    ) -> Result<Rc<Archive<'a>>, Box<coracle_distro::archive::Error>> {
        let key = (suite.to_string(), architecture);
        if let Some(opened) = self.opened.borrow().get(&key) {
            return Ok(Rc::clone(opened));
        }
        let opened = Rc::new(self.outside.open(suite, architecture, self.lock)?);
        self.opened.borrow_mut().insert(key, Rc::clone(&opened));
        Ok(opened)
    }
}
