//! TLS against openssl's own server, whose authority no public list knows.

use coracle_testkit::tls::TlsServer;
use coracle_transport::{Client, ClientOptions, Error, Method, Request};

/// Which authorities are trusted is read from the environment, which only a new process can be
/// given: this test program, again.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
#[expect(
    clippy::disallowed_methods,
    reason = "the process that it starts is told what to ask"
)]
fn an_authority_is_trusted_when_the_environment_names_it() {
    if let Ok(url) = std::env::var("CORACLE_TEST_URL") {
        return ask_what_is_told(url);
    }
    let folder = tempfile::tempdir().unwrap();
    let server = TlsServer::start(folder.path()).unwrap();
    let url = format!("https://localhost:{}/", server.port);
    let run = |authority: &std::path::Path| {
        let program = coracle_process::Program::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "tls::an_authority_is_trusted_when_the_environment_names_it",
            ])
            .env("SSL_CERT_FILE", authority)
            .env_remove("SSL_CERT_DIR")
            .env("CORACLE_TEST_URL", &url);
        String::from_utf8(program.output().unwrap().stdout).unwrap()
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

fn ask_what_is_told(url: String) {
    let client = Client::new(ClientOptions::default()).unwrap();
    match client.send(Request::new(Method::Get, url)) {
        Ok(response) => println!("answered {}", response.status()),
        Err(error @ Error::Certificate { .. }) => println!("{error}\n{:?}", error.hint()),
        Err(error) => println!("something else: {error:?}"),
    }
}
