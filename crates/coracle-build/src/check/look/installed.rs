//! The packages that an image lists, with their files: dpkg's database whole (`status` and `info`) or in parts
//! (`status.d`), and apk's.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;

/// One package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Its regular files that are there, without links in their paths: `usr/bin/env`.
    pub(crate) files: Vec<String>,
    /// What those weigh.
    pub(crate) bytes: u64,
    /// What must be installed with it; of alternatives each.
    pub(crate) depends: Vec<String>,
    /// What it stands in for.
    pub(crate) provides: Vec<String>,
}

const STATUS: &str = "var/lib/dpkg/status";
const PARTS: &str = "var/lib/dpkg/status.d";
const INFO: &str = "var/lib/dpkg/info";
const APK: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const SUMS: &str = ".md5sums";

/// Every package, by name.
pub(super) fn packages(seen: &Seen) -> Vec<Package> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for mut package in dpkg(seen).into_iter().chain(parts(seen)).chain(apk(seen)) {
        let real = package.files.iter().filter_map(|path| seen.real(path));
        let files: BTreeSet<String> = real
            .filter(|path| seen.file(path).is_some_and(|file| file.is_file()))
            .collect();
        let sizes = files.iter().filter_map(|path| seen.file(path));
        package.bytes = sizes.map(|file| file.size()).sum();
        package.files = files.into_iter().collect();
        packages.insert(package.name.clone(), package);
    }
    packages.into_values().collect()
}

fn dpkg(seen: &Seen) -> Vec<Package> {
    let status = seen.text(STATUS).unwrap_or_default();
    let mut packages = Vec::new();
    for stanza in status.split("\n\n") {
        // What was removed may be listed for the settings that it left.
        let is_installed = field(stanza, "Status").is_some_and(|it| it.ends_with(" installed"));
        if let Some(mut package) = package(stanza).filter(|_| is_installed) {
            let architecture = field(stanza, "Architecture").unwrap_or_default();
            let name = &package.name;
            let names = [
                format!("{INFO}/{name}.list"),
                format!("{INFO}/{name}:{architecture}.list"),
            ];
            let list = names.iter().find_map(|name| seen.text(name));
            package.files = list
                .unwrap_or_default()
                .lines()
                .map(str::to_owned)
                .collect();
            packages.push(package);
        }
    }
    packages
}

fn parts(seen: &Seen) -> Vec<Package> {
    let folder = seen.tree.files.children(PARTS).map(|(name, _)| name);
    let part = |name: &str| {
        let mut package = package(&seen.text(&format!("{PARTS}/{name}"))?)?;
        let sums = seen.text(&format!("{PARTS}/{name}{SUMS}"));
        let sums = sums.unwrap_or_default();
        let files = sums.lines().filter_map(|line| line.split_once("  "));
        package.files = files.map(|(_, path)| path.to_owned()).collect();
        Some(package)
    };
    folder
        .filter(|name| !name.ends_with(SUMS))
        .filter_map(part)
        .collect()
}

fn package(stanza: &str) -> Option<Package> {
    let names = |name: &str| {
        let value = field(stanza, name).unwrap_or_default();
        let relations = value.split([',', '|']);
        let names = relations.filter_map(|one| one.trim().split([' ', ':', '(']).next());
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    Some(Package {
        name: field(stanza, "Package")?.to_owned(),
        version: field(stanza, "Version").unwrap_or_default().to_owned(),
        depends: [names("Depends"), names("Pre-Depends")].concat(),
        provides: names("Provides"),
        ..Package::default()
    })
}

fn field<'a>(stanza: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = stanza.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.map(str::trim)
}

fn apk(seen: &Seen) -> Vec<Package> {
    // Where /lib leads to /usr/lib both are the same file.
    let real = APK.iter().find_map(|place| seen.real(place));
    let text = real.and_then(|place| seen.text(&place)).unwrap_or_default();
    text.split("\n\n").filter_map(apk_package).collect()
}

fn apk_package(record: &str) -> Option<Package> {
    let names = |value: &str| {
        // `so:libz.so.1=1.3`; `!name` is what must not be there.
        let words = value
            .split_whitespace()
            .filter(|word| !word.starts_with('!'));
        let names = words.filter_map(|word| word.split(['=', '<', '>', '~']).next());
        names.map(str::to_owned).collect()
    };
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

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;

    fn told(made: &Made) -> Vec<String> {
        let seen = made.seen();
        let one = |package: Package| {
            let (name, version) = (package.name, package.version);
            let (bytes, depends) = (package.bytes, package.depends.join(" "));
            let files = package.files.join(" ");
            format!("{name} {version}, {bytes} bytes: {files}; needs {depends}")
        };
        seen.packages().into_iter().map(one).collect()
    }

    #[test]
    fn dpkg_lists_packages_whose_files_are_found_through_links() {
        let status = "Package: libz1\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2\nDepends: libc6 (>= 2.36), debconf | debconf-2.0\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        let made = Made::new()
            .file(0, "var/lib/dpkg/status", status)
            .file(
                0,
                "var/lib/dpkg/info/libz1:amd64.list",
                "/.\n/lib/libz.so.1\n/lib/gone\n",
            )
            .link(0, "lib", "usr/lib")
            .file(0, "usr/lib/libz.so.1", "12345");
        let expected = "libz1 1:1.2, 5 bytes: usr/lib/libz.so.1; needs libc6 debconf debconf-2.0";
        assert_eq!(told(&made), [expected]);
    }

    #[test]
    fn parts_of_dpkg_s_database_and_apk_s_are_read_too() {
        let installed = "P:zlib\nV:1.3\nD:so:libc.musl.so.1 !old a>=2\nF:usr/lib\nR:libz.so.1\n";
        let made = Made::new()
            .file(
                0,
                "var/lib/dpkg/status.d/base",
                "Package: base-files\nVersion: 12\n",
            )
            .file(0, "var/lib/dpkg/status.d/base.md5sums", "aa  etc/issue\n")
            .file(0, "etc/issue", "hello")
            .file(0, "lib/apk/db/installed", installed)
            .file(0, "usr/lib/libz.so.1", "123");
        let expected = [
            "base-files 12, 5 bytes: etc/issue; needs ",
            "zlib 1.3, 3 bytes: usr/lib/libz.so.1; needs so:libc.musl.so.1 a",
        ];
        assert_eq!(told(&made), expected);
    }
}
