//! Pushing to and pulling from a registry that misbehaves.

use std::io::Read;
use std::time::Duration;

use crate::support::{Memory, anonymous, layer, push, reference};
use coracle_oci::{Descriptor, Digest};
use coracle_registry::{Error, Pushed};
use coracle_testkit::registry::{self as testkit, Effect, Fault, Registry as Server};

struct Case {
    server: Server,
    source: Memory,
    root: Descriptor,
    blob: Descriptor,
}

fn case() -> Case {
    let mut source = Memory::default();
    let bytes = layer(1, 200_000);
    let root = source.image("a", std::slice::from_ref(&bytes));
    let blob = Descriptor::of(coracle_oci::media_type::LAYER, &bytes);
    Case {
        server: Server::start().unwrap(),
        source,
        root,
        blob,
    }
}

impl Case {
    fn push(&self) -> Result<Pushed, Error> {
        push(
            &anonymous(),
            &reference(&self.server.host(), "acme/a:v1"),
            &self.root,
            &self.source,
        )
        .0
    }

    /// It misbehaves like this, and all arrives nevertheless.
    fn survives(method: &str, path: &str, effect: Effect) {
        let case = case();
        case.server
            .fail(Fault::on(method, path, effect.clone()).times(2));
        let pushed = case
            .push()
            .unwrap_or_else(|error| panic!("{method} {path} {effect:?}: {error}"));
        assert_eq!(
            (pushed.uploaded_blobs, pushed.manifests_uploaded),
            (2, 1),
            "{method} {path} {effect:?}"
        );
        assert_eq!(case.server.tag("acme/a", "v1"), Some(case.root.digest));
    }

    /// Everything is there, and then it misbehaves like this for ever.
    fn pulling(method: &str, path: &str, effect: Effect) -> Case {
        let case = case();
        case.push().unwrap();
        case.server.fail(Fault::on(method, path, effect));
        case
    }

    fn pull_manifest(&self) -> Result<(Descriptor, Vec<u8>), Error> {
        anonymous().pull_manifest(&reference(&self.server.host(), "acme/a:v1"))
    }

