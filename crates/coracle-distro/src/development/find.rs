//! Looking files up in a note: one pass, whatever number is asked for.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};

use super::{Candidate, DevelopmentFile};
use crate::suite::Architecture;

/// Headers of other C libraries and other systems, which have every common name.
const FOREIGN_INCLUDES: [&str; 5] = ["android", "c++", "diet", "klibc", "wine"];

/// Where compilers and linkers of an architecture look.
pub(crate) struct Places {
    pkg_config: [String; 3],
    libraries: [String; 4],
    includes: Vec<String>,
    triplet: &'static str,
    compiler: Option<String>,
}

impl Places {
    /// `gcc` is the suite's default version.
    pub(crate) fn new(architecture: Architecture, gcc: Option<u32>) -> Self {
        let triplet = architecture.triplet();
        let mut includes = vec!["usr/include/".to_owned(), format!("usr/include/{triplet}/")];
        if let Some(gcc) = gcc {
            includes.extend([
                format!("usr/include/c++/{gcc}/"),
                format!("usr/include/{triplet}/c++/{gcc}/"),
                format!("usr/lib/gcc/{triplet}/{gcc}/include/"),
            ]);
        }
        Self {
            pkg_config: [
                format!("usr/lib/{triplet}/pkgconfig"),
                "usr/lib/pkgconfig".to_owned(),
                "usr/share/pkgconfig".to_owned(),
            ],
            libraries: [
                format!("usr/lib/{triplet}"),
                format!("lib/{triplet}"),
                "usr/lib".to_owned(),
                "lib".to_owned(),
            ],
            includes,
            triplet,
            compiler: gcc.map(|gcc| format!("usr/lib/gcc/{triplet}/{gcc}")),
        }
    }

    /// How deep a path lies for the file that it should be: 0 where it is looked for, `None` where
    /// it is something else.
    fn depth(&self, file: &DevelopmentFile, path: &str) -> Option<usize> {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        match file {
            DevelopmentFile::PkgConfig(_) => {
                let known = self.pkg_config.iter().any(|known| known == directory);
                known.then_some(0)
            }
            DevelopmentFile::Library(_) => {
                let known = self.libraries.iter().any(|known| known == directory)
                    || self.compiler.as_deref() == Some(directory);
                known.then_some(0)
            }
            DevelopmentFile::Header(header) => {
                let exact = |include: &String| path.strip_prefix(include) == Some(header);
                if self.includes.iter().any(exact) {
                    return Some(0);
                }
                let folders = self.folders(path.strip_suffix(header)?)?;
                Some(1 + folders.matches('/').count())
            }
        }
    }

    /// The folders between `usr/include` (or the triplet's) and a header, without the last slash.
    fn folders<'p>(&self, above: &'p str) -> Option<&'p str> {
        let below = above.strip_prefix("usr/include/")?.strip_suffix('/')?;
        let below = below
            .strip_prefix(self.triplet)
            .and_then(|below| below.strip_prefix('/'))
            .unwrap_or(below);
        let first = below.split('/').next().unwrap_or(below);
        let another_machine = first.contains("-linux-") || first.ends_with("-gnu");
        (!FOREIGN_INCLUDES.contains(&first) && !another_machine).then_some(below)
    }
}

/// For each file the packages that the note names, in no order.
pub(crate) fn find(
    note: &[u8],
    files: &[DevelopmentFile],
    places: &Places,
) -> io::Result<Vec<Vec<Candidate>>> {
    let mut wanted: HashMap<String, Vec<(usize, &DevelopmentFile, bool)>> = HashMap::new();
    for (place, file) in files.iter().enumerate() {
        for (rank, name) in file.file_names().into_iter().enumerate() {
            wanted
                .entry(name)
                .or_default()
                .push((place, file, rank > 0));
        }
    }
    let mut found = vec![Vec::new(); files.len()];
    let mut lines = BufReader::with_capacity(1 << 17, zstd::Decoder::new(note)?);
    let mut line = String::new();
    while {
        line.clear();
        lines.read_line(&mut line)? > 0
    } {
        let Some((path, owners)) = line.trim_end().split_once(' ') else {
            continue;
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        for (place, file, second_best) in wanted.get(name).into_iter().flatten() {
            let (Some(depth), Some(found)) = (places.depth(file, path), found.get_mut(*place))
            else {
                continue;
            };
            let candidate = |owner| Candidate::new(owner, depth, *second_best, path.len());
            found.extend(owners.split(',').filter_map(candidate));
        }
    }
    Ok(found)
}
