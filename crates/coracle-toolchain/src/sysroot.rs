//! The folder of headers and libraries that C is compiled and programs are linked against, in place of the host's.
//!
//! It is made of a distribution's own packages, by somebody else; here is only how compilers are told of it:
//!
//! ```text
//!  TARGET-FOLDER/tools/<key>/cc           the C compiler, told of the sysroot; <key>-zig and <key>-clang for other platforms
//!  TARGET-FOLDER/tools/<key>/c++          the C++ compiler, with the sysroot's own C++ headers
//!  TARGET-FOLDER/tools/<key>/pkg-config   coracle itself, for the sysroot's .pc files
//!  TARGET-FOLDER/tools/<key>/asked.<program>   which modules pkg-config was asked for
//! ```
//!
//! Scripts and not flags, because cargo gives build scripts and procedural macros, which run on this machine, the
//! same variables as the program: where target and host have one name, `CFLAGS_<target>` reaches both. What is
//! compiled for the program has its `OUT_DIR` below the target's own folder, and only that gets the sysroot.

mod asked;
mod compilers;
pub(crate) mod scripts;
mod tools;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::compilers::UNWINDER;
pub(crate) use self::compilers::{Across, Compilers, Kind};
pub use self::scripts::Error;
pub(crate) use self::tools::{For, Tools, asked_of};

/// A sysroot, ready to be compiled against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sysroot {
    /// The folder.
    pub folder: PathBuf,
    /// A name that changes when anything in it does; of it and the folder only this may reach a program.
    pub key: String,
    /// The multiarch folder of libraries, `x86_64-linux-gnu`.
    pub triplet: String,
    /// The compiler's version whose C++ headers and library are in it, where they are.
    pub cxx: Option<u32>,
    /// Whether its libraries count seconds in 64 bits on machines of 32: Debian's do that have `t64` in their names.
    pub time64: bool,
}

/// What stands for the sysroot's folder in debug information.
const SHOWN: &str = "/sysroot";

impl Sysroot {
    /// The libraries' folder.
    pub fn libraries(&self) -> PathBuf {
        self.folder.join("usr/lib").join(&self.triplet)
    }

    /// Where its .pc files are, in the order of pkg-config's own search.
    pub(crate) fn modules(&self) -> String {
        let folders = [
            self.libraries().join("pkgconfig"),
            self.folder.join("usr/lib/pkgconfig"),
            self.folder.join("usr/share/pkgconfig"),
        ];
        folders.map(|folder| folder.display().to_string()).join(":")
    }

    /// For a compiler that translates: where headers are, and what debug information calls that place.
    fn compile_flags(&self) -> Vec<String> {
        let folder = self.folder.display();
        let of_machine = self.folder.join("usr/include").join(&self.triplet);
        vec![
            format!("--sysroot={folder}"),
            format!("-ffile-prefix-map={folder}={SHOWN}"),
            // Debian's compilers look there by themselves, others do not.
            format!("-idirafter{}", of_machine.display()),
        ]
    }

    /// For C++: the sysroot's own headers, whatever the compiler's version is.
    fn cxx_flags(&self) -> Vec<String> {
        let Some(version) = self.cxx else {
            return Vec::new();
        };
        let generic = self.folder.join(format!("usr/include/c++/{version}"));
        let of_machine = self
            .folder
            .join(format!("usr/include/{}/c++/{version}", self.triplet));
        vec![
            "-nostdinc++".to_owned(),
            format!("-isystem{}", generic.display()),
            format!("-isystem{}", of_machine.display()),
            format!("-isystem{}", generic.join("backward").display()),
        ]
    }

    /// For a compiler that links, besides `--sysroot`: its start files and libraries, which a native gcc would take of
    /// the host all the same, and where libraries find those that they need in turn (GNU ld looks nowhere else).
    fn link_flags(&self) -> Vec<String> {
        let libraries = self.libraries();
        let mut flags = vec![
            format!("-B{}/", libraries.display()),
            format!("-L{}", libraries.display()),
            format!("-Wl,-rpath-link,{}", libraries.display()),
        ];
        flags.extend(self.cxx.map(|version| {
            let folder = self
                .folder
                .join(format!("usr/lib/gcc/{}/{version}", self.triplet));
            format!("-L{}", folder.display())
        }));
        flags
    }

    /// Whether a folder is the sysroot's.
    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.folder)
    }
}
