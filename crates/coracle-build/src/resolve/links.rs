//! The links of alternatives, as `update-alternatives` would make them, but straight to the file: `etc/alternatives`
//! is for an administrator who changes his mind.

use std::collections::BTreeMap;

use coracle_oci::layer::Entry;

use super::closure::{Closure, Extent};
use super::{Origin, RootFile, Rootfs, recipes};

/// Adds a link for each alternative of the chosen packages whose file is in the image; of several packages that have
/// one the highest priority wins.
pub(super) fn add(closure: &Closure, epoch: i64, rootfs: &mut Rootfs) {
    let mut made: BTreeMap<String, (i64, String, &str)> = BTreeMap::new();
    for (name, chosen) in &closure.packages {
        if chosen.extent != Extent::Whole {
            continue;
        }
        // What is not understood has stopped the build before.
        for alternative in recipes::alternatives(&chosen.deb).unwrap_or_default() {
            for (path, target) in alternative.links {
                let better =
                    |(priority, ..): &(i64, String, &str)| alternative.priority > *priority;
                if made.get(&path).is_none_or(better) {
                    made.insert(path, (alternative.priority, target, name.as_str()));
                }
            }
        }
    }
    // bash's script makes /bin/sh where nobody has.
    if rootfs.files.contains_key("usr/bin/bash") {
        let shell = (0, "/usr/bin/bash".to_owned(), "bash");
        made.entry("usr/bin/sh".to_owned()).or_insert(shell);
    }
    for (path, (_, target, package)) in made {
        let leads_to_a_file = rootfs.files.contains_key(target.trim_start_matches('/'));
        if !leads_to_a_file || rootfs.files.contains_key(&path) {
            continue;
        }
        let file = RootFile {
            entry: Entry::symlink(&path, &nearest(&path, &target), epoch),
            origin: Origin::Made,
            reason: format!("a link that {package}'s script makes"),
        };
        rootfs.files.insert(path, file);
    }
}

/// `blas/libblas.so.3` where the link is in the folder above, else the absolute path.
fn nearest(path: &str, target: &str) -> String {
    let inside = path.rsplit_once('/').and_then(|(folder, _)| {
        let target = target.strip_prefix('/')?;
        target.strip_prefix(folder)?.strip_prefix('/')
    });
    inside.unwrap_or(target).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_no_more_than_it_must() {
        let check = |path, target, expected| assert_eq!(nearest(path, target), expected);
        check(
            "usr/lib/x/liba.so.3",
            "/usr/lib/x/a/liba.so.3",
            "a/liba.so.3",
        );
        check("usr/bin/awk", "/usr/bin/mawk", "mawk");
        check("usr/bin/x", "/usr/sbin/x", "/usr/sbin/x");
    }
}
