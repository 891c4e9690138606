//! What is refused, and in which words.

use coracle_distro::release::Error as ReleaseError;
use coracle_distro::signature::Error as SignatureError;
use coracle_distro::{Architecture, Archive, ArchiveName, Error, Sources, Suite};
use coracle_testkit::archive::TestArchive;
use jiff::SignedDuration;

use crate::world::{World, refusal, report};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Opens after a change, which must be refused; gives the error and the words the user sees.
fn refused(change: impl FnOnce(&mut TestArchive)) -> (Error, String) {
    let mut world = World::new();
    change(&mut world.archive);
    let error = world.open().map(drop).unwrap_err();
    let words = report(&world, &error);
    (error, words)
}

/// As [`refused`], for what an InRelease says of itself.
fn refused_release(change: impl FnOnce(&mut TestArchive)) -> (ReleaseError, String) {
    let (error, words) = refused(change);
    assert!(
        error.is_integrity() && !error.is_network() && !error.is_disk(),
        "{error:?}"
    );
    match error {
        Error::Release { source, .. } => (source, words),
        other => panic!("expected a refused InRelease, got {other:?}"),
    }
}

#[test]
fn text_around_the_signed_text_is_never_read() {
    let world = World::new();
    world
        .archive
        .tamper_release(
            ArchiveName::Main,
            "-----END PGP SIGNATURE-----\n",
            "-----END PGP SIGNATURE-----\nDate: never\nOrigin: Evil\n",
        )
        .unwrap();
    assert!(world.open().is_ok());
    let (error, _) = refused_release(|archive| {
        let start = "-----BEGIN PGP SIGNED MESSAGE-----";
        archive
            .tamper_release(
                ArchiveName::Main,
                start,
                &format!("Origin: Debian\n{start}"),
            )
            .unwrap();
    });
    assert_eq!(error, ReleaseError::Signature(SignatureError::Unsigned));
}

