//! What packages of Cargo's may link or open besides the C library. Those whose names end in `-sys` stand for a library of
//! somebody else's: a list has those of which it is known that it is none that matters here.

use coracle_graph::Answer;

use super::graph::Program;

/// Packages that link none of the libraries that are asked for here. Sorted.
const QUIET: [&str; 46] = [
    "android_log-sys",
    "aws-lc-fips-sys",
    "aws-lc-sys",
    "brotli-sys",
    "bzip2-sys",
    "core-foundation-sys",
    "croaring-sys",
    "dirs-sys",
    "dirs-sys-next",
    "fsevent-sys",
    "hermit-sys",
    "inotify-sys",
    "io-kit-sys",
    "jemalloc-sys",
    "jni-sys",
    "js-sys",
    "kqueue-sys",
    "libbpf-sys",
    "libbz2-rs-sys",
    "libdeflate-sys",
    "liblzma-sys",
    "libmimalloc-sys",
    "librocksdb-sys",
    "libseccomp-sys",
    "libsodium-sys",
    "libsodium-sys-stable",
    "libudev-sys",
    "libz-ng-sys",
    "libz-rs-sys",
    "libz-sys",
    "linux-raw-sys",
    "lz4-sys",
    "lzma-sys",
    "ndk-sys",
    "netlink-sys",
    "onig_sys",
    "ort-sys",
    "secp256k1-sys",
    "security-framework-sys",
    "snmalloc-sys",
    "system-configuration-sys",
    "tikv-jemalloc-sys",
    "web-sys",
    "windows-sys",
    "zmq-sys",
    "zstd-sys",
];

/// Packages by which a program opens libraries by their names when it runs.
const OPENING: [&str; 4] = ["dlib", "dlopen", "dlopen2", "libloading"];

/// What generates bindings when other packages are compiled opens libraries, and is in no program.
const GENERATING: &str = "clang-sys";

/// A package that is, or may be, in the program, and of which it is not known what it links; but for those that are given.
pub(crate) fn unknown<'p>(program: &'p Program<'_>, known: &[&str]) -> Option<&'p str> {
    let names = program.linked.packages.iter().filter(|package| {
        let is_generating = package.chain.iter().any(|link| link.name == GENERATING);
        !is_generating && (package.name.ends_with("-sys") || package.name.ends_with("_sys"))
    });
    let mut names = names.map(|package| package.name.as_str());
    names.find(|name| !QUIET.contains(name) && !known.contains(name))
}

/// A package of the repository's own whose manifest says that it stands for a library.
pub(crate) fn own<'p>(program: &'p Program<'_>) -> Option<&'p str> {
    let mut packages = program.workspace.packages.iter();
    let found = packages.find(|package| {
        let links = package.manifest.package.as_ref();
        let is_linking = links.is_some_and(|package| package.links.is_some());
        is_linking && !program.linked.has(&package.name).is_no()
    })?;
    Some(&found.name)
}

/// The package by which the program may open libraries by their names.
pub(crate) fn opening(program: &Program<'_>) -> Option<&'static str> {
    OPENING.into_iter().find(|name| {
        let mut named = program.linked.named(name);
        named.any(|package| {
            let is_generating = package.chain.iter().any(|link| link.name == GENERATING);
            package.is_linked == Answer::Yes || !is_generating
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_packages_are_sorted() {
        assert!(QUIET.is_sorted() && OPENING.is_sorted());
    }
}
