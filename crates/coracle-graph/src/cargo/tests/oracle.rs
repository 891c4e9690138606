//! What cargo itself says of the same workspaces.

use std::collections::BTreeSet;
use std::path::Path;

use coracle_process::Program;

use super::*;
use crate::tests::{Disk, written};

fn asked(folder: &Path, arguments: &[&str]) -> String {
    let cargo = Program::new("cargo")
        .args(arguments.to_vec())
        .directory(folder);
    let output = cargo.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Members, programs and defaults, as `cargo metadata` and as we say them.
fn compare_members(folder: &Path, workspace: &Workspace) {
    let text = asked(
        folder,
        &["metadata", "--no-deps", "--format-version=1", "--offline"],
    );
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let root = folder.to_str().unwrap();
    let mut theirs = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let is_default = metadata["workspace_default_members"]
            .as_array()
            .unwrap()
            .contains(&package["id"]);
        let mut told = vec![
            format!("{} {} {is_default}", package["name"], package["version"]),
            format!(
                "edition {} rust {} links {}",
                package["edition"], package["rust_version"], package["links"]
            ),
        ];
        for target in package["targets"].as_array().unwrap() {
            let kind = target["kind"][0].as_str().unwrap();
            let source = target["src_path"].as_str().unwrap();
            let source = source.strip_prefix(root).unwrap().trim_start_matches('/');
            match kind {
                "bin" => told.push(format!(
                    "bin {} {source} {}",
                    target["name"],
                    target
                        .get("required-features")
                        .unwrap_or(&serde_json::json!([]))
                )),
                "lib" | "proc-macro" => told.push(format!("{kind} {source}")),
                "custom-build" => told.push(format!("build {source}")),
                _ => {}
            }
        }
        told.sort();
        theirs.insert(told);
    }
    let members = workspace
        .packages
        .iter()
        .filter(|package| package.is_member);
    let ours: BTreeSet<Vec<String>> = members.map(told).collect();
    assert_eq!(ours, theirs);
}

fn told(package: &Package) -> Vec<String> {
    let table = package.manifest.package.as_ref().unwrap();
    let value = |placed: &Option<crate::Placed<String>>| {
        let value = placed.as_ref().map(|placed| placed.value.clone());
        serde_json::json!(value)
    };
    let version = table
        .version
        .as_ref()
        .map_or("0.0.0", |version| version.value.as_str());
    let edition = table
        .edition
        .as_ref()
        .map_or("2015", |edition| edition.value.as_str());
    let mut told = vec![
        format!("{:?} {version:?} {}", package.name, package.is_default),
        format!(
            "edition {edition:?} rust {} links {}",
            value(&table.rust_version),
            value(&table.links)
        ),
    ];
    for binary in &package.binaries {
        let required = serde_json::json!(binary.required_features);
        told.push(format!(
            "bin {:?} {} {required}",
            binary.name, binary.source
        ));
    }
    if let Some(library) = &package.library {
        let kind = if library.is_macro {
            "proc-macro"
        } else {
            "lib"
        };
        told.push(format!("{kind} {}", library.source));
    }
    told.extend(
        package
            .build_script
            .iter()
            .map(|source| format!("build {source}")),
    );
    told.sort();
    told
}

/// What a program is made of, as `cargo tree` says it.
fn tree(folder: &Path, package: &str, question: &Question) -> BTreeSet<String> {
    let features = question.features.join(",");
    let mut arguments = vec![
        "tree",
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--offline",
        "-p",
        package,
    ];
    arguments.extend(["--format", "{p}", "--target"]);
    arguments.push(question.target.as_deref().unwrap_or("all"));
    arguments.extend(
        question
            .no_default_features
            .then_some("--no-default-features"),
    );
    arguments.extend(question.all_features.then_some("--all-features"));
    if !features.is_empty() {
        arguments.extend(["--features", features.as_str()]);
    }
    let text = asked(folder, &arguments);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let named = lines.map(|line| {
        let mut words = line.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        format!("{name} {}", version.trim_start_matches('v'))
    });
    named.collect()
}

