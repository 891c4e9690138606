//! From a header, a library or a pkg-config file to the packages that hold it.

use coracle_distro::{ArchiveName, DevelopmentFile, Error};
use coracle_testkit::archive::{FolderFetch, MemoryKeep, TestArchive, TestPackage};

use crate::world::World;

fn world() -> World {
    let development = |name: &str| TestPackage::new(name, "1").section("libdevel");
    let home = "usr/lib/x86_64-linux-gnu";
    let boat = development("libboat-dev")
        .file("usr/include/boat.h", "")
        .file(&format!("{home}/libboat.so"), "ELF")
        .file(&format!("{home}/pkgconfig/boat.pc"), "");
    let archive = TestArchive::builder()
        .package(boat)
        .package(
            development("libreef-dev")
                .architecture("all")
                .file("usr/include/reef/reef.h", ""),
        )
        .package(development("libcopy-dev").file("usr/include/copy/of/reef/reef.h", ""))
        .package(development("libsail1-dev").file("usr/include/sail.h", "1"))
        .package(development("libsail2-dev").file("usr/include/sail.h", "2"))
        .package(development("libsail-dev").depends("libsail2-dev"))
        .package(development("libport-dev").file("usr/include/port.h", "1"))
        .package(development("libharbour-dev").file("usr/include/port.h", "2"))
        .package(development("libblas-dev"))
        .package(TestPackage::new("gcc", "4:14.2.0-1"))
        .package(TestPackage::new("libboat1", "1").file(&format!("{home}/libboat.so.1"), "ELF"))
        .package_of(ArchiveName::Updates, TestPackage::new("tide", "1"))
        .package_of(ArchiveName::Security, TestPackage::new("shoal", "1"))
        .build()
        .unwrap();
    World {
        archive,
        fetch: FolderFetch::default(),
        keep: MemoryKeep::default(),
    }
}

fn header(name: &str) -> DevelopmentFile {
    DevelopmentFile::Header(name.to_owned())
}

fn library(name: &str) -> DevelopmentFile {
    DevelopmentFile::Library(name.to_owned())
}

/// The packages of each file, those for several joined by `|`.
fn look_up(world: &World, files: &[DevelopmentFile]) -> Vec<String> {
    let found = world
        .open()
        .unwrap()
        .owners_of_development_files(files)
        .unwrap();
    found
        .into_iter()
        .map(|owners| owners.packages.join("|"))
        .collect()
}

fn contents_asked(world: &World) -> usize {
    let asked = world.fetch.take_asked();
    asked
        .iter()
        .filter(|url| url.contains("/main/by-hash/"))
        .count()
}

#[test]
fn files_are_found_in_the_architectures_packages_and_then_in_those_for_all() {
    let world = world();
    let files = [
        header("boat.h"),
        library("boat"),
        DevelopmentFile::PkgConfig("boat".to_owned()),
        header("reef/reef.h"),
        header("ship.h"),
    ];
    let expected = [
        "libboat-dev",
        "libboat-dev",
        "libboat-dev",
        "libreef-dev",
        "",
    ];
    assert_eq!(look_up(&world, &files), expected);
    assert_eq!(world.open().unwrap().gcc_version(), Some(14));
}

#[test]
fn of_equal_candidates_a_default_is_taken_where_the_archive_has_one_and_else_all_are_named() {
    let world = world();
    let files = [
        header("sail.h"),
        header("port.h"),
        library("blas"),
        library("lapack"),
    ];
    let expected = [
        "libsail2-dev",
        "libport-dev|libharbour-dev",
        "libblas-dev",
        "",
    ];
    let found = look_up(&world, &files);
    assert_eq!(found[0], expected[0]);
    let mut both: Vec<&str> = found[1].split('|').collect();
    both.sort_unstable();
    assert_eq!(both, ["libharbour-dev", "libport-dev"]);
    assert_eq!(found[2..], expected[2..]);
}

#[test]
fn each_list_is_fetched_once_and_only_when_something_is_looked_for_in_it() {
    let world = world();
    world
        .open()
        .unwrap()
        .owners_of_soname("libboat.so.1")
        .unwrap();
    assert_eq!(contents_asked(&world), 1, "the architecture's list");
    look_up(&world, &[header("boat.h")]);
    assert_eq!(contents_asked(&world), 0, "it was noted with the sonames");
    look_up(&world, &[header("reef/reef.h")]);
    assert_eq!(contents_asked(&world), 1, "the list of packages for all");
    look_up(&world, &[header("reef/reef.h"), header("ship.h")]);
    assert_eq!(contents_asked(&world), 0);
    world.fetch.cut();
    let mut opening = world.opening();
    opening.offline = true;
    let archive = coracle_distro::Archive::open(opening).unwrap();
    let found = archive
        .owners_of_development_files(&[header("reef/reef.h")])
        .unwrap();
    assert_eq!(found[0].packages, ["libreef-dev"]);
}

#[test]
fn a_package_that_is_gone_owns_nothing() {
    let mut world = world();
    assert_eq!(look_up(&world, &[library("boat")]), ["libboat-dev"]);
    world.archive.drop_package("libboat-dev").unwrap();
    assert_eq!(look_up(&world, &[library("boat")]), [""]);
}

#[test]
fn a_changed_list_of_files_gives_no_owners_and_no_note() {
    let world = world();
    world.archive.tamper_contents().unwrap();
    let archive = world.open().unwrap();
    let error = archive
        .owners_of_development_files(&[header("boat.h")])
        .unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error:?}");
    let notes = world.keep.notes();
    assert!(
        !notes.iter().any(|key| key.starts_with("development")),
        "{notes:?}"
    );
}
