//! What the examples are examples of, told by cargo and go: the workers reach no C library of the system, and the
//! others do.

use crate::support::{Place, Shared};

/// The packages outside Go's standard library with cgo in them, in the import graph of a program.
fn with_cgo(place: &Place, program: &str) -> Vec<String> {
    let template = "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}";
    // Without it a machine that has no C compiler lists none.
    let go = place.coracle_through("go").env("CGO_ENABLED", "1");
    let go = go.directory(&place.path().join("work/photos"));
    let listed = go.args(["list", "-deps", "-f", template, program]);
    let listed = listed.succeed().unwrap().stdout;
    listed.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn only_photos_worker_has_an_import_graph_without_cgo() {
    let place = Place::new();
    place.example("photos");
    assert_eq!(with_cgo(&place, "./cmd/worker"), [""; 0]);
    let webp = ["example.invalid/photos/internal/webp"];
    assert_eq!(with_cgo(&place, "./cmd/server"), webp);
    assert_eq!(with_cgo(&place, "./cmd/scheduler"), webp);
}

/// Those of the system's libraries that packages in a program's graph bind.
fn bound(place: &Place, shop: &Shared, package: &str) -> Vec<&'static str> {
    let cargo = place.coracle_through("cargo").directory(&shop.folder);
    let tree = cargo.args([
        "tree",
        "--locked",
        "--package",
        package,
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
    ]);
    let tree = tree.succeed().unwrap().stdout;
    let is_there = |name: &str| {
        tree.lines()
            .any(|line| line.split(' ').next() == Some(name))
    };
    assert!(is_there(package) && is_there("axum"), "{tree}");
    let bindings = ["libsqlite3-sys", "openssl-sys"];
    bindings.into_iter().filter(|name| is_there(name)).collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn only_shop_s_api_binds_libraries_of_the_system() {
    let place = Place::new();
    let shop = Shared::example("shop");
    assert_eq!(bound(&place, &shop, "worker"), [""; 0]);
    assert_eq!(
        bound(&place, &shop, "api"),
        ["libsqlite3-sys", "openssl-sys"]
    );
}
