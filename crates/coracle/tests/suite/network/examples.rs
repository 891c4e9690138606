//! The examples: built, unpacked, weighed, started with a read-only root as nobody in particular, asked over HTTP.

mod across;
mod ejected;
mod graphs;
mod photos;
mod shop;

use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::{Descriptor, Index, Manifest};
use coracle_testkit::container::{Bundle, Container};
use coracle_testkit::dns::NameServer;
use coracle_testkit::http::{self, free_port};
use coracle_testkit::tls::TlsServer;

use crate::support::{Place, Shared, weight};

const MEGABYTE: u64 = 1_000_000;

/// Where [`build`] writes a service's image.
fn layout(place: &Place, service: &str) -> PathBuf {
    place.path().join(format!("layout-{service}"))
}

fn build(place: &Place, example: &Path, service: &str) -> Bundle {
    let layout = layout(place, service);
    let arguments = [
        "-C",
        example.to_str().unwrap(),
        "build",
        service,
        "-o",
        layout.to_str().unwrap(),
    ];
    let built = place.coracle().args(arguments).succeed().unwrap();
    assert_eq!(
        built.stdout.lines().count(),
        1,
        "stdout holds one reference: {}",
        built.stdout
    );
    Bundle::unpack(
        &layout,
        &format!("{service}:latest"),
        &place.path().join(format!("bundle-{service}")),
    )
    .unwrap()
}

/// The layers of a service's image, as its manifest lists them.
fn layers(place: &Place, service: &str) -> Vec<Descriptor> {
    let layout = layout(place, service);
    let index = Index::from_bytes(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let digest = index.manifests[0].digest.to_string().replace(':', "/");
    let manifest = fs::read(layout.join("blobs").join(digest)).unwrap();
    Manifest::from_bytes(&manifest).unwrap().layers
}

/// The packages in an image, by the records that scanners read.
fn packages(bundle: &Bundle) -> Vec<String> {
    let records = fs::read_dir(bundle.root().join("var/lib/dpkg/status.d")).unwrap();
    let names = records.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".md5sums")).collect();
    names.sort();
    names
}

/// Starts the service on a port and waits until it is healthy.
fn start(bundle: &Bundle) -> (Container, u16) {
    let port = free_port().unwrap();
    bundle.set_env("PORT", &port.to_string()).unwrap();
    let mut container = bundle.start().unwrap();
    assert_eq!(container.wait_for(port, "/health").unwrap().trim(), "ok");
    (container, port)
}

