//! Pushing to the in-memory registry: what is sent, in which order, and what is not.

use crate::support::{Memory, anonymous, digest_of, layer, push, reference, registry};
use coracle_oci::Digest;
use coracle_registry::{Error, Options, Pushed};
use coracle_testkit::registry::{self as testkit, Asked, Effect, Fault};

fn server() -> testkit::Registry {
    testkit::Registry::start().unwrap()
}

fn succeed(
    server: &testkit::Registry,
    rest: &str,
    root: &coracle_oci::Descriptor,
    source: &Memory,
) -> Pushed {
    push(&anonymous(), &reference(&server.host(), rest), root, source)
        .0
        .unwrap()
}

/// `PUT manifests`, `HEAD blobs`: methods and kinds, in order.
fn kinds(requests: &[Asked]) -> Vec<String> {
    let kind = |asked: &Asked| {
        asked
            .path()
            .rsplit('/')
            .nth(1)
            .unwrap_or_default()
            .to_owned()
    };
    requests
        .iter()
        .map(|asked| format!("{} {}", asked.method, kind(asked)))
        .collect()
}

fn sent(requests: &[Asked]) -> Vec<&Asked> {
    requests
        .iter()
        .filter(|asked| !matches!(asked.method.as_str(), "GET" | "HEAD"))
        .collect()
}

#[test]
fn everything_arrives_and_the_tag_names_it() {
    let server = server();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 100_000), layer(2, 10)]);
    let pushed = succeed(&server, "acme/a:v1", &root, &source);
    assert_eq!(
        (
            pushed.digest,
            pushed.uploaded_blobs,
            pushed.manifests_uploaded
        ),
        (root.digest, 3, 1)
    );
    assert_eq!((pushed.existing_blobs, pushed.mounted_blobs), (0, 0));
    assert!(pushed.uploaded_bytes > 100_010);
    assert_eq!(server.tag("acme/a", "v1"), Some(root.digest));
    assert!(server.has_blob("acme/a", &digest_of(1, 100_000)));
    assert_eq!((server.uploads(), server.open_uploads()), (4, 0));
}

#[test]
fn a_second_push_asks_once_and_sends_nothing() {
    let server = server();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 1000)]);
    succeed(&server, "acme/a:v1", &root, &source);
    server.forget_requests();
    let pushed = succeed(&server, "acme/a:v1", &root, &source);
    assert_eq!(
        (
            pushed.uploaded_blobs,
            pushed.manifests_uploaded,
            pushed.existing_blobs
        ),
        (0, 0, 2)
    );
    assert_eq!(kinds(&server.requests()), ["GET v2", "HEAD manifests"]);
}

#[test]
fn another_tag_of_the_same_image_is_one_manifest() {
    let server = server();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 1000)]);
    succeed(&server, "acme/a:v1", &root, &source);
    server.forget_requests();
    let pushed = succeed(&server, "acme/a:v2", &root, &source);
    assert_eq!(
        (
            pushed.uploaded_blobs,
            pushed.manifests_uploaded,
            pushed.existing_blobs
        ),
        (0, 1, 2)
    );
    let requests = server.requests();
    assert_eq!(sent(&requests).len(), 1);
    assert_eq!(server.tag("acme/a", "v2"), Some(root.digest));
}

#[test]
fn one_changed_layer_is_one_layer_one_config_and_one_manifest() {
    let server = server();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 1000), layer(2, 1000)]);
    succeed(&server, "acme/a:v1", &root, &source);
    let changed = source.image("a, changed", &[layer(1, 1000), layer(3, 1000)]);
    let pushed = succeed(&server, "acme/a:v1", &changed, &source);
    assert_eq!(
        (
            pushed.uploaded_blobs,
            pushed.existing_blobs,
            pushed.manifests_uploaded
        ),
        (2, 1, 1)
    );
}

#[test]
fn without_a_tag_it_is_pushed_by_digest() {
    let server = server();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 10)]);
    let other = source.image("b", &[]);
    let target = reference(&server.host(), &format!("acme/a@{}", other.digest));
    let (result, events) = push(&anonymous(), &target, &root, &source);
    assert_eq!(result.unwrap().digest, root.digest);
    assert!(server.has_manifest("acme/a", &root.digest));
    assert!(
        events.contains(&format!("pushed {}/acme/a@{}", server.host(), root.digest)),
        "{events:?}"
    );
    let again = push(&anonymous(), &target, &root, &source).0.unwrap();
    assert_eq!(again.manifests_uploaded, 0);
}

