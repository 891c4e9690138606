//! coracle's own image, made by coracle.

use coracle_testkit::container::Bundle;

use crate::support::{Place, Shared, weight};

const BOTH: &str = "linux/amd64,linux/arm64";
const MEGABYTE: u64 = 1_000_000;
/// As `coracle.toml` has its repository.
const IMAGE: &str = "ghcr.io/coracle-build/coracle:latest";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn this_repository_s_own_image_is_proven_and_starts_on_both_platforms_in_a_full_run() {
    let place = Place::new();
    let own = Shared::repository();
    let built = place.build(&own.folder, &["--platform", BOTH]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert_eq!(built.stdout.lines().count(), 1, "{}", built.stdout);
    println!("{}{}", built.stderr, built.stdout);

    let layout = place.path().join("layout");
    let image = format!("oci:{}:{IMAGE}", layout.display());
    let checked = place
        .coracle()
        .args(["check", "--all", &image])
        .run()
        .unwrap();
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);

    let emulator = ("arm64", "/usr/bin/qemu-aarch64-static");
    let folder = |architecture: &str| place.path().join(architecture);
    let other = Bundle::unpack_emulated(&layout, IMAGE, &folder("arm64"), emulator);
    let own = Bundle::unpack(&layout, IMAGE, &folder("amd64"));
    for bundle in [own.unwrap(), other.unwrap()] {
        let started = bundle.start_as(&["/app/coracle", "--version"]);
        let (code, printed) = started.unwrap().end().unwrap();
        assert_eq!(
            (code, printed.trim()),
            (0, concat!("coracle ", env!("CARGO_PKG_VERSION")))
        );
        let unpacked = weight(&bundle.root());
        assert!(unpacked <= 60 * MEGABYTE, "it unpacks to {unpacked} bytes");
    }
}
