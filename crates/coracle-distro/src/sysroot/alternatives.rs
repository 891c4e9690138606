//! The links that update-alternatives would make when the packages' scripts ran: `libblas.so` and its
//! like. Read from the scripts as they stand, which is simple since debhelper's and hand-written ones
//! alike spell the paths out; what uses a variable for a path is passed over.

use std::collections::BTreeMap;

use super::links;
use super::tree::{Entry, Tree};
use crate::Deb;

/// One `--install`, with its `--slave`s.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    priority: i64,
    /// Link and target, the main one first, without leading slashes.
    links: Vec<(String, String)>,
}

/// Adds the links of the alternatives with the highest priority, where nothing is at their place and
/// something at their target.
pub(super) fn add<'d>(tree: &mut Tree<'d>, debs: &[&'d Deb]) {
    // By the main link: the package and its choice; of equals the package that is first by name.
    let mut best: BTreeMap<String, (&'d str, Choice)> = BTreeMap::new();
    let mut sorted = debs.to_vec();
    sorted.sort_by_key(|deb| deb.name());
    for deb in sorted {
        for choice in choices(deb.script("postinst").unwrap_or_default()) {
            let Some((main, _)) = choice.links.first() else {
                continue;
            };
            match best.get(main) {
                Some((_, known)) if known.priority >= choice.priority => {}
                _ => {
                    best.insert(main.clone(), (deb.name(), choice));
                }
            }
        }
    }
    for (package, choice) in best.into_values() {
        for (path, target) in choice.links {
            if !tree.has(&path) && tree.has(&target) {
                let target = links::relative(&path, &format!("/{target}"));
                // Nothing is there, so that it cannot collide; a path that is not safe is dropped.
                let _ = tree.add(&path, Entry::Symlink(target), package);
            }
        }
    }
}

fn choices(script: &str) -> Vec<Choice> {
    let joined = script.replace("\\\n", " ");
    joined
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once("update-alternatives"))
        .filter_map(|(_, arguments)| choice(arguments))
        .collect()
}

/// `--install LINK NAME TARGET PRIORITY [--slave LINK NAME TARGET]…`
fn choice(arguments: &str) -> Option<Choice> {
    let mut words = arguments
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']));
    words.by_ref().find(|word| *word == "--install")?;
    let main = link(&mut words)?;
    // A priority that a variable holds counts as the least, the way of an optional implementation.
    let priority = words.next()?.trim_end_matches(';').parse().unwrap_or(0);
    let mut links = vec![main];
    while words.by_ref().any(|word| word == "--slave") {
        links.extend(link(&mut words));
    }
    Some(Choice { priority, links })
}

fn link<'w>(words: &mut impl Iterator<Item = &'w str>) -> Option<(String, String)> {
    let (path, _name, target) = (words.next()?, words.next()?, words.next()?);
    let below = |path: &str| {
        let path = path.trim_end_matches(';').strip_prefix('/')?;
        (!path.contains('$')).then(|| crate::deb::merged(path, false))
    };
    Some((below(path)?, below(target)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_of_blas_and_mpi_are_read() {
        let script = "#!/bin/sh\nset -e\nupdate-alternatives --install /usr/lib/t/libblas.so libblas.so-t \\\n  \
             /usr/lib/t/blas/libblas.so 10 \\\n  --slave /usr/lib/t/libblas.a libblas.a-t \\\n  /usr/lib/t/blas/libblas.a\n\
             # update-alternatives --install /a b /c 1\n\
             if true; then\nupdate-alternatives \\\n\t--install /lib/t/mpi mpi /usr/lib/t/openmpi 50 \\\n\n\
             update-alternatives --install /usr/$x y /usr/z $priority\n\
             update-alternatives --install /usr/x y /usr/z $priority; exit\n\
             update-alternatives --remove a /b\n";
        let pair = |path: &str, target: &str| (path.to_owned(), target.to_owned());
        let blas = vec![
            pair("usr/lib/t/libblas.so", "usr/lib/t/blas/libblas.so"),
            pair("usr/lib/t/libblas.a", "usr/lib/t/blas/libblas.a"),
        ];
        let expected = [
            Choice {
                priority: 10,
                links: blas,
            },
            Choice {
                priority: 50,
                links: vec![pair("usr/lib/t/mpi", "usr/lib/t/openmpi")],
            },
            Choice {
                priority: 0,
                links: vec![pair("usr/x", "usr/z")],
            },
        ];
        assert_eq!(choices(script), expected);
    }

    proptest::proptest! {
        #[test]
        fn no_script_makes_the_reader_panic(
            text in "(update-alternatives|--install|--slave| |/a|\\\\|\n|'|\"|\\$x|1|;|é){0,40}",
        ) {
            choices(&text);
        }
    }
}
