//! Import graphs, with and without cgo.

mod oracle;

use super::*;
use crate::answer::Answer;
use crate::tests::files;

const SHOP: &[(&str, &str)] = &[
    (
        "go.mod",
        "module example.com/shop\n\ngo 1.22\n\nrequire example.com/else v1.0.0\n\nrequire example.com/behind v1.0.0 // indirect\n",
    ),
    (
        "cmd/api/main.go",
        "package main\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/shop/store\"\n)\n",
    ),
    (
        "cmd/pure/main.go",
        "package main\n\nimport \"example.com/shop/plain\"\n",
    ),
    (
        "cmd/far/main.go",
        "package main\n\nimport \"example.com/else/client\"\n",
    ),
    (
        "store/store.go",
        "package store\n\nimport \"example.com/shop/native\"\n",
    ),
    (
        "native/c.go",
        "package native\n\n// #cgo LDFLAGS: -lsqlite3\nimport \"C\"\n",
    ),
    ("stub/c.go", "package stub\n\nimport \"C\"\n"),
    ("stub/none.go", "//go:build !cgo\n\npackage stub\n"),
    ("plain/plain.go", "package plain\n\nimport \"fmt\"\n"),
];

fn walk(program: &str, cgo: bool) -> Walk {
    let files = files(SHOP);
    let modules = Modules::read(&files, "").unwrap();
    let program = format!("example.com/shop/{program}");
    modules.walk(&files, &program, &Context::linux("amd64", cgo))
}

#[test]
fn c_is_found_behind_imports_with_the_chain_and_its_places() {
    let walk = walk("cmd/api", true);
    assert_eq!(walk.uses_c(), Answer::Yes);
    let using: Vec<&str> = walk.using_c().map(|it| it.import_path.as_str()).collect();
    assert_eq!(using, ["example.com/shop/native"]);
    let chain = walk.chain("example.com/shop/native").unwrap();
    let paths: Vec<&str> = chain.iter().map(|link| link.import_path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "example.com/shop/cmd/api",
            "example.com/shop/store",
            "example.com/shop/native"
        ]
    );
    let place = chain[2].place.as_ref().unwrap();
    assert_eq!(place.file, "store/store.go");
    let text = SHOP.iter().find(|(path, _)| *path == place.file).unwrap().1;
    assert_eq!(&text[place.bytes.clone()], "\"example.com/shop/native\"");
    assert_eq!(walk.chain("example.com/shop/plain"), None);
}

#[test]
fn without_cgo_nothing_uses_it_and_what_is_left_is_told() {
    assert_eq!(walk("cmd/api", false).uses_c(), Answer::No);
    let files = files(SHOP);
    let modules = Modules::read(&files, "").unwrap();
    let context = Context::linux("amd64", false);
    let without = |folder: &str| modules.without_cgo(&files, folder, &context);
    assert_eq!(
        without("native"),
        WithoutCgo::NoGoFiles {
            left_out: vec!["c.go".to_owned()]
        }
    );
    let differs = WithoutCgo::Differs {
        left_out: vec!["c.go".to_owned()],
        instead: vec!["none.go".to_owned()],
    };
    assert_eq!(without("stub"), differs);
    assert_eq!(without("plain"), WithoutCgo::Same);
}

#[test]
fn what_a_module_from_elsewhere_imports_is_not_known() {
    let far = walk("cmd/far", true);
    assert!(
        far.uses_c()
            .because()
            .unwrap()
            .contains("example.com/else/client")
    );
    assert_eq!(far.has_module("example.com/else"), Answer::Yes);
    assert!(far.has_module("example.com/behind").because().is_some());
    assert_eq!(far.has_module("example.com/nobody"), Answer::No);
    let pure = walk("cmd/pure", true);
    assert_eq!(pure.uses_c(), Answer::No);
    assert_eq!(pure.has_module("example.com/behind"), Answer::No);
}

