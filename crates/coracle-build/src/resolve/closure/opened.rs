//! What the configuration says that the program opens while it runs: looked up as what it needs, and told as what it
//! is. A path is looked up in the folder that it names.

use super::{Error, Search};
use crate::settings::DLOPEN;

impl Search<'_> {
    /// A library that the program opens, by soname or by path.
    pub(super) fn open_later(
        &mut self,
        name: &str,
        chain: &[String],
        is_copied: bool,
    ) -> Result<(), Error> {
        self.opened.insert(name.to_owned(), is_copied);
        if !name.contains('/') {
            return self.soname(name, chain, &[]);
        }
        let later = (name.to_owned(), chain.to_vec());
        self.alternatives.push(later);
        Ok(())
    }

    /// A library that the program opens by its path, when all that the configuration names is there.
    pub(super) fn opened_path(&mut self, path: &str, chain: &[String]) -> Result<(), Error> {
        let inner = path.trim_start_matches('/');
        if self.regular_file(inner, 0).is_none()
            && let Some((folder, name)) = inner.rsplit_once('/')
            && let Some(package) = self.owner(name, &[folder.to_owned()])?
            && self.has_path(&package, inner)?
        {
            let reason = self.reason(path, chain);
            self.package(&package, &reason)?;
        }
        match self.regular_file(inner, 0) {
            Some((package, file)) => {
                let (package, file) = (package.to_owned(), file.clone());
                self.read(path, chain, (&package, &file))
            }
            None => self.none(path, chain),
        }
    }

    /// Whether a package holds a file in just that folder; the index may know the name from another one.
    fn has_path(&self, package: &str, path: &str) -> Result<bool, Error> {
        let opened = self.open(package, "a library is opened", super::Extent::Whole)?;
        Ok(opened.deb.file(path).is_some())
    }

    /// Whether it is the configuration that says so, and not a file that needs it.
    pub(super) fn is_opened(&self, soname: &str, chain: &[String]) -> bool {
        chain.len() == 1 && self.opened.contains_key(soname)
    }

    /// A library in a chain.
    pub(super) fn called(&self, soname: &str, chain: &[String]) -> String {
        match self.is_opened(soname, chain) {
            true => format!("{soname} ({DLOPEN})"),
            false => soname.to_owned(),
        }
    }

    /// Why the package of a library is there.
    pub(super) fn reason(&self, soname: &str, chain: &[String]) -> String {
        let act = match self.is_opened(soname, chain) {
            true => "opens",
            false => "needs",
        };
        let called = self.called(soname, chain);
        format!("{} {act} {called}", chain.join(" → "))
    }
}
