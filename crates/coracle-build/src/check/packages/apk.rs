//! The database of apk: lines of one letter and a value, an empty one between packages. `F:` is a folder, and each `R:`
//! after it a file in that.

use super::super::folders::Folders;
use super::Package;

const PLACES: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/// Every package, with its files as they are written.
pub(super) fn packages(folders: &Folders<'_>) -> Vec<Package> {
    // Where /lib leads to /usr/lib both are the same file.
    let place = PLACES.iter().find_map(|place| folders.text(place));
    let text = place.unwrap_or_default();
    text.split("\n\n").filter_map(package).collect()
}

fn package(record: &str) -> Option<Package> {
    let mut package = Package::default();
    let mut folder = "";
    for (key, value) in record.lines().filter_map(|line| line.split_once(':')) {
        match key {
            "P" => value.clone_into(&mut package.name),
            "V" => value.clone_into(&mut package.version),
            "D" => package.depends = names(value),
            "p" => package.provides = names(value),
            "F" => folder = value,
            "R" => package.files.push(format!("{folder}/{value}")),
            _ => {}
        }
    }
    (!package.name.is_empty()).then_some(package)
}

/// `so:libz.so.1` of `so:libz.so.1=1.3.1`; `!name` is what must not be there.
fn names(value: &str) -> Vec<String> {
    let words = value
        .split_whitespace()
        .filter(|word| !word.starts_with('!'));
    let name = |word: &str| word.split(['=', '<', '>', '~']).next().map(str::to_owned);
    words.filter_map(name).collect()
}
