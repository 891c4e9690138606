//! What is told beyond the proof: of made-up build information, and of trees in which things are missing.

use coracle_binary::start::Libc;

use super::super::made::Made;
use super::*;

fn program(path: &str) -> ProgramReport {
    ProgramReport {
        path: path.to_owned(),
        chain: vec!["ENTRYPOINT".to_owned(), path.to_owned()],
        interpreter: None,
        libc: Libc::Static,
        objects: Vec::new(),
        versions_checked: 0,
        symbols_checked: 0,
        glibc_needed: None,
        levels: Vec::new(),
        opened: Vec::new(),
    }
}

fn report() -> Report {
    Report {
        programs: vec![program("/app/server")],
        ..Report::default()
    }
}

fn info(cgo: &str, modules: &[&str]) -> BuildInfo {
    let module = |path: &&str| Module {
        path: (*path).to_owned(),
        version: "v1.14.22".to_owned(),
        sum: String::new(),
        replace: None,
    };
    BuildInfo {
        deps: modules.iter().map(module).collect(),
        settings: [("CGO_ENABLED".to_owned(), cgo.to_owned())].into(),
        ..BuildInfo::default()
    }
}

#[test]
fn a_driver_that_needs_cgo_is_a_stub_without_it() {
    let found = stub(
        &program("/app/server"),
        &info("0", &["github.com/lib/pq", "github.com/mattn/go-sqlite3"]),
    );
    let finding = found.unwrap();
    assert_eq!(finding.code.as_str(), "cgo-stub");
    assert_eq!(finding.verdict, Verdict::DiesLater);
    assert_eq!(
        finding.explanation,
        "it starts, and was built with CGO_ENABLED=0, without which github.com/mattn/go-sqlite3 is only a stub: \
         opening a database fails: go-sqlite3 requires cgo to work"
    );
    assert_eq!(
        finding.chain,
        [
            "ENTRYPOINT",
            "/app/server",
            "github.com/mattn/go-sqlite3 v1.14.22"
        ]
    );
}

#[test]
fn a_driver_is_no_stub_with_cgo_or_where_another_stands_in_for_it() {
    let of = |info: &BuildInfo| stub(&program("/app/server"), info);
    let sqlite = ["github.com/mattn/go-sqlite3"];
    assert_eq!(of(&info("1", &sqlite)), None);
    assert_eq!(
        of(&info(
            "0",
            &["github.com/mattn/go-sqlite3-tools", "modernc.org/sqlite"]
        )),
        None
    );
    let mut replaced = info("0", &sqlite);
    replaced.deps[0].replace = Some(Box::new(replaced.deps[0].clone()));
    assert_eq!(of(&replaced), None);
    let mut unsaid = info("0", &sqlite);
    unsaid.settings.clear();
    assert_eq!(of(&unsaid), None);
    assert!(of(&info("0", &["github.com/mutecomm/go-sqlcipher/v4"])).is_some());
}

/// A program in which there is nothing but texts.
fn with(texts: &str) -> Made {
    let mut made = Made::default();
    let bytes = [b"\x7fELF", texts.as_bytes()].concat();
    made.with_mode("app/server", &bytes, 0o755);
    made
}

const TLS: &str = "TLS 1.3, server CertificateVerify\0/etc/ssl/certs/ca-certificates.crt";

fn told(made: Made, config: Option<&ImageConfig>) -> Option<String> {
    Beyond::of(&made.tree(), &report(), config).certificates
}

#[test]
fn certificates_are_missed_only_by_what_speaks_tls() {
    let expected = "/app/server speaks TLS and looks for certificates in /etc/ssl/certs/ca-certificates.crt, \
        and there are none: expected ca-certificates, or a bundle that SSL_CERT_FILE names";
    assert_eq!(told(with(TLS), None).as_deref(), Some(expected));
    assert_eq!(told(with("/etc/ssl/certs/ca-certificates.crt"), None), None);
    assert_eq!(told(with("TLS 1.3, server CertificateVerify"), None), None);
}

#[test]
fn certificates_are_there_by_any_of_their_names_if_they_are_not_empty() {
    let mut made = with(TLS);
    made.file("etc/ssl/cert.pem", "-----BEGIN");
    assert_eq!(told(made, None), None);
    let mut made = with(TLS);
    made.folder("etc/ssl/certs", 0o755)
        .file("etc/ssl/cert.pem", "");
    assert!(told(made, None).is_some());
    let config = |variable: &str| {
        let text = format!(
            r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":[]}},"config":{{"Env":["{variable}"]}}}}"#
        );
        ImageConfig::from_bytes(text.as_bytes()).unwrap()
    };
    let own = || {
        let mut made = with(TLS);
        made.file("app/roots.pem", "-----BEGIN");
        made
    };
    assert_eq!(
        told(own(), Some(&config("SSL_CERT_FILE=/app/roots.pem"))),
        None
    );
    assert!(told(own(), Some(&config("SSL_CERT_FILE=/app/other.pem"))).is_some());
}
