//! Tests of files, their spellings, and helpers.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{Credentials, Secret};

fn files(texts: &[&str]) -> (tempfile::TempDir, Credentials) {
    let directory = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let path = directory.path().join(format!("{number}.json"));
            fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let credentials = Credentials::from_files(&paths).unwrap();
    (directory, credentials)
}

fn password(username: &str, password: &str) -> Option<Secret> {
    Some(Secret::Password {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

fn auth(pair: &str) -> String {
    format!(r#"{{"auth": "{}"}}"#, STANDARD.encode(pair))
}

fn check(key: &str, registry: &str, repository: &str, expected: bool) {
    let text = format!(r#"{{"auths": {{"{key}": {}}}}}"#, auth("me:secret"));
    let found = files(&[&text]).1.find(registry, repository).secret;
    assert_eq!(
        found.is_some(),
        expected,
        "{key} for {registry}/{repository}"
    );
}

#[test]
fn a_registry_is_found_under_all_its_spellings() {
    for key in [
        "ghcr.io",
        "https://ghcr.io",
        "https://ghcr.io/",
        "ghcr.io/v1/",
        "https://ghcr.io/v2/",
        "GHCR.io",
    ] {
        check(key, "ghcr.io", "acme/server", true);
    }
    for key in [
        "https://index.docker.io/v1/",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
    ] {
        check(key, "docker.io", "library/nginx", true);
    }
    check("http://localhost:5000", "localhost:5000", "a", true);
    check("ghcr.io", "ghcr.io.example", "a", false);
    check("localhost:5000", "localhost:5001", "a", false);
    check("localhost", "localhost:5000", "a", false);
}

#[test]
fn a_namespace_counts_only_for_what_is_below_it() {
    check("ghcr.io/acme", "ghcr.io", "acme/server", true);
    check("ghcr.io/acme/server", "ghcr.io", "acme/server", true);
    check("ghcr.io/acme", "ghcr.io", "acmeserver", false);
    check("ghcr.io/acme/server", "ghcr.io", "acme", false);
}

#[test]
fn the_longest_namespace_wins() {
    let text = format!(
        r#"{{"auths": {{"ghcr.io": {}, "ghcr.io/acme": {}, "ghcr.io/acme/server": {{}}}}}}"#,
        auth("all:1"),
        auth("acme:2:3"),
    );
    let (_directory, credentials) = files(&[&text]);
    assert!(credentials.find("ghcr.io", "acme/server").secret == password("acme", "2:3"));
    assert!(credentials.find("ghcr.io", "other").secret == password("all", "1"));
}

#[test]
fn the_first_file_wins_and_the_error_names_the_place() {
    let first = format!(r#"{{"auths": {{"a.example": {}}}}}"#, auth("one:1"));
    let second = format!(
        r#"{{"auths": {{"a.example": {}, "b.example": {}}}}}"#,
        auth("two:2"),
        auth("b:3")
    );
    let (directory, credentials) = files(&[&first, &second]);
    let found = credentials.find("a.example", "x");
    assert!(found.secret == password("one", "1"));
    assert_eq!(
        found.tried,
        format!("user one of {}", directory.path().join("0.json").display())
    );
    assert!(credentials.find("b.example", "x").secret == password("b", "3"));
    let none = credentials.find("c.example", "x");
    assert!(
        none.secret.is_none() && none.tried.contains("none for c.example"),
        "{}",
        none.tried
    );
}

#[test]
fn tokens_and_plain_fields_are_understood() {
    let text = r#"{"auths": {
        "identity.example": {"auth": "bWU6", "identitytoken": "refresh"},
        "token.example": {"registrytoken": "bearer"},
        "plain.example": {"username": "me", "password": "secret"},
        "zeros.example": {"auth": "bWU6c2VjcmV0AAA="},
        "unpadded.example": {"auth": "bWU6c2VjcmV0MQ"},
        "nonsense.example": {"auth": "%%%", "email": "x"},
        "empty.example": {}
    }, "HttpHeaders": {"a": "b"}}"#;
    let (_directory, credentials) = files(&[text]);
    let find = |registry: &str| credentials.find(registry, "x").secret;
    assert!(
        find("identity.example")
            == Some(Secret::Identity {
                token: "refresh".to_owned()
            })
    );
    assert!(find("token.example") == Some(Secret::Token("bearer".to_owned())));
    assert!(find("plain.example") == password("me", "secret"));
    assert!(find("zeros.example") == password("me", "secret"));
    assert!(find("unpadded.example") == password("me", "secret1"));
    assert!(find("nonsense.example").is_none());
    assert!(find("empty.example").is_none());
}

#[test]
fn files_that_are_absent_or_empty_have_nothing_and_broken_ones_are_errors_without_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent.json");
    let credentials = Credentials::from_files(std::slice::from_ref(&absent)).unwrap();
    assert!(
        credentials
            .find("a.example", "x")
            .tried
            .contains("there is no credentials file")
    );
    fs::write(&absent, "\n").unwrap();
    Credentials::from_files(std::slice::from_ref(&absent)).unwrap();
    fs::write(&absent, r#"{"auths": {"a": {"auth": hunter2}}}"#).unwrap();
    let error = Credentials::from_files(&[absent]).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("line 1 column") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn a_helper_that_is_not_installed_is_told_but_stops_nothing() {
    let text = format!(
        r#"{{"credsStore": "no-such-helper", "auths": {{"a.example": {}, "b.example": {{}}}}}}"#,
        auth("me:secret"),
    );
    let (_directory, credentials) = files(&[&text]);
    assert!(credentials.find("a.example", "x").secret == password("me", "secret"));
    let found = credentials.find("b.example", "x");
    assert!(
        found
            .tried
            .contains("docker-credential-no-such-helper is not installed"),
        "{}",
        found.tried
    );
}

#[test]
fn a_helper_is_no_path() {
    let (_directory, credentials) = files(&[r#"{"credHelpers": {"a.example": "../../bin/sh"}}"#]);
    assert!(
        credentials
            .find("a.example", "x")
            .tried
            .contains("cannot be the name")
    );
}

#[test]
fn secrets_are_not_in_debug_output() {
    let text = format!(r#"{{"auths": {{"a.example": {}}}}}"#, auth("me:hunter2"));
    let (_directory, credentials) = files(&[&text]);
    assert!(!format!("{credentials:?}").contains(&STANDARD.encode("me:hunter2")));
}

proptest! {
    #[test]
    fn no_file_makes_the_search_panic(key in ".{0,20}", auth in "[a-zA-Z0-9+/=]{0,20}", registry in ".{0,10}", repository in ".{0,10}") {
        let text = serde_json::json!({"auths": {(key): {"auth": auth}}}).to_string();
        let _ = files(&[&text]).1.find(&registry, &repository);
    }
}
