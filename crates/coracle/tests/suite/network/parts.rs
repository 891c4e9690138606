//! Parts of another release that tests make broken or foreign programs with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use coracle_testkit::command::tool;

/// The folder of libraries on this machine's architecture.
pub(super) fn library_folder() -> String {
    format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH)
}

/// A root with the packages that make broken images: trixie's libc6-dev and upx, unpacked and nothing run.
pub(super) fn parts() -> &'static Path {
    static PARTS: OnceLock<PathBuf> = OnceLock::new();
    PARTS.get_or_init(|| {
        let root = crate::support::repository().join("target/test-downloads/trixie-parts");
        if !root.join("complete").exists() {
            let _ = fs::remove_dir_all(&root);
            let include = "--include=libc6-dev,libgcc-14-dev,upx-ucl";
            tool(
                "mmdebstrap",
                &[
                    "--quiet",
                    "--variant=extract",
                    include,
                    "trixie",
                    root.to_str().unwrap(),
                ],
            )
            .unwrap();
            for name in ["lib", "lib64"] {
                std::os::unix::fs::symlink(format!("usr/{name}"), root.join(name)).unwrap();
            }
            fs::write(root.join("complete"), "").unwrap();
        }
        root
    })
}

/// A program of Rust's standard library, linked against trixie's C library.
pub(super) fn linked_to_trixie(folder: &Path, text: &str) -> Vec<u8> {
    let source = folder.join("newer.rs");
    let program = folder.join("newer");
    fs::write(&source, text).unwrap();
    let root = parts();
    let sysroot = format!("link-arg=--sysroot={}", root.display());
    let libraries = format!("native={}", root.join(library_folder()).display());
    let (source, output) = (source.to_str().unwrap(), program.to_str().unwrap());
    tool(
        "rustc",
        &[
            "-O",
            "-o",
            output,
            source,
            "-C",
            "linker=cc",
            "-C",
            &sysroot,
            "-L",
            &libraries,
        ],
    )
    .unwrap();
    fs::read(program).unwrap()
}

/// A program as UPX packs it; the folder is for what comes and goes.
pub(super) fn packed(folder: &Path, program: &[u8]) -> Vec<u8> {
    let root = tempfile::TempDir::new_in(folder).unwrap();
    let inside = root.path().join("program");
    fs::write(&inside, program).unwrap();
    tool("chmod", &["755", inside.to_str().unwrap()]).unwrap();
    let loader = parts().join("usr/lib64/ld-linux-x86-64.so.2");
    let libraries = parts().join(library_folder());
    let upx = parts().join("usr/bin/upx-ucl");
    let arguments = [
        "--library-path",
        libraries.to_str().unwrap(),
        upx.to_str().unwrap(),
        "-1",
        "-q",
        inside.to_str().unwrap(),
    ];
    tool(loader.to_str().unwrap(), &arguments).unwrap();
    fs::read(inside).unwrap()
}
