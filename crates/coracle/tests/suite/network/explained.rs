//! The whole way from source to bytes: of a crate that stands for a native library, and of a Go package with cgo.

use std::fs;
use std::path::Path;

use coracle_testkit::command::Ended;
use serde_json::Value;

use crate::support::{Place, Shared, digest};

fn why(place: &Place, folder: &Path, arguments: &[&str]) -> String {
    let first = ["-C", folder.to_str().unwrap(), "--quiet", "why"];
    let command = place.coracle().args([&first[..], arguments].concat());
    command.succeed().unwrap().stdout
}

fn built(place: &Place, folder: &Path, service: &str) -> String {
    let ended: Ended = place.build(folder, &[service]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    digest(&ended)
}

fn json(place: &Place, folder: &Path, arguments: &[&str]) -> Value {
    let text = why(place, folder, &[&["--format", "json"], arguments].concat());
    serde_json::from_str(&text).unwrap()
}

/// A text that holds each of these, in this order.
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("no {part} at its place in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_way_goes_from_a_crate_over_its_links_key_and_library_to_package_layer_and_bytes() {
    let place = Place::new();
    let shop = Shared::example("shop");
    let folder = shop.folder.as_path();
    let first = built(&place, folder, "api");
    let text = why(&place, folder, &["api", "libssl.so.3"]);
    let chain = [
        first.as_str(),
        "libssl.so.3",
        "api 0",
        " → native-tls 0.2",
        " → openssl-sys 0.9",
        "(links = \"openssl\")",
        "cargo::rustc-link-lib=ssl",
        "/app/api → libssl.so.3 (NEEDED)",
        "libssl3t64 3",
        "layer ",
        " of ",
    ];
    assert_in_order(&text, &chain);

    let of_crate = json(&place, folder, &["api", "openssl-sys"]);
    let package = &of_crate["services"][0]["packages"][0];
    assert_eq!(package["links"], "openssl");
    let brings = package["brings"].as_array().unwrap();
    let ssl = brings.iter().find(|one| one["soname"] == "libssl.so.3");
    let file = &ssl.unwrap()["file"];
    let owner = file["package"].as_str().unwrap();
    assert!(owner.starts_with("libssl3t64 "), "{owner}");
    assert!(file["bytes"].as_u64().unwrap() > 100_000);

    let all = json(&place, folder, &["api"]);
    let libraries = all["services"][0]["libraries"].as_array().unwrap();
    let origin = |soname: &str| {
        let found = libraries.iter().find(|one| one["soname"] == soname);
        found.unwrap_or_else(|| panic!("no {soname}: {libraries:?}"))["sources"][0].clone()
    };
    assert_eq!(origin("libsqlite3.so.0")["links"], "sqlite3");
    assert_eq!(origin("libc.so.6")["kind"], "c-library");
    for library in libraries {
        let sources = library["sources"].as_array().unwrap();
        assert!(!sources.is_empty(), "{library}");
        assert!(
            sources.iter().all(|one| one["kind"] != "unknown"),
            "{library}"
        );
    }
    check_rebuilt(&place, folder, &first);
}

/// A source that is touched is named, and the program's layer alone is made anew.
fn check_rebuilt(place: &Place, folder: &Path, first: &str) {
    let main = folder.join("api/src/main.rs");
    let source = fs::read_to_string(&main).unwrap();
    fs::write(&main, format!("{source}\n// Touched.\n")).unwrap();
    let same = built(place, folder, "api");
    let told = why(place, folder, &["api", "--rebuilt"]);
    assert!(told.contains("api/src/main.rs"), "{told}");
    assert_eq!(
        same == first,
        told.contains("byte for byte\n") && !told.contains("made anew")
    );
    let unused = "#[used]\nstatic TOUCHED: &str = \"touched by a test\";\n";
    fs::write(&main, format!("{source}\n{unused}")).unwrap();
    let other = built(place, folder, "api");
    assert_ne!(other, same);
    let told = json(place, folder, &["api", "--rebuilt"]);
    fs::write(&main, source).unwrap();
    let build = &told["builds"][0];
    assert_eq!(build["image"], other);
    let compared = &build["compared"];
    let changes = compared["changes"].as_array().unwrap();
    let sources: Vec<&Value> = changes
        .iter()
        .filter(|one| one["kind"] == "source")
        .collect();
    assert_eq!(sources.len(), 1, "{changes:?}");
    assert_eq!(sources[0]["name"], "api/src/main.rs");
    assert!(!compared["same_program"].as_bool().unwrap());
    assert_eq!(
        compared["made_anew"].as_array().unwrap().len(),
        1,
        "{compared}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_way_goes_from_a_go_package_with_cgo_to_the_library_that_it_asks_for() {
    let place = Place::new();
    let folder = place.example("photos");
    built(&place, &folder, "server");
    let text = why(&place, &folder, &["server", "libwebp.so.7"]);
    let chain = [
        "libwebp.so.7",
        "/cmd/server",
        "/internal/webp",
        "#cgo LDFLAGS: -lwebp",
        "/app/server → libwebp.so.7 (NEEDED)",
        "libwebp7 1",
        "layer ",
    ];
    assert_in_order(&text, &chain);
    let of_package = json(&place, &folder, &["server", "webp"]);
    let package = &of_package["services"][0]["packages"][0];
    assert_eq!(package["cgo"], true);
    assert_eq!(package["brings"][0]["soname"], "libwebp.so.7");
    // What libwebp needs in turn comes of whoever asked for libwebp.
    let all = why(&place, &folder, &["server"]);
    assert!(all.contains("libsharpyuv.so.0"), "{all}");
    assert!(all.contains("needed by libwebp.so.7"), "{all}");
    check_settings(&place, &folder);
}

/// What go is told by the environment is named, and not what it says: it may be a secret.
fn check_settings(place: &Place, folder: &Path) {
    let flags = "-tags=touchedbyatest";
    let building = place.building(folder, &["server"]).env("GOFLAGS", flags);
    building.succeed().unwrap();
    let told = json(place, folder, &["server", "--rebuilt"]);
    let changes = &told["builds"][0]["compared"]["changes"];
    let mut named = changes.as_array().unwrap().iter();
    assert!(named.any(|one| one["name"] == "GOFLAGS"), "{told}");
    assert!(!told.to_string().contains("touchedbyatest"), "{told}");
}
