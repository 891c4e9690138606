//! What go itself says of the same sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coracle_process::Program;
use serde_json::Value;

use super::*;
use crate::tests::{Disk, written};

fn go(folder: &Path, context: &Context) -> coracle_process::Program {
    Program::new("go")
        .directory(folder)
        .env("GOOS", context.os.as_str())
        .env("GOARCH", context.architecture.as_str())
        .env("CGO_ENABLED", if context.cgo { "1" } else { "0" })
        .env("GOFLAGS", "")
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
}

/// Packages as `go list` tells them, a value each.
fn listed(folder: &Path, context: &Context, options: &[&str], pattern: &str) -> Vec<Value> {
    let tags = format!("-tags={}", context.tags.join(","));
    let go = go(folder, context).args(["list", "-e", "-json"]).arg(tags);
    let output = go.args(options.to_vec()).arg(pattern).output().unwrap();
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    values.map(|value| value.unwrap()).collect()
}

fn names(package: &Value, fields: &[&str]) -> BTreeSet<String> {
    let lists = fields.iter().filter_map(|field| package[field].as_array());
    let names = lists
        .flatten()
        .map(|name| name.as_str().unwrap().to_owned());
    names.collect()
}

/// The release of the go that is here.
fn release(folder: &Path) -> u32 {
    let output = Program::new("go")
        .args(["env", "GOVERSION"])
        .directory(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let minor = text.trim().split('.').nth(1).unwrap();
    minor.parse().unwrap()
}

fn contexts(release: u32) -> Vec<Context> {
    let context = |os: &str, architecture: &str, cgo: bool, tags: &[&str]| Context {
        os: os.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        release: Some(release),
        ..Context::linux(architecture, cgo)
    };
    vec![
        context("linux", "amd64", true, &[]),
        context("linux", "amd64", false, &[]),
        context("linux", "arm64", true, &["netgo", "custom"]),
        context("linux", "arm64", false, &["custom"]),
        context("windows", "amd64", false, &[]),
        context("darwin", "arm64", true, &[]),
        context("android", "arm64", true, &["x"]),
    ]
}

/// Compares the files and imports of a package; how many files' answers are not known.
fn compare_package(package: &Package, theirs: &Value) -> usize {
    let built = |counts: fn(&Answer) -> bool| -> BTreeSet<String> {
        let files = package.files.iter().filter(|file| counts(&file.is_built));
        files.map(|file| file.name.clone()).collect()
    };
    let (certain, possible) = (built(Answer::is_yes), built(|answer| !answer.is_no()));
    let told = names(theirs, &["GoFiles", "CgoFiles"]);
    let path = &theirs["ImportPath"];
    assert!(certain.is_subset(&told), "{path}: {certain:?} {told:?}");
    assert!(told.is_subset(&possible), "{path}: {told:?} {possible:?}");
    if certain != possible {
        let reasons = package
            .files
            .iter()
            .filter_map(|file| file.is_built.because());
        for reason in reasons {
            assert!(reason.contains(" sets "), "{path}: {reason}");
        }
        return possible.len() - certain.len();
    }
    let with_c = package.built().filter(|file| file.source.uses_c());
    let with_c: BTreeSet<String> = with_c.map(|file| file.name.clone()).collect();
    assert_eq!(with_c, names(theirs, &["CgoFiles"]), "{path}");
    let imports = package.built().flat_map(|file| &file.source.imports);
    let imports: BTreeSet<String> = imports.map(|import| import.path.clone()).collect();
    let map = theirs["ImportMap"].as_object();
    let original = |path: String| {
        let pairs = map.into_iter().flatten();
        let found = pairs
            .into_iter()
            .find(|(_, value)| value.as_str() == Some(&path));
        found.map_or(path, |(key, _)| key.clone())
    };
    // go adds what cgo itself imports only in its graph, not in this list.
    let theirs_imports: BTreeSet<String> = names(theirs, &["Imports"])
        .into_iter()
        .map(original)
        .collect();
    assert_eq!(imports, theirs_imports, "{path}");
    let embeds = package.built().flat_map(|file| &file.source.embeds);
    let embeds: BTreeSet<String> = embeds.map(|embed| embed.value.clone()).collect();
    assert_eq!(embeds, names(theirs, &["EmbedPatterns"]), "{path}");
    0
}

/// Every package of go's own library: some hundreds, with every form of constraint that is in use.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_standard_library_is_as_go_says() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let output = Program::new("go")
        .args(["env", "GOROOT"])
        .directory(&here)
        .output()
        .unwrap();
    let root = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("src");
    let disk = Disk(root.clone());
    let (mut packages, mut unknown) = (0, 0);
    for context in contexts(release(&here)) {
        for theirs in listed(&root, &context, &[], "std") {
            let folder = theirs["Dir"]
                .as_str()
                .unwrap()
                .strip_prefix(root.to_str().unwrap())
                .unwrap();
            let package = package::read(&disk, folder.trim_start_matches('/'), &context);
            packages += 1;
            unknown += compare_package(&package, &theirs);
        }
    }
    assert!(
        packages > 1000 && unknown * 4 < packages,
        "{packages} packages, {unknown} files not known"
    );
}

