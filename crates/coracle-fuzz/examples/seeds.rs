//! Writes the inputs from which each fuzz target begins into FOLDER/TARGET: one honest input or more of each form.
//!
//! `cargo xtask fuzz` runs it. .debs are built by `dpkg-deb`, in each of its compressions.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use coracle_distro::Architecture;
use coracle_fuzz::{LIBRARY, PROGRAM};
use coracle_oci::layer::{Content, Entry, EntryKind, write_tar};
use coracle_oci::media_type;
use coracle_testkit::archive::TestPackage;
use coracle_testkit::command::tool;
use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("expected a folder")?;
    let seeds = Seeds(PathBuf::from(folder));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    binaries(&seeds, &repository)?;
    archives(&seeds)?;
    debs(&seeds)?;
    layers(&seeds)?;
    images(&seeds)?;
    recipes(&seeds, &repository)?;
    graphs(&seeds)?;
    modules(&seeds)
}

struct Seeds(PathBuf);

impl Seeds {
    fn add(&self, target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes).with_context(|| format!("writing {target}/{name}"))
    }
}

fn binaries(seeds: &Seeds, repository: &Path) -> Result<()> {
    for name in ["program", "library", "libc", "loader"] {
        let path = repository
            .join("crates/coracle-fuzz/root")
            .join(format!("{name}.elf"));
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        seeds.add("elf", name, &bytes)?;
        let shape = match name {
            "program" => 0,
            "library" => 1,
            "libc" => 2,
            _ => 3,
        };
        seeds.add("start", name, start(shape, 0, 0, &bytes, b""))?;
    }
    launches(seeds)?;
    seeds.add("loader_cache", "cache", cache())?;
    let old = [&b"ld.so-1.7.0\0\x01\0\0\0"[..], &[0; 16], &cache()].concat();
    seeds.add("loader_cache", "behind-the-old-one", old)?;
    build_information(seeds)
}

/// Launches of the small root without a file of their own.
fn launches(seeds: &Seeds) -> Result<()> {
    seeds.add("start", "nothing", start(6, 0, 0, b"", b""))?;
    seeds.add("start", "cache", start(6, 2, 0, b"", &cache()))?;
    seeds.add(
        "start",
        "preload",
        start(6, 4, 4, b"/app/worker", b"/lib/libfoo.so.1 libfoo.so.1"),
    )?;
    seeds.add(
        "start",
        "path",
        start(6, 16, 8, b"worker\0x", b"/app:$ORIGIN/../${LIB}"),
    )?;
    seeds.add(
        "start",
        "gosu",
        start(
            6,
            8,
            4,
            b"gosu\0app\0/app/worker",
            b"app:x:1:1::/:/bin/sh\n",
        ),
    )?;
    seeds.add(
        "start",
        "shell",
        start(14, 0, 0, b"cd /app && exec env A=1 ./worker \"$@\"\0x", b""),
    )?;
    let script = b"#!/usr/bin/env -S sh -e\nset -e\nexport A=1\nexec /app/worker \"$@\"\n";
    seeds.add("start", "script", start(0, 0, 0, script, b""))?;
    Ok(())
}

fn build_information(seeds: &Seeds) -> Result<()> {
    let lines = "path\texample.org/app\nmod\texample.org/app\t(devel)\t\ndep\tgolang.org/x/sys\tv0.1.0\th1:x=\n\
                 =>\t./sys\t(devel)\t\nbuild\t-tags=netgo,osusergo\nbuild\tCGO_ENABLED=1\nbuild\tGOAMD64=v3\n";
    let mut text = vec![8, 2];
    text.resize(32 - 14, 0);
    for words in [
        b"go1.24.2".to_vec(),
        [&[0; 16], lines.as_bytes(), &[0; 16]].concat(),
    ] {
        text.extend(length(words.len()));
        text.extend(words);
    }
    seeds.add("go_build_info", "inline", &text)?;
    // Before Go 1.18: two addresses of strings.
    let addresses = [
        8_u8, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0,
    ];
    seeds.add("go_build_info", "addresses", addresses)?;
    seeds.add("go_build_info", "program", PROGRAM)
}