/// Compares; the numbers of packages that are certain, and that are not known.
fn compare_tree(
    folder: &Path,
    workspace: &Workspace,
    package: &Package,
    question: &Question,
) -> (usize, usize) {
    let question = Question {
        packages: vec![package.name.clone()],
        ..question.clone()
    };
    let theirs = tree(folder, &package.name, &question);
    let linked = workspace.linked(package, &question);
    let name = |package: &LinkedPackage| {
        let version = package.version.as_deref().unwrap_or("0.0.0");
        format!("{} {version}", package.name)
    };
    let certain = linked
        .packages
        .iter()
        .filter(|package| package.is_linked.is_yes());
    let certain: BTreeSet<String> = certain.map(name).collect();
    let possible: BTreeSet<String> = linked.packages.iter().map(name).collect();
    // A package from elsewhere may be a procedural macro, which the lock does not tell.
    let wrong: Vec<&String> = certain
        .difference(&theirs)
        .filter(|name| {
            linked.packages.iter().any(|package| {
                package.folder.is_some() && name.split(' ').next() == Some(&package.name)
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}: not in the program: {wrong:?}\n{question:?}",
        package.name
    );
    let missed: Vec<&String> = theirs.difference(&possible).collect();
    assert!(
        missed.is_empty(),
        "{}: missed: {missed:?}\n{question:?}",
        package.name
    );
    (certain.len(), possible.len() - certain.len())
}

fn questions() -> Vec<Question> {
    let linux = on_linux();
    let with = |features: &[&str]| Question {
        features: features.iter().map(|name| (*name).to_owned()).collect(),
        ..linux.clone()
    };
    vec![
        linux.clone(),
        Question {
            no_default_features: true,
            ..linux.clone()
        },
        Question {
            all_features: true,
            ..linux.clone()
        },
        with(&["extra"]),
        Question {
            no_default_features: true,
            ..with(&["extra"])
        },
        Question {
            target: Some("x86_64-pc-windows-gnu".to_owned()),
            ..linux
        },
    ]
}

const A: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n";
const LIBRARY: &str = "pub fn f() {}\n";
const MAIN: &str = "fn main() {}\n";

/// Workspaces without anything from elsewhere: everything must be known, and be as cargo says it.
fn fixtures() -> Vec<Vec<(&'static str, &'static str)>> {
    let package = |name: &'static str| -> &'static str {
        match name {
            "b" => {
                "[package]\nname = 'b'\nversion = '0.1.0'\nedition = '2021'\n[dependencies]\nd = { path = '../d', optional = true }\n[features]\ndefault = ['x']\nx = []\ny = ['d']\n"
            }
            "c" => {
                "[package]\nname = 'c'\nversion = '0.1.0'\nedition = '2021'\n[dependencies]\nd = { path = '../d' }\n[features]\nz = []\n"
            }
            "m" => {
                "[package]\nname = 'm'\nversion = '0.1.0'\nedition = '2021'\n[lib]\nproc-macro = true\n[dependencies]\nb = { path = '../b', features = ['y'] }\n"
            }
            _ => "[package]\nname = 'd'\nversion = '0.1.0'\nedition = '2018'\n",
        }
    };
    let base = |a: &'static str| {
        vec![
            (
                "Cargo.toml",
                "[workspace]\nmembers = ['a', 'm']\nexclude = ['c']\nresolver = '2'\n",
            ),
            ("a/Cargo.toml", a),
            ("a/src/main.rs", MAIN),
            ("b/Cargo.toml", package("b")),
            ("b/src/lib.rs", LIBRARY),
            ("c/Cargo.toml", package("c")),
            ("c/src/lib.rs", LIBRARY),
            ("d/Cargo.toml", package("d")),
            ("d/src/lib.rs", LIBRARY),
            ("m/Cargo.toml", package("m")),
            ("m/src/lib.rs", ""),
        ]
    };
    let with = |a: &'static str, root: &'static str| {
        let mut files = base(a);
        files[0].1 = root;
        files
    };
    const EXTRA: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n[dependencies]\nb = { path = '../b', default-features = false, optional = true }\nc = { path = '../c', optional = true }\n[features]\ndefault = []\nextra = ['b/y', 'c?/z']\n";
    const WEAK: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n[dependencies]\nb = { path = '../b', optional = true }\n[features]\ndefault = ['b?/y']\nextra = ['dep:b']\n";
    const MACRO: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n[dependencies]\nm = { path = '../m' }\nb = { path = '../b' }\n[features]\nextra = []\n";
    const TARGET: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n[target.'cfg(windows)'.dependencies]\nc = { path = '../c' }\n[target.'cfg(unix)'.dependencies]\nb = { path = '../b' }\n[build-dependencies]\nd = { path = '../d' }\n[features]\nextra = ['b/y']\n";
    const BUILD: &str = "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n[dependencies]\nb = { path = '../b' }\n[build-dependencies]\nb = { path = '../b', features = ['y'] }\n[features]\nextra = []\n";
    const RENAME: &str = "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true\n[dependencies]\nother = { workspace = true, features = ['y'] }\n[features]\nextra = ['other/x']\n";
    vec![
        base(EXTRA),
        base(WEAK),
        base(MACRO),
        with(MACRO, "[workspace]\nmembers = ['a', 'm']\nresolver = '1'\n"),
        base(TARGET),
        base(BUILD),
        with(BUILD, "[workspace]\nmembers = ['*']\nresolver = '1'\n"),
        with(
            RENAME,
            "[workspace]\nmembers = ['a', 'm']\ndefault-members = ['m']\nresolver = '3'\n[workspace.package]\nversion = '4.5.6'\nedition = '2024'\n[workspace.dependencies]\nother = { path = 'b', package = 'b', default-features = false }\n",
        ),
    ]
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn workspaces_of_our_own_packages_are_as_cargo_says() {
    for fixture in fixtures() {
        let (_folder, disk) = written(&fixture);
        asked(&disk.0, &["generate-lockfile", "--offline"]);
        let workspace = Workspace::read(&disk, "").unwrap();
        assert_eq!(workspace.problems, []);
        compare_members(&disk.0, &workspace);
        for question in questions() {
            let package = workspace.member("a").unwrap();
            let (certain, unknown) = compare_tree(&disk.0, &workspace, package, &question);
            assert!(certain > 0 && unknown == 0, "{fixture:?} {question:?}");
        }
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn programs_are_found_where_cargo_finds_them() {
    let bins = "[[bin]]\nname = 'named'\npath = 'src/other.rs'\nrequired-features = ['f']\n[[bin]]\nname = 'two'\n[features]\nf = []\n";
    let old = A.replace("2021", "2015");
    let manifests = [
        A.to_owned(),
        format!("{A}{bins}"),
        format!("{A}autobins = false\n{bins}"),
        format!("{old}{bins}"),
        format!("{old}autobins = true\n{bins}"),
        format!("{A}build = 'src/one.rs'\nlinks = 'one'\nrust-version = '1.70'\n"),
        format!("{A}build = false\n[lib]\nname = 'x'\npath = 'src/other.rs'\n"),
        format!(
            "{A}[workspace]\nmembers = ['in*', 'deep/**/z', 'd?ep/[y]/z']\nexclude = ['inner/not']\n"
        ),
    ];
    for manifest in manifests {
        let (_folder, disk) = written(&[
            ("Cargo.toml", &manifest),
            ("build.rs", MAIN),
            ("src/lib.rs", LIBRARY),
            ("src/main.rs", MAIN),
            ("src/other.rs", MAIN),
            ("src/one.rs", MAIN),
            ("src/bin/one.rs", MAIN),
            ("src/bin/two/main.rs", MAIN),
            ("src/bin/none/lib.rs", MAIN),
            ("src/bin/.hidden.rs", MAIN),
            (
                "inner/Cargo.toml",
                "[package]\nname = 'inner'\n[dependencies]\nx = { path = 'x' }\nnot = { path = 'not' }\n",
            ),
            ("inner/src/main.rs", MAIN),
            (
                "inner/x/Cargo.toml",
                "[package]\nname = 'x'\nedition = '2021'\n",
            ),
            ("inner/x/src/lib.rs", LIBRARY),
            (
                "inner/not/Cargo.toml",
                "[package]\nname = 'not'\nedition = '2021'\n[workspace]\n",
            ),
            ("inner/not/src/lib.rs", LIBRARY),
            (
                "deep/y/z/Cargo.toml",
                "[package]\nname = 'z'\nversion = '0.0.1'\nedition = '2024'\n",
            ),
            ("deep/y/z/src/main.rs", MAIN),
        ]);
        let workspace = Workspace::read(&disk, "").unwrap();
        compare_members(&disk.0, &workspace);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn this_repository_is_as_cargo_says() {
    let disk = Disk::repository();
    let others = [
        "examples/shop",
        "fixtures/mixed",
        "fixtures/already-docker",
        "fixtures/two-of-a-name",
    ];
    for folder in others.into_iter().chain([""]) {
        let inner = Disk(disk.0.join(folder));
        let workspace = Workspace::read(&inner, "").unwrap();
        assert_eq!(workspace.problems, [], "{folder}");
        compare_members(&inner.0.canonicalize().unwrap(), &workspace);
    }
    let workspace = Workspace::read(&disk, "").unwrap();
    let (mut certain, mut unknown) = (0, 0);
    for package in workspace
        .packages
        .iter()
        .filter(|package| package.is_member)
    {
        let (sure, perhaps) = compare_tree(&disk.0, &workspace, package, &on_linux());
        certain += sure;
        unknown += perhaps;
    }
    assert!(
        certain > workspace.packages.len() && unknown > 0,
        "{certain} packages certain, {unknown} not known"
    );
}
