//! The database of dpkg: `var/lib/dpkg/status` with a list of files for each package; and its parts one by one in
//! `var/lib/dpkg/status.d`, as images have them that were put together without a package manager.

use super::super::folders::Folders;
use super::super::tree::Tree;
use super::Package;

const STATUS: &str = "var/lib/dpkg/status";
const RECORDS: &str = "var/lib/dpkg/status.d";
const INFO: &str = "var/lib/dpkg/info";
/// The names of these files are not those of records.
const SUMS: &str = ".md5sums";

/// Every package that is installed, with its files as they are written.
pub(super) fn packages(tree: &Tree, folders: &Folders<'_>) -> Vec<Package> {
    let status = folders.text(STATUS).unwrap_or_default();
    let mut packages: Vec<Package> = stanzas(&status)
        .filter(|stanza| stanza.is_installed())
        .filter_map(|stanza| {
            let files = listed(folders, &stanza);
            stanza.package(files)
        })
        .collect();
    let records = tree
        .files
        .children(RECORDS)
        .map(|(name, _)| name)
        .filter(|name| !name.ends_with(SUMS));
    for record in records {
        let text = folders
            .text(&format!("{RECORDS}/{record}"))
            .unwrap_or_default();
        let sums = folders
            .text(&format!("{RECORDS}/{record}{SUMS}"))
            .unwrap_or_default();
        let files = sums.lines().filter_map(|line| line.split_once("  "));
        let files = files.map(|(_, path)| path.to_owned()).collect();
        packages.extend(
            stanzas(&text)
                .next()
                .and_then(|stanza| stanza.package(files)),
        );
    }
    packages
}

/// The list of a package's files is named after it, and after its architecture where there may be several of it.
fn listed(folders: &Folders<'_>, stanza: &Stanza<'_>) -> Vec<String> {
    let name = stanza.field("Package").unwrap_or_default();
    let architecture = stanza.field("Architecture").unwrap_or_default();
    let names = [name.to_owned(), format!("{name}:{architecture}")];
    let list = names
        .iter()
        .find_map(|name| folders.text(&format!("{INFO}/{name}.list")));
    let list = list.unwrap_or_default();
    list.lines().map(str::to_owned).collect()
}

/// The lines that are about one package.
struct Stanza<'a> {
    lines: Vec<&'a str>,
}

fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    text.split("\n\n").map(|stanza| Stanza {
        lines: stanza.lines().collect(),
    })
}

impl<'a> Stanza<'a> {
    fn field(&self, name: &str) -> Option<&'a str> {
        let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
        self.lines
            .iter()
            .find_map(|line| value(line))
            .map(str::trim)
    }

    /// What was removed may have a record all the same, for the settings that it left.
    fn is_installed(&self) -> bool {
        self.field("Status")
            .is_some_and(|status| status.ends_with(" installed"))
    }

    fn package(&self, files: Vec<String>) -> Option<Package> {
        let names = |field| {
            let value = self.field(field).unwrap_or_default();
            value.split([',', '|']).filter_map(name).map(str::to_owned)
        };
        Some(Package {
            name: self.field("Package")?.to_owned(),
            version: self.field("Version").unwrap_or_default().to_owned(),
            files,
            bytes: 0,
            depends: names("Depends").chain(names("Pre-Depends")).collect(),
            provides: names("Provides").collect(),
        })
    }
}

/// `libc6` of `libc6:any (>= 2.36)`.
fn name(relation: &str) -> Option<&str> {
    let word = relation.split_whitespace().next()?;
    word.split([':', '(', '['])
        .next()
        .filter(|name| !name.is_empty())
}
