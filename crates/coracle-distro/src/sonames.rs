//! Which packages ship a shared library: main's Contents, narrowed to the loader's directories and the folders in them.
//!
//! The loader looks into a folder of its directories only where a link or a RUNPATH leads there: `blas/libblas.so.3`
//! is an alternative, `samba/libsmbd-base.so.0` is private. Such libraries are known by folder and name.
//!
//! The result is a few hundred kilobytes, kept as a note under the Contents' own digest, so that the
//! eleven megabytes are read once. It names candidates: only the .deb itself says what it ships.
//!
//! # Order of candidates
//! Where several packages ship one name, the first is chosen by, in turn: the loader's own order of
//! directories; a section that is for running (`libs` first, then any other; `libdevel`, `debug` and
//! `devel` are left out altogether); no `-dev`, `-dbg`, `-cross` in the name; the shorter name; the
//! alphabet. The same Contents always gives the same order.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use crate::suite::Architecture;

/// Soname (a file's name, or `FOLDER/NAME`) → packages, the preferred first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sonames(BTreeMap<String, Vec<String>>);

/// Longer lines are not read: the longest path that Linux takes is 4096 bytes.
const LONGEST_LINE: u64 = 64 * 1024;

/// Directory rank, section rank, kind rank, length, name: smaller is preferred.
type Rank = (usize, u8, bool, usize, String);

impl Sonames {
    /// Reads a Contents file: `PATH<spaces>SECTION/PACKAGE[,SECTION/PACKAGE…]` a line.
    pub fn from_contents(
        mut contents: impl BufRead,
        architecture: Architecture,
    ) -> io::Result<Sonames> {
        let directories = architecture.loader_directories();
        let mut ranked: BTreeMap<String, Vec<Rank>> = BTreeMap::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let count = io::Read::take(&mut contents, LONGEST_LINE).read_until(b'\n', &mut line)?;
            if count == 0 {
                break;
            }
            if count as u64 == LONGEST_LINE {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a line of Contents is longer than 64 KiB",
                ));
            }
            // Most of a million lines end here, before anything is allocated.
            if !(line.starts_with(b"usr/lib") || line.starts_with(b"lib")) {
                continue;
            }
            let Ok(text) = std::str::from_utf8(&line) else {
                continue;
            };
            if let Some((directory, soname, owners)) = library(text, &directories) {
                let entry = ranked.entry(soname.to_owned()).or_default();
                entry.extend(
                    owners
                        .split(',')
                        .filter_map(|owner| rank(owner.trim(), directory)),
                );
            }
        }
        Ok(Self(
            ranked
                .into_iter()
                .filter_map(|(soname, ranks)| Some((soname, preferred(ranks)?)))
                .collect(),
        ))
    }

    /// The packages that ship a file of this name where the loader looks, the preferred first.
    pub fn owners(&self, soname: &str) -> &[String] {
        self.0.get(soname).map(Vec::as_slice).unwrap_or_default()
    }

    /// The folders of the loader's directories that hold a file of this name, each with the packages that ship it.
    pub fn in_folders(&self, soname: &str) -> Vec<(&str, &[String])> {
        let mut found = Vec::new();
        for (key, owners) in &self.0 {
            if let Some((folder, name)) = key.split_once('/')
                && name == soname
            {
                found.push((folder, owners.as_slice()));
            }
        }
        found
    }

    /// How many names are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The note's text: `SONAME PACKAGE…` a line, sorted.
    pub(crate) fn to_note(&self) -> String {
        self.0
            .iter()
            .map(|(soname, owners)| format!("{soname} {}\n", owners.join(" ")))
            .collect()
    }

    /// Reads a note of [`Sonames::to_note`].
    pub(crate) fn from_note(text: &str) -> Sonames {
        let entry = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            Some((words.next()?, words.collect()))
        };
        Self(text.lines().filter_map(entry).collect())
    }
}

/// Rank of the directory, name of the file and its owners, if the line is about a shared library
/// that the loader would find. `lib/…` of an older suite counts as `usr/lib/…`.
fn library<'a>(line: &'a str, directories: &[String]) -> Option<(usize, &'a str, &'a str)> {
    let line = line.trim_end();
    let (path, owners) = line.rsplit_once([' ', '\t'])?;
    let path = path.trim_end();
    let (directory, name) = path.rsplit_once('/')?;
    if !(name.ends_with(".so") || name.contains(".so.")) || name.contains(char::is_whitespace) {
        return None;
    }
    let in_directory = |directory: &str| {
        let unmerged =
            |home: &String| directory == home || home.strip_prefix("usr/") == Some(directory);
        directories.iter().position(unmerged)
    };
    if let Some(rank) = in_directory(directory) {
        return Some((rank, name, owners));
    }
    // In a folder are mostly plugins, which nobody needs by name.
    let (above, folder) = directory.rsplit_once('/')?;
    let rank = in_directory(above).filter(|_| name.starts_with("lib"))?;
    let key = path.get(path.len() - folder.len() - 1 - name.len()..)?;
    Some((rank, key, owners))
}

