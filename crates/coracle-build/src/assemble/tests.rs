//! Layers of made-up files: who shares one, what is restated, what the digest depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use coracle_oci::Digest;
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
        left_out: Vec::new(),
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

fn options() -> Options {
    Options {
        threads: 1,
        epoch: 0,
        most_layers: DEFAULT_LAYERS,
    }
}

fn layers(rootfs: &Rootfs, options: Options) -> (tempfile::TempDir, Store, Vec<NamedLayer>) {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let layers = layers_in(&store, rootfs, options);
    (folder, store, layers)
}

fn layers_in(store: &Store, rootfs: &Rootfs, options: Options) -> Vec<NamedLayer> {
    grouping::write(rootfs, options, &Writer::new(store, options.threads)).unwrap()
}

fn contents(layers: &[NamedLayer]) -> Vec<String> {
    let words = |named: &NamedLayer| {
        let part = named.part.map(|part| format!(" ({part})"));
        named.contents.join(" ") + &part.unwrap_or_default()
    };
    layers.iter().map(words).collect()
}

/// The digest of the layer that holds this.
fn digest(layers: &[NamedLayer], what: &str) -> Digest {
    let holds = |named: &&NamedLayer| named.contents.iter().any(|name| name == what);
    let found = layers.iter().find(holds);
    found.unwrap().layer.descriptor.digest
}

/// A package with one file of this many bytes that do not compress.
fn sized(name: &str, length: usize) -> (Origin, Entry) {
    let file = Entry::file(&format!("usr/lib/{name}"), noise(length), 0o644, 5);
    (package(name), file)
}

#[test]
fn a_large_package_has_a_layer_small_ones_share_one_and_the_program_is_on_top() {
    let (_folder, _store, layers) = layers(&example(), options());
    assert_eq!(
        contents(&layers),
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
        let (_folder, _store, layers) = layers(
            &example(),
            Options {
                threads,
                ..options()
            },
        );
        layers
            .iter()
            .map(|named| named.layer.descriptor.digest)
            .collect::<Vec<_>>()
    };
    assert_eq!(digests(1), digests(4));
}

