//! Modules, programs and origins.

use super::*;
use crate::tests::files;

#[test]
fn names_of_programs_are_those_of_go_install() {
    assert_eq!(executable_name("example.com/shop/cmd/worker"), "worker");
    assert_eq!(executable_name("example.com/shop/v2"), "shop");
    assert_eq!(executable_name("example.com/shop/v1"), "v1");
    assert_eq!(executable_name("v2"), "v2");
}

#[test]
fn programs_are_found_where_go_looks() {
    let main = "package main\nfunc main() {}\n";
    let files = files(&[
        (
            "go.mod",
            "module example.com/shop\n\ngo 1.25\n\nignore ./web\n",
        ),
        ("main.go", main),
        ("cmd/worker/main.go", main),
        ("cmd/lib/lib.go", "package lib\n"),
        ("cmd/off/main.go", "//go:build ignore\n\npackage main\n"),
        ("cmd/perhaps/main.go", "//go:build go1.99\n\npackage main\n"),
        ("testdata/x/main.go", main),
        ("_x/main.go", main),
        ("web/y/main.go", main),
        ("inner/go.mod", "module example.com/inner\n"),
        ("inner/main.go", main),
    ]);
    let modules = Modules::read(&files, "").unwrap();
    let programs = modules.programs(&files, &Context::linux("amd64", true));
    let told: Vec<(&str, bool)> = programs
        .iter()
        .map(|program| (program.import_path.as_str(), program.is_program.is_yes()))
        .collect();
    let expected = [
        ("example.com/shop", true),
        ("example.com/shop/cmd/perhaps", false),
        ("example.com/shop/cmd/worker", true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_import_leads_to_the_module_with_the_longest_path() {
    let files = files(&[
        ("go.work", "go 1.22\nuse (\n\t./a\n\t./b\n)\n"),
        (
            "a/go.mod",
            "module example.com/a\ngo 1.22\nrequire example.com/x v1.0.0\nrequire example.com/x/y v1.1.0\nreplace example.com/z => ../z\n",
        ),
        ("b/go.mod", "module example.com/a/b\n"),
        ("b/b.go", "package b\n"),
        ("z/go.mod", "module other\n"),
        ("z/q/q.go", "package q\n"),
    ]);
    let modules = Modules::read(&files, "").unwrap();
    let origin = |import: &str| match modules.origin(&files, import) {
        Origin::Standard => "standard".to_owned(),
        Origin::Here { folder, .. } => folder,
        Origin::Elsewhere { module, .. } => module.unwrap_or_else(|| "nobody".to_owned()),
        Origin::Vendored { folder, .. } => folder,
    };
    assert_eq!(origin("example.com/a/b"), "b");
    assert_eq!(origin("example.com/z/q"), "z/q");
    assert_eq!(origin("example.com/x/y/z"), "example.com/x/y");
    assert_eq!(origin("example.com/x/yy"), "example.com/x");
    assert_eq!(origin("example.org/unknown"), "nobody");
    assert_eq!(origin("net/http"), "standard");
}
