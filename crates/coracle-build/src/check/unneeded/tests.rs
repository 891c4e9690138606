//! Images in little: what is told of them follows from records and from a made-up proof.

use coracle_binary::start::{Libc, LoadedObject, Mention, Opener, Presence, ProgramReport};

use super::super::made::Made;
use super::*;

const LIB: &str = "usr/lib/x86_64-linux-gnu";

fn program(path: &str, objects: &[&str]) -> ProgramReport {
    let object = |file: &&str| LoadedObject {
        path: (*file).to_owned(),
        file: (*file).to_owned(),
        soname: None,
        needed_by: Vec::new(),
        why_found: String::new(),
    };
    ProgramReport {
        path: path.to_owned(),
        chain: vec!["ENTRYPOINT".to_owned(), path.to_owned()],
        interpreter: None,
        libc: Libc::Glibc { release: None },
        objects: objects.iter().map(object).collect(),
        versions_checked: 0,
        symbols_checked: 0,
        glibc_needed: None,
        levels: Vec::new(),
        opened: Vec::new(),
    }
}

fn report(programs: Vec<ProgramReport>) -> Report {
    Report {
        programs,
        ..Report::default()
    }
}

fn package(made: &mut Made, name: &str, depends: &str, files: &[&str]) {
    let record = format!("Package: {name}\nVersion: 1\nDepends: {depends}\n");
    let sums: String = files.iter().map(|file| format!("0  {file}\n")).collect();
    made.file(&format!("var/lib/dpkg/status.d/{name}"), &record);
    made.file(&format!("var/lib/dpkg/status.d/{name}.md5sums"), &sums);
}

/// A service that loads one library, and an image with much more.
fn image() -> Made {
    let mut made = Made::default();
    made.elf("app/server", 100)
        .elf(&format!("{LIB}/libmagic.so.1"), 200)
        .file("usr/share/misc/magic.mgc", "database")
        .elf("usr/bin/apt", 3000)
        .file("usr/share/keyrings/archive.gpg", "key")
        .with_mode("usr/sbin/debconf", b"#!/usr/bin/perl\n", 0o755)
        .file("usr/share/fonts/some.ttf", "font")
        .file("usr/share/zoneinfo/Europe/Vienna", "TZif")
        .elf("bin/bash", 2000);
    package(
        &mut made,
        "libmagic1",
        "libmagic-mgc, libc6",
        &[&format!("{LIB}/libmagic.so.1")],
    );
    package(&mut made, "libmagic-mgc", "", &["usr/share/misc/magic.mgc"]);
    package(&mut made, "apt", "archive-keyring", &["usr/bin/apt"]);
    package(
        &mut made,
        "archive-keyring",
        "",
        &["usr/share/keyrings/archive.gpg"],
    );
    package(&mut made, "debconf", "", &["usr/sbin/debconf"]);
    package(&mut made, "fonts-some", "", &["usr/share/fonts/some.ttf"]);
    package(
        &mut made,
        "tzdata",
        "debconf",
        &["usr/share/zoneinfo/Europe/Vienna"],
    );
    package(&mut made, "bash", "", &["bin/bash"]);
    made.elf("usr/bin/base", 9);
    package(&mut made, "base-files", "", &["usr/bin/base"]);
    made
}

fn server() -> Report {
    report(vec![program(
        "/app/server",
        &[&format!("/{LIB}/libmagic.so.1")],
    )])
}

fn told(tree: &Tree, report: &Report) -> String {
    let found = Unneeded::of(tree, report, &Contents::of(tree));
    if let Some(why) = found.unsaid {
        assert!(found.parts.is_empty());
        return why;
    }
    let parts = found.parts.iter();
    let parts: Vec<String> = parts
        .map(|part| format!("{} {}", part.name, part.bytes))
        .collect();
    format!("{} = {}", parts.join(", "), found.bytes())
}

#[test]
fn code_that_nothing_reaches_is_told_with_its_own_data_and_other_data_is_not() {
    let expected = "apt 3000, bash 2000, debconf 16, tzdata 4, archive-keyring 3 = 5023";
    assert_eq!(told(&image().tree(), &server()), expected);
}

#[test]
fn libraries_that_no_package_brought_are_told_unless_something_names_them() {
    let mut made = image();
    made.elf("usr/local/lib/libspare.so.1", 500)
        .elf("usr/local/lib/libnamed.so.2.1", 600)
        .link("usr/local/lib/libnamed.so.2", "libnamed.so.2.1")
        .elf("app/plugins/libown.so", 700);
    let mut report = server();
    report.openers.push(Opener {
        path: "/app/server".to_owned(),
        features: Vec::new(),
        mentions: vec![Mention {
            name: "libnamed.so.2".to_owned(),
            presence: Presence::There,
        }],
        known: Vec::new(),
    });
    let told = told(&made.tree(), &report);
    assert!(told.contains("/usr/local/lib/libspare.so.1 500"), "{told}");
    assert!(
        !told.contains("libnamed") && !told.contains("libown"),
        "{told}"
    );
}

#[test]
fn plugins_of_what_is_used_and_what_known_rules_open_are_kept() {
    let mut made = image();
    made.elf(&format!("{LIB}/magic-plugins/more.so"), 10)
        .elf(&format!("{LIB}/other/else.so"), 20)
        .elf(&format!("{LIB}/libnss_ldap.so.2"), 30);
    package(
        &mut made,
        "magic-more",
        "libmagic1",
        &[&format!("{LIB}/magic-plugins/more.so")],
    );
    package(
        &mut made,
        "other",
        "libc6",
        &[&format!("{LIB}/other/else.so")],
    );
    package(
        &mut made,
        "libnss-ldap",
        "libc6",
        &[&format!("{LIB}/libnss_ldap.so.2")],
    );
    let tree = made.tree();
    let mut report = server();
    // A library that opens nothing has no plugins, and where nothing opens anything no rule matters.
    let silent = told(&tree, &report);
    for name in ["libnss-ldap 30", "other 20", "magic-more 10"] {
        assert!(silent.contains(name), "{silent}");
    }
    report.openers.push(Opener {
        path: format!("/{LIB}/libmagic.so.1"),
        features: Vec::new(),
        mentions: Vec::new(),
        known: vec!["name service modules".to_owned()],
    });
    let told = told(&tree, &report);
    assert!(told.contains("other 20"), "{told}");
    for name in ["libnss-ldap", "magic-more"] {
        assert!(!told.contains(name), "{told}");
    }
}

#[test]
fn nothing_is_told_where_it_cannot_be_known() {
    let tree = image().tree();
    assert!(told(&tree, &Report::default()).contains("would start"));
    let shell = report(vec![program("/bin/bash", &[])]);
    assert!(told(&tree, &shell).starts_with("/bin/bash runs what others write"));
    let mut script = server();
    script.not_looked_at.push("what /entry.sh does".to_owned());
    assert_eq!(told(&tree, &script), "what /entry.sh does");
}

#[test]
fn packages_of_a_database_that_is_not_read_hide_no_library() {
    let mut made = Made::default();
    made.elf("app/server", 10)
        .elf("usr/lib64/libspare.so.1", 20)
        .file("var/lib/rpm/rpmdb.sqlite", "SQLite");
    let told = told(&made.tree(), &report(vec![program("/app/server", &[])]));
    assert_eq!(told, " = 0");
}
