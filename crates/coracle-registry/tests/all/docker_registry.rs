//! Debian's docker-registry and skopeo, which know nothing of us.

use crate::support::{Memory, anonymous, layer, push, reference, registry, signed_in};
use coracle_oci::Digest;
use coracle_registry::{Error, Options};
use coracle_testkit::command::tool;
use coracle_testkit::registry::docker::DockerRegistry;

const USER: (&str, &str) = ("me", "pass:word");

fn check(server: &DockerRegistry, options: Options, credentials: &[&str]) {
    let host = server.host();
    let mut source = Memory::default();
    let amd64 = source.image("amd64", &[layer(1, 3 << 20), layer(2, 100_000)]);
    let arm64 = source.image("arm64", &[layer(3, 1 << 20), layer(2, 100_000)]);
    let root = source.index(vec![amd64.clone(), arm64]);
    let target = reference(&host, "acme/server:v1");
    let registry = registry(options);

    let pushed = push(&registry, &target, &root, &source).0.unwrap();
    assert_eq!((pushed.uploaded_blobs, pushed.manifests_uploaded), (5, 3));
    assert_eq!(server.uploads().unwrap(), 8);

    // Again: nothing is sent.
    let pushed = push(&registry, &target, &root, &source).0.unwrap();
    assert_eq!((pushed.uploaded_blobs, pushed.manifests_uploaded), (0, 0));
    assert_eq!(server.uploads().unwrap(), 8);

    // One changed layer: itself, its config, its manifest and the index.
    let changed = source.image("amd64, changed", &[layer(1, 3 << 20), layer(4, 100)]);
    let arm64 = coracle_oci::Index::from_bytes(&read(&source, &root))
        .unwrap()
        .manifests
        .remove(1);
    let next = source.index(vec![changed, arm64]);
    push(&registry, &target, &next, &source).0.unwrap();
    assert_eq!(server.uploads().unwrap(), 12);

    // Another repository of the same registry: the layers are mounted.
    let other = source.image("other", &[layer(1, 3 << 20)]);
    let pushed = push(
        &registry,
        &reference(&host, "acme/other:v1"),
        &other,
        &source,
    )
    .0
    .unwrap();
    assert_eq!((pushed.mounted_blobs, pushed.uploaded_blobs), (1, 1));

    // skopeo reads the bytes that were pushed, and copies all of them.
    let image = format!("docker://{host}/acme/server:v1");
    let insecure = ["--tls-verify=false"];
    let raw = tool(
        "skopeo",
        &[&["inspect", "--raw"], &insecure[..], credentials, &[&image]].concat(),
    )
    .unwrap();
    assert_eq!(Digest::of(raw.stdout.as_bytes()), next.digest);
    let folder = tempfile::tempdir().unwrap();
    let copy = format!("dir:{}", folder.path().display());
    let from = if credentials.is_empty() {
        Vec::new()
    } else {
        vec!["--src-creds", credentials[1]]
    };
    tool(
        "skopeo",
        &[
            &["copy", "--all", "--src-tls-verify=false"],
            &from[..],
            &[&image, &copy],
        ]
        .concat(),
    )
    .unwrap();

    // And so do we.
    let (descriptor, bytes) = registry.pull_manifest(&target).unwrap();
    assert_eq!(
        (descriptor.digest, Digest::of(&bytes)),
        (next.digest, next.digest)
    );
    let blob = coracle_oci::Descriptor::of(coracle_oci::media_type::LAYER, &layer(1, 3 << 20));
    let mut pulled = Vec::new();
    std::io::Read::read_to_end(
        &mut registry.pull_blob(&target, &blob).unwrap(),
        &mut pulled,
    )
    .unwrap();
    assert!(pulled == layer(1, 3 << 20));
}

fn read(source: &Memory, descriptor: &coracle_oci::Descriptor) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = coracle_registry::BlobSource::open(source, descriptor).unwrap();
    std::io::Read::read_to_end(&mut reader, &mut bytes).unwrap();
    bytes
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn an_open_registry_takes_and_gives() {
    let server = DockerRegistry::start(None).unwrap();
    check(&server, Options::default(), &[]);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_registry_with_passwords_takes_and_gives() {
    let server = DockerRegistry::start(Some(USER)).unwrap();
    let (_folder, options) = signed_in(&server.host(), USER.0, USER.1);
    check(&server, options, &["--creds", "me:pass:word"]);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_registry_with_passwords_refuses_strangers() {
    let server = DockerRegistry::start(Some(USER)).unwrap();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 30 << 20)]);
    let target = reference(&server.host(), "acme/a:v1");
    let error = push(&anonymous(), &target, &root, &source).0.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    let (_folder, options) = signed_in(&server.host(), "me", "wrong");
    let error = push(&registry(options), &target, &root, &source)
        .0
        .unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    assert_eq!(server.uploads().unwrap(), 0);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_blob_with_another_content_is_refused() {
    let server = DockerRegistry::start(None).unwrap();
    let mut source = Memory::default();
    let bytes = layer(1, 100_000);
    let root = source.image("a", std::slice::from_ref(&bytes));
    source.spoil(&coracle_oci::Descriptor::of(
        coracle_oci::media_type::LAYER,
        &bytes,
    ));
    let error = push(
        &anonymous(),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap_err();
    assert!(matches!(error, Error::DigestRefused { .. }), "{error}");
}
