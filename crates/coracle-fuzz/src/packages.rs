//! Package archives: indexes, signed records, packages, locks.

use std::sync::LazyLock;

use coracle_distro::deb::Deb;
use coracle_distro::index::Index;
use coracle_distro::release::{Age, Asked, Release};
use coracle_distro::signature::Keyring;
use coracle_distro::version::parse_relations;
use coracle_distro::{Architecture, ArchiveName, FileKind, Lock, Suite};
use coracle_testkit::archive::TestKey;
use jiff::Timestamp;

/// A Packages index: its stanzas, by name and by what they provide. What was accepted stays what it is when it is read again.
pub fn packages(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(index) = Index::read(text, ArchiveName::Main) else {
        return;
    };
    for name in index.names() {
        let packages = index.named(name);
        assert!(
            !packages.is_empty(),
            "no package is called {name:?}, which the index names"
        );
        for package in packages {
            assert_eq!(package.name, name);
            let _ = package.dependencies();
            for relations in [&package.conflicts, &package.breaks] {
                let _ = parse_relations(relations);
            }
            for provided in package.provided() {
                let mut providers = index.providers(&provided);
                assert!(
                    providers.any(|other| other == package),
                    "{provided} is not provided"
                );
            }
        }
        let ordered = packages.is_sorted_by(|one, other| one.version <= other.version);
        assert!(ordered, "the versions of {name} are not in order");
    }
}

struct Keys {
    key: TestKey,
    ring: Keyring,
}

const NOON: i64 = 1_795_176_000;

static KEYS: LazyLock<Option<Keys>> = LazyLock::new(|| {
    let now = Timestamp::from_second(NOON).ok()?;
    let key = TestKey::new(now).ok()?;
    let ring = Keyring::read(key.public()).ok()?;
    Some(Keys { key, ring })
});

/// An InRelease: the bytes as they are, and the bytes as the text that a trusted key signed.
pub fn release(bytes: &[u8]) {
    let (Some(keys), Ok(now), Ok(suite)) = (
        KEYS.as_ref(),
        Timestamp::from_second(NOON),
        Suite::parse("debian/trixie"),
    ) else {
        panic!("no key could be made");
    };
    let archive = suite.archive(ArchiveName::Main);
    let asked = Asked {
        archive: &archive,
        architecture: Architecture::Amd64,
        keyring: &keys.ring,
        now,
        newest_seen: Some((now - jiff::SignedDuration::from_hours(48), "the lock")),
        age: Age::Current,
    };
    let unsigned = Release::open(bytes, &asked);
    assert!(unsigned.is_err(), "a record is believed that nobody signed");
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(signed) = keys.key.sign(text, now) else {
        return;
    };
    if let Ok(release) = Release::open(&signed, &asked) {
        assert!(release.date <= now + jiff::SignedDuration::from_mins(15));
        assert!(release.valid_until.is_none_or(|end| end >= now));
    }
}

/// A whole .deb. Its paths stay in it, and with its parts uncompressed it is the same package.
pub fn deb(bytes: &[u8]) {
    let Ok(deb) = Deb::read(bytes) else {
        return;
    };
    for file in &deb.files {
        assert!(
            stays_inside(&file.path),
            "{:?} leaves the package",
            file.path
        );
        if let FileKind::HardLink(target) = &file.kind {
            assert!(stays_inside(target), "{target:?} leaves the package");
        }
    }
    let again = Deb::uncompressed(bytes).and_then(|bytes| Deb::read(&bytes[..]));
    match again {
        Ok(again) => assert!(again == deb, "uncompressed it is another package"),
        Err(error) => panic!("uncompressed it is no package: {error}"),
    }
}

fn stays_inside(path: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.split('/').all(plain) && !path.contains('\0')
}

/// A lock: what was accepted is written and read again as the same, and written again as the same text.
pub fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(lock) = Lock::read(text) else {
        return;
    };
    let written = lock.to_text();
    match Lock::read(&written) {
        Ok(again) => {
            assert_eq!(again, lock, "{written}");
            assert_eq!(again.to_text(), written);
        }
        Err(error) => panic!("what was written cannot be read: {error}\n{written}"),
    }
}
