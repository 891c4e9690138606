//! Tests of what dependencies declare, over made-up answers of cargo.

use serde_json::{Value, json};

use super::*;

fn package(name: &str, links: Option<&str>, kind: &str) -> Value {
    json!({
        "name": name, "version": "1.0.0", "id": name, "dependencies": [], "features": {}, "links": links,
        "manifest_path": "/p/Cargo.toml", "targets": [{ "name": name, "kind": [kind], "src_path": "/p/lib.rs" }],
    })
}

fn node(id: &str, dependencies: &[(&str, Value)]) -> Value {
    let dependency = |(id, kind): &(&str, Value)| json!({ "name": id, "pkg": id, "dep_kinds": [{ "kind": kind, "target": null }] });
    let names: Vec<&str> = dependencies.iter().map(|(id, _)| *id).collect();
    let dependencies: Vec<Value> = dependencies.iter().map(dependency).collect();
    json!({ "id": id, "deps": dependencies, "dependencies": names, "features": [] })
}

fn metadata(packages: &[Value], nodes: &[Value]) -> Metadata {
    let text = json!({
        "packages": packages, "workspace_members": ["worker"], "workspace_default_members": ["worker"],
        "workspace_root": "/p", "target_directory": "/p/target", "version": 1,
        "resolve": { "root": null, "nodes": nodes },
    });
    serde_json::from_value(text).unwrap()
}

fn module(name: &str) -> BuildFile {
    BuildFile::PkgConfig(name.to_owned())
}

#[test]
fn only_what_is_linked_into_the_program_and_asks_pkg_config_counts() {
    let (normal, build) = (|| Value::Null, || json!("build"));
    let packages = [
        package("worker", None, "bin"),
        package("tls", None, "lib"),
        package("ring", Some("ring_core"), "lib"),
        package("foo-sys", Some("foo"), "lib"),
        package("derive", None, "proc-macro"),
        package("openssl-sys", Some("openssl"), "lib"),
        package("pkg-config", None, "lib"),
        package("libz-sys", Some("z"), "lib"),
    ];
    let asking = [("pkg-config", build())];
    let nodes = [
        node(
            "worker",
            &[
                ("tls", normal()),
                ("derive", normal()),
                ("libz-sys", build()),
            ],
        ),
        node("tls", &[("ring", normal()), ("foo-sys", normal())]),
        node("derive", &[("openssl-sys", normal())]),
        node("ring", &[]),
        node("foo-sys", &asking),
        node("openssl-sys", &asking),
        node("libz-sys", &asking),
        node("pkg-config", &[]),
    ];
    let metadata = metadata(&packages, &nodes);
    let native = Graph::new(&metadata).native("worker", false);
    let need = NativeNeed {
        by: "foo-sys 1.0.0".to_owned(),
        any_of: vec![module("foo"), module("libfoo")],
    };
    assert_eq!(native.needs, [need]);
    assert_eq!(
        Graph::new(&metadata).native("stranger", false),
        Native::default()
    );
}

fn with_sqlite(features: &[&str], bundled: bool) -> Native {
    let mut sqlite = node(
        "libsqlite3-sys",
        &[("pkg-config", json!("build")), ("bindgen", json!("build"))],
    );
    sqlite["features"] = json!(features);
    let packages = [
        package("worker", None, "bin"),
        package("libsqlite3-sys", Some("sqlite3"), "lib"),
        package("pkg-config", None, "lib"),
        package("bindgen", None, "lib"),
    ];
    let nodes = [
        node("worker", &[("libsqlite3-sys", Value::Null)]),
        sqlite,
        node("pkg-config", &[]),
        node("bindgen", &[]),
    ];
    Graph::new(&metadata(&packages, &nodes)).native("worker", bundled)
}

#[test]
fn a_crate_with_a_copy_of_a_library_is_told_to_take_the_system_s() {
    let native = with_sqlite(&["bundled"], false);
    assert_eq!(native.needs[0].any_of, [module("sqlite3")]);
    let variable = ("LIBSQLITE3_SYS_USE_PKG_CONFIG".to_owned(), "1".to_owned());
    assert_eq!(native.variables, BTreeMap::from([variable]));
    assert_eq!(
        native.needs_libclang.as_deref(),
        Some("libsqlite3-sys 1.0.0")
    );
    assert!(with_sqlite(&[], false).variables.is_empty());
}

#[test]
fn with_bundled_a_crate_keeps_its_copy_and_one_without_a_copy_still_asks() {
    let native = with_sqlite(&["bundled"], true);
    assert_eq!((native.needs.len(), native.variables.len()), (0, 0));
    let copy = ("libsqlite3-sys 1.0.0".to_owned(), "sqlite3".to_owned());
    assert_eq!(native.bundled, [copy]);
    assert_eq!(with_sqlite(&[], true).needs.len(), 1);
}

#[test]
fn declared_system_dependencies_win_over_guesses() {
    let mut package = package("gtk-sys", Some("gtk-3"), "lib");
    package["metadata"] = json!({ "system-deps": {
        "gtk+-3.0": { "version": "3.22" },
        "gdk": { "name": "gdk-3.0", "version": "3.22" },
        "extra": { "version": "1", "optional": true },
    } });
    let package: Package = serde_json::from_value(package).unwrap();
    let mut found = system_dependencies(&package);
    found.sort();
    assert_eq!(found, ["gdk-3.0", "gtk+-3.0"]);
}

#[test]
fn cargo_s_refusals_to_write_the_lock_are_known() {
    assert!(is_locked_refusal(
        "error: cannot create the lock file /w/Cargo.lock because --locked was passed to prevent this"
    ));
    assert!(is_locked_refusal(
        "error: the lock file /w/Cargo.lock needs to be updated but --locked was passed to prevent this"
    ));
    assert!(!is_locked_refusal("error: could not compile `worker`"));
}

#[test]
fn what_a_program_is_made_of_is_told_with_what_links_and_what_only_runs_while_compiling() {
    let (normal, build) = (|| Value::Null, || json!("build"));
    let packages = [
        package("worker", None, "bin"),
        package("tls", None, "lib"),
        package("openssl-sys", Some("openssl"), "lib"),
        package("derive", None, "proc-macro"),
        package("syn", None, "lib"),
        package("pkg-config", None, "lib"),
    ];
    let nodes = [
        node("worker", &[("tls", normal()), ("derive", normal())]),
        node("tls", &[("openssl-sys", normal())]),
        node("openssl-sys", &[("pkg-config", build())]),
        node("derive", &[("syn", normal())]),
        node("syn", &[]),
        node("pkg-config", &[]),
    ];
    let origins = Graph::new(&metadata(&packages, &nodes)).origins("worker");
    assert_eq!(origins.main(), "worker 1.0.0");
    let way = origins.way("openssl-sys 1.0.0").unwrap();
    assert_eq!(
        way.steps,
        ["worker 1.0.0", "tls 1.0.0", "openssl-sys 1.0.0"]
    );
    let openssl = origins.package("openssl-sys 1.0.0").unwrap();
    assert_eq!(openssl.links.as_deref(), Some("openssl"));
    assert_eq!(openssl.asks, [module("openssl")]);
    for name in ["syn 1.0.0", "pkg-config 1.0.0", "derive 1.0.0"] {
        assert!(origins.way(name).unwrap().only_compiling, "{name}");
    }
}
