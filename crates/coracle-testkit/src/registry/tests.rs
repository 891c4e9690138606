//! Tests of what the client's tests rely on.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{Effect, Fault, Options, Registry};

/// Says this and returns all that is answered until the end of the connection.
fn say(registry: &Registry, text: &str) -> String {
    let mut stream = TcpStream::connect(registry.host()).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_connection_is_used_again() {
    let registry = Registry::start().unwrap();
    let answer = say(
        &registry,
        "GET /v2/ HTTP/1.1\r\n\r\nHEAD /v2/a/blobs/x HTTP/1.1\r\nConnection: close\r\n\r\n",
    );
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("HTTP/1.1 400 No\r\n"),
        "{answer}"
    );
    assert_eq!(registry.requests().len(), 2);
}

#[test]
fn chunked_bodies_and_go_aheads_are_understood() {
    let registry = Registry::start().unwrap();
    let digest = coracle_oci::Digest::of(b"hello world");
    let head = "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close";
    let text = format!(
        "POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\n{head}\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    );
    let answer = say(&registry, &text);
    assert!(
        answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201"),
        "{answer}"
    );
    assert!(registry.has_blob("a", &digest));
    assert_eq!(registry.uploads(), 1);
}

#[test]
fn a_fault_meets_the_requests_it_was_made_for() {
    let registry = Registry::with(Options::default()).unwrap();
    registry.fail(
        Fault::on("GET", "/v2/", Effect::Status(500))
            .from(2)
            .times(1),
    );
    let status =
        || say(&registry, "GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n")[9..12].to_owned();
    assert_eq!([status(), status(), status()], ["200", "500", "200"]);
    assert_eq!(
        registry
            .requests()
            .iter()
            .map(|asked| asked.status)
            .collect::<Vec<_>>(),
        [200, 500, 200]
    );
}

#[test]
fn a_manifest_is_taken_only_after_what_it_names() {
    let registry = Registry::start().unwrap();
    let digest = coracle_oci::Digest::of(b"{}");
    let body = format!(r#"{{"schemaVersion":2,"config":{{"digest":"{digest}"}},"layers":[]}}"#);
    let put = format!(
        "PUT /v2/a/manifests/v1 HTTP/1.1\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len(),
    );
    assert!(say(&registry, &put).contains("MANIFEST_BLOB_UNKNOWN"));
    say(
        &registry,
        &format!(
            "POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        ),
    );
    assert!(say(&registry, &put).starts_with("HTTP/1.1 201"));
    assert_eq!(
        registry.tag("a", "v1"),
        Some(coracle_oci::Digest::of(body.as_bytes()))
    );
}
