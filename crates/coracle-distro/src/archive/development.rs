//! From the files that a build looks for to the packages of this archive.

use std::io::{self, BufReader};

use super::older::Older;
use super::read::{TakeError, Wanted};
use super::{Archive, Error, Part, packages};
use crate::development::{
    Candidate, Collector, DevelopmentFile, Owners, Places, Tee, find, made_by_alternatives, owners,
};
use crate::release::File;
use crate::sonames::Sonames;
use crate::suite::ArchiveName;
use crate::version::parse_relations;

/// One of main's lists of files.
pub(super) struct Contents<'a> {
    pub(super) part: &'a Part,
    pub(super) file: File,
    pub(super) path: String,
    what: String,
}

impl Contents<'_> {
    /// The number is the form of the note: a change of what is collected must not read old notes.
    pub(super) fn development_key(&self) -> String {
        format!("development-1.{}", self.file.sha256)
    }
}

impl Archive<'_> {
    /// For each file the packages that hold it, as far as they are in the archive, the preferred first
    /// (see [`crate::development`] for the order). From main's Contents: the other archives have none
    /// and keep the names. The packages for all architectures are looked through only for what the
    /// architecture's own do not hold, or only deep inside something else: their list is long.
    pub fn owners_of_development_files(
        &self,
        files: &[DevelopmentFile],
    ) -> Result<Vec<Owners>, Error> {
        let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); files.len()];
        for list in [self.opening.architecture.as_str(), "all"] {
            let (places, wanted): (Vec<usize>, Vec<DevelopmentFile>) = files
                .iter()
                .zip(&found)
                .enumerate()
                // No package for all architectures holds a library of one.
                .filter(|(_, (file, _))| {
                    list != "all" || !matches!(file, DevelopmentFile::Library(_))
                })
                .filter(|(_, (file, found))| {
                    self.of_alternatives(file).is_none() && !found.iter().any(Candidate::is_near)
                })
                .map(|(place, (file, _))| (place, file.clone()))
                .unzip();
            if wanted.is_empty() {
                break;
            }
            for (place, candidates) in places.into_iter().zip(self.candidates(list, &wanted)?) {
                let present = candidates
                    .into_iter()
                    .filter(|candidate| self.newest(candidate.package()).is_some());
                if let Some(found) = found.get_mut(place) {
                    found.extend(present);
                }
            }
        }
        let each = files.iter().zip(found);
        Ok(each.map(|(file, found)| self.owners(file, found)).collect())
    }

    /// The major version of the suite's default gcc, `14`: its own libraries and headers are in
    /// `libgcc-14-dev` and `libstdc++-14-dev`.
    pub fn gcc_version(&self) -> Option<u32> {
        let upstream = self.newest("gcc")?.version.upstream();
        upstream.split('.').next()?.parse().ok()
    }

    fn of_alternatives(&self, file: &DevelopmentFile) -> Option<&'static str> {
        made_by_alternatives(file).filter(|package| self.newest(package).is_some())
    }

    fn owners(&self, file: &DevelopmentFile, candidates: Vec<Candidate>) -> Owners {
        match self.of_alternatives(file) {
            Some(package) => Owners {
                file: file.clone(),
                packages: vec![package.to_owned()],
                exact: true,
                others: vec![],
            },
            None => owners(file, candidates, |equal| self.default_version(equal)),
        }
    }

    /// Of `libboost1.83-dev` and `libboost1.88-dev` the one that `libboost-dev` depends on.
    fn default_version(&self, equal: &[String]) -> Option<String> {
        let plain = |name: &String| -> String {
            let versionless = |letter: &char| !letter.is_ascii_digit() && *letter != '.';
            name.chars().filter(versionless).collect()
        };
        let unversioned = plain(equal.first()?).replace("--", "-");
        let depends = parse_relations(&self.newest(&unversioned)?.depends).ok()?;
        let named: Vec<String> = depends
            .into_iter()
            .flatten()
            .map(|relation| relation.name)
            .collect();
        equal.iter().find(|name| named.contains(name)).cloned()
    }

    fn candidates(
        &self,
        list: &str,
        files: &[DevelopmentFile],
    ) -> Result<Vec<Vec<Candidate>>, Error> {
        let places = Places::new(self.opening.architecture, self.gcc_version());
        let Some(contents) = self.contents(list) else {
            return Ok(vec![Vec::new(); files.len()]);
        };
        let key = contents.development_key();
        if let Some(note) = self.opening.note(&key)? {
            // A damaged note is made anew.
            if let Ok(found) = find(&note, files, &places) {
                return Ok(found);
            }
        }
        let (_, note) = self.read_contents(&contents, list == "all")?;
        self.opening.set_note(&key, &note)?;
        find(&note, files, &places).map_err(|source| Error::Keep {
            what: format!("the note {key}"),
            source,
        })
    }

    /// Main's list of the files of this architecture's packages, or of `all`'s.
    pub(super) fn contents(&self, list: &str) -> Option<Contents<'_>> {
        let is_main = |part: &&Part| part.id.name == ArchiveName::Main;
        let part = self.parts.iter().find(is_main)?;
        let path = format!("{}/Contents-{list}.gz", part.id.directory);
        Some(Contents {
            part,
            file: part.release.file(&path)?,
            path,
            what: format!("the file list of {} for {list}", part.id),
        })
    }

    /// Streams a list and makes of it, in one pass, the soname index (but not of `all`'s packages,
    /// which have no libraries) and the note of files for building.
    pub(super) fn read_contents(
        &self,
        contents: &Contents<'_>,
        for_all: bool,
    ) -> Result<(Sonames, Vec<u8>), Error> {
        let Contents {
            part,
            file,
            path,
            what,
        } = contents;
        let urls = packages::urls(&part.id, &part.release, &part.roots, path, &file.sha256);
        match self.stream_contents((what, *file, urls), for_all) {
            Ok(read) => Ok(read),
            Err(error) => {
                let Older { file, urls } = self.older(contents, error)?;
                self.stream_contents((what, file, urls), for_all)
            }
        }
    }

    fn stream_contents(
        &self,
        (what, file, urls): (&str, File, Vec<String>),
        for_all: bool,
    ) -> Result<(Sonames, Vec<u8>), Error> {
        let architecture = self.opening.architecture;
        self.opening.stream(&Wanted { what, file, urls }, |from| {
            let content = |error: io::Error| TakeError::Content(error.to_string());
            let unpacked =
                BufReader::with_capacity(1 << 17, flate2::read::MultiGzDecoder::new(&mut *from));
            let mut collector = Collector::new(architecture).map_err(content)?;
            let mut lines = Tee::new(unpacked, &mut collector);
            let sonames = if for_all {
                io::copy(&mut lines, &mut io::sink()).map(|_| Sonames::default())
            } else {
                Sonames::from_contents(&mut lines, architecture)
            };
            let sonames = sonames.map_err(content)?;
            io::copy(from, &mut io::sink()).map_err(content)?;
            Ok((sonames, collector.finish().map_err(content)?))
        })
    }
}
