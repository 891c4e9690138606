//! What `coracle check` says beyond the proof, and whether it is so: a driver that is a stub fails when it is used, and
//! without the packages that are not needed the program does the same.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{tool, try_tool};
use serde_json::{Value, json};

use crate::support::{Place, repository};

const DRIVER: &str = "github.com/mattn/go-sqlite3@v1.14.22";
const OPENS: &str = "package main

import (
\t\"database/sql\"
\t\"fmt\"
\t\"os\"

\t_ \"github.com/mattn/go-sqlite3\"
)

func main() {
\tdatabase, _ := sql.Open(\"sqlite3\", \":memory:\")
\tif err := database.Ping(); err != nil {
\t\tfmt.Println(err)
\t\tos.Exit(1)
\t}
}
";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_driver_that_is_a_stub_without_cgo_is_found_and_fails_when_it_is_used() {
    let place = Place::new();
    let folder = place.path().join("work");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("go.mod"),
        "module example.com/opens\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(folder.join("main.go"), OPENS).unwrap();
    for arguments in [
        &["get", DRIVER][..],
        &["build", "-trimpath", "-ldflags=-s -w", "-o", "opens", "."],
    ] {
        let go = place.coracle_through("go").directory(&folder);
        let go = go.env("CGO_ENABLED", "0").args(arguments.iter().copied());
        go.succeed().unwrap();
    }
    let prebuilt = format!("opens={}", folder.join("opens").display());
    let built = place.build(&folder, &["--prebuilt", &prebuilt]);
    assert_eq!(built.code, 0, "{}", built.stderr);

    let layout = format!("oci:{}", place.path().join("layout").display());
    let checked = place.coracle().args(["check", &layout]).run().unwrap();
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    let said = &checked.stdout;
    assert!(said.contains("starts, and dies later"), "{said}");
    let finding = "/app/opens [cgo-stub]: it starts, and was built with CGO_ENABLED=0, \
        without which github.com/mattn/go-sqlite3 is only a stub";
    assert!(said.contains(finding), "{said}");
    let (code, printed) = place.run("opens");
    assert_eq!(code, 1);
    assert!(printed.contains("requires cgo to work"), "{printed}");
}

/// Ends well only where the library finds its database, which no ELF file names, and knows itself by it.
const ASKS: &str = "#include <string.h>
extern void *magic_open(int);
extern int magic_load(void *, const char *);
extern const char *magic_file(void *, const char *);
int main(void) {
  void *magic = magic_open(0);
  if (magic_load(magic, 0)) return 1;
  const char *what = magic_file(magic, \"/app/asks\");
  return what && strstr(what, \"ELF\") ? 0 : 1;
}
";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn without_the_packages_that_are_not_needed_a_program_does_the_same() {
    let place = Place::new();
    let root = root(&place);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let source = place.path().join("asks.c");
    fs::write(&source, ASKS).unwrap();
    fs::create_dir(root.join("app")).unwrap();
    let library = tool(
        "find",
        &[&text(&root.join("usr/lib")), "-name", "libmagic.so.1"],
    );
    let library = library.unwrap().stdout.trim().to_owned();
    let program = text(&root.join("app/asks"));
    let link = "-Wl,--allow-shlib-undefined";
    tool("gcc", &["-o", &program, &text(&source), &library, link]).unwrap();

    let archive = archive(&place, &root);
    let target = format!("docker-archive:{}", archive.display());
    let checked = place.coracle().args(["check", "--format", "json", &target]);
    let checked = checked.run().unwrap();
    assert_eq!(checked.code, 0, "{}\n{}", checked.stdout, checked.stderr);
    let said: Value = serde_json::from_str(&checked.stdout).unwrap();
    let parts = said["images"][0]["not_needed"].as_array().unwrap();
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"bash") && names.contains(&"perl-base"),
        "{names:?}"
    );
    assert!(!names.contains(&"libmagic-mgc"), "{names:?}");

    let gone: u64 = names.iter().map(|name| delete(&root, name)).sum();
    assert_eq!(Some(gone), said["images"][0]["not_needed_bytes"].as_u64());
    let start = || {
        try_tool("chroot", &[&text(&root), "/app/asks"])
            .unwrap()
            .code
    };
    assert_eq!(start(), 0);
    // Seen to fail without what is needed.
    assert!(delete(&root, "libmagic-mgc") > 0);
    assert_eq!(start(), 1);
}

/// A root of Debian with a library whose database is in another package.
fn root(place: &Place) -> PathBuf {
    let kept = repository().join("target/test-downloads/bookworm-magic.tar");
    let text = kept.to_str().unwrap();
    if !kept.is_file() {
        let made = format!("{text}.made");
        let arguments = [
            "--variant=minbase",
            "--include=libmagic1",
            "--format=tar",
            "bookworm",
        ];
        tool("mmdebstrap", &[&arguments[..], &[&made]].concat()).unwrap();
        fs::rename(made, &kept).unwrap();
    }
    let root = place.path().join("root");
    fs::create_dir(&root).unwrap();
    let into = root.to_str().unwrap();
    tool("tar", &["-x", "-f", text, "-C", into, "--exclude=./dev/*"]).unwrap();
    root
}

/// An image of one layer that starts the program, as `docker save` writes it.
fn archive(place: &Place, root: &Path) -> PathBuf {
    let folder = place.path().join("saved");
    fs::create_dir(&folder).unwrap();
    let place_of = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let layer = place_of("layer.tar");
    tool(
        "tar",
        &["-c", "-f", &layer, "-C", root.to_str().unwrap(), "."],
    )
    .unwrap();
    let sum = tool("sha256sum", &[&layer]).unwrap().stdout;
    let sum = sum.split_whitespace().next().unwrap();
    let architecture = tool("dpkg", &["--print-architecture"]).unwrap().stdout;
    let config = json!({
        "architecture": architecture.trim(), "os": "linux",
        "config": { "Entrypoint": ["/app/asks"] },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{sum}")] },
    });
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let manifest =
        json!([{ "Config": "config.json", "RepoTags": ["asks:1"], "Layers": ["layer.tar"] }]);
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    let archive = place.path().join("saved.tar");
    let names = ["config.json", "manifest.json", "layer.tar"];
    let (to, from) = (archive.to_str().unwrap(), folder.to_str().unwrap());
    tool("tar", &[&["-c", "-f", to, "-C", from][..], &names].concat()).unwrap();
    archive
}

/// Deletes the files of a package: how many bytes they were.
fn delete(root: &Path, package: &str) -> u64 {
    let architecture = tool("dpkg", &["--print-architecture"]).unwrap().stdout;
    let names = [
        package.to_owned(),
        format!("{package}:{}", architecture.trim()),
    ];
    let lists = names.map(|name| root.join(format!("var/lib/dpkg/info/{name}.list")));
    let list = lists.iter().find_map(|list| fs::read_to_string(list).ok());
    let mut bytes = 0;
    for path in list.unwrap().lines() {
        let path = root.join(path.trim_start_matches('/'));
        if let Ok(data) = fs::symlink_metadata(&path)
            && data.is_file()
        {
            bytes += data.len();
            fs::remove_file(path).unwrap();
        }
    }
    bytes
}