#[test]
fn a_package_s_layer_does_not_depend_on_what_else_is_in_the_image() {
    let (_one, _, first) = layers(&example(), options());
    let mut more = example();
    let other = rootfs(vec![(
        package("other"),
        Entry::file("usr/lib/other", noise(700 * 1024), 0o644, 9),
    )]);
    more.files.extend(other.files);
    let (_two, _, second) = layers(&more, options());
    assert_eq!(digest(&first, "large@1"), digest(&second, "large@1"));
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
    let (_folder, store, layers) = layers(&rootfs, options());
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

#[test]
fn what_most_images_have_lies_at_the_bottom_and_a_part_has_a_layer_of_its_own() {
    let gconv = Origin::PackagePart {
        name: "libc6".to_owned(),
        version: "1".to_owned(),
        part: "gconv",
    };
    let rootfs = rootfs(vec![
        sized("a-large-one", 600 * 1024),
        sized("base-files", 10),
        sized("ca-certificates", 10),
        sized("libc6", 20),
        (
            gconv,
            Entry::file("usr/lib/gconv/X.so", text("x"), 0o644, 5),
        ),
        sized("libgcc-s1", 10),
        sized("small", 10),
        sized("tzdata", 10),
    ]);
    let (_folder, _store, layers) = layers(&rootfs, options());
    assert_eq!(
        contents(&layers),
        [
            "base-files@1 ca-certificates@1",
            "libc6@1 libgcc-s1@1",
            "a-large-one@1",
            "tzdata@1",
            "libc6@1 (gconv)",
            "small@1"
        ]
    );
}

#[test]
fn a_package_s_layer_depends_neither_on_the_epoch_nor_on_folders_of_others() {
    let (_one, _, first) = layers(&example(), options());
    let mut more = example();
    let mut folder = Entry::directory("usr/lib", 7);
    folder.mode = 0o700;
    let other = rootfs(vec![(Origin::Made, folder)]);
    more.files.extend(other.files);
    let epoch = 1_700_000_000;
    let (_two, _, second) = layers(&more, Options { epoch, ..options() });
    for package in ["large@1", "small-one@1"] {
        assert_eq!(digest(&first, package), digest(&second, package));
    }
    assert_ne!(
        digest(&first, "the program"),
        digest(&second, "the program")
    );
}

#[test]
fn a_folder_of_one_package_that_another_reaches_into_is_said_again_above_both() {
    let mut folder = Entry::directory("var/spool", 7);
    (folder.mode, folder.gid) = (0o2770, 8);
    let rootfs = rootfs(vec![
        (package("base-files"), folder),
        (
            package("small"),
            Entry::file("var/spool/job", text("x"), 0o644, 0),
        ),
        (
            Origin::Made,
            Entry::file("etc/passwd", text("root"), 0o644, 0),
        ),
    ]);
    let (_folder, store, layers) = layers(&rootfs, options());
    let read = layers.iter().map(|named| {
        let reader = store.open_blob(&named.layer.descriptor).unwrap();
        let media_type = named.layer.descriptor.media_type.as_str();
        (reader, media_type, named.layer.diff_id)
    });
    let merged = coracle_oci::RootFilesystem::read(read, coracle_oci::layer::Limits::default());
    let merged = merged.unwrap();
    let node = merged.get("var/spool").unwrap();
    assert_eq!((node.mode, node.gid), (0o2770, 8));
}

#[test]
fn services_that_differ_by_one_small_package_share_the_other_layers() {
    let many = |without: &str| {
        let names: Vec<String> = (0..40).map(|number| format!("small{number:02}")).collect();
        let kept = names.iter().filter(|name| *name != without);
        rootfs(kept.map(|name| sized(name, 150 * 1024)).collect())
    };
    let (_one, _, all) = layers(&many("none"), options());
    let (_two, _, fewer) = layers(&many("small20"), options());
    let digests = |layers: &[NamedLayer]| -> Vec<Digest> {
        let digest = |named: &NamedLayer| named.layer.descriptor.digest;
        layers.iter().map(digest).collect()
    };
    let (all, fewer) = (digests(&all), digests(&fewer));
    let shared = all.iter().filter(|digest| fewer.contains(digest)).count();
    assert!(all.len() >= 3, "{} layers", all.len());
    assert!(shared >= all.len() - 2, "{shared} of {}", all.len());
}

#[test]
fn too_many_layers_are_joined_the_smallest_first() {
    let sizes = [("a", 900), ("b", 540), ("c", 700), ("d", 530), ("e", 800)];
    let rootfs = rootfs(sizes.map(|(name, size)| sized(name, size * 1024)).into());
    let most_layers = 3;
    let (_folder, _store, layers) = layers(
        &rootfs,
        Options {
            most_layers,
            ..options()
        },
    );
    assert_eq!(contents(&layers), ["a@1", "b@1 c@1 d@1", "e@1"]);
}

#[test]
fn a_layer_that_was_written_is_found_again_and_made_again_when_its_blob_is_damaged() {
    let (_folder, store, first) = layers(&example(), options());
    let large = first.first().unwrap();
    let path = store.path(&large.layer.descriptor.digest);
    let written = || std::fs::metadata(&path).unwrap().modified().unwrap();
    let before = written();
    let second = layers_in(&store, &example(), options());
    let same = |layers: &[NamedLayer]| -> Vec<Layer> {
        layers.iter().map(|named| named.layer.clone()).collect()
    };
    assert_eq!(same(&first), same(&second));
    assert_eq!(before, written());
    std::fs::write(&path, "cut").unwrap();
    let third = layers_in(&store, &example(), options());
    assert_eq!(same(&first), same(&third));
    assert!(store.contains(&large.layer.descriptor).unwrap());
}
