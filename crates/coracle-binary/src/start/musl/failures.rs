//! What is said of a library that musl does not load, in its words, and what would help.

use super::load::{Loading, NEEDED, Object};
use super::path;
use super::search::{Failure, Skipped};
use crate::start::report::{Code, Finding};

/// Where a library may stand although nobody looks there; only for the advice.
const ELSEWHERE: [&str; 6] = [
    "/usr/local/lib",
    "/usr/lib",
    "/lib",
    "/usr/lib64",
    "/lib64",
    "/opt/lib",
];

impl Loading<'_, '_> {
    /// What is said of a library that is not loaded; the tag says how the object asks for it.
    pub(super) fn failed(
        &self,
        object: &Object,
        (name, tag): (&str, &str),
        failure: Failure,
    ) -> Finding {
        let last = format!("{name} ({tag})");
        let chain: Vec<String> = object.chain.iter().cloned().chain([last]).collect();
        let said = |said: &str| {
            let path = &object.path;
            let error = format!("Error loading shared library {name}: {said}");
            if tag == NEEDED {
                format!("{error} (needed by {path})")
            } else {
                error
            }
        };
        let finding = match failure {
            Failure::Told(finding) => *finding,
            Failure::Unusable(words, file) => {
                let explanation = format!(
                    "{}: {file} was found first, and ends the search",
                    said(words)
                );
                Finding::fails(Code::LibraryUnusable, &file, explanation)
                    .way_out("replace it by the library that was meant, or take it away")
            }
            Failure::Said(words, skipped) => self.nowhere(object, name, said(words), &skipped),
        };
        finding.through(&chain)
    }

    fn nowhere(&self, object: &Object, name: &str, said: String, skipped: &[Skipped]) -> Finding {
        let mut explanation = said;
        for Skipped { path, why, .. } in skipped {
            explanation = format!("{explanation}; {path} is passed over: {why}");
        }
        let is_path = name.contains('/');
        let system = self.search.system();
        if let Some(barred) = system.barred.as_ref().filter(|_| !is_path) {
            explanation = format!("{explanation}; {}", barred.why);
        }
        let finding = match skipped.iter().find(|one| one.denied) {
            Some(one) => Finding::fails(Code::NotReadable, &one.path, explanation)
                .way_out(format!("let user {} read it", self.search.user.uid)),
            None => Finding::fails(Code::LibraryMissing, name, explanation)
                .way_out(format!("add the package that has {name} to the image")),
        };
        match self.elsewhere(name, object).filter(|_| !is_path) {
            Some(path) => finding.way_out(format!(
                "it is at {path}, where the loader does not look: name that directory in {}, or give {} a RUNPATH",
                system.file, object.path
            )),
            None => finding,
        }
    }

    fn elsewhere(&self, name: &str, object: &Object) -> Option<String> {
        let origins = [self.loaded.objects.first(), Some(object)]
            .into_iter()
            .flatten();
        let origins = origins.filter_map(|object| Some(object.path.rsplit_once('/')?.0));
        let places = ELSEWHERE.into_iter().chain(origins).filter(|place| {
            let mut searched = path::directories(&self.search.system().list);
            !searched.any(|known| known == *place)
        });
        let mut paths = places.map(|place| format!("{place}/{name}"));
        paths.find(|path| {
            self.search
                .view
                .resolve(&self.search.user, "/", path)
                .is_ok()
        })
    }
}
