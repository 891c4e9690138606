//! What compiles: packages of distributions that are of use only to compilers, and commands that compile. Static data, sorted.

use coracle_recipe::dockerfile::document::Stages;

use super::contents::is_harmless;
use super::steps::{self, Located};
use crate::model::program;

/// Packages of Debian, Alpine and Fedora with compilers and what they work with, besides those that end in `-dev`.
const PACKAGES: [&str; 38] = [
    "autoconf",
    "automake",
    "bison",
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "cmake",
    "cpp",
    "flex",
    "g++",
    "gcc",
    "gcc-c++",
    "go",
    "golang",
    "golang-go",
    "libtool",
    "linux-headers",
    "lld",
    "llvm",
    "m4",
    "make",
    "meson",
    "mold",
    "musl-tools",
    "nasm",
    "ninja",
    "ninja-build",
    "pkg-config",
    "pkgconf",
    "pkgconfig",
    "protobuf-compiler",
    "protoc",
    "rust",
    "rustc",
    "rustup",
    "samurai",
    "yasm",
];

/// Commands that compile, or install what is compiled then.
const COMMANDS: [&str; 37] = [
    "autoreconf",
    "buf",
    "bun",
    "bundle",
    "c++",
    "cargo",
    "cc",
    "clang",
    "cmake",
    "composer",
    "configure",
    "cpan",
    "g++",
    "gcc",
    "gem",
    "go",
    "luarocks",
    "make",
    "maturin",
    "meson",
    "mix",
    "ninja",
    "node-gyp",
    "npm",
    "pecl",
    "phpize",
    "pip",
    "pip3",
    "pipx",
    "pnpm",
    "poetry",
    "protoc",
    "python",
    "python3",
    "rustc",
    "uv",
    "yarn",
];

/// Commands that neither compile nor start what does.
const OTHERS: [&str; 39] = [
    "apt-key",
    "apt-mark",
    "awk",
    "basename",
    "cd",
    "curl",
    "cut",
    "date",
    "deluser",
    "dirname",
    "dpkg",
    "dpkg-reconfigure",
    "exec",
    "fc-cache",
    "getent",
    "gpg",
    "groupmod",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "kill",
    "ldconfig",
    "locale-gen",
    "nc",
    "return",
    "sha256sum",
    "shift",
    "strip",
    "tail",
    "tar",
    "tr",
    "trap",
    "umask",
    "unzip",
    "update-ca-certificates",
    "usermod",
    "wait",
    "wget",
];

/// Whether the steps of a stage compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Compiles {
    /// Something is compiled.
    Yes,
    /// Nothing is.
    No,
    /// Not known, because …
    Unknown(String),
}

/// Whether a package is of use only where something is compiled.
pub(crate) fn is_for_compiling(package: &str) -> bool {
    is_headers(package) || PACKAGES.contains(&package)
}

/// Whether a package has headers, and the names by which libraries are linked.
pub(crate) fn is_headers(package: &str) -> bool {
    package.ends_with("-dev") || package.ends_with("-devel")
}

/// Whether a command compiles; `None` where that is not known.
pub(crate) fn command(name: &str) -> Option<bool> {
    match name {
        name if COMMANDS.contains(&name) => Some(true),
        name if OTHERS.contains(&name) || is_harmless(name) => Some(false),
        _ => None,
    }
}

/// Whether a step of a stage, or of one that is made on it, compiles. `is_own` tells the programs that are copied.
pub(crate) fn compiles(
    stages: &Stages<'_>,
    stage: usize,
    is_own: &dyn Fn(&str) -> bool,
) -> Compiles {
    let mut compiles = Compiles::No;
    let all = (0..stages.stages.len()).filter(|index| stages.chain(*index).contains(&stage));
    for located in all.flat_map(|index| steps::of(stages, index)) {
        match step(&located, is_own) {
            Compiles::Yes => return Compiles::Yes,
            Compiles::Unknown(because) => compiles = Compiles::Unknown(because),
            Compiles::No => {}
        }
    }
    compiles
}

fn step(located: &Located<'_>, is_own: &dyn Fn(&str) -> bool) -> Compiles {
    let commands = match steps::run_commands(located) {
        Ok(commands) => commands,
        Err(because) => return Compiles::Unknown(because.to_owned()),
    };
    let mut compiles = Compiles::No;
    for each in &commands {
        match program(&each.simple) {
            None => {}
            Some((name, _)) => match command(name) {
                Some(true) => return Compiles::Yes,
                Some(false) => {}
                None if is_own(name) => {}
                None => {
                    compiles = Compiles::Unknown(format!("a RUN starts {name}, which may compile"))
                }
            },
        }
    }
    compiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(PACKAGES.is_sorted() && COMMANDS.is_sorted() && OTHERS.is_sorted());
    }
}
