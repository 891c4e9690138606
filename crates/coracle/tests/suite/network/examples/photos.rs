//! photos' server and scheduler, which need libwebp by cgo: what they answer and make, and what their images share.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use coracle_oci::{Descriptor, Digest};
use coracle_testkit::container::Bundle;
use coracle_testkit::http;
use coracle_testkit::picture::png;
use coracle_testkit::tls::TlsServer;

use super::{
    MEGABYTE, ask, build, check_health_command, check_identity, check_trust, configure_certificate,
    layers, packages, start,
};
use crate::support::{Place, weight};

/// The annotation that names a layer's packages, `name@version`, separated by commas.
const PACKAGES: &str = "build.coracle.packages";

/// A build of these services from one copy of the example; each trusts the server's authority.
fn built<const N: usize>(
    place: &Place,
    services: [&str; N],
    trusted: Option<&TlsServer>,
) -> [Bundle; N] {
    let example = place.example("photos");
    for service in services {
        if let Some(server) = trusted {
            configure_certificate(&example, service, server);
        }
    }
    services.map(|service| build(place, &example, service))
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_server_makes_webp_thumbnails_and_the_scheduler_those_that_are_missing() {
    let place = Place::new();
    let trusted = TlsServer::start(place.path()).unwrap();
    let [server, scheduler] = built(&place, ["server", "scheduler"], Some(&trusted));
    let unpacked = weight(&server.root());
    assert!(
        unpacked <= 40 * MEGABYTE,
        "photos/server unpacks to {unpacked} bytes"
    );
    let volume = place.path().join("volume");
    for bundle in [&server, &scheduler] {
        bundle.mount_volume(&volume, "/data/photos").unwrap();
    }
    let (container, port) = start(&server);
    check_identity(port);
    check_trust(&place, port, &trusted);
    check_health_command(&container, "/app/server");
    check_photo(port);
    check_scheduler(&scheduler, &volume, port);
}

/// What is posted comes back small and as WebP, which somebody else's decoder measures: the server asks libwebp.
pub(super) fn check_photo(port: u16) {
    let photo = png(640, 480).unwrap();
    let added = http::post(port, "/photos", "image/png", &photo).unwrap();
    assert_eq!(added.status, 201, "{}", added.body);
    let id = added.body.trim();
    let (status, thumbnail) = http::get_bytes(port, &format!("/photos/{id}")).unwrap();
    assert_eq!(status, 200);
    assert_eq!(&thumbnail[..4], b"RIFF");
    assert_eq!(&thumbnail[8..12], b"WEBP");
    assert!(thumbnail.len() < photo.len(), "{} bytes", thumbnail.len());
    assert_eq!(ask(port, &format!("/photos/{id}/size")).trim(), "256x192");
    let text = http::post(port, "/photos", "image/png", b"no picture").unwrap();
    assert_eq!(text.status, 422, "{}", text.body);
    assert_eq!(http::get(port, "/photos/none").unwrap().status, 404);
}

/// A photo that lies in the volume gets its thumbnail, which the server then gives.
pub(super) fn check_scheduler(scheduler: &Bundle, volume: &Path, server: u16) {
    scheduler.set_env("INTERVAL", "1").unwrap();
    let (container, port) = start(scheduler);
    check_identity(port);
    check_health_command(&container, "/app/scheduler");
    let beside = volume.join("left.new");
    fs::write(&beside, png(100, 900).unwrap()).unwrap();
    fs::rename(beside, volume.join("left.png")).unwrap();
    let started = Instant::now();
    while !volume.join("left.webp").exists() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "no thumbnail: {}",
            container.printed()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ask(server, "/photos/left/size").trim(), "28x256");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_server_and_scheduler_share_every_package_layer_and_the_worker_has_no_c_library() {
    let place = Place::new();
    let [server, scheduler, worker] = built(&place, ["server", "scheduler", "worker"], None);
    let needed = packages(&server);
    assert_eq!(needed, packages(&scheduler));
    for wanted in ["libc6", "libwebp7"] {
        assert!(needed.iter().any(|name| name == wanted), "{needed:?}");
    }
    let has_none = packages(&worker);
    assert!(
        !has_none
            .iter()
            .any(|name| name.starts_with("libc6") || name.starts_with("libwebp")),
        "{has_none:?}"
    );

    let [server, scheduler] = ["server", "scheduler"].map(|service| layers(&place, service));
    let shared = package_layers(&server);
    assert_eq!(shared, package_layers(&scheduler));
    let named: usize = shared.iter().map(|(_, packages)| packages.len()).sum();
    assert_eq!(named, needed.len(), "every package is in a layer of these");
    let programs = [server.last().unwrap(), scheduler.last().unwrap()];
    assert_ne!(programs[0].digest, programs[1].digest);
    for program in programs {
        assert!(
            !program.annotations.contains_key(PACKAGES),
            "the program's layer is its own"
        );
    }
}

/// The layers that hold packages, with what they hold.
fn package_layers(layers: &[Descriptor]) -> Vec<(Digest, BTreeSet<String>)> {
    let of = |layer: &Descriptor| {
        let names = layer.annotations.get(PACKAGES)?;
        Some((layer.digest, names.split(',').map(str::to_owned).collect()))
    };
    layers.iter().filter_map(of).collect()
}
