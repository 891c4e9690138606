//! What an honest archive answers, and what it asks the network for.

use coracle_distro::{Archive, ArchiveEvent, ArchiveName, Keep as _, Sources};
use coracle_testkit::archive::{Server, TestArchive, TestPackage};
use coracle_transport::{Client, ClientOptions};
use jiff::SignedDuration;

use crate::world::World;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn an_honest_archive_opens_and_is_asked() {
    let world = World::new();
    let archive = world.open().unwrap();
    let boat = archive.newest("boat").unwrap();
    assert_eq!(
        (boat.version.as_str(), boat.archive),
        ("1.0-1", ArchiveName::Main)
    );
    assert_eq!(
        archive.owners_of_soname("libboat.so.1").unwrap(),
        ["libboat1"]
    );
    assert_eq!(
        archive
            .providers("vessel")
            .iter()
            .map(|package| &package.name)
            .collect::<Vec<_>>(),
        ["boat"]
    );
    assert_eq!(archive.glibc_version(), Some("2.41"));
    assert!(archive.newest("ship").is_none() && archive.providers("ship").is_empty());
    let deb = archive.fetch(&boat.pin()).unwrap();
    assert_eq!(
        (deb.name(), deb.script("postinst")),
        ("boat", Some("#!/bin/sh\n"))
    );
    let releases = archive.releases();
    assert_eq!(
        releases
            .iter()
            .map(|release| release.archive.as_str())
            .collect::<Vec<_>>(),
        ["main", "updates", "security"]
    );
    assert_eq!(
        (releases[0].origin.as_str(), releases[0].date),
        ("test", world.archive.now() - HOUR * 24)
    );
}

#[test]
fn the_newest_version_is_taken_from_whichever_archive_has_it() {
    let mut world = World::new();
    let newer = |version: &str| TestPackage::new("boat", version);
    world
        .archive
        .add(ArchiveName::Updates, newer("1.0-1+deb13u1"))
        .unwrap();
    world
        .archive
        .add(ArchiveName::Security, newer("1.0-1+deb13u2"))
        .unwrap();
    world
        .archive
        .add(ArchiveName::Security, newer("1.0-1~bpo1"))
        .unwrap();
    let archive = world.open().unwrap();
    let boat = archive.newest("boat").unwrap();
    assert_eq!(
        (boat.version.as_str(), boat.archive),
        ("1.0-1+deb13u2", ArchiveName::Security)
    );
    assert_eq!(
        archive.fetch(&boat.pin()).unwrap().version(),
        "1.0-1+deb13u2"
    );
}

#[test]
fn of_equal_versions_main_s_is_taken() {
    let mut world = World::new();
    world
        .archive
        .add(ArchiveName::Security, TestPackage::new("boat", "1.0-1"))
        .unwrap();
    assert_eq!(
        world.open().unwrap().newest("boat").unwrap().archive,
        ArchiveName::Main
    );
}

#[test]
fn indexes_are_asked_for_by_hash_and_only_once() {
    let world = World::new();
    drop(world.open().unwrap());
    let asked = world.fetch.take_asked();
    let indexes: Vec<_> = asked
        .iter()
        .filter(|url| !url.ends_with("InRelease"))
        .collect();
    assert_eq!(indexes.len(), 3);
    assert!(
        indexes
            .iter()
            .all(|url| url.contains("/main/binary-amd64/by-hash/SHA256/")),
        "{indexes:?}"
    );
    drop(world.open().unwrap());
    let again = world.fetch.take_asked();
    assert!(
        again.len() == 3 && again.iter().all(|url| url.ends_with("InRelease")),
        "{again:?}"
    );
}

#[test]
fn an_archive_without_by_hash_is_read_by_name() {
    let mut world = World::new();
    world
        .archive
        .release(ArchiveName::Main, |release| release.acquire_by_hash = false)
        .unwrap();
    drop(world.open().unwrap());
    assert!(
        world
            .fetch
            .take_asked()
            .iter()
            .any(|url| url.ends_with("/trixie/main/binary-amd64/Packages.xz"))
    );
}

#[test]
fn the_soname_index_is_made_once_and_then_read_from_its_note() {
    let world = World::new();
    assert_eq!(
        world
            .open()
            .unwrap()
            .owners_of_soname("libboat.so.1")
            .unwrap(),
        ["libboat1"]
    );
    world.fetch.take_asked();
    assert_eq!(
        world
            .open()
            .unwrap()
            .owners_of_soname("libboat.so.1")
            .unwrap(),
        ["libboat1"]
    );
    assert!(
        !world
            .fetch
            .take_asked()
            .iter()
            .any(|url| url.contains("Contents") || url.contains("/main/by-hash"))
    );
}