#[test]
fn an_index_goes_after_its_manifests_and_they_after_their_blobs() {
    let server = server();
    let mut source = Memory::default();
    let amd64 = source.image("amd64", &[layer(1, 1000), layer(9, 10)]);
    let arm64 = source.image("arm64", &[layer(2, 1000), layer(9, 10)]);
    let inner = source.index(vec![arm64.clone()]);
    let root = source.index(vec![amd64.clone(), inner.clone()]);
    let (result, events) = push(
        &anonymous(),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    );
    let pushed = result.unwrap();
    // The shared layer is sent once.
    assert_eq!((pushed.uploaded_blobs, pushed.manifests_uploaded), (5, 4));
    assert_eq!(
        events
            .iter()
            .filter(|event| event.starts_with("uploaded"))
            .count(),
        5
    );
    let requests = server.requests();
    let puts: Vec<&str> = requests
        .iter()
        .filter(|asked| asked.method == "PUT" && asked.path().contains("/manifests/"))
        .map(|asked| asked.path().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(puts.last(), Some(&"v1"));
    let place = |digest: Digest| {
        puts.iter()
            .position(|put| *put == digest.to_string())
            .unwrap()
    };
    assert!(place(arm64.digest) < place(inner.digest));
    assert!(place(amd64.digest) < 3);
    let last_blob = requests
        .iter()
        .rposition(|asked| asked.path().contains("/blobs/"))
        .unwrap();
    let first_manifest = requests
        .iter()
        .position(|asked| asked.method == "PUT" && asked.path().contains("/manifests/"));
    assert!(last_blob < first_manifest.unwrap());
}

#[test]
fn a_manifest_that_is_there_is_left_out_with_all_under_it() {
    let server = server();
    let mut source = Memory::default();
    let amd64 = source.image("amd64", &[layer(1, 1000)]);
    succeed(&server, "acme/a:amd64", &amd64, &source);
    let arm64 = source.image("arm64", &[layer(2, 1000)]);
    let root = source.index(vec![amd64, arm64]);
    server.forget_requests();
    let pushed = succeed(&server, "acme/a:v1", &root, &source);
    assert_eq!(
        (
            pushed.uploaded_blobs,
            pushed.existing_blobs,
            pushed.manifests_uploaded
        ),
        (2, 2, 2)
    );
    let old = digest_of(1, 1000).to_string();
    assert!(
        server
            .requests()
            .iter()
            .all(|asked| !asked.path().contains(&old))
    );
}

#[test]
fn a_tag_does_not_move_when_anything_fails() {
    let server = server();
    let mut source = Memory::default();
    let first = source.image("first", &[layer(1, 10)]);
    succeed(&server, "acme/a:v1", &first, &source);
    let second = source.image("second", &[layer(2, 10), layer(3, 10)]);
    server.fail(Fault::on("PUT", "/blobs/uploads/", Effect::Status(403)));
    let (result, _) = push(
        &anonymous(),
        &reference(&server.host(), "acme/a:v1"),
        &second,
        &source,
    );
    assert!(matches!(result, Err(Error::Denied { .. })));
    assert_eq!(server.tag("acme/a", "v1"), Some(first.digest));
}

#[test]
fn blobs_go_several_at_a_time_and_no_more_than_asked() {
    let busiest = |parallel| {
        let server = server();
        server.fail(Fault::on(
            "PUT",
            "/blobs/",
            Effect::Stall(std::time::Duration::from_millis(100)),
        ));
        let mut source = Memory::default();
        let layers: Vec<_> = (0..8).map(|seed| layer(seed, 100)).collect();
        let root = source.image("a", &layers);
        let registry = registry(Options {
            parallel,
            ..Options::default()
        });
        push(
            &registry,
            &reference(&server.host(), "acme/a:v1"),
            &root,
            &source,
        )
        .0
        .unwrap();
        server.busiest()
    };
    assert_eq!(busiest(1), 1);
    assert_eq!(busiest(0), 1);
    let busy = busiest(3);
    assert!((2..=3).contains(&busy), "{busy}");
}

#[test]
fn a_layer_of_a_sibling_is_mounted() {
    let server = server();
    let mut source = Memory::default();
    let one = source.image("one", &[layer(1, 50_000)]);
    let two = source.image("two", &[layer(1, 50_000), layer(2, 10)]);
    let three = source.image("three", &[layer(1, 50_000)]);
    // Another run of the program: it knows the siblings' names alone.
    succeed(&server, "acme/one:v1", &one, &source);
    let mount_from = vec!["acme/none".to_owned(), "acme/one".to_owned()];
    let registry = registry(Options {
        mount_from,
        ..Options::default()
    });
    let (result, events) = push(
        &registry,
        &reference(&server.host(), "acme/two:v1"),
        &two,
        &source,
    );
    let pushed = result.unwrap();
    assert_eq!((pushed.mounted_blobs, pushed.uploaded_blobs), (1, 2));
    let mounted = format!("mounted {} from acme/one", &digest_of(1, 50_000).hex()[..8]);
    assert!(events.contains(&mounted), "{events:?}");
    // The same run: it knows where the layer is.
    server.forget_requests();
    let pushed = push(
        &registry,
        &reference(&server.host(), "acme/three:v1"),
        &three,
        &source,
    )
    .0
    .unwrap();
    assert_eq!((pushed.mounted_blobs, pushed.uploaded_blobs), (1, 1));
    assert!(
        server.requests().iter().all(
            |asked| !asked.path().contains("acme/one/") && !asked.path().contains("acme/none/")
        )
    );
    assert_eq!(server.open_uploads(), 0);
}

#[test]
fn a_registry_that_does_not_mount_gets_an_upload_in_the_session_it_began() {
    let server = testkit::Registry::with(testkit::Options {
        no_mounts: true,
        ..testkit::Options::default()
    })
    .unwrap();
    let mut source = Memory::default();
    let one = source.image("one", &[layer(1, 50_000)]);
    let two = source.image("two", &[layer(1, 50_000)]);
    let registry = anonymous();
    push(
        &registry,
        &reference(&server.host(), "acme/one:v1"),
        &one,
        &source,
    )
    .0
    .unwrap();
    let pushed = push(
        &registry,
        &reference(&server.host(), "acme/two:v1"),
        &two,
        &source,
    )
    .0
    .unwrap();
    assert_eq!((pushed.mounted_blobs, pushed.uploaded_blobs), (0, 2));
    assert_eq!(server.open_uploads(), 0);
    assert!(server.has_blob("acme/two", &digest_of(1, 50_000)));
}

#[test]
fn whole_addresses_with_queries_are_followed() {
    let options = testkit::Options {
        absolute_locations: true,
        ..testkit::Options::default()
    };
    let server = testkit::Registry::with(options).unwrap();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 10)]);
    succeed(&server, "acme/a:v1", &root, &source);
    let requests = server.requests();
    let put = requests.iter().find(|asked| asked.method == "PUT").unwrap();
    assert!(
        put.target.contains("?_state=a%2Fb%3D&digest=sha256:"),
        "{}",
        put.target
    );
}

