//! Signing in at the in-memory registry: Basic, tokens, identity tokens, helpers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Memory, anonymous, credentials, layer, push, reference, registry, signed_in};
use coracle_oci::Descriptor;
use coracle_registry::{Error, Options};
use coracle_testkit::registry::{self as testkit, Access, Effect, Fault, IDENTITY_TOKEN};

fn basic() -> testkit::Registry {
    let access = Access::Basic {
        user: "me".to_owned(),
        password: "pass:word".to_owned(),
    };
    testkit::Registry::with(testkit::Options {
        access,
        ..testkit::Options::default()
    })
    .unwrap()
}

fn tokens(anonymous_pull: bool, closed: &[&str]) -> testkit::Registry {
    let access = Access::Token {
        user: "me".to_owned(),
        password: "pass:word".to_owned(),
        anonymous_pull,
        closed: closed.iter().map(|name| (*name).to_owned()).collect(),
    };
    testkit::Registry::with(testkit::Options {
        access,
        ..testkit::Options::default()
    })
    .unwrap()
}

fn image() -> (Memory, Descriptor) {
    let mut source = Memory::default();
    let root = source.image("a", &[layer(1, 50_000), layer(2, 10)]);
    (source, root)
}

#[test]
fn a_password_is_enough_for_basic_and_for_tokens() {
    for server in [basic(), tokens(false, &[])] {
        let (source, root) = image();
        let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
        push(
            &registry(options),
            &reference(&server.host(), "acme/a:v1"),
            &root,
            &source,
        )
        .0
        .unwrap();
        assert_eq!(server.tag("acme/a", "v1"), Some(root.digest));
    }
}