#[test]
fn within_valid_until_a_mirror_may_lag_behind() {
    let mut world = World::new();
    drop(world.open().unwrap());
    let older = world.archive.now() - HOUR * 48;
    world
        .archive
        .release(ArchiveName::Security, |release| release.date = older)
        .unwrap();
    assert!(world.open().is_ok());
}

#[test]
fn a_candidate_that_is_another_archive_is_passed_over_and_said() {
    let world = World::new();
    let stranger = TestArchive::builder().build().unwrap();
    let events = std::sync::Mutex::new(Vec::new());
    let mut opening = world.opening();
    let mut gone = Sources {
        origin: "gone".to_owned(),
        ..Sources::project()
    };
    gone.main = vec!["file:///nonexistent".to_owned()];
    gone.security.clear();
    opening.sources = vec![gone, stranger.sources(), world.archive.sources()];
    opening.observer =
        std::sync::Arc::new(|event: &ArchiveEvent| events.lock().unwrap().push(event.clone()));
    let archive = Archive::open(opening).unwrap();
    assert!(archive.newest("boat").is_some());
    let events = events.lock().unwrap();
    let skipped = events.iter().filter(|event| {
        matches!(
            event,
            ArchiveEvent::Skipped {
                archive: ArchiveName::Main,
                ..
            }
        )
    });
    assert_eq!(skipped.count(), 2);
    let used = events
        .iter()
        .filter(|event| matches!(event, ArchiveEvent::Using { .. }));
    assert_eq!(used.count(), 3);
}

#[test]
fn a_root_with_a_slash_at_its_end_is_the_same_root() {
    let world = World::new();
    let mut opening = world.opening();
    for root in opening
        .sources
        .iter_mut()
        .flat_map(|sources| sources.main.iter_mut())
    {
        root.push('/');
    }
    let archive = Archive::open(opening).unwrap();
    assert!(
        archive
            .fetch(&archive.newest("boat").unwrap().pin())
            .is_ok()
    );
    assert!(
        !world
            .fetch
            .take_asked()
            .iter()
            .any(|url| url.contains("debian//"))
    );
}

#[test]
fn over_http_it_is_the_same_archive() {
    let mut world = World::new();
    world
        .archive
        .add(ArchiveName::Main, TestPackage::new("raft", "1:2~rc1+b1"))
        .unwrap();
    let server = Server::start(world.archive.folder()).unwrap();
    let client = Client::new(ClientOptions::default()).unwrap();
    let mut opening = world.opening();
    opening.fetch = &client;
    opening.sources = vec![world.archive.sources_at(&server.url())];
    let archive = Archive::open(opening).unwrap();
    let raft = archive.newest("raft").unwrap().pin();
    assert_eq!(archive.fetch(&raft).unwrap().version(), "1:2~rc1+b1");
}

#[test]
fn a_package_is_opened_once_a_run_and_its_unpacked_copy_serves_the_next() {
    let world = World::new();
    let first = world.open().unwrap();
    let pin = first.newest("boat").unwrap().pin();
    let deb = first.package(&pin).unwrap();
    assert!(std::sync::Arc::ptr_eq(&deb, &first.package(&pin).unwrap()));
    // Without the .deb, with the copy alone.
    world.keep.forget(&pin.sha256);
    assert_eq!(world.open().unwrap().package(&pin).unwrap(), deb);
    // A damaged copy is no package: the .deb is fetched again.
    let kept = world.keep.files();
    for sha256 in kept.iter().filter(|sha256| world.is_unpacked(sha256)) {
        world.keep.spoil(sha256);
    }
    assert_eq!(world.open().unwrap().package(&pin).unwrap(), deb);
    assert!(world.keep.files().contains(&pin.sha256));
}

#[test]
fn an_unpacked_copy_of_another_package_is_not_believed() {
    let world = World::new();
    let archive = world.open().unwrap();
    let pin = |name: &str| archive.newest(name).unwrap().pin();
    let (boat, library) = (pin("boat"), pin("libboat1"));
    archive.package(&library).unwrap();
    let note = world.keep.note(&format!("unpacked-1.{}", library.sha256));
    let key = format!("unpacked-1.{}", boat.sha256);
    world.keep.set_note(&key, &note.unwrap().unwrap()).unwrap();
    let again = world.open().unwrap();
    assert_eq!(again.package(&boat).unwrap().name(), "boat");
}