const ZOO: &[(&str, &str)] = &[
    (
        "go.mod",
        "module example.com/zoo\n\ngo 1.22\n\nrequire example.com/local v0.0.0\n\nreplace example.com/local => ./local\n",
    ),
    ("local/go.mod", "module example.com/local\n\ngo 1.21\n"),
    (
        "local/l.go",
        "package local\n\nimport _ \"example.com/local/deep\"\n",
    ),
    ("local/deep/d.go", "package deep\n"),
    (
        "cmd/a/main.go",
        "package main\n\nimport (\n\t_ \"example.com/local\"\n\t_ \"example.com/zoo/c\"\n\t_ \"example.com/zoo/stub\"\n\t_ \"embed\"\n)\n\n//go:embed main.go\nvar s string\n\nfunc main() { _ = s }\n",
    ),
    (
        "cmd/b/main.go",
        "package main\n\nimport _ \"example.com/zoo/tags\"\n\nfunc main() {}\n",
    ),
    ("cmd/c/x_test.go", "package main\n"),
    (
        "cmd/d/main.go",
        "/* x */ // y\n//go:build linux && (amd64 || custom)\npackage main\n\nfunc main() {}\n",
    ),
    ("cmd/doc/doc.go", "package documentation\n"),
    (
        "c/c.go",
        "package c\n\n/*\n#cgo LDFLAGS: -lm\n*/\nimport \"C\"\n",
    ),
    (
        "c/other.go",
        "// +build windows darwin\n\npackage c\n\nimport _ \"example.com/zoo/tags\"\n",
    ),
    (
        "stub/c.go",
        "//go:build cgo\n\npackage stub\n\nimport \"C\"\n",
    ),
    ("stub/stub.go", "//go:build !cgo\n\npackage stub\n"),
    ("tags/a.go", "package tags\n"),
    ("tags/b_linux.go", "package tags\n\nimport _ \"os\"\n"),
    ("tags/c_windows_amd64.go", "package tags\n"),
    ("tags/d.go", "//go:build unix && !android\n\npackage tags\n"),
    (
        "tags/e.go",
        "// +build custom,!windows netgo\n// +build cgo\n\npackage tags\n",
    ),
    ("tags/f.go", "// +build never\npackage tags\n"),
    (
        "tags/g.go",
        "//go:build go1.18 && !go1.99\n\npackage tags\n",
    ),
    ("tags/linux.go", "package tags\n"),
    ("tags/_h.go", "package tags\n"),
    ("tags/i_arm64.s", ""),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn programs_and_graphs_of_a_module_are_as_go_says() {
    let (_folder, disk) = written(ZOO);
    let modules = Modules::read(&disk, "").unwrap();
    for context in contexts(release(&disk.0)) {
        compare_module(&disk, &modules, &context, "example.com/zoo");
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn modules_of_a_workspace_are_as_go_says() {
    let mut texts = ZOO.to_vec();
    texts[0].1 = "module example.com/zoo\n\ngo 1.22\n";
    texts.push(("go.work", "go 1.22\n\nuse .\nuse ./local\n"));
    let (_folder, disk) = written(&texts);
    let modules = Modules::read(&disk, "").unwrap();
    assert_eq!(modules.mains.len(), 2);
    for context in contexts(release(&disk.0)) {
        compare_module(&disk, &modules, &context, "example.com/zoo");
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_examples_are_as_go_says() {
    for folder in ["examples/photos", "fixtures/looks-pure"] {
        let disk = Disk(Disk::repository().0.join(folder));
        let modules = Modules::read(&disk, "").unwrap();
        let path = modules.mains[0].path.clone();
        let release = release(&disk.0);
        for context in contexts(release).iter().take(2) {
            compare_module(&disk, &modules, context, &path);
        }
    }
}

/// Programs, and what of each is of our own modules.
fn compare_module(disk: &Disk, modules: &Modules, context: &Context, module: &str) {
    let ours: BTreeSet<String> = modules
        .programs(disk, context)
        .iter()
        .inspect(|program| assert!(program.is_program.is_yes()))
        .map(|program| program.import_path.clone())
        .collect();
    let all = listed(&disk.0, context, &[], "./...");
    let is_program = |package: &&Value| {
        package["Name"] == "main" && !names(package, &["GoFiles", "CgoFiles"]).is_empty()
    };
    let theirs: BTreeSet<String> = all
        .iter()
        .filter(is_program)
        .map(|package| package["ImportPath"].as_str().unwrap().to_owned())
        .filter(|path| crate::path::below(module, path).is_some())
        .collect();
    let ours: BTreeSet<String> = ours
        .into_iter()
        .filter(|path| crate::path::below(module, path).is_some())
        .collect();
    assert_eq!(ours, theirs, "{context:?}");
    for program in &ours {
        let walk = modules.walk(disk, program, context);
        let deps = listed(&disk.0, context, &["-deps"], program);
        let mut graph = BTreeSet::new();
        let mut uses_c = false;
        for package in deps.iter().filter(|package| package["Standard"] != true) {
            let path = package["ImportPath"].as_str().unwrap();
            graph.insert(path.to_owned());
            if let Some(ours) = walk.packages.get(path).and_then(|it| it.package.as_ref()) {
                assert_eq!(compare_package(ours, package), 0);
                uses_c |= !names(package, &["CgoFiles"]).is_empty();
            }
        }
        let ours: BTreeSet<String> = walk
            .packages
            .values()
            .filter(|imported| imported.origin != Origin::Standard)
            .map(|imported| imported.import_path.clone())
            .collect();
        let is_closed = walk.elsewhere().next().is_none();
        assert!(ours.is_subset(&graph), "{program} {context:?}");
        if is_closed {
            assert_eq!(ours, graph, "{program} {context:?}");
            assert_eq!(walk.uses_c(), uses_c.into(), "{program} {context:?}");
        }
    }
}
