//! Tests of the store: content appears whole or not at all, is trusted only after hashing, and two users do not collide.

use std::io::Write;
use std::thread;

use super::*;
use crate::media_type;

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    (folder, store)
}

fn descriptor(bytes: &[u8]) -> Descriptor {
    Descriptor::of(media_type::LAYER, bytes)
}

fn count(store: &Store, folder: &str) -> usize {
    fs::read_dir(store.root().join(folder)).unwrap().count()
}

#[test]
fn a_new_store_is_an_empty_oci_layout() {
    let (_folder, store) = store();
    let read = |name: &str| fs::read_to_string(store.root().join(name)).unwrap();
    assert_eq!(read("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    assert_eq!(
        read("index.json"),
        r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#
    );
    Store::open(store.root()).unwrap();
}

#[test]
fn content_is_found_by_its_digest() {
    let (_folder, store) = store();
    let mut writer = store.writer().unwrap();
    writer.write_all(b"hel").unwrap();
    writer.append(b"lo").unwrap();
    assert_eq!(writer.length(), 5);
    let (digest, length) = writer.commit().unwrap();
    assert_eq!((digest, length), (Digest::of(b"hello"), 5));
    assert_eq!(store.put_bytes(b"hello").unwrap(), digest);
    assert_eq!(store.size(&digest).unwrap(), Some(5));
    assert!(store.contains(&descriptor(b"hello")).unwrap());
    assert_eq!(store.read(&descriptor(b"hello"), 5).unwrap(), b"hello");
    let mut text = String::new();
    store
        .open_digest(&digest)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "hello");
    assert_eq!(fs::read(store.path(&digest)).unwrap(), b"hello");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(store.path(&digest))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(
            mode & 0o777,
            0o644,
            "others may read it, whatever the umask"
        );
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let (_folder, store) = store();
    let mut writer = store.writer().unwrap();
    writer.append(b"half").unwrap();
    assert_eq!(count(&store, "partial"), 1);
    drop(writer);
    assert_eq!(
        (count(&store, "partial"), count(&store, "blobs/sha256")),
        (0, 0)
    );
}

#[test]
fn what_is_missing_or_too_large_is_said() {
    let (_folder, store) = store();
    let wanted = descriptor(b"hello");
    let error = store.read(&wanted, 10).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not in the store {}",
            wanted.digest,
            store.root().display()
        )
    );
    assert!(!error.is_disk());
    assert!(!store.contains(&wanted).unwrap());
    store.put_bytes(b"hello").unwrap();
    let error = store.read(&wanted, 4).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("expected at most 4 bytes for {}, got 5", wanted.digest)
    );
}

#[test]
fn damaged_content_is_never_trusted_and_is_made_again() {
    for damage in [&b"hellp"[..], b"hell", b"hello!", b""] {
        let (_folder, store) = store();
        let digest = store.put_bytes(b"hello").unwrap();
        fs::write(store.path(&digest), damage).unwrap();
        let same_size = damage.len() == 5;
        assert_eq!(store.contains(&descriptor(b"hello")).unwrap(), same_size);
        let error = store.read(&descriptor(b"hello"), 10).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.hint().unwrap().contains("build again"));
        assert_eq!(store.open_blob(&descriptor(b"hello")).is_ok(), same_size);
        let unread = store
            .open_digest(&digest)
            .unwrap()
            .read_to_end(&mut Vec::new());
        assert_eq!(unread.unwrap_err().kind(), io::ErrorKind::InvalidData);
        store.put_bytes(b"hello").unwrap();
        assert_eq!(store.read(&descriptor(b"hello"), 10).unwrap(), b"hello");
        // The same through a writer.
        fs::write(store.path(&digest), damage).unwrap();
        let mut writer = store.writer().unwrap();
        writer.append(b"hello").unwrap();
        writer.commit().unwrap();
        assert_eq!(store.read(&descriptor(b"hello"), 10).unwrap(), b"hello");
    }
}

#[test]
fn names_are_sorted_replaced_and_annotated() {
    let (_folder, store) = store();
    store.name("z.io/b:1", &descriptor(b"1")).unwrap();
    store.name("a.io/b:1", &descriptor(b"2")).unwrap();
    store.name("z.io/b:1", &descriptor(b"3")).unwrap();
    let expected = [
        ("a.io/b:1".to_owned(), descriptor(b"2")),
        ("z.io/b:1".to_owned(), descriptor(b"3")),
    ];
    assert_eq!(store.names().unwrap(), expected);
    let text = fs::read_to_string(store.root().join("index.json")).unwrap();
    let annotations = r#""annotations":{"io.containerd.image.name":"a.io/b:1","org.opencontainers.image.ref.name":"a.io/b:1"}"#;
    assert!(text.contains(annotations), "{text}");
    assert!(text.find("a.io") < text.find("z.io"));
}

#[test]
fn many_users_at_once_lose_no_name_and_no_content() {
    let (_folder, store) = store();
    thread::scope(|scope| {
        for user in 0..6 {
            let root = store.root();
            scope.spawn(move || {
                let store = Store::open(root).unwrap();
                for turn in 0..8 {
                    let text = format!("{turn}");
                    store.put_bytes(text.as_bytes()).unwrap();
                    store
                        .name(&format!("a.io/{user}:{turn}"), &descriptor(text.as_bytes()))
                        .unwrap();
                }
            });
        }
    });
    let names = store.names().unwrap();
    assert_eq!(names.len(), 48);
    for (_, found) in names {
        store.read(&found, 10).unwrap();
    }
    assert_eq!(count(&store, "partial"), 0);
}

#[test]
fn left_overs_are_cleared_by_who_opens_the_store_alone() {
    let (_folder, store) = store();
    let left_over = store.root().join("partial/killed");
    fs::write(&left_over, "half").unwrap();
    let mut writer = store.writer().unwrap();
    writer.append(b"whole").unwrap();
    // Somebody uses the store: nothing may be cleared under them.
    let second = Store::open(store.root()).unwrap();
    assert!(left_over.exists());
    writer.commit().unwrap();
    let root = store.root().to_owned();
    drop((store, second));
    let store = Store::open(root).unwrap();
    assert!(!left_over.exists());
    assert!(store.contains(&descriptor(b"whole")).unwrap());
}

#[test]
fn disk_errors_name_the_path_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(file.join("store")).unwrap_err();
    assert!(error.is_disk());
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
    for (kind, hint) in [
        (io::ErrorKind::StorageFull, "make room"),
        (io::ErrorKind::PermissionDenied, "writable"),
        (io::ErrorKind::ReadOnlyFilesystem, "writable"),
    ] {
        let error = disk("write", &file)(kind.into());
        assert_eq!(
            error.to_string(),
            format!("could not write {}", file.display())
        );
        assert!(error.is_disk() && error.hint().unwrap().contains(hint));
    }
}

#[test]
fn layouts_of_the_future_and_broken_ones_are_refused() {
    let (_folder, store) = store();
    let root = store.root();
    fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    let error = Store::open(root).unwrap_err().to_string();
    assert!(
        error.starts_with("expected an OCI layout of version 1.0.0")
            && error.ends_with("got 2.0.0"),
        "{error}"
    );
    fs::write(root.join("index.json"), "{").unwrap();
    assert!(matches!(store.names(), Err(StoreError::Record { .. })));
    assert!(store.name("a", &descriptor(b"")).is_err());
    assert_eq!(
        fs::read_to_string(root.join("index.json")).unwrap(),
        "{",
        "nothing is thrown away"
    );
}
