//! Tests of written layouts: whole or not at all, merged with what is there.

use super::*;
use crate::manifest::Manifest;
use crate::media_type;

fn image(store: &Store, layer: &str) -> Descriptor {
    let put = |media_type: &str, bytes: &[u8]| {
        store.put_bytes(bytes).unwrap();
        Descriptor::of(media_type, bytes)
    };
    let config = put(media_type::CONFIG, b"{}");
    let layer = put(media_type::LAYER, layer.as_bytes());
    put(
        media_type::MANIFEST,
        &Manifest::new(config, vec![layer]).to_bytes().unwrap(),
    )
}

fn set_up() -> (tempfile::TempDir, Store, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    let destination = folder.path().join("made/for/it");
    (folder, store, destination)
}

fn named(name: &str, root: &Descriptor) -> (String, Descriptor) {
    (name.to_owned(), root.clone())
}

/// Names and the digests they stand for, after every reachable blob has been verified.
fn verified(layout: &Path) -> Vec<(String, Descriptor)> {
    let store = Store::open(layout).unwrap();
    let names = store.names().unwrap();
    for (_, root) in &names {
        for blob in graph::reachable(&store, root).unwrap() {
            store.read(&blob, 1 << 20).unwrap();
        }
    }
    names
}

fn files(layout: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(layout)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_layout_holds_the_images_and_nothing_else() {
    let (_folder, store, layout) = set_up();
    let root = image(&store, "layer");
    image(&store, "another image of the store");
    write_layout(&store, &[named("a.io/b:1", &root)], &layout).unwrap();
    assert_eq!(files(&layout), ["blobs", "index.json", "oci-layout"]);
    assert_eq!(files(&layout.join("blobs/sha256")).len(), 3);
    assert_eq!(verified(&layout), [named("a.io/b:1", &root)]);
}

#[test]
fn a_second_write_adds_and_replaces() {
    let (_folder, store, layout) = set_up();
    let (one, two) = (image(&store, "one"), image(&store, "two"));
    write_layout(&store, &[named("b", &one), named("c", &one)], &layout).unwrap();
    write_layout(&store, &[named("a", &two), named("c", &two)], &layout).unwrap();
    assert_eq!(
        verified(&layout),
        [named("a", &two), named("b", &one), named("c", &two)]
    );
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let (_folder, store, layout) = set_up();
    let root = image(&store, "layer");
    fs::create_dir_all(&layout).unwrap();
    fs::write(layout.join("thesis.tex"), "years of work").unwrap();
    let error = write_layout(&store, &[named("a", &root)], &layout).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} is neither empty nor an OCI layout", layout.display())
    );
    assert!(error.hint().is_some() && !error.is_disk());
    assert_eq!(files(&layout), ["thesis.tex"]);
    fs::remove_file(layout.join("thesis.tex")).unwrap();
    write_layout(&store, &[named("a", &root)], &layout).unwrap();
    assert_eq!(verified(&layout).len(), 1);
}

#[test]
fn when_it_fails_nothing_is_left_behind() {
    let (folder, store, layout) = set_up();
    let (good, bad) = (image(&store, "good"), image(&store, "bad"));
    let lost = Descriptor::of(media_type::LAYER, b"bad").digest;
    // The size is right, so only reading finds it.
    fs::write(store.path(&lost), "bed").unwrap();
    let other_disk = Path::new("/dev/shm");
    let roots = [named("good", &good), named("bad", &bad)];
    if let Ok(elsewhere) = tempfile::tempdir_in(other_disk) {
        let copied = elsewhere.path().join("layout");
        let result = write_layout(&store, &roots, &copied);
        assert!(result.is_err() && !copied.exists(), "copies are verified");
        write_layout(&store, &roots[..1], &copied).unwrap();
        assert_eq!(verified(&copied).len(), 1);
    }
    fs::remove_file(store.path(&lost)).unwrap();
    assert!(write_layout(&store, &roots, &layout).is_err());
    assert!(!folder.path().join("made").exists());
    write_layout(&store, &roots[..1], &layout).unwrap();
    assert!(write_layout(&store, &roots, &layout).is_err());
    assert_eq!(verified(&layout), [named("good", &good)]);
    assert_eq!(files(&layout.join("blobs/sha256")).len(), 3);
}

#[test]
fn a_blob_of_the_wrong_size_is_replaced() {
    let (_folder, store, layout) = set_up();
    let root = image(&store, "layer");
    write_layout(&store, &[named("a", &root)], &layout).unwrap();
    let path = blob_path(&layout, &Descriptor::of(media_type::LAYER, b"layer").digest);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "lay").unwrap();
    write_layout(&store, &[named("a", &root)], &layout).unwrap();
    assert_eq!(verified(&layout).len(), 1);
}

#[test]
fn many_writers_into_one_layout_lose_nothing() {
    let (_folder, store, layout) = set_up();
    let images: Vec<Descriptor> = (0..6)
        .map(|number| image(&store, &format!("{number}")))
        .collect();
    std::thread::scope(|scope| {
        for (number, root) in images.iter().enumerate() {
            let (store, layout) = (&store, &layout);
            scope.spawn(move || {
                write_layout(store, &[named(&format!("{number}"), root)], layout).unwrap()
            });
        }
    });
    assert_eq!(verified(&layout).len(), 6);
}