#[test]
fn an_unsigned_release_is_refused() {
    let (error, words) = refused_release(|archive| archive.unsign(ArchiveName::Main).unwrap());
    assert_eq!(error, ReleaseError::Signature(SignatureError::Unsigned));
    insta::assert_snapshot!(words, @"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      it is not signed
      hint: the server answered with something else than an InRelease: a login page or a proxy's error, perhaps
    ");
}

#[test]
fn a_release_signed_by_another_key_is_refused() {
    let (error, words) = refused_release(|archive| archive.sign_with_another_key().unwrap());
    assert!(
        matches!(
            error,
            ReleaseError::Signature(SignatureError::UnknownKey { .. })
        ),
        "{error:?}"
    );
    insta::assert_snapshot!(words, @"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      it is signed by HEX, expected one of HEX
      hint: for an archive signed with your own key, give its public key with signed-by
    ");
}

#[test]
fn a_release_with_a_changed_text_is_refused() {
    let (error, words) = refused_release(|archive| {
        archive
            .tamper_release(ArchiveName::Security, "Suite: test", "Suite: tesT")
            .unwrap();
    });
    assert!(
        matches!(
            error,
            ReleaseError::Signature(SignatureError::Tampered { .. })
        ),
        "{error:?}"
    );
    insta::assert_snapshot!(words, @"
    the InRelease of debian/trixie security from file://FOLDER/debian-security/dists/trixie-security/InRelease is refused
      the text is not what HEX signed: Message has been manipulated
      hint: try another mirror; if it happens again, somebody between you and the archive changes files
    ");
}

#[test]
fn a_release_whose_time_is_over_is_refused() {
    let (error, words) = refused_release(|archive| {
        let end = archive.now() - HOUR;
        archive
            .release(ArchiveName::Security, |release| {
                release.valid_until = Some(end)
            })
            .unwrap();
    });
    assert!(matches!(error, ReleaseError::Expired { .. }));
    insta::assert_snapshot!(words, @"
    the InRelease of debian/trixie security from file://FOLDER/debian-security/dists/trixie-security/InRelease is refused
      it was valid until 2026-11-20T11:00:00Z, it is 2026-11-20T12:00:00Z here
      hint: check this machine's clock; if it is right, the mirror is no longer updated: try another
    ");
}

#[test]
fn a_release_of_the_future_is_refused_and_a_small_skew_is_not() {
    let (error, words) = refused_release(|archive| {
        let soon = archive.now() + HOUR;
        archive
            .release(ArchiveName::Main, |release| release.date = soon)
            .unwrap();
    });
    assert!(matches!(error, ReleaseError::Future { .. }));
    insta::assert_snapshot!(words, @"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      its Date 2026-11-20T13:00:00Z is in the future, it is 2026-11-20T12:00:00Z here
      hint: check this machine's clock
    ");
    let mut world = World::new();
    let soon = world.archive.now() + SignedDuration::from_mins(5);
    world
        .archive
        .release(ArchiveName::Main, |release| release.date = soon)
        .unwrap();
    assert!(world.open().is_ok());
}

#[test]
fn a_release_older_than_the_store_has_seen_is_refused_unless_allowed() {
    let mut world = World::new();
    drop(world.open().unwrap());
    let older = world.archive.now() - HOUR * 48;
    world
        .archive
        .release(ArchiveName::Main, |release| release.date = older)
        .unwrap();
    let error = world.open().map(drop).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Release {
                source: ReleaseError::Older { .. },
                ..
            }
        ),
        "{error:?}"
    );
    insta::assert_snapshot!(report(&world, &error), @"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      its Date 2026-11-18T12:00:00Z is older than 2026-11-19T12:00:00Z, which the store has seen
      hint: the mirror lags behind or somebody replays old files: try another mirror, or accept it with --allow-older
    ");
    let mut allowed = world.opening();
    allowed.allow_older = true;
    assert!(Archive::open(allowed).is_ok());
    // Accepting it once does not make it the newest seen.
    assert!(world.open().is_err());
}

#[test]
fn a_release_older_than_the_lock_has_seen_is_refused() {
    let mut world = World::new();
    let section = world.section(&["boat"]);
    world.keep = Default::default();
    let older = world.archive.now() - HOUR * 48;
    world
        .archive
        .release(ArchiveName::Main, |release| release.date = older)
        .unwrap();
    let mut opening = world.opening();
    opening.lock = Some(&section);
    let error = Archive::open(opening).map(drop).unwrap_err();
    insta::assert_snapshot!(report(&world, &error), @"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      its Date 2026-11-18T12:00:00Z is older than 2026-11-19T12:00:00Z, which coracle.lock has seen
      hint: the mirror lags behind or somebody replays old files: try another mirror, or accept it with --allow-older
    ");
}

#[test]
fn a_release_that_is_another_archive_is_refused() {
    type Lie = fn(&mut coracle_testkit::archive::ReleaseFields);
    let lies: [Lie; 5] = [
        |release| release.codename = "bookworm".to_owned(),
        |release| release.origin = "Ubuntu".to_owned(),
        |release| release.label = "Debian-Security".to_owned(),
        |release| release.components = "contrib non-free".to_owned(),
        |release| release.architectures = "all arm64".to_owned(),
    ];
    let refusals =
        lies.map(|lie| refused_release(|archive| archive.release(ArchiveName::Main, lie).unwrap()));
    assert!(matches!(
        refusals.each_ref().map(|(error, _)| error),
        [
            ReleaseError::WrongCodename { .. },
            ReleaseError::WrongOrigin { .. },
            ReleaseError::WrongLabel { .. },
            ReleaseError::NoComponent { .. },
            ReleaseError::NoArchitecture { .. },
        ]
    ));
    insta::assert_snapshot!(refusals.map(|(_, words)| words).join("\n"), @r#"
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      expected Codename "trixie", got "bookworm"
      hint: the URL leads to another archive: check the archive's URL in the configuration, or try another mirror
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      expected Origin "Debian", got "Ubuntu"
      hint: the URL leads to another archive: check the archive's URL in the configuration, or try another mirror
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      expected Label "Debian", got "Debian-Security"
      hint: the URL leads to another archive: check the archive's URL in the configuration, or try another mirror
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      expected the component "main" among "contrib non-free"
      hint: the mirror lacks this component: try another mirror
    the InRelease of debian/trixie main from file://FOLDER/debian/dists/trixie/InRelease is refused
      expected the architecture amd64 among "all arm64"
      hint: the suite is not released for this architecture: choose another suite or platform
    "#);
}

#[test]
fn a_changed_index_is_refused() {
    let (error, words) = refused(|archive| archive.tamper_index(ArchiveName::Updates).unwrap());
    assert!(
        matches!(error, Error::Digest { .. }) && error.is_integrity(),
        "{error:?}"
    );
    insta::assert_snapshot!(words, @"
    the package index of debian/trixie updates for amd64 from file://FOLDER/debian/dists/trixie-updates/main/binary-amd64/by-hash/SHA256/HEX is not what the archive signed
      expected sha256:HEX over SIZE bytes, got sha256:HEX over SIZE bytes
      hint: the mirror is between two updates, or somebody changes files: try again, then another mirror
    ");
}

#[test]
fn a_changed_file_list_is_refused() {
    let world = World::new();
    world.archive.tamper_contents().unwrap();
    let archive = world.open().unwrap();
    let error = archive.owners_of_soname("libboat.so.1").unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error:?}");
    assert!(
        !world
            .keep
            .notes()
            .iter()
            .any(|key| key.starts_with("sonames"))
    );
}

#[test]
fn a_changed_package_is_refused_and_not_kept() {
    let world = World::new();
    world.archive.tamper_package("boat").unwrap();
    let archive = world.open().unwrap();
    let pin = archive.newest("boat").unwrap().pin();
    let error = archive.fetch(&pin).unwrap_err();
    assert!(
        matches!(error, Error::Digest { .. }) && error.is_integrity(),
        "{error:?}"
    );
    assert!(!world.keep.files().contains(&pin.sha256));
    insta::assert_snapshot!(report(&world, &error), @"
    boat 1.0-1 from file://FOLDER/debian/pool/main/boat_1.0-1_amd64.deb is not what the archive signed
      expected sha256:HEX over SIZE bytes, got sha256:HEX over SIZE bytes
      hint: the mirror is between two updates, or somebody changes files: try again, then another mirror
    ");
}

#[test]
fn a_kept_file_that_was_spoilt_is_refused() {
    let world = World::new();
    let archive = world.open().unwrap();
    let pin = archive.newest("boat").unwrap().pin();
    archive.fetch(&pin).unwrap();
    world.keep.spoil(&pin.sha256);
    let error = archive.fetch(&pin).unwrap_err();
    assert!(error.is_disk(), "{error:?}");
    insta::assert_snapshot!(report(&world, &error), @"
    boat 1.0-1 could not be kept or read back
      expected sha256:HEX over SIZE bytes, got sha256:HEX over SIZE bytes
      hint: the store's copy is damaged: delete that file, it will be fetched again
    ");
}

#[test]
fn an_architecture_that_the_suite_lacks_is_refused_before_anything_is_fetched() {
    let world = World::new();
    let mut opening = world.opening();
    opening.suite = Suite::parse("bookworm").unwrap();
    opening.architecture = Architecture::Riscv64;
    let error = Archive::open(opening).map(drop).unwrap_err();
    assert!(world.fetch.take_asked().is_empty());
    insta::assert_snapshot!(report(&world, &error), @"
    debian/bookworm is not released for riscv64, only for amd64, arm64, armhf, i386, ppc64el, s390x
      hint: choose another platform or suite
    ");
}

#[test]
fn keys_that_are_no_keys_are_refused() {
    let world = World::new();
    let mut opening = world.opening();
    opening.signed_by = Some(b"trust me".to_vec());
    let error = Archive::open(opening).map(drop).unwrap_err();
    insta::assert_snapshot!(report(&world, &error), @"
    the keys given with signed-by cannot be used
      the keyring is not a sequence of OpenPGP certificates: unexpected EOF
      hint: give OpenPGP public keys, as gpg --export writes them
    ");
}

#[test]
fn without_the_network_the_first_failure_is_a_networks() {
    let world = World::new();
    world.fetch.cut();
    let error = world.open().map(drop).unwrap_err();
    assert!(error.is_network() && !error.is_integrity(), "{error:?}");
    insta::assert_snapshot!(report(&world, &error), @"
    the InRelease of debian/trixie main could not be fetched from file://FOLDER/debian/dists/trixie/InRelease
      connection refused
      hint: check the network and the archive's URL
    ");
}

#[test]
fn of_several_failures_the_wrong_signature_is_told() {
    let world = World::new();
    let stranger = TestArchive::builder().build().unwrap();
    let mut opening = world.opening();
    let gone = Sources {
        main: vec!["file:///nonexistent".to_owned()],
        security: vec!["file:///nonexistent".to_owned()],
        origin: "gone".to_owned(),
    };
    opening.sources = vec![gone.clone(), stranger.sources(), gone];
    let error = Archive::open(opening).map(drop).unwrap_err();
    assert!(error.is_integrity(), "{}", refusal(&error));
}

#[test]
fn no_source_at_all_is_said() {
    let world = World::new();
    let mut opening = world.opening();
    opening.sources.clear();
    let error = Archive::open(opening).map(drop).unwrap_err();
    insta::assert_snapshot!(report(&world, &error), @"
    there is no URL to fetch debian/trixie main from
      hint: name the archive's URL in coracle.toml, or name none to use Debian's own hosts
    ");
}

#[test]
fn the_embedded_keys_do_not_trust_the_little_archive() {
    let world = World::new();
    let mut opening = world.opening();
    opening.signed_by = None;
    let error = Archive::open(opening).map(drop).unwrap_err();
    assert!(error.is_integrity());
}
