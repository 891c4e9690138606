//! Which compilers the scripts stand for, and how each is told of the sysroot.
//!
//! ```text
//!           headers                                   libraries                            C library
//!  host     --sysroot, -idirafter, C++'s own          -B, -L, -rpath-link                  the sysroot's
//!  clang    the same, and --target                    the same, and lld                    the sysroot's
//!  zig      -isystem for both folders                 -L, even of what only test-links     zig's own
//! ```
//! The unwinder of Rust's programs is GCC's with all of them.
//!
//! zig is given no `--sysroot`: it puts that before paths of `-L` that are absolute already, and looks nowhere else for
//! it.

use std::ffi::OsString;

use super::{SHOWN, Sysroot};

/// GCC's unwinder, which Rust's programs for glibc need wherever they are linked. cargo-zigbuild takes LLVM's in its place and
/// puts it into the program, which then has another one than the C++ libraries that it loads; by this name it finds GCC's first.
pub const UNWINDER: &str = "libgcc_s.so.1";

/// What compiles C and C++, and links, against a sysroot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Compilers {
    /// This machine's own, or those that the user names: for programs that run on it.
    Host,
    /// Others, for programs that need not run on it.
    Across(Across),
}

/// Compilers for another platform than the host's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Across {
    /// Whose they are.
    pub(crate) kind: Kind,
    /// The C compiler's command, in words.
    pub(crate) c: Vec<OsString>,
    /// The C++ compiler's.
    pub(crate) cxx: Vec<OsString>,
    /// What says for which platform, before all else.
    pub(crate) flags: Vec<String>,
}

/// Whose compilers for another platform they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// zig's.
    Zig,
    /// clang, with lld.
    Clang,
}

impl Compilers {
    /// What tells their scripts from those of other compilers for the same sysroot.
    pub(crate) fn suffix(&self) -> &'static str {
        match self {
            Compilers::Host => "",
            Compilers::Across(across) => match across.kind {
                Kind::Zig => "-zig",
                Kind::Clang => "-clang",
            },
        }
    }

    fn flags(&self) -> &[String] {
        match self {
            Compilers::Host => &[],
            Compilers::Across(across) => &across.flags,
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Compilers::Host => None,
            Compilers::Across(across) => Some(across.kind),
        }
    }

    /// For a compiler that translates: for which platform, where headers are, and what to call that place.
    pub(crate) fn compile(&self, sysroot: &Sysroot) -> Vec<String> {
        let mut flags = self.flags().to_vec();
        if self.kind() != Some(Kind::Zig) {
            flags.extend(sysroot.compile_flags());
            return flags;
        }
        flags.push(format!(
            "-ffile-prefix-map={}={SHOWN}",
            sysroot.folder.display()
        ));
        let headers = sysroot.folder.join("usr/include");
        // No .pc file names the platform's own folder of headers, and openssl/opensslconf.h is there.
        for folder in [headers.join(&sysroot.triplet), headers] {
            flags.extend(["-isystem".to_owned(), folder.display().to_string()]);
        }
        flags
    }

    /// For C++: also where its own headers are. zig's are its own.
    pub(crate) fn compile_cxx(&self, sysroot: &Sysroot) -> Vec<String> {
        let mut flags = self.compile(sysroot);
        if self.kind() != Some(Kind::Zig) {
            flags.extend(sysroot.cxx_flags());
        }
        flags
    }

    /// For a compiler that links, after what it was told to translate with.
    pub(crate) fn link(&self, sysroot: &Sysroot) -> Vec<String> {
        match self.kind() {
            None => sysroot.link_flags(),
            Some(Kind::Clang) => {
                let lld = "-fuse-ld=lld".to_owned();
                [vec![lld], sysroot.link_flags()].concat()
            }
            Some(Kind::Zig) => vec![format!("-L{}", sysroot.libraries().display())],
        }
    }

    /// For rustc, for the program alone: how to link, and what to call the folder.
    pub(crate) fn rustc(&self, sysroot: &Sysroot) -> Vec<String> {
        let folder = sysroot.folder.display();
        // cargo leaves flags out of a program's identity where it sees this one among them.
        let mut flags = vec![format!("--remap-path-prefix={folder}={SHOWN}")];
        let mut link = self.link(sysroot);
        if self.kind() != Some(Kind::Zig) {
            link.insert(0, format!("--sysroot={folder}"));
        }
        if self.kind() == Some(Kind::Clang) {
            link.splice(0..0, self.flags().iter().cloned());
        }
        flags.extend(link.into_iter().map(|flag| format!("-Clink-arg={flag}")));
        if self.kind() == Some(Kind::Zig) && sysroot.libraries().join(UNWINDER).exists() {
            flags.extend(["-l".to_owned(), format!("dylib:+verbatim={UNWINDER}")]);
        }
        flags
    }

    /// For bindgen, whose libclang is no compiler that a script could stand for.
    pub(crate) fn clang(&self, sysroot: &Sysroot) -> String {
        let flags = match self.kind() {
            // cargo-zigbuild adds zig's own headers to these.
            Some(Kind::Zig) => {
                let own = self.flags().len();
                self.compile(sysroot).split_off(own)
            }
            _ => self.compile(sysroot),
        };
        let words = flags
            .iter()
            .map(|flag| coracle_process::quoted(flag.as_ref()));
        words.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_zig_links_need_gcc_s_unwinder_where_the_sysroot_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let sysroot = Sysroot {
            folder: folder.path().to_owned(),
            key: "k".repeat(64),
            triplet: "aarch64-linux-gnu".to_owned(),
            cxx: None,
            time64: true,
        };
        let flags = |kind| {
            let across = Across {
                kind,
                c: Vec::new(),
                cxx: Vec::new(),
                flags: Vec::new(),
            };
            Compilers::Across(across).rustc(&sysroot)
        };
        let named = "dylib:+verbatim=libgcc_s.so.1".to_owned();
        assert!(!flags(Kind::Zig).contains(&named));
        std::fs::create_dir_all(sysroot.libraries()).unwrap();
        std::fs::write(sysroot.libraries().join(UNWINDER), "").unwrap();
        assert_eq!(flags(Kind::Zig).last(), Some(&named));
        assert!(!flags(Kind::Clang).contains(&named));
    }
}