#[test]
fn a_registry_that_takes_no_whole_blob_gets_chunks() {
    let options = testkit::Options {
        chunks_only: Some(413),
        least_chunk: Some(9 << 20),
        ..testkit::Options::default()
    };
    let server = testkit::Registry::with(options).unwrap();
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 20 << 20)]);
    succeed(&server, "acme/a:v1", &root, &source);
    assert!(server.has_blob("acme/a", &digest_of(1, 20 << 20)));
    let requests = server.requests();
    let ranges: Vec<&str> = requests
        .iter()
        .filter(|asked| asked.method == "PATCH")
        .filter_map(|asked| asked.headers.get("content-range").map(String::as_str))
        .filter(|range| range.len() > 8)
        .collect();
    assert_eq!(
        ranges,
        ["0-9437183", "9437184-18874367", "18874368-20971519"]
    );
}

#[test]
fn what_needs_no_registry_is_left_out() {
    let server = server();
    let mut source = Memory::default();
    let foreign = coracle_oci::Descriptor::of(
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        b"elsewhere",
    );
    let config = source.add(coracle_oci::media_type::DOCKER_CONFIG, b"{}");
    let manifest = coracle_oci::Manifest::new(config, Vec::new());
    let mut manifest = coracle_oci::Manifest {
        media_type: Some(coracle_oci::media_type::DOCKER_MANIFEST.to_owned()),
        ..manifest
    };
    manifest.layers.push(foreign);
    let root = source.add(
        coracle_oci::media_type::DOCKER_MANIFEST,
        &manifest.to_bytes().unwrap(),
    );
    // The registry of the testkit wants every layer; the client does not send this one.
    let (result, events) = push(
        &anonymous(),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    );
    let error = result.unwrap_err();
    assert!(
        error.to_string().contains("MANIFEST_BLOB_UNKNOWN"),
        "{error}"
    );
    assert_eq!(
        events
            .iter()
            .filter(|event| event.starts_with("uploaded"))
            .count(),
        1
    );
}

#[test]
fn what_is_not_what_it_says_is_not_pushed() {
    let server = server();
    let target = reference(&server.host(), "acme/a:v1");
    let check = |source: &Memory, root: &coracle_oci::Descriptor| {
        push(&anonymous(), &target, root, source).0.unwrap_err()
    };
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 100)]);
    source.spoil(&root);
    let error = check(&source, &root);
    assert!(
        matches!(error, Error::Content { .. }) && error.is_digest(),
        "{error}"
    );

    let text = source.add("text/plain", b"hello");
    let error = check(&source, &text);
    assert!(
        error
            .to_string()
            .contains("text/plain is not the type of a manifest"),
        "{error}"
    );

    let root = source.add(coracle_oci::media_type::MANIFEST, b"{}");
    let error = check(&source, &root);
    assert!(matches!(error, Error::Record { .. }), "{error}");
    assert_eq!(server.requests().len(), 0);

    let bytes = layer(7, 100);
    let root = source.image("b", std::slice::from_ref(&bytes));
    let blob = coracle_oci::Descriptor::of(coracle_oci::media_type::LAYER, &bytes);
    source.spoil(&blob);
    let error = check(&source, &root);
    assert!(
        matches!(error, Error::DigestRefused { .. }) && error.is_digest(),
        "{error}"
    );
    source.lose(&blob);
    let error = check(&source, &root);
    assert!(
        matches!(error, Error::Source { .. }) && !error.is_network(),
        "{error}"
    );
    assert_eq!(server.tag("acme/a", "v1"), None);
}
