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