/// An input of `coracle_fuzz::start`.
fn start(shape: u8, files: u8, more: u8, first: &[u8], second: &[u8]) -> Vec<u8> {
    let cut = u16::try_from(first.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[shape, files, more][..], &cut, first, second].concat()
}

/// An unsigned number of base 128, the least part first.
fn length(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// One entry: `libfoo.so.1` is `/opt/libfoo.so.1`, for x86-64.
fn cache() -> Vec<u8> {
    const TEXT: u32 = 48 + 24;
    let mut bytes = b"glibc-ld.so.cache1.1".to_vec();
    for number in [1, 29, 2] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.resize(48, 0);
    for number in [0x303, TEXT, TEXT + 12, 0, 0, 0] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.extend(b"libfoo.so.1\0/opt/libfoo.so.1\0");
    bytes
}

fn archives(seeds: &Seeds) -> Result<()> {
    let digest = "0123456789abcdef".repeat(4);
    let stanza = |name: &str, more: &str| {
        format!(
            "Package: {name}\nVersion: 1:2.41-12+deb13u1\nArchitecture: amd64\nFilename: pool/main/g/{name}.deb\nSize: 7\n\
             SHA256: {digest}\n{more}\n"
        )
    };
    let more = "Source: glibc (2.41)\nEssential: yes\nMulti-Arch: same\nPriority: optional\nSection: libs\n\
                Pre-Depends: libgcc-s1:any (>= 3.4) | gcc [amd64 !i386] <!nocheck>\nDepends: libz1 (<< 2~), awk\n\
                Provides: libc6-x (= 2.41), c-lib\nConflicts: a\nBreaks: b (<= 1)\nDescription: a\n b\n .\n c\n";
    seeds.add(
        "packages",
        "two",
        stanza("libc6", more) + &stanza("mawk", "Provides: awk\n"),
    )?;
    seeds.add(
        "packages",
        "twice",
        stanza("aa", "") + &stanza("aa", "").replace("1:2", "1:3"),
    )?;
    let release = format!(
        "Origin: Debian\nLabel: Debian\nSuite: stable\nCodename: trixie\nDate: Thu, 19 Nov 2026 10:00:00 UTC\n\
         Valid-Until: Wed, 25 Nov 2026 10:00:00 UTC\nAcquire-By-Hash: yes\nArchitectures: all amd64\nComponents: main contrib\n\
         SHA256:\n {digest} 1234 main/binary-amd64/Packages.xz\n {digest} 99 main/Contents-amd64.gz\n"
    );
    seeds.add("release", "release", release)?;
    let pin = |name: &str| {
        format!(
            "  {{ name = \"{name}\", version = \"1:2-3\", architecture = \"amd64\", archive = \"main\", size = 7, \
             sha256 = \"{digest}\", path = \"pool/main/x/{name}.deb\" }},\n"
        )
    };
    let lock = format!(
        "# A lock.\nversion = 1\n\n[[section]]\nsuite = \"debian/trixie\"\narchitecture = \"amd64\"\nreleases = [\n  \
         {{ archive = \"security\", date = \"2026-09-12T07:55:41Z\", digest = \"{digest}\" }},\n]\nbuild = [\n{}{}]\nrun = []\n",
        pin("libc6"),
        pin("zlib1g-dev")
    );
    seeds.add("lock", "lock", lock)
}

fn debs(seeds: &Seeds) -> Result<()> {
    let package = TestPackage::new("foo", "1:1.2-3")
        .depends("libc6 (>= 2.36)")
        .file("lib/x86_64-linux-gnu/libfoo.so.1.0", LIBRARY)
        .symlink("lib/x86_64-linux-gnu/libfoo.so.1", "libfoo.so.1.0")
        .symlink("lib64", "usr/lib64")
        .hard_link("usr/share/foo", "lib/x86_64-linux-gnu/libfoo.so.1.0")
        .script("postinst", "#!/bin/sh\nset -e\nldconfig\n")
        .script("md5sums", "d41d8cd98f00b204e9800998ecf8427e  lib/x\n")
        .script("conffiles", "/etc/foo\n");
    seeds.add("deb", "two-xz", package.deb(Architecture::Amd64)?)?;
    let work = tempfile::tempdir()?;
    let root = work.path().join("root");
    fs::create_dir_all(root.join("DEBIAN"))?;
    fs::create_dir_all(root.join("usr/share/doc/foo"))?;
    let control = "Package: foo\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b.invalid>\nDescription: x\n";
    fs::write(root.join("DEBIAN/control"), control)?;
    fs::write(root.join("usr/share/doc/foo/copyright"), "MIT\n")?;
    for compression in ["none", "gzip", "xz", "zstd"] {
        let file = work.path().join(format!("{compression}.deb"));
        let (from, to) = (root.to_string_lossy(), file.to_string_lossy());
        let packing = format!("-Z{compression}");
        tool(
            "dpkg-deb",
            &[
                "--root-owner-group",
                "--uniform-compression",
                &packing,
                "--build",
                &from,
                &to,
            ],
        )?;
        seeds.add("deb", compression, fs::read(&file)?)?;
    }
    Ok(())
}

/// The records of a small image, and an archive of it as `docker save` writes it.
fn images(seeds: &Seeds) -> Result<()> {
    const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/app/api"],"User":"1:1","Env":["A=b"],
        "Healthcheck":{"Test":["CMD","/app/api"]}},"rootfs":{"type":"layers","diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},"history":[{"created_by":"x"}]}"#;
    let descriptor = |media_type: &str| {
        format!(
            r#"{{"mediaType":"{media_type}","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}}"#
        )
    };
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}],"annotations":{{"a":"b"}}}}"#,
        media_type::MANIFEST,
        descriptor(media_type::CONFIG),
        descriptor(media_type::LAYER)
    );
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}}"#,
        media_type::INDEX,
        descriptor(media_type::MANIFEST)
    );
    seeds.add("records", "config", CONFIG)?;
    seeds.add("records", "manifest", manifest)?;
    seeds.add("records", "index", index)?;
    let saved = r#"[{"Config":"config.json","RepoTags":["api:v1"],"Layers":["a/layer.tar"]}]"#;
    let entries = [
        Entry::file("manifest.json", Content::bytes(saved.as_bytes()), 0o644, 0),
        Entry::file("config.json", Content::bytes(CONFIG.as_bytes()), 0o644, 0),
        Entry::file("a/layer.tar", Content::bytes([0; 1024]), 0o644, 0),
        Entry::symlink("b/layer.tar", "../a/layer.tar", 0),
    ];
    let mut archive = Vec::new();
    write_tar(&entries, 0, &mut archive)?;
    seeds.add("archive", "saved", archive)
}

