//! What a failed build says it could not find, read from what compilers, linkers and pkg-config print.
//!
//! The words are gcc's, clang's, GNU ld's, lld's and zig's; a line that is none of theirs says nothing here.

use std::collections::BTreeSet;

use super::{BuildFile, is_of_the_c_library};

/// Collects what the lines of one build say.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    files: BTreeSet<BuildFile>,
    cxx_symbol: Option<String>,
}

impl Missing {
    /// Takes a line that a build printed.
    pub(crate) fn see(&mut self, line: &str) {
        self.files.extend(in_line(line));
        if self.cxx_symbol.is_none() {
            self.cxx_symbol = cxx_symbol(line);
        }
    }

    /// The first name that was not found because the two C++ libraries give their types different ones.
    pub(crate) fn cxx_symbol(&self) -> Option<&str> {
        self.cxx_symbol.as_deref()
    }

    /// Takes something that is known to be missing.
    pub(crate) fn add(&mut self, file: BuildFile) {
        self.files.insert(file);
    }

    /// All of it, sorted.
    pub(crate) fn into_files(self) -> Vec<BuildFile> {
        self.files.into_iter().collect()
    }
}

/// What one line says is missing.
pub fn in_line(line: &str) -> Option<BuildFile> {
    header(line)
        .or_else(|| library(line))
        .or_else(|| module(line))
}

/// gcc: `x.c:1:10: fatal error: webp/encode.h: No such file or directory`;
/// clang and bindgen: `fatal error: 'webp/encode.h' file not found`.
fn header(line: &str) -> Option<BuildFile> {
    let (place, said) = line.split_once(": fatal error: ")?;
    // Without a line number it is the compiler's own input that is not there.
    let (_, column) = place.rsplit_once(':')?;
    if column.parse::<u32>().is_err() {
        return None;
    }
    let path = match said.strip_prefix('\'') {
        Some(quoted) => quoted.split_once("' file not found")?.0,
        None => said.split_once(": No such file or directory")?.0,
    };
    let is_header = !path.is_empty() && !path.starts_with('/') && !path.contains(' ');
    is_header.then(|| BuildFile::Header(path.to_owned()))
}

/// GNU ld: `cannot find -lwebp: No such file or directory`; lld: `unable to find library -lwebp`;
/// zig: `unable to find dynamic system library "webp" using strategy paths_first`.
fn library(line: &str) -> Option<BuildFile> {
    let of_zig = || {
        let (_, said) = line.split_once("unable to find ")?;
        let (_, said) = said.split_once("system library ")?;
        Some(("", said.strip_prefix(['"', '\''])?))
    };
    let (_, said) = line
        .split_once("cannot find -l")
        .or_else(|| line.split_once("unable to find library -l"))
        .or_else(of_zig)?;
    let name: String = said
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || "+-_.".contains(*letter))
        .collect();
    let name = name.trim_end_matches('.');
    let is_other = !name.is_empty() && !is_of_the_c_library(name);
    is_other.then(|| BuildFile::Library(name.to_owned()))
}

/// lld: `undefined symbol: name(std::__1::basic_string<…>)`; Debian's C++ library has `std::__cxx11` there, or `std` alone.
fn cxx_symbol(line: &str) -> Option<String> {
    let (_, symbol) = line.split_once("undefined symbol: ")?;
    let is_of_libcxx = ["std::__1::", "St3__1", "std::__cxx11::", "St7__cxx11"]
        .iter()
        .any(|name| symbol.contains(name));
    is_of_libcxx.then(|| symbol.trim().to_owned())
}

/// pkgconf: `Package libpcre was not found in the pkg-config search path.`, `Package 'libpcre', required by 'virtual:world', not found`.
fn module(line: &str) -> Option<BuildFile> {
    let (_, said) = line.split_once("Package ")?;
    let name = match said.strip_prefix('\'') {
        Some(quoted) => {
            let (name, rest) = quoted.split_once('\'')?;
            rest.ends_with("not found").then_some(name)?
        }
        None => said.split_once(" was not found")?.0,
    };
    let is_name = !name.is_empty() && !name.contains([' ', '/']);
    is_name.then(|| BuildFile::PkgConfig(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<BuildFile>) {
        assert_eq!(in_line(line), expected, "{line}");
    }

    #[test]
    fn a_missing_header_is_read_from_gcc_s_and_clang_s_words() {
        let header = |path: &str| Some(BuildFile::Header(path.to_owned()));
        check(
            "warning: x@0.1.0: src/x.c:1:10: fatal error: webp/encode.h: No such file or directory",
            header("webp/encode.h"),
        );
        check(
            "wrapper.h:1:10: fatal error: 'openssl/ssl.h' file not found",
            header("openssl/ssl.h"),
        );
        check("fatal error: no input files", None);
        check("cc1: fatal error: src/x.c: No such file or directory", None);
    }

    #[test]
    fn a_missing_library_is_read_from_both_linkers_words() {
        let library = |name: &str| Some(BuildFile::Library(name.to_owned()));
        check(
            "/usr/bin/ld: cannot find -lwebp: No such file or directory",
            library("webp"),
        );
        check("/usr/bin/ld: cannot find -lstdc++", library("stdc++"));
        check(
            "  = note: rust-lld: error: unable to find library -lgtk-3",
            library("gtk-3"),
        );
        check(
            "error: unable to find dynamic system library \"webp\" using strategy paths_first. searched paths:",
            library("webp"),
        );
        check("/usr/bin/ld: cannot find -lc: No such file", None);
        check("/usr/bin/ld: cannot find crt1.o: No such file", None);
    }

    #[test]
    fn a_symbol_that_only_another_c_plus_plus_library_has_is_told_apart_from_others() {
        let mut missing = Missing::default();
        missing.see("ld.lld: error: undefined symbol: nosuch");
        missing.see("ld.lld: error: undefined symbol: std::terminate()");
        assert_eq!(missing.cxx_symbol(), None);
        missing.see("ld.lld: error: undefined symbol: name(std::__1::basic_string<char> const&)");
        assert_eq!(
            missing.cxx_symbol(),
            Some("name(std::__1::basic_string<char> const&)")
        );
    }

    #[test]
    fn a_missing_module_is_read_from_pkg_config_s_words() {
        let module = |name: &str| Some(BuildFile::PkgConfig(name.to_owned()));
        check(
            "Package libpcre was not found in the pkg-config search path.",
            module("libpcre"),
        );
        check(
            "Package 'x11', required by 'virtual:world', not found",
            module("x11"),
        );
        check("Package manager", None);
    }
}
