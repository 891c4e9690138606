//! Tests of written layers: the tar crate and our own reader read them back, whatever the order they were given in.

mod oracles;
mod properties;

use std::collections::BTreeMap;
use std::io::Read;

use super::*;
use crate::digest::Digest;
use crate::media_type;
use crate::store::Store;

const GZIP: Compression = Compression::Gzip { level: 6 };

fn tar_of(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tar(entries, 7, &mut bytes).unwrap();
    bytes
}

fn error_of(entries: &[Entry]) -> String {
    let mut reversed = entries.to_vec();
    reversed.reverse();
    let error = write_tar(entries, 0, &mut Vec::new())
        .unwrap_err()
        .to_string();
    assert_eq!(
        write_tar(&reversed, 0, &mut Vec::new())
            .unwrap_err()
            .to_string(),
        error,
        "the order must not matter"
    );
    error
}

fn file(path: &str, text: &str) -> Entry {
    Entry::file(path, Content::bytes(text.as_bytes()), 0o644, 1)
}

fn hard_link(path: &str, target: &str) -> Entry {
    Entry {
        kind: EntryKind::HardLink(target.to_owned()),
        ..file(path, "")
    }
}

/// A bit of everything that a layer can hold.
fn everything() -> Vec<Entry> {
    let long = format!("usr/share/{}/{}", "d".repeat(120), "n".repeat(110));
    vec![
        Entry {
            uid: 65532,
            gid: 65532,
            mode: 0o700,
            ..Entry::directory("home/nonroot", 1_700_000_000)
        },
        Entry {
            mode: 0o1777,
            ..Entry::directory("tmp", 0)
        },
        Entry::symlink("bin", "usr/bin", 3),
        Entry::symlink("etc/long", &"t/".repeat(80), 3),
        Entry {
            mode: 0o4755,
            ..file("usr/bin/server", "#!program")
        },
        hard_link("usr/bin/alias", "usr/bin/server"),
        hard_link("etc/alias", "usr/bin/server"),
        file(&long, "long"),
        file(
            "usr/share/ca/F\u{151}tan\u{fa}s\u{ed}tv\u{e1}ny.crt",
            "unicode",
        ),
        file("usr/share/empty", ""),
        Entry {
            mtime: -5,
            uid: 3_000_000,
            gid: u64::from(u32::MAX),
            ..file("srv/odd", &"x".repeat(513))
        },
        Entry {
            mtime: 9_000_000_000,
            ..file("srv/late", "2255")
        },
    ]
}

#[test]
fn the_bytes_of_a_layer_never_change() {
    let bytes = tar_of(&everything());
    assert_eq!(Digest::of(&bytes).hex(), GOLDEN_DIFF_ID);
    assert_eq!(bytes.len() % 512, 0);
    assert_eq!(bytes[bytes.len() - 1024..], [0; 1024]);
}

const GOLDEN_DIFF_ID: &str = "88dd70c1dc70d53a7eaa88ddaa0a266937db8c285dda8e69b66a03e67460bd7d";
/// Changes with `COMPRESSOR`.
const GOLDEN_DIGEST: &str = "45e481e9c8874e4182a0290a59221bef9d67bf340601a07bc61b3e57464f168a";

#[test]
fn a_layer_is_written_with_its_digests_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let tar = tar_of(&everything());
    for (compression, threads) in [(Compression::None, 1), (GZIP, 1), (GZIP, 2), (GZIP, 9)] {
        let layer = write_layer(&everything(), 7, compression, threads, &store).unwrap();
        assert_eq!(layer.diff_id, Digest::of(&tar));
        assert_eq!(layer.uncompressed_size, tar.len() as u64);
        let blob = store.read(&layer.descriptor, 1 << 20).unwrap();
        if compression == GZIP {
            assert_eq!(layer.descriptor.digest.hex(), GOLDEN_DIGEST);
            assert_eq!(layer.descriptor.media_type, media_type::LAYER_GZIP);
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&blob[..])
                .read_to_end(&mut back)
                .unwrap();
            assert!(back == tar);
        } else {
            assert_eq!(layer.descriptor.media_type, media_type::LAYER);
            assert!(blob == tar);
        }
    }
    let error = write_layer(&[], 0, Compression::Gzip { level: 10 }, 1, &store).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a gzip level from 0 to 9, got 10"
    );
}