    fn pull_blob(&self) -> std::io::Result<Vec<u8>> {
        let reference = reference(&self.server.host(), "acme/a");
        let mut bytes = Vec::new();
        anonymous()
            .pull_blob(&reference, &self.blob)
            .unwrap()
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[test]
fn a_registry_that_is_busy_or_broken_for_a_while_gets_everything() {
    for effect in [
        Effect::Status(500),
        Effect::Status(503),
        Effect::TooMany(0),
        Effect::Close,
    ] {
        for (method, path) in [
            ("HEAD", "/manifests/"),
            ("HEAD", "/blobs/"),
            ("POST", "/blobs/uploads/"),
            ("PUT", "/blobs/uploads/"),
            ("PUT", "/manifests/"),
        ] {
            Case::survives(method, path, effect.clone());
        }
    }
}

#[test]
fn a_registry_that_is_silent_for_a_while_gets_everything() {
    Case::survives(
        "HEAD",
        "/manifests/v1",
        Effect::Stall(Duration::from_secs(2)),
    );
}

#[test]
fn an_upload_session_that_was_lost_is_begun_anew() {
    Case::survives("PUT", "/blobs/uploads/upload-1", Effect::Status(404));
    Case::survives("PUT", "/blobs/uploads/upload-1", Effect::Status(416));
    let case = case();
    case.server
        .fail(Fault::on("PUT", "/blobs/uploads/", Effect::Status(404)));
    let error = case.push().unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[test]
fn a_registry_that_refuses_whole_blobs_gets_chunks() {
    for status in [405, 411, 413] {
        let options = testkit::Options {
            chunks_only: Some(status),
            ..testkit::Options::default()
        };
        let case = Case {
            server: Server::with(options).unwrap(),
            ..case()
        };
        assert_eq!(case.push().unwrap().uploaded_blobs, 2, "{status}");
        assert!(
            case.server
                .requests()
                .iter()
                .any(|asked| asked.method == "PATCH")
        );
    }
}

#[test]
fn a_chunk_that_fails_begins_the_blob_anew() {
    for effect in [Effect::Close, Effect::Status(500), Effect::Status(416)] {
        let options = testkit::Options {
            chunks_only: Some(413),
            ..testkit::Options::default()
        };
        let case = Case {
            server: Server::with(options).unwrap(),
            ..case()
        };
        case.server
            .fail(Fault::on("PATCH", "/blobs/uploads/", effect.clone()).times(1));
        assert_eq!(case.push().unwrap().uploaded_blobs, 2, "{effect:?}");
        assert!(case.server.has_blob("acme/a", &case.blob.digest));
    }
}

#[test]
fn a_mount_that_fails_is_an_upload() {
    for status in [400, 401, 403, 404, 405] {
        let mut case = case();
        let registry = anonymous();
        push(
            &registry,
            &reference(&case.server.host(), "acme/a:v1"),
            &case.root,
            &case.source,
        )
        .0
        .unwrap();
        let two = case.source.image("two", &[layer(1, 200_000)]);
        case.server
            .fail(Fault::on("POST", "mount=", Effect::Status(status)));
        let pushed = push(
            &registry,
            &reference(&case.server.host(), "acme/two:v1"),
            &two,
            &case.source,
        )
        .0;
        let pushed = pushed.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(
            (pushed.mounted_blobs, pushed.uploaded_blobs),
            (0, 2),
            "{status}"
        );
    }
}

#[test]
fn too_many_requests_for_ever_say_so() {
    let case = case();
    case.server
        .fail(Fault::on("POST", "/blobs/", Effect::TooMany(86_400)));
    let error = case.push().unwrap_err();
    assert!(
        matches!(&error, Error::TooManyRequests { .. }) && error.is_network(),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("told to be busy (TOOMANYREQUESTS)"),
        "{error}"
    );
    assert!(
        error.hint().unwrap().contains("86400"),
        "{:?}",
        error.hint()
    );
}

#[test]
fn a_no_is_told_in_the_registrys_own_words() {
    let case = case();
    case.server
        .fail(Fault::on("PUT", "/manifests/", Effect::Status(418)));
    let error = case.push().unwrap_err();
    let host = case.server.host();
    assert_eq!(
        error.to_string(),
        format!("{host} answered 418 to push the manifest v1 to acme/a: told to fail (UNKNOWN)")
    );
}

#[test]
fn a_registry_that_stored_something_else_is_found_out() {
    let case = case();
    let other = Digest::of(b"other").to_string();
    case.server.fail(Fault::on(
        "PUT",
        "/manifests/",
        Effect::Digest(other.clone()),
    ));
    let error = case.push().unwrap_err();
    assert!(
        matches!(&error, Error::WrongDigest { expected, got, .. } if *expected == case.root.digest && *got == other),
        "{error}"
    );
    assert!(error.is_digest() && !error.is_network());
}

#[test]
fn a_redirected_look_at_a_blob_means_that_it_is_there() {
    let case = case();
    case.push().unwrap();
    let again = Server::start().unwrap();
    again.fail(Fault::on("HEAD", "/blobs/", Effect::Status(307)));
    let (result, _) = push(
        &anonymous(),
        &reference(&again.host(), "acme/a:v1"),
        &case.root,
        &case.source,
    );
    // It lied: the manifest is refused because its blobs are not there.
    assert!(
        result
            .unwrap_err()
            .to_string()
            .contains("MANIFEST_BLOB_UNKNOWN")
    );
    assert_eq!(again.uploads(), 0);
}

#[test]
fn what_was_pushed_is_pulled() {
    let case = Case::pulling("GET", "nothing", Effect::Close);
    let (descriptor, bytes) = case.pull_manifest().unwrap();
    assert_eq!(
        (&descriptor.media_type, descriptor.digest, descriptor.size),
        (&case.root.media_type, case.root.digest, case.root.size)
    );
    assert_eq!(Digest::of(&bytes), case.root.digest);
    assert_eq!(case.pull_blob().unwrap(), layer(1, 200_000));
    let by_digest = reference(
        &case.server.host(),
        &format!("acme/a:other@{}", case.root.digest),
    );
    assert_eq!(anonymous().pull_manifest(&by_digest).unwrap().1, bytes);
}

#[test]
fn a_manifest_that_is_not_what_was_announced_or_asked_for_is_refused() {
    let case = Case::pulling("GET", "/manifests/v1", Effect::Corrupt);
    let error = case.pull_manifest().unwrap_err();
    assert!(
        matches!(error, Error::WrongDigest { .. }) && error.is_digest(),
        "{error}"
    );
    let case = Case::pulling(
        "GET",
        "/manifests/v1",
        Effect::Digest(Digest::of(b"lie").to_string()),
    );
    assert!(matches!(
        case.pull_manifest(),
        Err(Error::WrongDigest { .. })
    ));
    // Whoever corrupts may say the corrupted digest as well: then only the asked one helps.
    let case = Case::pulling("GET", "/manifests/", Effect::Corrupt);
    case.server.fail(Fault::on(
        "GET",
        "/manifests/",
        Effect::Digest("sha512:abc".to_owned()),
    ));
    let by_digest = reference(&case.server.host(), &format!("acme/a@{}", case.root.digest));
    assert!(matches!(
        anonymous().pull_manifest(&by_digest),
        Err(Error::WrongDigest { .. })
    ));
}

#[test]
fn a_blob_that_is_not_what_was_asked_for_is_refused_before_its_end() {
    let case = Case::pulling("GET", "/blobs/", Effect::Corrupt);
    let error = case.pull_blob().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(
        error.to_string().contains(&case.blob.digest.to_string()),
        "{error}"
    );
}

#[test]
fn a_blob_whose_connection_breaks_is_resumed() {
    let case = case();
    case.push().unwrap();
    case.server
        .fail(Fault::on("GET", "/blobs/", Effect::Break(70_000)).times(2));
    assert_eq!(case.pull_blob().unwrap(), layer(1, 200_000));
    let requests = case.server.requests();
    let ranges: Vec<_> = requests
        .iter()
        .filter_map(|asked| asked.headers.get("range"))
        .collect();
    assert_eq!(ranges, ["bytes=70000-", "bytes=140000-"]);
}

#[test]
fn what_is_not_there_is_told_apart() {
    let case = Case::pulling("GET", "nothing", Effect::Close);
    let pull = |rest: &str| {
        anonymous()
            .pull_manifest(&reference(&case.server.host(), rest))
            .unwrap_err()
    };
    let error = pull("acme/a:none");
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let error = pull("acme/none");
    assert!(
        matches!(&error, Error::NameUnknown { repository, .. } if repository == "acme/none"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("create"));
}

#[test]
fn a_registry_that_is_not_there_is_a_network_error() {
    let host = { Server::start().unwrap().host() };
    let error = anonymous()
        .pull_manifest(&reference(&host, "acme/a"))
        .unwrap_err();
    assert!(
        matches!(error, Error::Transport(_)) && error.is_network() && !error.is_authentication(),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("http://{host}/v2/acme/a/manifests/latest")),
        "{error}"
    );
}
