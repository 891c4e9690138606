//! Targets of links, so that they mean inside a folder what they mean at the root of a system.

use crate::deb::merged;

/// The target of the link at `path` (without leading slash): as it is if it is relative and stays
/// inside; else the relative way to where it leads from the root. A link into a folder that is moved
/// into `usr/` leads there at once.
pub(super) fn relative(path: &str, target: &str) -> String {
    let folder: Vec<&str> = path.split('/').rev().skip(1).collect();
    let folder: Vec<&str> = folder.into_iter().rev().collect();
    let absolute = target.starts_with('/');
    let mut place = if absolute { Vec::new() } else { folder.clone() };
    let mut leaves = false;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // At the root of a system, `..` is the root.
            ".." => leaves |= place.pop().is_none(),
            part => place.push(part),
        }
    }
    if !absolute && !leaves {
        return target.to_owned();
    }
    let place = merged(&place.join("/"), false);
    way(&folder, &place)
}

/// From a folder to a place, both below the same root.
fn way(folder: &[&str], place: &str) -> String {
    let place: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    let shared = folder
        .iter()
        .zip(&place)
        .take_while(|(left, right)| left == right)
        .count();
    let climbs = folder.iter().skip(shared).map(|_| "..");
    let parts: Vec<&str> = climbs.chain(place.iter().skip(shared).copied()).collect();
    if parts.is_empty() {
        return ".".to_owned();
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn absolute_links_become_relative_and_relative_ones_stay() {
        let home = "usr/lib/x86_64-linux-gnu/libz.so";
        let cases = [
            ("libz.so.1", "libz.so.1"),
            ("/lib/x86_64-linux-gnu/libz.so.1.2.13", "libz.so.1.2.13"),
            ("/usr/lib/x86_64-linux-gnu/a/libz.so", "a/libz.so"),
            (
                "/etc/alternatives/libz.so",
                "../../../etc/alternatives/libz.so",
            ),
            ("/usr/lib", ".."),
            ("/usr/lib/x86_64-linux-gnu", "."),
            ("/", "../../.."),
            ("../../share/x", "../../share/x"),
            ("../../../../../etc/passwd", "../../../etc/passwd"),
            ("/../../etc/passwd", "../../../etc/passwd"),
        ];
        for (target, expected) in cases {
            assert_eq!(relative(home, target), expected, "{target}");
        }
        assert_eq!(relative("top", "/lib/x"), "usr/lib/x");
    }

    proptest::proptest! {
        #[test]
        fn no_link_leads_outside(target in "(/|\\.\\./|a/|\\./|lib/|b){1,12}") {
            let made = relative("usr/lib/link", &target);
            proptest::prop_assert!(!made.starts_with('/'));
            let mut depth = 2i32;
            for part in made.split('/') {
                depth += match part { "" | "." => 0, ".." => -1, _ => 1 };
                proptest::prop_assert!(depth >= 0, "{target} became {made}");
            }
        }
    }
}
