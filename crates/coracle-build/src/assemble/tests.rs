//! Layers of made-up files: who shares one, what is restated, what the digest depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use coracle_oci::layer::Content;

use super::grouping;
use super::*;
use crate::resolve::{Origin, RootFile};

fn package(name: &str) -> Origin {
    Origin::Package {
        name: name.to_owned(),
        version: "1".to_owned(),
    }
}

fn rootfs(files: Vec<(Origin, Entry)>) -> Rootfs {
    let file = |(origin, entry): (Origin, Entry)| {
        let reason = "a test".to_owned();
        (
            entry.path.clone(),
            RootFile {
                entry,
                origin,
                reason,
            },
        )
    };
    Rootfs {
        packages: Vec::new(),
        files: files.into_iter().map(file).collect::<BTreeMap<_, _>>(),
        notes: Vec::new(),
    }
}

/// Bytes that do not compress.
fn noise(length: usize) -> Content {
    let mut state = 1_u64;
    let step = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    Content::Bytes((0..length).map(step).collect::<Vec<u8>>().into())
}

fn text(text: &str) -> Content {
    Content::Bytes(Arc::from(text.as_bytes()))
}

fn example() -> Rootfs {
    rootfs(vec![
        (
            package("large"),
            Entry::file("usr/lib/large", noise(600 * 1024), 0o644, 5),
        ),
        (
            package("small-one"),
            Entry::file("usr/lib/one", text("one"), 0o644, 5),
        ),
        (
            package("small-two"),
            Entry::file("usr/lib/two", text("two"), 0o644, 5),
        ),
        (
            Origin::Made,
            Entry::file("etc/passwd", text("root"), 0o644, 0),
        ),
        (
            Origin::Program,
            Entry::file("app/program", text("program"), 0o755, 0),
        ),
    ])
}

fn layers(rootfs: &Rootfs, threads: usize) -> (tempfile::TempDir, Store, Vec<NamedLayer>) {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let layers = grouping::write(rootfs, Options { threads, epoch: 0 }, &store).unwrap();
    (folder, store, layers)
}

#[test]
fn a_large_package_has_a_layer_small_ones_share_one_and_the_program_is_on_top() {
    let (_folder, _store, layers) = layers(&example(), 1);
    let contents: Vec<String> = layers
        .iter()
        .map(|named| named.contents.join(" "))
        .collect();
    assert_eq!(
        contents,
        [
            "large@1",
            "small-one@1 small-two@1",
            "users, links and certificates",
            "the program"
        ]
    );
}

#[test]
fn a_digest_does_not_depend_on_the_number_of_threads() {
    let digests = |threads| {
        let (_folder, _store, layers) = layers(&example(), threads);
        layers
            .iter()
            .map(|named| named.layer.descriptor.digest)
            .collect::<Vec<_>>()
    };
    assert_eq!(digests(1), digests(4));
}

#[test]
fn a_package_s_layer_does_not_depend_on_what_else_is_in_the_image() {
    let (_one, _, first) = layers(&example(), 1);
    let mut more = example();
    let other = rootfs(vec![(
        package("other"),
        Entry::file("usr/lib/other", noise(700 * 1024), 0o644, 9),
    )]);
    more.files.extend(other.files);
    let (_two, _, second) = layers(&more, 1);
    let large = |layers: &[NamedLayer]| {
        layers
            .iter()
            .find(|named| named.contents == ["large@1"])
            .unwrap()
            .layer
            .descriptor
            .digest
    };
    assert_eq!(large(&first), large(&second));
}

#[test]
fn a_folder_that_is_not_plain_is_restated_by_every_layer_that_reaches_into_it() {
    let mut folder = Entry::directory("var/data", 7);
    (folder.mode, folder.uid) = (0o700, 65532);
    let rootfs = rootfs(vec![
        (Origin::Made, folder),
        (
            Origin::Program,
            Entry::file("var/data/file", text("x"), 0o644, 0),
        ),
    ]);
    let (_folder, store, layers) = layers(&rootfs, 1);
    let top = layers.last().unwrap();
    let reader = store.open_blob(&top.layer.descriptor).unwrap();
    let merged = coracle_oci::RootFilesystem::read(
        [(
            reader,
            top.layer.descriptor.media_type.as_str(),
            top.layer.diff_id,
        )],
        coracle_oci::layer::Limits::default(),
    );
    let merged = merged.unwrap();
    let node = merged.get("var/data").unwrap();
    assert_eq!((node.mode, node.uid, node.mtime), (0o700, 65532, 0));
}
