//! The database of rpm: a header a package, in one of three kinds of files. Which kind is told by the file's first bytes.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use super::super::folders::Folders;
use super::Package;

/// Where it is. rpm takes the first kind that is there.
const PLACES: [&str; 8] = [
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/Packages",
    "usr/share/rpm/rpmdb.sqlite",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "usr/share/rpm/Packages",
];

/// What stands for a key to verify packages with, and is none.
const KEY: &str = "gpg-pubkey";

/// What became of the database.
pub(super) enum Read {
    /// There is none.
    None,
    /// Every package.
    Packages(Vec<Package>),
    /// It is there, at this path, and cannot be read.
    Unreadable(&'static str),
}

/// Reads it.
pub(super) fn packages(folders: &Folders<'_>) -> Read {
    let Some((place, bytes)) = PLACES
        .into_iter()
        .find_map(|place| Some((place, folders.bytes(place)?)))
    else {
        return Read::None;
    };
    let headers = sqlite::rows(&bytes, "Packages")
        .or_else(|| ndb::headers(&bytes))
        .or_else(|| bdb::values(&bytes));
    let Some(headers) = headers else {
        return Read::Unreadable(place);
    };
    let packages: Vec<Package> = headers
        .iter()
        .filter_map(|one| header::package(one))
        .collect();
    // A database of rpm has at least rpm's own maker in it.
    match packages.is_empty() {
        true => Read::Unreadable(place),
        false => Read::Packages(packages.into_iter().filter(|one| one.name != KEY).collect()),
    }
}

/// A number at a place, the lowest byte first.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests;