#[test]
fn a_token_is_fetched_once_and_used_for_all() {
    let server = tokens(false, &[]);
    let (source, root) = image();
    let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
    push(
        &registry(options),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap();
    let requests = server.requests();
    let fetched: Vec<_> = requests
        .iter()
        .filter(|asked| asked.path() == "/token")
        .collect();
    assert_eq!(fetched.len(), 1);
    assert!(
        fetched[0]
            .target
            .contains("scope=repository:acme/a:pull%2Cpush"),
        "{}",
        fetched[0].target
    );
    assert!(
        fetched[0]
            .target
            .contains("service=coracle%20test%2C%20registry"),
        "{}",
        fetched[0].target
    );
    // The two: is a registry there, and the first question.
    assert_eq!(
        requests.iter().filter(|asked| asked.status == 401).count(),
        2
    );
}

#[test]
fn without_credentials_a_push_says_what_to_do() {
    for server in [basic(), tokens(false, &[]), tokens(true, &[])] {
        let (source, root) = image();
        let error = push(
            &anonymous(),
            &reference(&server.host(), "acme/a:v1"),
            &root,
            &source,
        )
        .0
        .unwrap_err();
        assert!(
            matches!(error, Error::Unauthorized { .. }) && error.is_authentication(),
            "{error}"
        );
        assert!(error.to_string().contains("no credentials"), "{error}");
        let hint = error.hint().unwrap();
        assert!(
            hint.contains(&format!("`docker login {}`", server.host())),
            "{hint}"
        );
    }
}

#[test]
fn wrong_credentials_are_named_without_the_secret() {
    for server in [basic(), tokens(true, &[])] {
        let (source, root) = image();
        let (folder, options) = signed_in(&server.host(), "me", "hunter2");
        let error = push(
            &registry(options),
            &reference(&server.host(), "acme/a:v1"),
            &root,
            &source,
        )
        .0
        .unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        let shown = format!("{error} {error:?}");
        let place = folder.path().join("config.json");
        assert!(
            shown.contains(&format!("user me of {}", place.display())),
            "{shown}"
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn whoever_may_read_may_read_without_credentials() {
    let server = tokens(true, &[]);
    let (source, root) = image();
    let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
    push(
        &registry(options),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap();
    let (descriptor, _) = anonymous()
        .pull_manifest(&reference(&server.host(), "acme/a:v1"))
        .unwrap();
    assert_eq!(descriptor.digest, root.digest);
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = tokens(false, &[]);
    let (source, root) = image();
    let text = serde_json::json!({"auths": {(server.host()): {"identitytoken": IDENTITY_TOKEN}}});
    let (_folder, credentials) = credentials(&text.to_string());
    let registry = registry(Options {
        credentials,
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
    let requests = server.requests();
    let exchanged = requests
        .iter()
        .find(|asked| asked.path() == "/token")
        .unwrap();
    assert_eq!((exchanged.method.as_str(), exchanged.status), ("POST", 200));
}

#[test]
fn a_token_that_expires_in_the_middle_is_fetched_anew() {
    let server = tokens(false, &[]);
    let (source, root) = image();
    let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
    let registry = registry(Options {
        parallel: 1,
        ..options
    });
    // As an expired token would be answered.
    for path in ["/blobs/sha256", "/blobs/uploads/upload", "/manifests/v2"] {
        server.fail(Fault::on("PUT", path, Effect::Status(500)).times(0));
    }
    push(
        &registry,
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap();
    server.expire_tokens();
    server.forget_requests();
    push(
        &registry,
        &reference(&server.host(), "acme/a:v2"),
        &root,
        &source,
    )
    .0
    .unwrap();
    assert_eq!(server.tag("acme/a", "v2"), Some(root.digest));
    assert_eq!(
        server
            .requests()
            .iter()
            .filter(|asked| asked.path() == "/token")
            .count(),
        1
    );
}

#[test]
fn an_upload_that_is_told_401_is_sent_again_with_a_new_token() {
    let server = tokens(false, &[]);
    let (source, root) = image();
    let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
    let realm = format!(
        "Bearer realm=\"http://{}/token\",service=\"coracle test, registry\"",
        server.host()
    );
    server.fail(Fault::on("PUT", "/blobs/uploads/", Effect::Status(401)).times(1));
    server.fail(
        Fault::on(
            "PUT",
            "/blobs/uploads/",
            Effect::Header("WWW-Authenticate", realm),
        )
        .times(1),
    );
    push(
        &registry(options),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap();
    assert_eq!(
        server
            .requests()
            .iter()
            .filter(|asked| asked.path() == "/token")
            .count(),
        2
    );
}

#[test]
fn a_mount_asks_for_both_repositories_and_does_without_where_that_is_denied() {
    for (closed, mounted) in [(&[][..], 1), (&["acme/one"][..], 0)] {
        let server = tokens(false, closed);
        let (mut source, one) = image();
        let two = source.image("two", &[layer(1, 50_000)]);
        let (_folder, options) = signed_in(&server.host(), "me", "pass:word");
        let mount_from = vec!["acme/one".to_owned()];
        let registry = registry(Options {
            mount_from,
            ..options
        });
        let first = push(
            &registry,
            &reference(&server.host(), "acme/one:v1"),
            &one,
            &source,
        )
        .0;
        assert_eq!(first.is_ok(), closed.is_empty());
        if let Err(error) = first {
            assert!(
                matches!(&error, Error::Denied { .. }) && error.is_authentication(),
                "{error}"
            );
            assert!(
                error
                    .to_string()
                    .contains("requested access to the resource is denied (DENIED)"),
                "{error}"
            );
        }
        let pushed = push(
            &registry,
            &reference(&server.host(), "acme/two:v1"),
            &two,
            &source,
        )
        .0
        .unwrap();
        assert_eq!(pushed.mounted_blobs, mounted);
        let both = "scope=repository:acme/two:pull%2Cpush&scope=repository:acme/one:pull";
        assert_eq!(
            server
                .requests()
                .iter()
                .any(|asked| asked.target.contains(both)),
            mounted == 1
        );
    }
}

#[test]
fn a_challenge_that_nobody_understands_is_an_error() {
    let server = tokens(false, &[]);
    server.fail(Fault::on(
        "HEAD",
        "/manifests/",
        Effect::Header("WWW-Authenticate", "Negotiate".to_owned()),
    ));
    let (source, root) = image();
    let error = push(
        &anonymous(),
        &reference(&server.host(), "acme/a:v1"),
        &root,
        &source,
    )
    .0
    .unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
}

/// Helpers are found on PATH, which only a new process can be given: this test program, again.
#[test]
fn a_credential_helper_is_asked_for_the_registry() {
    let server = tokens(false, &[]);
    let folder = tempfile::tempdir().unwrap();
    let helper = folder.path().join("docker-credential-test");
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server\" >> {log}\nif [ \"$server\" = {host} ]; then echo '{{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"pass:word\"}}'; else echo 'credentials not found in native keychain'; exit 1; fi\n",
        log = folder.path().join("log").display(),
        host = server.host(),
    );
    fs::write(&helper, script).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let config = folder.path().join("config.json");
    fs::write(
        &config,
        format!(
            r#"{{"credHelpers": {{"{}": "test"}}, "auths": {{"{}": {{}}}}}}"#,
            server.host(),
            server.host()
        ),
    )
    .unwrap();
    let output = coracle_process::Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "access::pushes_where_it_is_told"])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .env("CORACLE_TEST_CONFIG", &config)
        .env("CORACLE_TEST_HOST", server.host())
        .output();
    output.unwrap_or_else(|error| panic!("{error}"));
    assert!(server.tag("acme/a", "v1").is_some());
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log, format!("get {}\n", server.host()));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "told by the test that starts this"
)]
fn pushes_where_it_is_told() {
    let (Ok(config), Ok(host)) = (
        std::env::var("CORACLE_TEST_CONFIG"),
        std::env::var("CORACLE_TEST_HOST"),
    ) else {
        // Run for itself it has nothing to do.
        return;
    };
    let credentials = coracle_registry::Credentials::from_files(&[config.into()]).unwrap();
    let (source, root) = image();
    let registry = registry(Options {
        credentials,
        ..Options::default()
    });
    push(&registry, &reference(&host, "acme/a:v1"), &root, &source)
        .0
        .unwrap();
}