#[test]
fn the_tar_crate_reads_what_was_written() {
    let tar = tar_of(&everything());
    let mut seen = BTreeMap::new();
    let mut archive = ::tar::Archive::new(&tar[..]);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let link = entry
            .link_name_bytes()
            .map(|link| String::from_utf8(link.into_owned()).unwrap());
        let header = entry.header().clone();
        assert_eq!(header.username_bytes(), Some(&b""[..]));
        assert_eq!(header.groupname_bytes(), Some(&b""[..]));
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let facts = (
            header.entry_type().as_byte(),
            header.mode().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
        );
        assert!(
            seen.insert(path.clone(), (facts, link, content)).is_none(),
            "{path}"
        );
    }
    let at = |path: &str| {
        seen.get(path)
            .unwrap_or_else(|| panic!("{path} is not in the tar"))
    };
    assert_eq!(at("usr/"), &((b'5', 0o755, 0, 0), None, String::new()));
    assert_eq!(at("tmp/").0.1, 0o1777);
    assert_eq!(at("home/nonroot/").0, (b'5', 0o700, 65532, 65532));
    assert_eq!(
        at("usr/bin/server"),
        &((b'0', 0o4755, 0, 0), None, "#!program".to_owned())
    );
    assert_eq!(at("usr/bin/alias").1.as_deref(), Some("usr/bin/server"));
    assert_eq!(at("etc/long").1.as_deref(), Some("t/".repeat(80).as_str()));
    assert_eq!(
        at("usr/share/ca/F\u{151}tan\u{fa}s\u{ed}tv\u{e1}ny.crt").2,
        "unicode"
    );
    assert_eq!(at(&everything()[7].path).2, "long");
    assert_eq!(
        (at("srv/odd").0.2, at("srv/odd").0.3),
        (3_000_000, u64::from(u32::MAX))
    );
    // Every parent is there, and hard links come after what they lead to.
    let order: Vec<String> = ::tar::Archive::new(&tar[..])
        .entries()
        .unwrap()
        .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
        .collect();
    for (index, path) in order.iter().enumerate() {
        let plain = path.trim_end_matches('/');
        if let Some((parent, _)) = plain.rsplit_once('/') {
            assert!(order[..index].contains(&format!("{parent}/")), "{path}");
        }
    }
    assert_eq!(order[order.len() - 2..], ["etc/alias", "usr/bin/alias"]);
}

#[test]
fn parents_that_nobody_named_get_the_given_time() {
    let tar = tar_of(&[file("a/b", "")]);
    let mut reader = LayerReader::new(&tar[..], media_type::LAYER, Limits::default()).unwrap();
    let parent = reader.next_entry().unwrap().unwrap();
    assert_eq!(
        (parent.path.as_str(), parent.mode, parent.mtime, parent.uid),
        ("a", 0o755, 7, 0)
    );
}

#[test]
fn only_directories_that_are_the_same_may_be_there_twice() {
    let directory = Entry::directory("a", 1);
    assert_eq!(
        tar_of(&[directory.clone(), directory.clone()]),
        tar_of(std::slice::from_ref(&directory))
    );
    let other = Entry {
        mode: 0o700,
        ..directory.clone()
    };
    assert_eq!(
        error_of(&[directory.clone(), other]),
        "the path `a` is in the layer twice: as a directory 0700 0:0 of time 1 and as a directory 0755 0:0 of time 1"
    );
    assert_eq!(
        error_of(&[file("a", "xy"), directory]),
        "the path `a` is in the layer twice: as a directory 0755 0:0 of time 1 and as a file of 2 bytes"
    );
    assert_eq!(
        error_of(&[file("a", "x"), file("a", "x")]),
        "the path `a` is in the layer twice: as a file of 1 bytes and as a file of 1 bytes"
    );
}

#[test]
fn what_no_file_system_can_hold_is_refused() {
    assert_eq!(
        error_of(&[file("a", "x"), file("a/b", "y")]),
        "the path `a/b` is below `a`, which is a file of 1 bytes"
    );
    let below_link = [Entry::symlink("lib", "usr/lib", 0), file("lib/x", "")];
    assert_eq!(
        error_of(&below_link),
        "the path `lib/x` is below `lib`, which is a symbolic link to `usr/lib`"
    );
    assert_eq!(
        error_of(&[hard_link("a", "b")]),
        "the hard link `a` leads to `b`, which is not a file of the same layer"
    );
    assert_eq!(
        error_of(&[Entry {
            mode: 0o100_644,
            ..file("a", "")
        }]),
        "expected at most 0o7777 as mode of `a`, got 0o100644"
    );
    for (path, reason) in [
        ("/a", "it must not begin with `/`"),
        ("a\0b", "it has a NUL in it"),
        ("", "it has an empty component"),
        ("a//b", "it has an empty component"),
        ("a/", "it has an empty component"),
        ("a/../b", "it has a component `.` or `..`"),
        ("./a", "it has a component `.` or `..`"),
        (
            "a/.wh.b",
            "container runtimes take names that begin with `.wh.` as deletions",
        ),
    ] {
        let shown = path.escape_debug();
        assert_eq!(
            error_of(&[file(path, "")]),
            format!("the path `{shown}` cannot be in a layer: {reason}")
        );
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    let path = folder.path().join("binary");
    std::fs::write(&path, "12345").unwrap();
    let of_length = |length| {
        Entry::file(
            "app",
            Content::File {
                path: path.clone(),
                length,
            },
            0o755,
            0,
        )
    };
    write_layer(&[of_length(5)], 0, GZIP, 2, &store).unwrap();
    for length in [4, 6] {
        for threads in [1, 2] {
            let error = write_layer(&[of_length(length)], 0, GZIP, threads, &store).unwrap_err();
            assert_eq!(error.to_string(), "could not read the content of `app`");
            assert!(
                std::error::Error::source(&error)
                    .unwrap()
                    .to_string()
                    .contains("changed while it was read")
            );
            assert!(!error.is_disk() && error.hint().is_some());
        }
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        write_layer(&[of_length(5)], 0, GZIP, 1, &store),
        Err(LayerError::Content { .. })
    ));
    assert_eq!(
        std::fs::read_dir(store.root().join("partial"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(
        std::fs::read_dir(store.root().join("blobs/sha256"))
            .unwrap()
            .count(),
        1
    );
}
