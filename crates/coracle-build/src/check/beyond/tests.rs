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
    assert!(of(&info("0", &["github.com/mattn/go-sqlite3/v2"])).is_some());
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

/// A text as zlib keeps it without packing it.
fn stored(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in text.bytes() {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let mut bytes = vec![0x78, 0x01, 0x01];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend((high << 16 | low).to_be_bytes());
    bytes
}

/// An ELF file that is the list of cargo auditable and the headers that lead to it.
fn with_list(text: &str) -> Vec<u8> {
    let list = stored(text);
    let names = b"\0.dep-v0\0";
    let (list_at, names_at) = (64, 64 + list.len() as u64);
    let table = names_at + names.len() as u64;
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(table.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 64, 0, 2, 0, 1, 0]);
    bytes.extend(&list);
    bytes.extend(names);
    for (kind, offset, size) in [(1_u32, list_at, list.len()), (3, names_at, names.len())] {
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(offset.to_le_bytes());
        bytes.extend((size as u64).to_le_bytes());
        bytes.extend([0; 24]);
    }
    bytes
}

#[test]
fn crates_that_a_program_lists_are_told_once_and_with_its_path() {
    let list = r#"{"packages":[{"name":"worker","version":"0.1.0","source":"local","root":true}]}"#;
    let mut made = Made::default();
    made.with_mode("app/server", &with_list(list), 0o755);
    let mut report = report();
    report.programs.push(program("/app/server"));
    let beyond = Beyond::of(&made.tree(), &report, None);
    let [embedded] = beyond.crates.as_slice() else {
        panic!("{:?}", beyond.crates);
    };
    assert_eq!(embedded.program, "/app/server");
    assert_eq!(embedded.crates[0].name, "worker");
    assert!(beyond.findings.is_empty());
}
