//! Whether a package is what a relation wants, and which of several that are comes first.

use std::cmp::Reverse;

use crate::version::{Bound, Operator, Relation, parse_relations};
use crate::{Archive, Package};

/// Whether a package of the wanted name has a wanted version.
pub(super) fn satisfies(bound: Option<&Bound>, package: &Package) -> bool {
    bound.is_none_or(|bound| bound.allows(&package.version))
}

/// Policy 7.5: a bound is satisfied only by a `Provides` that says which version it provides.
pub(super) fn provides(package: &Package, wanted: &Relation) -> bool {
    if !package.provides.contains(&wanted.name) {
        return false;
    }
    let provided = parse_relations(&package.provides).unwrap_or_default();
    provided
        .iter()
        .flatten()
        .filter(|provided| provided.name == wanted.name)
        .any(|provided| match (&wanted.bound, &provided.bound) {
            (None, _) => true,
            (Some(wanted), Some(provided)) => {
                provided.operator == Operator::Equal && wanted.allows(&provided.version)
            }
            (Some(_), None) => false,
        })
}

/// Whether a package is what the relation wants, by its name or by what it provides.
pub(super) fn fits(package: &Package, wanted: &Relation) -> bool {
    (package.name == wanted.name && satisfies(wanted.bound.as_ref(), package))
        || provides(package, wanted)
}

/// Which of the packages that provide a name comes first, as apt has it: the essential, then the more important, then
/// the one that the indexes mention last. These are the versions of one.
pub(super) fn rank(archive: &Archive<'_>, packages: &[&Package]) -> impl Ord + use<> {
    let is_essential = packages.iter().any(|package| package.essential);
    let mentioned = packages
        .first()
        .and_then(|package| archive.first_mention(&package.name));
    (!is_essential, priority(packages), Reverse(mentioned))
}

/// The rank of the most important of these, smaller for more important.
fn priority(packages: &[&Package]) -> usize {
    const ORDER: [&str; 5] = ["required", "important", "standard", "optional", "extra"];
    let rank = |package: &&Package| ORDER.iter().position(|word| *word == package.priority);
    packages
        .iter()
        .filter_map(rank)
        .min()
        .unwrap_or(ORDER.len())
}