fn layers(seeds: &Seeds) -> Result<()> {
    let link = Entry {
        kind: EntryKind::HardLink("app/worker".to_owned()),
        ..Entry::file("app/again", Content::bytes(*b""), 0o755, 7)
    };
    let owned = Entry {
        uid: 65532,
        gid: u64::MAX >> 8,
        mtime: -5,
        ..Entry::directory("home/nonroot", 7)
    };
    let entries = [
        Entry::file("app/worker", Content::bytes(*b"worker"), 0o4755, 7),
        Entry::symlink("lib", "usr/lib", 7),
        Entry::file(
            &format!("usr/{}\u{151}", "long/".repeat(50)),
            Content::bytes(*b""),
            0o644,
            7,
        ),
        Entry::symlink("far", &"../".repeat(50), 7),
        link,
        owned,
    ];
    let mut layer = Vec::new();
    write_tar(&entries, 7, &mut layer)?;
    seeds.add("tar", "ours", &layer)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&layer)?;
    seeds.add("tar", "ours-gzip", packed.finish()?)?;
    let mut gnu = tar::Builder::new(Vec::new());
    for (kind, path) in [
        (tar::EntryType::Directory, "./etc/"),
        (tar::EntryType::Regular, "./etc/.wh.passwd"),
        (tar::EntryType::Regular, "etc/.wh..wh..opq"),
        (tar::EntryType::Char, "dev/null"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_size(0);
        gnu.append_data(&mut header, path, &b""[..])?;
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    gnu.append_data(&mut header, "long/".repeat(60), &b"abc"[..])?;
    seeds.add("tar", "gnu", gnu.into_inner()?)
}

fn recipes(seeds: &Seeds, repository: &Path) -> Result<()> {
    for (target, path) in [
        ("dockerfile", "fixtures/already-docker/api/Dockerfile"),
        ("dockerfile", "fixtures/already-docker/Dockerfile.worker"),
        ("compose", "fixtures/already-docker/compose.yaml"),
        ("compose", "examples/shop/compose.yaml"),
        ("compose", "examples/photos/compose.yaml"),
        ("yaml", "examples/photos/compose.yaml"),
        ("workflow", ".github/workflows/images.yml"),
        (
            "workflow",
            "crates/coracle-recipe/tests/samples/workflow.yml",
        ),
    ] {
        let bytes = fs::read(repository.join(path)).with_context(|| format!("reading {path}"))?;
        seeds.add(target, &path.replace('/', "-"), bytes)?;
    }
    let dockerfile = "# syntax=docker/dockerfile:1\n# escape=`\nARG VERSION=1\nFROM --platform=$BUILDPLATFORM rust:${VERSION:-1} AS build\n\
        ARG VERSION\nENV A=\"x ${VERSION:+y}\" B='z'\nRUN --mount=type=cache,target=/x <<EOF\ncargo build\nEOF\n\
        FROM scratch\nCOPY --from=build /a /b\nLABEL a=b \"c d\"='e'\nEXPOSE 80 443/tcp 8000-8010/udp $A\nVOLUME [\"/data\"]\n\
        USER 1:1\nWORKDIR /x\nSHELL [\"/bin/ash\", \"-c\"]\nHEALTHCHECK --interval=1m30s --retries=3 CMD curl -f http://x/\n\
        ENTRYPOINT [\"/app\"]\nCMD `\n  serve\n";
    seeds.add("dockerfile", "everything", dockerfile)?;
    seeds.add("document", "everything", dockerfile)?;
    seeds.add(
        "document",
        "mistakes",
        "\u{feff}FROM a b\r\nCOPY <<-A <<'B' /x\r\n\tA\nBOGUS \\\n\n# c\n x\nONBUILD RUN <<A\n",
    )?;
    seeds.add(
        "ignore",
        "everything",
        "# c\n*\n!src/**/*.rs\n**/a\nb/**\n[^a-c]?\\*\n/x/../y/\n!\n\nsrc/a/b.rs\na\nx/a/b\nb/c\ny\nde*\n",
    )?;
    let script = "set -e; A=1 B=\"$V ${X:-d}\" cmd 'q' \\\n  2>&1 >f | x && ! y || (z &) ; if a; then b; elif c; then d; else e; fi\n\
        for x in 1 *; do $(echo `b`); done\ncase $V in a|b) c ;; *) d; esac\nf() { [[ a && b ]]; }\ncat <<-E <<'F'\n\tone\n\tE\ntwo\nF\n";
    seeds.add("shell", "everything", script)?;
    let compose = "x-common: &common\n  environment:\n    A: ${B:-c}\n  labels: [\"a=b\"]\ninclude: [other.yaml]\nservices:\n  api:\n    <<: *common\n    \
        build:\n      context: .\n      dockerfile_inline: |\n        FROM scratch\n      target: api\n      args:\n        - X=1\n      labels: {a: b}\n    \
        image: x:${TAG:?no tag}\n    ports: [\"8080:80/tcp\", {target: 443, published: \"1-2\"}, \"127.0.0.1::53/udp\"]\n    expose: [3000]\n    \
        healthcheck: {test: [CMD, curl], interval: 1m, retries: 3, start_period: 5s}\n    profiles: [a]\n    volumes: [\"a:/b:ro\", {type: bind, source: ./x, target: /y}]\n    \
        user: \"1:1\"\n    command: [a, b]\n    entrypoint: a \"b c\"\n    extends: {service: b}\n";
    seeds.add("yaml", "everything", compose)?;
    let styles = "- &a 'x'\n- \"y\" # c\n- |\n  z\n\n  z\n- >-\n  w\n- *a\n- {b: c, d: [e, f]}\n---\n? g\n: !!str h\ni:\nj: k\n...\n";
    seeds.add("yaml", "styles", styles)?;
    seeds.add("compose", "everything", compose)?;
    let hcl = "variable \"G\" { default = [{ b = \"${X}\" }] }\nX = \"a$${y}%{ if a }\"\ntarget \"a\" {\n  name = \"a-${i.b}\"\n  matrix = { i = G }\n  inherits = [\"b\"]\n  dockerfile-inline = <<-EOT\n    FROM x:${X}\n\n      RUN y\n  EOT\n}\n";
    seeds.add("bake", "hcl", hcl)?;
    seeds.add("bake", "json", "{\"X\": \"${Y}\", \"target\": {\"a\": [{\"inherits\": [\"b\"], \"args\": {\"A\": 1}, \"dockerfile-inline\": \"FROM ${X}\\n\"}]}}")
}

fn modules(seeds: &Seeds) -> Result<()> {
    let module = "prefix=/usr\nexec_prefix=${prefix}\nlibdir=${prefix}/lib/x86_64-linux-gnu # a comment\nincludedir=\"${prefix}/include dir\"\n\n\
        Name: foo\nDescription: a library\nURL: https://foo.invalid/\nVersion: 1.2.3~rc1\nRequires: bar >= 1.0, bar < 2\nRequires.private: bar\n\
        Conflicts: baz <= 1\nProvides: qux = 1\nLibs: -L${libdir} -lfoo -Wl,--as-needed '-Wl,x y' \\\n  -pthread\nLibs.private: -lm\n\
        Cflags: -I${includedir} -DFOO=\\\"x\\\" -isystem /usr/include\nCflags.private: -DSTATIC\n";
    seeds.add("pkg_config", "module", module)?;
    seeds.add(
        "pkg_config",
        "recursive",
        "a=${b}\nb=${a}\nName: x\nDescription: y\nVersion: ${a}\nRequires: foo bar\nLibs: ${b}\n",
    )
}

/// Files of a repository, each after a line with its path.
fn graphs(seeds: &Seeds) -> Result<()> {
    let cargo = "=== Cargo.toml\n[workspace]\nmembers = [\"a*\"]\nexclude = [\"x\"]\nresolver = \"2\"\n[workspace.package]\nversion = \"1.0.0\"\n\
        [workspace.dependencies]\nb = { path = \"b\", features = [\"y\"] }\n[profile.release]\nstrip = true\n=== a/Cargo.toml\n[package]\nname = \"a\"\n\
        version.workspace = true\n[dependencies]\nb = { workspace = true, optional = true }\nserde = \"1\"\n[target.'cfg(unix)'.build-dependencies]\nc = \"1\"\n\
        [features]\ndefault = [\"dep:b\", \"b?/x\", \"serde/std\"]\n[[bin]]\nname = \"a\"\nrequired-features = [\"z\"]\n=== a/src/main.rs\n\n=== b/Cargo.toml\n\
        [package]\nname = \"b\"\nversion = \"0.1.0\"\n=== Cargo.lock\nversion = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"b\", \"serde\"]\n\
        [[package]]\nname = \"b\"\nversion = \"0.1.0\"\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\
        === .cargo/config.toml\n[build]\ntarget = \"x86_64-unknown-linux-musl\"\n[source.v]\ndirectory = \"vendor\"\n";
    seeds.add("cargo_manifest", "workspace", cargo)?;
    let go = "=== go.mod\nmodule example.com/a\n\ngo 1.22\n\nrequire (\n\texample.com/b v1.0.0 // indirect\n)\nreplace example.com/c => ./c\n=== main.go\n\
        // x\n\n//go:build linux && (cgo || !go1.99)\n\npackage main\n\nimport (\n\t_ \"example.com/a/d\"\n\t. \"example.com/b\"\n)\n\n//go:embed a \"b\"\n\
        === d/c_linux.go\n// +build !windows,cgo x\n\npackage d\n\n/*\n#cgo linux LDFLAGS: -lm \"-L x\"\n*/\nimport \"C\"\n\
        === vendor/modules.txt\n# example.com/b v1.0.0\n## explicit\nexample.com/b\n=== vendor/example.com/b/b.go\npackage b\n";
    seeds.add("go_source", "module", go)
}
