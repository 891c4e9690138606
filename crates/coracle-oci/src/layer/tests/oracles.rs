//! Layers judged by the system's own tar and gzip: what they list is what was put in.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Store;
use crate::layer::{Compression, Content, Entry, EntryKind, write_layer, write_tar};

fn entries() -> Vec<Entry> {
    let long = format!("usr/share/{}/{}", "d".repeat(120), "n".repeat(110));
    let mut big = Vec::new();
    for number in 0..600_000u32 {
        writeln!(big, "{number}").unwrap();
    }
    vec![
        Entry {
            uid: 65532,
            gid: 65532,
            mode: 0o700,
            ..Entry::directory("home/nonroot", 1_700_000_000)
        },
        Entry {
            mode: 0o1777,
            ..Entry::directory("tmp", 0)
        },
        Entry::symlink("bin", "usr/bin", 3),
        Entry {
            mode: 0o4755,
            ..Entry::file("usr/bin/server", Content::bytes(big), 0, 1_700_000_000)
        },
        Entry {
            kind: EntryKind::HardLink("usr/bin/server".to_owned()),
            ..Entry::file("etc/alias", Content::bytes(*b""), 0o4755, 1_700_000_000)
        },
        Entry::file(&long, Content::bytes(*b"long"), 0o644, 0),
        Entry::file(
            "srv/F\u{151}tan\u{fa}.crt",
            Content::bytes(*b"x"),
            0o644,
            -86_400,
        ),
        Entry {
            uid: 3_000_000,
            ..Entry::file("srv/odd", Content::bytes(*b"odd"), 0o600, 9_000_000_000)
        },
    ]
}

#[expect(
    clippy::disallowed_methods,
    reason = "the oracle is another program, and this is a test"
)]
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .stderr(Stdio::piped())
        .output()
        .unwrap_or_else(|error| panic!("{program} does not start ({error}): install it"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    assert_eq!(errors, "", "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn tar_lists_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.tar");
    let mut bytes = Vec::new();
    write_tar(&entries(), 0, &mut bytes).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let listing = run(
        "tar",
        &[
            "--numeric-owner",
            "--full-time",
            "--quoting-style=literal",
            "-tvf",
            text(&path),
        ],
    );
    let lines: Vec<String> = listing
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let epoch = "1970-01-01 00:00:00";
    let late = "2023-11-14 22:13:20";
    let long = entries()[5].path.clone();
    let parent = long.rsplit_once('/').unwrap().0;
    assert_eq!(
        lines,
        [
            "lrwxrwxrwx 0/0 0 1970-01-01 00:00:03 bin -> usr/bin".to_owned(),
            format!("drwxr-xr-x 0/0 0 {epoch} etc/"),
            format!("drwxr-xr-x 0/0 0 {epoch} home/"),
            format!("drwx------ 65532/65532 0 {late} home/nonroot/"),
            format!("drwxr-xr-x 0/0 0 {epoch} srv/"),
            "-rw-r--r-- 0/0 1 1969-12-31 00:00:00 srv/F\u{151}tan\u{fa}.crt".to_owned(),
            "-rw------- 3000000/0 3 2255-03-14 16:00:00 srv/odd".to_owned(),
            format!("drwxrwxrwt 0/0 0 {epoch} tmp/"),
            format!("drwxr-xr-x 0/0 0 {epoch} usr/"),
            format!("drwxr-xr-x 0/0 0 {epoch} usr/bin/"),
            format!("-rwsr-xr-x 0/0 4088890 {late} usr/bin/server"),
            format!("drwxr-xr-x 0/0 0 {epoch} usr/share/"),
            format!("drwxr-xr-x 0/0 0 {epoch} {parent}/"),
            format!("-rw-r--r-- 0/0 4 {epoch} {long}"),
            format!("hrwsr-xr-x 0/0 0 {late} etc/alias link to usr/bin/server"),
        ]
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn gzip_gives_back_the_tar() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    for threads in [1, 3] {
        let compression = Compression::Gzip { level: 6 };
        let layer = write_layer(&entries(), 0, compression, threads, &store).unwrap();
        let zipped = folder.path().join("layer.tar.gz");
        std::fs::copy(store.path(&layer.descriptor.digest), &zipped).unwrap();
        run("gzip", &["-t", text(&zipped)]);
        let sum = run(
            "sh",
            &["-c", &format!("gzip -dc {} | sha256sum", text(&zipped))],
        );
        assert_eq!(sum.split(' ').next().unwrap(), layer.diff_id.hex());
        let size = run(
            "sh",
            &["-c", &format!("gzip -l {} | tail -n 1", text(&zipped))],
        );
        let told: u64 = size.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(told, layer.uncompressed_size);
        run("tar", &["-tzf", text(&zipped)]);
    }
}