fn rank(owner: &str, directory: usize) -> Option<Rank> {
    // The section may have an area before it: `contrib/libs/name`.
    let (section, name) = owner.rsplit_once('/')?;
    let section = section.rsplit('/').next().unwrap_or(section);
    let section_rank = match section {
        "libs" => 0,
        "libdevel" | "devel" | "debug" => return None,
        "oldlibs" => 2,
        _ => 1,
    };
    let for_building = name.ends_with("-dev") || name.ends_with("-dbg") || name.ends_with("-cross");
    Some((
        directory,
        section_rank,
        for_building,
        name.len(),
        name.to_owned(),
    ))
}

fn preferred(mut ranks: Vec<Rank>) -> Option<Vec<String>> {
    ranks.sort();
    let mut owners: Vec<String> = Vec::new();
    for (.., name) in ranks {
        if !owners.contains(&name) {
            owners.push(name);
        }
    }
    (!owners.is_empty()).then_some(owners)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENTS: &str = "\
bin                                            admin/base-files
lib/x86_64-linux-gnu/libc.so.6                 libs/libc6
lib64/ld-linux-x86-64.so.2                     libs/libc6
lib/x86_64-linux-gnu/ld-linux-x86-64.so.2      libs/libc6
usr/lib/x86_64-linux-gnu/libssl.so             libdevel/libssl-dev
usr/lib/x86_64-linux-gnu/libssl.so.3\tlibs/libssl3
usr/lib/x86_64-linux-gnu/libtwo.so.1           oldlibs/aa,libs/libtwo1-nss,libs/libtwo1
usr/lib/libtwo.so.1                            libs/a
usr/lib/x86_64-linux-gnu/blas/libblas.so.3     libs/libblas3
usr/lib/x86_64-linux-gnu/open/libblas.so.3     libs/libopenblas0
usr/lib/x86_64-linux-gnu/open/plugin.so        libs/libopenblas0
usr/lib/x86_64-linux-gnu/a/b/libdeep.so.1      libs/deep
usr/lib/x86_64-linux-gnu/a b.so                libs/spaced
usr/x86_64-linux-gnu/lib/libc.so.6             devel/libc6-amd64-cross
usr/lib/x86_64-linux-gnu/notes.socket          libs/notes
";

    fn read(text: &str) -> Sonames {
        Sonames::from_contents(text.as_bytes(), Architecture::Amd64).unwrap()
    }

    #[test]
    fn a_library_is_found_where_the_loader_looks_merged_or_not() {
        let sonames = read(CONTENTS);
        assert_eq!(sonames.owners("libc.so.6"), ["libc6"]);
        assert_eq!(sonames.owners("ld-linux-x86-64.so.2"), ["libc6"]);
        assert_eq!(sonames.owners("libssl.so.3"), ["libssl3"]);
        assert_eq!(sonames.len(), 6);
    }

    #[test]
    fn a_library_in_a_folder_is_known_by_folder_and_name() {
        let sonames = read(CONTENTS);
        let found = sonames.in_folders("libblas.so.3");
        let (one, other) = (["libblas3".to_owned()], ["libopenblas0".to_owned()]);
        assert_eq!(found, [("blas", &one[..]), ("open", &other[..])]);
        assert_eq!(sonames.owners("blas/libblas.so.3"), ["libblas3"]);
        for name in ["plugin.so", "libdeep.so.1"] {
            assert!(sonames.in_folders(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn what_the_loader_would_not_find_has_no_owner() {
        let sonames = read(CONTENTS);
        for name in ["libssl.so", "libblas.so.3", "notes.socket", "libnone.so.1"] {
            assert!(sonames.owners(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_order_of_owners_is_the_documented_one() {
        assert_eq!(
            read(CONTENTS).owners("libtwo.so.1"),
            ["libtwo1", "libtwo1-nss", "aa", "a"]
        );
    }

    #[test]
    fn the_note_reads_back_as_the_same_index() {
        let sonames = read(CONTENTS);
        assert_eq!(Sonames::from_note(&sonames.to_note()), sonames);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let line = "x".repeat(70_000);
        assert!(Sonames::from_contents(line.as_bytes(), Architecture::Amd64).is_err());
    }
}
