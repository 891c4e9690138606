//! The examples for amd64 and arm64 in one build: one index, and images for arm64 that do what those for this machine do,
//! under an emulator, which is this test's tool and not the build's.

use std::path::Path;

use coracle_testkit::command::tool;
use coracle_testkit::container::Bundle;
use coracle_testkit::tls::TlsServer;
use serde_json::{Value, json};

use super::photos::{check_photo, check_scheduler};
use super::shop::check_orders;
use super::{
    MEGABYTE, check_answers, check_health_command, check_identity, check_trust,
    configure_certificate, start,
};
use crate::support::{Place, Shared, weight};

pub(super) const EMULATOR: &str = "/usr/bin/qemu-aarch64-static";
pub(super) const PLATFORMS: &str = "linux/amd64,linux/arm64";
/// The glibc of the suite that is built for, after `GLIBC_2.`.
const GLIBC: u32 = 41;

/// Builds services for both platforms, and unpacks each one's image for arm64.
fn built<const N: usize>(place: &Place, example: &Path, services: [&str; N]) -> [Bundle; N] {
    let layout = place.path().join("layout");
    let (example, output) = (example.to_str().unwrap(), layout.to_str().unwrap());
    let first = ["-C", example, "build"];
    let more = ["--distro", "trixie", "--platform", PLATFORMS, "-o", output];
    let arguments = [&first[..], &services, &more].concat();
    let built = place.coracle().args(arguments).succeed().unwrap();
    assert_eq!(built.stdout.lines().count(), N, "{}", built.stdout);
    services.map(|service| {
        let image = format!("{service}:latest");
        let of_layout = format!("oci:{}:{image}", layout.display());
        let index = tool("skopeo", &["inspect", "--raw", &of_layout]).unwrap();
        let index: Value = serde_json::from_str(&index.stdout).unwrap();
        let platforms = index["manifests"].as_array().unwrap().iter();
        let platforms: Vec<&Value> = platforms.map(|entry| &entry["platform"]).collect();
        let of = |architecture| json!({"architecture": architecture, "os": "linux"});
        assert_eq!(platforms, [&of("amd64"), &of("arm64")], "{index}");
        let folder = place.path().join(format!("bundle-{service}"));
        Bundle::unpack_emulated(&layout, &image, &folder, ("arm64", EMULATOR)).unwrap()
    })
}

/// The program of an image is of the other machine, and asks for no glibc that the suite has not.
fn check_program(bundle: &Bundle, service: &str) {
    let program = bundle.root().join("app").join(service);
    let said = tool("readelf", &["-h", "-V", program.to_str().unwrap()]).unwrap();
    assert!(said.stdout.contains("AArch64"), "{}", said.stdout);
    let minor = |rest: &str| {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next();
        digits.unwrap().parse::<u32>().unwrap()
    };
    let newest = said.stdout.split("GLIBC_2.").skip(1).map(minor).max();
    assert!(newest.is_none_or(|newest| newest <= GLIBC), "{newest:?}");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_for_arm64_keeps_orders_trusts_and_answers_as_here() {
    let place = Place::new();
    let server = TlsServer::start(place.path()).unwrap();
    let [api, worker] = {
        let shop = Shared::example("shop");
        for service in ["api", "worker"] {
            configure_certificate(&shop.folder, service, &server);
        }
        built(&place, &shop.folder, ["api", "worker"])
    };
    check_program(&api, "api");
    check_program(&worker, "worker");
    let unpacked = weight(&api.root());
    assert!(
        unpacked <= 28 * MEGABYTE,
        "shop/api unpacks to {unpacked} bytes"
    );
    let volume = place.path().join("volume");
    api.mount_volume(&volume, "/data/shop").unwrap();
    let (container, port) = start(&api);
    check_identity(port);
    check_trust(&place, port, &server);
    check_health_command(&container, "/app/api");
    check_orders(port);
    drop(container);
    check_answers(&place, &worker, &server);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_for_arm64_makes_thumbnails_as_here() {
    let place = Place::new();
    let trusted = TlsServer::start(place.path()).unwrap();
    let example = place.example("photos");
    configure_certificate(&example, "server", &trusted);
    let [server, scheduler] = built(&place, &example, ["server", "scheduler"]);
    check_program(&server, "server");
    let volume = place.path().join("volume");
    for bundle in [&server, &scheduler] {
        bundle.mount_volume(&volume, "/data/photos").unwrap();
    }
    let (_container, port) = start(&server);
    check_identity(port);
    check_trust(&place, port, &trusted);
    check_photo(port);
    check_scheduler(&scheduler, &volume, port);
}
