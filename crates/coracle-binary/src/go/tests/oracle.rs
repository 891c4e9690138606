//! The machine's own Go, asked about programs that it built.
#![expect(
    clippy::disallowed_methods,
    reason = "the oracle is another program, and this crate has no I/O outside tests"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::go::{BuildInfo, Module};

/// The text that `go version -m` prints, from our record. Settings are compared apart: ours are sorted.
fn lines(path: &Path, info: &BuildInfo) -> Vec<String> {
    let mut text = format!("{}: {}\n", path.display(), info.go_version);
    if let Some(path) = &info.path {
        writeln!(text, "\tpath\t{path}").unwrap();
    }
    for (word, module) in info
        .main
        .iter()
        .map(|m| ("mod", m))
        .chain(info.deps.iter().map(|m| ("dep", m)))
    {
        module_line(&mut text, word, module);
        if let Some(replace) = &module.replace {
            module_line(&mut text, "=>", replace);
        }
    }
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn module_line(text: &mut String, word: &str, module: &Module) {
    writeln!(
        text,
        "\t{word}\t{}\t{}\t{}",
        module.path, module.version, module.sum
    )
    .unwrap();
}

fn compare(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let info = BuildInfo::read(&bytes)
        .unwrap()
        .unwrap_or_else(|| panic!("{}: no build info", path.display()));
    let output = Command::new("go")
        .args(["version", "-m"])
        .arg(path)
        .output()
        .expect("go is needed");
    let text = String::from_utf8(output.stdout).unwrap();
    let (settings, modules): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("\tbuild\t"));
    let modules: Vec<&str> = modules.into_iter().map(str::trim_end).collect();
    assert_eq!(lines(path, &info), modules);
    assert_eq!(info.settings.len(), settings.len());
    for line in settings.iter().filter(|line| !line.contains(['"', '`'])) {
        let (name, value) = line
            .trim_start_matches("\tbuild\t")
            .split_once('=')
            .unwrap();
        assert_eq!(
            info.settings.get(name).map(String::as_str),
            Some(value),
            "{}",
            path.display()
        );
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn build_information_equals_what_go_version_prints() {
    let root = Command::new("go")
        .args(["env", "GOROOT"])
        .output()
        .expect("go is needed");
    let root = PathBuf::from(String::from_utf8(root.stdout).unwrap().trim());
    compare(&root.join("bin/go"));
    compare(&root.join("bin/gofmt"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("go.mod"),
        "module example.org/probe\n\ngo 1.20\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("main.go"),
        "package main\n\nfunc main() {}\n",
    )
    .unwrap();
    for (index, (architecture, flags)) in [
        ("amd64", "-s -w"),
        ("arm64", "-X=main.x=a"),
        ("386", "-s"),
        ("s390x", "-w"),
        ("arm", ""),
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("probe{index}"));
        let status = Command::new("go")
            .args([
                "build",
                "-trimpath",
                "-tags",
                "netgo,osusergo",
                "-ldflags",
                flags,
                "-o",
            ])
            .arg(&path)
            .arg(".")
            .current_dir(folder.path())
            .env("GOARCH", architecture)
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=mod")
            .status()
            .unwrap();
        assert!(status.success());
        compare(&path);
    }
}
