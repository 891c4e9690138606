//! Tests of manifests and indexes as records.

use super::*;
use crate::platform::Platform;

/// The image manifest of the specification's example, shortened, with fields from the future.
const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:b5b2b2c507a0944348e0303114d8d93aaaa081732b86451d9bce1f432a537bc7","size":7023},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0","size":32654,"annotations":{"a":"1","b":"2"},"later":{"x":[1,2.5,null]}}],"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270","size":7682},"annotations":{"com.example.key1":"value1","com.example.key2":"value2"},"future":true}"#;

/// A Docker manifest list, which has fields that OCI has not.
const LIST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"sha256:e692418e4cbaf90ca69d05a66403747baa33ee08806650b51fab815ad7fc331f","size":7143,"platform":{"architecture":"ppc64le","os":"linux","features":["sse4"]}}]}"#;

#[test]
fn what_is_read_is_printed_again_byte_for_byte() {
    let manifest = Manifest::from_bytes(MANIFEST.as_bytes()).unwrap();
    assert_eq!(
        String::from_utf8(manifest.to_bytes().unwrap()).unwrap(),
        MANIFEST
    );
    let list = Index::from_bytes(LIST.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(list.to_bytes().unwrap()).unwrap(), LIST);
}

#[test]
fn null_lists_and_maps_are_empty() {
    let text = r#"{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:b5b2b2c507a0944348e0303114d8d93aaaa081732b86451d9bce1f432a537bc7","size":1,"urls":null,"annotations":null},"layers":null,"annotations":null}"#;
    let manifest = Manifest::from_bytes(text.as_bytes()).unwrap();
    assert!(
        manifest.layers.is_empty()
            && manifest.annotations.is_empty()
            && manifest.config.urls.is_empty()
    );
    assert!(
        String::from_utf8(manifest.to_bytes().unwrap())
            .unwrap()
            .ends_with(r#","layers":[]}"#)
    );
}

#[test]
fn an_index_is_sorted_by_platform() {
    let of = |architecture: &str| {
        Descriptor::of(media_type::MANIFEST, architecture.as_bytes())
            .with_platform(&Platform::linux(architecture))
    };
    let index = Index::new(vec![of("riscv64"), of("amd64"), of("arm64")]);
    let order: Vec<String> = index
        .manifests
        .iter()
        .map(|found| found.platform().unwrap().to_string())
        .collect();
    assert_eq!(order, ["linux/amd64", "linux/arm64", "linux/riscv64"]);
}

#[test]
fn errors_say_what_was_read_and_where_it_went_wrong() {
    let error = Manifest::from_bytes(
        br#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:00","size":1}}"#,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "this is not an image manifest");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("expected 64 hex digits after `sha256:`, got 2"),
        "{source}"
    );
    assert!(Index::from_bytes(b"[]").is_err());
    assert!(Manifest::from_bytes(br#"{"schemaVersion":2,"layers":[]}"#).is_err());
    assert!(Manifest::from_bytes(&MANIFEST.replace("7023", "-1").into_bytes()).is_err());
}
