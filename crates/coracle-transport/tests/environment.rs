//! What the user's environment says of the network: proxies, and authorities for TLS. The libraries below read it, and only a
//! new process can be given one: this test program, again, which asks what it is told and says what came of it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "what a test cannot do ends it, and the process that it starts is told what to ask and says what came"
)]

use std::path::Path;

use coracle_process::Program;
use coracle_testkit::http::Saying;
use coracle_testkit::tls::TlsServer;
use coracle_transport::{Client, ClientOptions, Error, Method, Request};

/// The variable that tells the process what to ask.
const ASKED: &str = "CORACLE_TEST_URL";

/// More than any answer here is long.
const MOST: u64 = 1 << 20;

/// This program as the one that asks: the same test, which then does nothing else.
fn asking(test: &str, url: &str) -> Program {
    Program::new(std::env::current_exe().unwrap())
        .args(["--include-ignored", "--exact", "--nocapture", test])
        .env(ASKED, url)
}

fn said(program: Program) -> String {
    String::from_utf8(program.output().unwrap().stdout).unwrap()
}

/// Asks where this is the process that is told to, and says what came of it.
fn is_asked() -> bool {
    let Ok(url) = std::env::var(ASKED) else {
        return false;
    };
    let client = Client::new(ClientOptions::default()).unwrap();
    match client.send(Request::new(Method::Get, url).without_retries()) {
        Ok(response) => {
            println!("answered {}", response.status());
            let body = response.bytes(MOST).unwrap();
            println!("body: {}", String::from_utf8_lossy(&body));
        }
        Err(error @ Error::Certificate { .. }) => println!("{error}\n{:?}", error.hint()),
        Err(error) => println!("something else: {error:?}"),
    }
    true
}

#[test]
fn the_users_proxy_variables_are_honoured_except_for_loopback() {
    if is_asked() {
        return;
    }
    let test = "the_users_proxy_variables_are_honoured_except_for_loopback";
    let proxy = Saying::start("by proxy").unwrap();
    let run = |no_proxy: &str, url: &str| {
        said(
            asking(test, url)
                .env("http_proxy", proxy.url())
                .env("HTTP_PROXY", proxy.url())
                .env("NO_PROXY", no_proxy)
                .env("no_proxy", no_proxy),
        )
    };
    assert!(run("", "http://registry.invalid/").contains("body: by proxy"));
    let direct = run("registry.invalid", "http://registry.invalid/");
    assert!(
        direct.contains("UnknownHost") || direct.contains("Connect"),
        "{direct}"
    );
    let server = Saying::start("direct").unwrap();
    assert!(run("", &server.url()).contains("body: direct"));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn an_authority_is_trusted_when_the_environment_names_it() {
    if is_asked() {
        return;
    }
    let test = "an_authority_is_trusted_when_the_environment_names_it";
    let folder = tempfile::tempdir().unwrap();
    let server = TlsServer::start(folder.path()).unwrap();
    let url = format!("https://localhost:{}/", server.port);
    let run = |authority: &Path| {
        said(
            asking(test, &url)
                .env("SSL_CERT_FILE", authority)
                .env_remove("SSL_CERT_DIR"),
        )
    };
    let trusted = run(&server.authority);
    assert!(trusted.contains("answered 200"), "{trusted}");

    let none = folder.path().join("none.pem");
    std::fs::write(&none, "").unwrap();
    let told = run(&none);
    assert!(
        told.contains("was refused") && told.contains("knows no certificate authority"),
        "{told}"
    );

    let another = tempfile::tempdir().unwrap();
    let another = TlsServer::start(another.path()).unwrap();
    let told = run(&another.authority);
    assert!(
        told.contains("was refused") && told.contains("authority of its own"),
        "{told}"
    );
}
