//! The list of files of a release before the present one.
//!
//! A mirror that is only half updated serves a new InRelease and an old Contents, for hours or days. The old one is
//! signed too: by the InRelease that still lies under the suite's other name (`dists/stable`). Contents names
//! candidates only, and every package is held to the present index, so an older list will do; one that nobody signed
//! will not.

use super::development::Contents;
use super::open::{LARGEST_IN_RELEASE, Opener};
use super::{Archive, ArchiveEvent, Error, packages};
use crate::fetch::redact;
use crate::release::{Age, File};
use crate::suite::ArchiveId;

/// Where a signed older list is.
pub(super) struct Older {
    pub(super) file: File,
    pub(super) urls: Vec<String>,
}

impl Archive<'_> {
    /// An older list that the archive signed, after the present one could not be had because of `error`; the error
    /// itself when there is none.
    pub(super) fn older(&self, contents: &Contents<'_>, error: Error) -> Result<Older, Error> {
        if self.opening.offline || !(error.is_integrity() || error.is_network()) {
            return Err(error);
        }
        let Contents { part, path, .. } = contents;
        let alias = ArchiveId {
            path: self.opening.suite.stability.to_string(),
            ..part.id.clone()
        };
        let opener = Opener::new(self.opening.clone())?;
        for root in &part.roots {
            let url = format!("{root}/dists/{}/InRelease", alias.path);
            let what = format!("the InRelease of {}", alias.path);
            let Ok(bytes) = self.opening.small(&what, &url, LARGEST_IN_RELEASE) else {
                continue;
            };
            let release = opener.verify(&alias, &bytes, &redact(&url), Age::MayBeOlder);
            let Some((release, file)) = release.ok().and_then(|release| {
                let file = release.file(path)?;
                Some((release, file))
            }) else {
                continue;
            };
            if file.sha256 == contents.file.sha256 {
                continue;
            }
            self.opening.tell(&ArchiveEvent::Skipped {
                archive: part.id.name,
                url: format!("{}/dists/{}/{path}", redact(root), part.id.path),
                origin: part.used.origin.clone(),
                reason: format!(
                    "{error}; the list that the archive signed on {} stands in for it",
                    release.date.strftime("%F")
                ),
            });
            let roots = [root.clone()];
            let urls = packages::urls(&alias, &release, &roots, path, &file.sha256);
            return Ok(Older { file, urls });
        }
        Err(error)
    }
}
