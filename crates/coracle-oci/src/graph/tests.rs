//! Tests of what needs what.

use super::*;
use crate::config::ImageConfig;
use crate::media_type;
use crate::platform::Platform;

fn put(store: &Store, media_type: &str, bytes: &[u8]) -> Descriptor {
    store.put_bytes(bytes).unwrap();
    Descriptor::of(media_type, bytes)
}

fn image(store: &Store, architecture: &str, layers: &[&str]) -> Descriptor {
    let config = ImageConfig::new(&Platform::linux(architecture))
        .to_bytes()
        .unwrap();
    let config = put(store, media_type::CONFIG, &config);
    let layers = layers
        .iter()
        .map(|text| put(store, media_type::LAYER, text.as_bytes()))
        .collect();
    let bytes = Manifest::new(config, layers).to_bytes().unwrap();
    put(store, media_type::MANIFEST, &bytes).with_platform(&Platform::linux(architecture))
}

fn index(store: &Store, manifests: Vec<Descriptor>) -> Descriptor {
    put(
        store,
        media_type::INDEX,
        &Index::new(manifests).to_bytes().unwrap(),
    )
}

#[test]
fn children_come_first_and_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let one = image(&store, "amd64", &["shared", "amd64"]);
    let two = image(&store, "arm64", &["shared", "arm64"]);
    let root = index(&store, vec![one.clone(), two.clone()]);
    let found = reachable(&store, &root).unwrap();
    assert_eq!(
        found.len(),
        8,
        "two configs, three layers, two manifests, one index"
    );
    let place = |digest: &Digest| {
        found
            .iter()
            .position(|found| found.digest == *digest)
            .unwrap()
    };
    assert!(place(&Digest::of(b"shared")) < place(&one.digest));
    assert!(place(&Digest::of(b"arm64")) < place(&two.digest));
    assert_eq!(found.last(), Some(&root));
}

#[test]
fn what_is_missing_or_damaged_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let root = image(&store, "amd64", &["layer"]);
    let path = store.path(&Digest::of(b"layer"));
    std::fs::write(&path, "lay").unwrap();
    assert!(matches!(
        reachable(&store, &root),
        Err(GraphError::Store(StoreError::Damaged { .. }))
    ));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        reachable(&store, &root),
        Err(GraphError::Store(StoreError::Missing { .. }))
    ));
    let wrong = put(&store, media_type::MANIFEST, b"[]");
    assert_eq!(
        reachable(&store, &wrong).unwrap_err().to_string(),
        format!("{} could not be read", wrong.digest)
    );
}

#[test]
fn layers_that_registries_do_not_hold_may_be_absent() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let config = put(&store, media_type::CONFIG, b"{}");
    let foreign = Descriptor::of(media_type::DOCKER_FOREIGN_LAYER_GZIP, b"windows");
    let bytes = Manifest::new(config, vec![foreign]).to_bytes().unwrap();
    let root = put(&store, media_type::MANIFEST, &bytes);
    assert_eq!(reachable(&store, &root).unwrap().len(), 2);
}

#[test]
fn indexes_in_indexes_come_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut root = index(&store, vec![]);
    for _ in 1..DEEPEST {
        root = index(&store, vec![root]);
    }
    assert_eq!(reachable(&store, &root).unwrap().len(), DEEPEST);
    root = index(&store, vec![root]);
    assert!(matches!(
        reachable(&store, &root),
        Err(GraphError::Deep { .. })
    ));
}