/// What go lists for `cmd/far`.
fn listing() -> Listing {
    let here = |imports: &[&str]| Listed {
        module: Some(("example.com/shop".to_owned(), String::new())),
        imports: imports.iter().map(|path| (*path).to_owned()).collect(),
        ..Listed::default()
    };
    let other = |module: &str, uses_c: bool, imports: &[&str]| Listed {
        module: Some((module.to_owned(), "v1.0.0".to_owned())),
        uses_c,
        ..here(imports)
    };
    let standard = Listed {
        uses_c: true,
        ..Listed::default()
    };
    let packages = [
        (
            "example.com/shop/cmd/far",
            here(&["example.com/else/client"]),
        ),
        (
            "example.com/else/client",
            other("example.com/else", false, &["example.com/behind", "net"]),
        ),
        ("example.com/behind", other("example.com/behind", true, &[])),
        ("net", standard),
        // Nobody imports it: go lists what belongs to cgo so.
        ("runtime/cgo", Listed::default()),
    ];
    let packages = packages.map(|(path, listed)| (path.to_owned(), listed));
    packages.into_iter().collect()
}

#[test]
fn what_go_says_decides_what_a_module_from_elsewhere_imports() {
    let program = "example.com/shop/cmd/far";
    let far = walk("cmd/far", true).decided_by(program, &listing());
    assert_eq!(far.uses_c(), Answer::Yes);
    assert_eq!(far.has_module("example.com/behind"), Answer::Yes);
    let chain = far.chain("example.com/behind").unwrap();
    let links: Vec<(&str, Option<&str>)> = chain
        .iter()
        .map(|link| {
            let place = link.place.as_ref();
            (
                link.import_path.as_str(),
                place.map(|place| place.file.as_str()),
            )
        })
        .collect();
    assert_eq!(
        links,
        [
            (program, None),
            ("example.com/else/client", Some("cmd/far/main.go")),
            ("example.com/behind", None),
        ]
    );
    assert_eq!(far.packages["net"].origin, Origin::Standard);
    assert_eq!(far.packages["net"].uses_c, Answer::No);
    let version = Some("v1.0.0".to_owned());
    let module = Some("example.com/behind".to_owned());
    assert_eq!(
        far.packages["example.com/behind"].origin,
        Origin::Elsewhere { module, version }
    );
}

#[test]
fn what_go_does_not_list_is_not_in_the_program() {
    let mut listing = listing();
    listing.remove("example.com/behind");
    let far = walk("cmd/far", true).decided_by("example.com/shop/cmd/far", &listing);
    assert_eq!(far.uses_c(), Answer::No);
    assert_eq!(far.has_module("example.com/behind"), Answer::No);
    assert_eq!(far.has_module("example.com/else"), Answer::Yes);
    assert_eq!(far.chain("example.com/behind"), None);
}

#[test]
fn a_constraint_that_is_not_known_makes_what_it_imports_uncertain() {
    let mut texts = SHOP.to_vec();
    texts.push((
        "cmd/pure/new.go",
        "//go:build go1.99\n\npackage main\n\nimport \"example.com/shop/native\"\n",
    ));
    let files = files(&texts);
    let modules = Modules::read(&files, "").unwrap();
    let program = "example.com/shop/cmd/pure";
    let walk = modules.walk(&files, program, &Context::linux("amd64", true));
    assert!(walk.uses_c().because().unwrap().contains("1.99"));
    let known = Context {
        release: Some(26),
        ..Context::linux("amd64", true)
    };
    assert_eq!(modules.walk(&files, program, &known).uses_c(), Answer::No);
}

#[test]
fn vendored_modules_are_known() {
    let mut texts = SHOP.to_vec();
    texts.extend([
        ("vendor/modules.txt", "# example.com/else v1.0.0\n## explicit\nexample.com/else/client\n# example.com/behind v1.0.0\n## explicit\nexample.com/behind\n"),
        ("vendor/example.com/else/client/c.go", "package client\n\nimport _ \"example.com/behind\"\n"),
        ("vendor/example.com/behind/b.go", "package behind\n\nimport \"C\"\n"),
    ]);
    let files = files(&texts);
    let modules = Modules::read(&files, "").unwrap();
    let walk = modules.walk(
        &files,
        "example.com/shop/cmd/far",
        &Context::linux("amd64", true),
    );
    assert_eq!(walk.uses_c(), Answer::Yes);
    assert_eq!(walk.has_module("example.com/behind"), Answer::Yes);
}