fn ask(port: u16, path: &str) -> String {
    let answer = http::get(port, path).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

/// Who a service runs as and what it may write, as the kernel tells it.
fn check_identity(port: u16) {
    let who = ask(port, "/whoami");
    assert!(who.contains("65532"), "runs as {who}");
    assert!(who.contains("read-only"), "the root is writable: {who}");
}

/// A page over TLS is had from the server whose authority is in the image, and from no other.
fn check_trust(place: &Place, port: u16, trusted: &TlsServer) {
    let fetch = |server: &TlsServer| format!("/fetch?url=https://localhost:{}/", server.port);
    let page = ask(port, &fetch(trusted));
    assert!(page.contains("200"), "a TLS call: {page}");
    let stranger = place.path().join("stranger");
    fs::create_dir(&stranger).unwrap();
    let stranger = TlsServer::start(&stranger).unwrap();
    let refused = http::get(port, &fetch(&stranger)).unwrap();
    assert_eq!(refused.status, 502, "{}", refused.body);
    assert!(refused.body.contains("certificate"), "{}", refused.body);
}

/// The health check's command says that it is well, and elsewhere, where nobody answers, that it is not.
fn check_health_command(container: &Container, program: &str) {
    let well = container.exec(&[program, "health"], &[]).unwrap();
    assert_eq!(well.code, 0, "{}", well.stderr);
    let nobody = free_port().unwrap().to_string();
    let ill = container
        .exec(&[program, "health"], &[("PORT", &nobody)])
        .unwrap();
    assert_eq!(ill.code, 1, "{}{}", ill.stdout, ill.stderr);
    assert!(ill.stderr.contains(&nobody), "{}", ill.stderr);
}

/// Everything that both workers must do, whatever they are written in.
fn check_answers(place: &Place, bundle: &Bundle, server: &TlsServer) {
    let names = NameServer::start().unwrap();
    let resolv = place.path().join("resolv.conf");
    fs::write(&resolv, format!("nameserver {}\n", names.address)).unwrap();
    bundle.mount(&resolv, "/etc/resolv.conf").unwrap();
    let (_container, port) = start(bundle);
    check_identity(port);
    let berlin = ask(port, "/time?zone=Europe/Berlin");
    assert!(
        berlin.contains("+01:00") || berlin.contains("+02:00"),
        "Berlin is not one or two hours ahead: {berlin}"
    );
    assert_eq!(
        http::get(port, "/time?zone=Nowhere/Nothing")
            .unwrap()
            .status,
        404
    );
    assert!(
        ask(port, "/resolve?host=shop.test").contains("127.0.0.1"),
        "a name server is asked"
    );
    assert!(
        ask(port, "/resolve?host=localhost").contains("127.0.0.1"),
        "/etc/hosts is read"
    );
    let page = ask(
        port,
        &format!("/fetch?url=https://localhost:{}/", server.port),
    );
    assert!(page.contains("200"), "a TLS call: {page}");
}

fn configure_certificate(example: &Path, service: &str, server: &TlsServer) {
    let path = example.join("coracle.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::copy(&server.authority, example.join("authority.pem")).unwrap();
    let section = format!("[services.{service}]\n");
    assert!(text.contains(&section));
    let with = text.replace(
        &section,
        &format!("{section}certificates = [\"authority.pem\"]\n"),
    );
    fs::write(path, with).unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_worker_answers_over_http_as_65532_with_a_read_only_root() {
    let place = Place::new();
    let server = TlsServer::start(place.path()).unwrap();
    let bundle = {
        let shop = Shared::example("shop");
        configure_certificate(&shop.folder, "worker", &server);
        build(&place, &shop.folder, "worker")
    };
    assert_eq!(bundle.process().unwrap()["user"]["uid"], 65532);
    assert!(
        bundle
            .root()
            .join("usr/lib/x86_64-linux-gnu/libc.so.6")
            .exists()
            || bundle
                .root()
                .join("usr/lib/aarch64-linux-gnu/libc.so.6")
                .exists()
    );
    let unpacked = weight(&bundle.root());
    assert!(
        unpacked <= 30 * MEGABYTE,
        "shop/worker unpacks to {unpacked} bytes"
    );
    check_answers(&place, &bundle, &server);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_worker_holds_no_glibc_and_answers() {
    let place = Place::new();
    let server = TlsServer::start(place.path()).unwrap();
    let example = place.example("photos");
    configure_certificate(&example, "worker", &server);
    let bundle = build(&place, &example, "worker");
    let unpacked = weight(&bundle.root());
    assert!(
        unpacked <= 12 * MEGABYTE,
        "photos/worker unpacks to {unpacked} bytes"
    );
    let packages = packages(&bundle);
    assert!(
        !packages.iter().any(|name| name.starts_with("libc6")),
        "{packages:?}"
    );
    assert!(!bundle.root().join("usr/lib64").exists() && !bundle.root().join("lib64").exists());
    check_answers(&place, &bundle, &server);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_server_without_its_authority_in_the_image_is_not_trusted() {
    let place = Place::new();
    let server = TlsServer::start(place.path()).unwrap();
    let bundle = build(&place, &Shared::example("shop").folder, "worker");
    let (_container, port) = start(&bundle);
    let answer = http::get(
        port,
        &format!("/fetch?url=https://localhost:{}/", server.port),
    )
    .unwrap();
    assert_eq!(answer.status, 502, "{}", answer.body);
}
