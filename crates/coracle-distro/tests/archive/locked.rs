//! The lock, the store and no network: what can be read again, and what must not be believed.

use coracle_distro::{Archive, ArchiveName, Error, Section, Sha256};
use coracle_testkit::archive::TestPackage;
use jiff::SignedDuration;

use crate::world::{World, report};

fn locked<'a>(world: &'a World, section: &'a Section) -> Result<Archive<'a>, Error> {
    let mut opening = world.opening();
    opening.lock = Some(section);
    opening.locked = true;
    Archive::open(opening)
}

fn offline(world: &World) -> Result<Archive<'_>, Error> {
    let mut opening = world.opening();
    opening.offline = true;
    Archive::open(opening)
}

#[test]
fn offline_what_was_used_last_is_used_again() {
    let world = World::new();
    world.section(&["boat"]);
    world.fetch.take_asked();
    world.fetch.cut();
    let archive = offline(&world).unwrap();
    let boat = archive.newest("boat").unwrap().pin();
    assert_eq!(archive.fetch(&boat).unwrap().name(), "boat");
    assert!(
        archive
            .releases()
            .iter()
            .all(|release| release.url.is_none() && release.origin == "the store")
    );
    assert!(world.fetch.take_asked().is_empty());
}

#[test]
fn offline_what_is_not_kept_is_named() {
    let world = World::new();
    let nothing = offline(&world).map(drop).unwrap_err();
    world.section(&["boat"]);
    let archive = offline(&world).unwrap();
    let package = archive
        .fetch(&archive.newest("libboat1").unwrap().pin())
        .unwrap_err();
    let contents = archive.owners_of_soname("libboat.so.1").unwrap_err();
    for error in [&nothing, &package, &contents] {
        assert!(error.is_network() && !error.is_integrity(), "{error:?}");
    }
    let words = [nothing, package, contents].map(|error| report(&world, &error));
    insta::assert_snapshot!(words.join("\n"), @"
    the InRelease of debian/trixie main is not kept, and fetching is off
      hint: run once without --offline
    libboat1 1.0-1 is not kept, and fetching is off
      hint: run once without --offline
    the file list of debian/trixie main for amd64 is not kept, and fetching is off
      hint: run once without --offline
    ");
}

#[test]
fn offline_a_missing_index_is_named() {
    let world = World::new();
    let section = world.section(&["boat"]);
    let kept: Vec<_> = section
        .releases
        .iter()
        .map(|release| release.digest)
        .chain([section.run[0].sha256])
        .collect();
    for sha256 in world
        .keep
        .files()
        .iter()
        .filter(|sha256| !kept.contains(sha256))
    {
        world.keep.forget(sha256);
    }
    let error = offline(&world).map(drop).unwrap_err();
    insta::assert_snapshot!(report(&world, &error), @"
    the package index of debian/trixie main for amd64 is not kept, and fetching is off
      hint: run once without --offline
    ");
}

#[test]
fn locked_rows_are_read_from_the_store_without_the_network_long_after_their_release() {
    let mut world = World::new();
    let section = world.section(&["boat", "tide"]);
    world.archive.drop_package("boat").unwrap();
    world.fetch.take_asked();
    world.fetch.cut();
    let mut opening = world.opening();
    opening.lock = Some(&section);
    opening.locked = true;
    // A year on, security's Valid-Until is long over: the lock pins that very file.
    opening.now = (world.archive.now() + SignedDuration::from_hours(365 * 24)).into();
    let archive = Archive::open(opening).unwrap();
    for pin in section.pins() {
        assert_eq!(archive.fetch(pin).unwrap().version(), pin.version.as_str());
    }
    assert_eq!(
        archive
            .releases()
            .iter()
            .map(|release| release.pin())
            .collect::<Vec<_>>(),
        section.releases
    );
    assert!(world.fetch.take_asked().is_empty());
}

#[test]
fn locked_with_an_empty_store_reads_the_archive_again() {
    let mut world = World::new();
    let section = world.section(&["boat"]);
    world.keep = Default::default();
    let archive = locked(&world, &section).unwrap();
    assert_eq!(archive.fetch(&section.run[0]).unwrap().name(), "boat");
}

#[test]
fn a_row_that_the_archive_dropped_is_vouched_for_by_the_kept_release() {
    let mut world = World::new();
    let section = world.section(&["boat"]);
    world.archive.drop_package("boat").unwrap();
    world
        .archive
        .add(ArchiveName::Main, TestPackage::new("boat", "1.0-2"))
        .unwrap();
    let mut opening = world.opening();
    opening.lock = Some(&section);
    let archive = Archive::open(opening).unwrap();
    assert_eq!(archive.newest("boat").unwrap().version.as_str(), "1.0-2");
    assert_eq!(archive.fetch(&section.run[0]).unwrap().version(), "1.0-1");
}

#[test]
fn a_row_that_nobody_signed_any_more_is_a_stale_lock() {
    let mut world = World::new();
    let section = world.section(&["boat"]);
    world.archive.drop_package("boat").unwrap();
    world.keep = Default::default();
    let archive = locked(&world, &section).unwrap();
    let error = archive.fetch(&section.run[0]).unwrap_err();
    assert!(error.is_stale_lock() && !error.is_integrity(), "{error:?}");
    insta::assert_snapshot!(report(&world, &error), @"
    coracle.lock pins boat 1.0-1 (sha256:HEX), which no signed index at hand lists
      hint: the archive has replaced this version: `coracle update` moves the pins
    ");
}

#[test]
fn a_row_with_other_bytes_than_signed_is_refused_kept_or_not() {
    let world = World::new();
    let honest = world.section(&["boat"]);
    let mut forged = honest.clone();
    forged.run[0].sha256 = Sha256::of(b"evil");
    let archive = locked(&world, &forged).unwrap();
    let error = archive.fetch(&forged.run[0]).unwrap_err();
    assert!(error.is_integrity() && !error.is_stale_lock(), "{error:?}");
    insta::assert_snapshot!(report(&world, &error), @"
    coracle.lock pins boat 1.0-1 as sha256:HEX over SIZE bytes, the archive signed sha256:HEX over SIZE
      hint: coracle.lock was changed by hand or by somebody else: restore it from git, or run `coracle update`
    ");
}

#[test]
fn a_path_in_the_lock_is_not_followed() {
    let world = World::new();
    let mut section = world.section(&["boat"]);
    section.run[0].path = "pool/main/evil.deb".to_owned();
    world.keep.forget(&section.run[0].sha256);
    let archive = locked(&world, &section).unwrap();
    world.fetch.take_asked();
    assert_eq!(archive.fetch(&section.run[0]).unwrap().name(), "boat");
    assert!(
        !world
            .fetch
            .take_asked()
            .iter()
            .any(|url| url.contains("evil"))
    );
}

#[test]
fn a_kept_release_that_was_spoilt_is_not_used() {
    let world = World::new();
    let section = world.section(&["boat"]);
    world.keep.spoil(&section.releases[0].digest);
    let archive = locked(&world, &section).unwrap();
    assert!(
        archive
            .releases()
            .iter()
            .all(|release| release.url.is_some())
    );
}

#[test]
fn a_pinned_release_must_be_signed_by_a_trusted_key_too() {
    let mut world = World::new();
    let section = world.section(&["boat"]);
    world.archive.sign_with_another_key().unwrap();
    world.fetch.cut();
    let mut opening = world.opening();
    (opening.lock, opening.locked) = (Some(&section), true);
    opening.signed_by = None;
    let error = Archive::open(opening).map(drop).unwrap_err();
    assert!(error.is_integrity(), "{error:?}");
}
