//! Tests of what makes sense, on documents as the specification shows them.

use super::*;
use crate::config::History;
use crate::digest::Digest;
use crate::platform::Platform;

fn layer() -> Descriptor {
    Descriptor::of(media_type::LAYER_GZIP, b"layer")
}

fn sample() -> (Manifest, ImageConfig) {
    let mut config = ImageConfig::new(&Platform::linux("amd64"));
    config.rootfs.diff_ids = vec![Digest::of(b"1"), Digest::of(b"2")];
    let step = |empty| History {
        empty_layer: empty,
        ..History::default()
    };
    config.history = vec![step(None), step(Some(true)), step(Some(false))];
    let manifest = Manifest::new(
        Descriptor::of(media_type::CONFIG, b"{}"),
        vec![layer(), layer()],
    );
    (manifest, config)
}

fn check(change: impl Fn(&mut Manifest, &mut ImageConfig), expected: &str) {
    let (mut manifest, mut config) = sample();
    change(&mut manifest, &mut config);
    let found =
        image(&manifest, &config).map_or_else(|error| error.to_string(), |()| "fine".to_owned());
    assert_eq!(found, expected);
}

#[test]
fn a_whole_image_is_fine() {
    check(|_, _| (), "fine");
    check(|manifest, _| manifest.media_type = None, "fine");
    check(|_, config| config.history.clear(), "fine");
    check(
        |manifest, _| {
            manifest.media_type = Some(media_type::DOCKER_MANIFEST.to_owned());
            manifest.config.media_type = media_type::DOCKER_CONFIG.to_owned();
            for layer in &mut manifest.layers {
                layer.media_type = media_type::DOCKER_LAYER_GZIP.to_owned();
            }
        },
        "fine",
    );
    // Docker's layers in an OCI manifest are common, and every runtime takes them.
    check(
        |manifest, _| manifest.layers[0].media_type = media_type::DOCKER_LAYER_GZIP.to_owned(),
        "fine",
    );
}

#[test]
fn layers_diff_ids_and_history_go_together() {
    check(
        |manifest, _| drop(manifest.layers.pop()),
        "expected as many diff IDs as layers, got 2 for 1",
    );
    check(
        |_, config| drop(config.history.pop()),
        "expected as many steps that made a layer as diff IDs, got 1 for 2",
    );
    check(
        |_, config| config.rootfs.kind = "tar".to_owned(),
        "expected `layers` as rootfs.type, got `tar`",
    );
    check(
        |_, config| config.os.clear(),
        "the image configuration has no os",
    );
    check(
        |_, config| config.architecture.clear(),
        "the image configuration has no architecture",
    );
}

#[test]
fn media_types_versions_and_sizes_are_those_of_the_specification() {
    check(
        |manifest, _| manifest.schema_version = 1,
        "expected schemaVersion 2 in the image manifest, got 1",
    );
    let of_index = format!(
        "expected an image manifest as media type of the image manifest, got `{}`",
        media_type::INDEX
    );
    check(
        |manifest, _| manifest.media_type = Some(media_type::INDEX.to_owned()),
        &of_index,
    );
    let of_config = format!(
        "expected an image configuration as media type of the config, got `{}`",
        media_type::LAYER
    );
    check(
        |manifest, _| manifest.config.media_type = media_type::LAYER.to_owned(),
        &of_config,
    );
    check(
        |manifest, _| manifest.layers[1].media_type = "text/plain".to_owned(),
        "expected a layer as media type of layer 1, got `text/plain`",
    );
    check(
        |manifest, _| manifest.layers[1].size = 0,
        "expected layer 1 to have a size from 1 to 2^63 - 1 bytes, got 0",
    );
    check(
        |manifest, _| manifest.config.size = u64::MAX,
        &format!(
            "expected the config to have a size from 1 to 2^63 - 1 bytes, got {}",
            u64::MAX
        ),
    );
    let mixed = format!(
        "the config is `{}` in a manifest of the other kind",
        media_type::CONFIG
    );
    check(
        |manifest, _| manifest.media_type = Some(media_type::DOCKER_MANIFEST.to_owned()),
        &mixed,
    );
}

#[test]
fn an_index_may_hold_anything_that_has_a_media_type_and_a_size() {
    let of = |media_type: &str, size| {
        Index::new(vec![Descriptor::new(media_type, Digest::of(b""), size)])
    };
    assert_eq!(index(&of(media_type::MANIFEST, 7)), Ok(()));
    assert_eq!(index(&of("application/vnd.example+json", 7)), Ok(()));
    for wrong in ["", "plain", "a/", "/b", "a/b c", "a/b/c", ".a/b"] {
        let expected = format!("expected a media type as media type of manifest 0, got `{wrong}`");
        assert_eq!(index(&of(wrong, 7)).unwrap_err().to_string(), expected);
    }
    assert!(index(&of(media_type::MANIFEST, 0)).is_err());
    let mut other = of(media_type::MANIFEST, 7);
    other.media_type = Some(media_type::MANIFEST.to_owned());
    assert!(index(&other).is_err());
    other.media_type = Some(media_type::DOCKER_SCHEMA1.to_owned());
    assert!(index(&other).unwrap_err().hint().is_some());
}

#[test]
fn a_record_that_could_be_taken_for_another_is_refused() {
    let with = |fields: &str| {
        let text = format!(r#"{{"schemaVersion":2,"manifests":[],{fields}}}"#);
        index(&Index::from_bytes(text.as_bytes()).unwrap())
    };
    assert_eq!(with(r#""future":1"#), Ok(()));
    for field in ["layers", "config", "Manifests", "fsLayers"] {
        let expected = format!(
            "the image index has a field `{field}`, which belongs to another kind of record"
        );
        assert_eq!(
            with(&format!(r#""{field}":[]"#)).unwrap_err().to_string(),
            expected
        );
    }
    check(
        |manifest, _| {
            drop(
                manifest
                    .other
                    .insert("manifests".to_owned(), serde_json::json!([])),
            )
        },
        "the image manifest has a field `manifests`, which belongs to another kind of record",
    );
}
