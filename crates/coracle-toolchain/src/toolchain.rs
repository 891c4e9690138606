//! Which programs are called, and what of the user's environment they must be told. No defaults
//! are looked up here: the command layer fills this in once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use coracle_process::Program;

/// The user's toolchain: names or paths of programs, and the settings that live in the environment.
///
/// Programs that are started inherit the environment all the same (proxies, `GOPRIVATE`,
/// `RUSTUP_TOOLCHAIN`). The fields below are those that coracle itself must know because it adds
/// flags of its own to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// `cargo`.
    pub cargo: OsString,
    /// `rustc`: the one that cargo calls, asked for its version and host.
    pub rustc: OsString,
    /// `go`.
    pub go: OsString,
    /// `git`.
    pub git: OsString,
    /// `zig`; where it is nowhere, the one of Python's package `ziglang` is taken.
    pub zig: OsString,
    /// Where zig keeps what it compiles of its own C libraries, absolute; `None`: below the folder that is built in.
    pub zig_cache: Option<PathBuf>,
    /// `python3`, which is asked for that package.
    pub python: OsString,
    /// `cargo-zigbuild`, looked for in cargo's own folder too.
    pub cargo_zigbuild: OsString,
    /// `clang`, under each name that it may have; of the same name with `clang++` in it is the one for C++.
    pub clang: Vec<OsString>,
    /// The value of `RUSTFLAGS`, `None` when it is not set.
    pub rustflags: Option<OsString>,
    /// The value of `CARGO_ENCODED_RUSTFLAGS`, `None` when it is not set.
    pub encoded_rustflags: Option<OsString>,
    /// cargo's own folder: `CARGO_HOME`, else `~/.cargo`.
    pub cargo_home: Option<PathBuf>,
    /// Variables that stand for entries of cargo's configuration files (`CARGO_BUILD_RUSTFLAGS`,
    /// `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS`): every `CARGO_*` variable may go in.
    pub cargo_variables: BTreeMap<String, OsString>,
    /// Variables of C compilers (`CC`, `CXX` and those that end in a target's name), whose compilers a sysroot's stand
    /// before.
    pub c_variables: BTreeMap<String, OsString>,
    /// The value of `RUST_LIBC_UNSTABLE_GNU_TIME_BITS`, `None` when it is not set.
    pub time_bits: Option<String>,
    /// The command that is pkg-config for a sysroot: coracle's own. Empty: there is none.
    pub pkg_config: Vec<OsString>,
    /// Whether programs are compiled through sccache, which [`crate::compile::sccache::find`] looks for.
    pub sccache: SccacheWish,
    /// The value of `RUSTC_WRAPPER`, `None` when it is not set.
    pub rustc_wrapper: Option<OsString>,
    /// Keep off the network while asking cargo and go about the repository.
    pub offline: bool,
}

/// Whether programs are compiled through sccache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SccacheWish {
    /// Where it is installed.
    #[default]
    WhereInstalled,
    /// Never.
    Never,
    /// Always.
    Always {
        /// The program, where it is another than `sccache` on PATH.
        program: Option<OsString>,
        /// Who says so: `coracle.toml`.
        origin: String,
    },
}

impl Default for Toolchain {
    /// The programs as found on `PATH`, and an environment that sets nothing.
    fn default() -> Self {
        Toolchain {
            cargo: "cargo".into(),
            rustc: "rustc".into(),
            go: "go".into(),
            git: "git".into(),
            zig: "zig".into(),
            zig_cache: None,
            python: "python3".into(),
            cargo_zigbuild: "cargo-zigbuild".into(),
            clang: clangs(),
            rustflags: None,
            encoded_rustflags: None,
            cargo_home: None,
            cargo_variables: BTreeMap::new(),
            c_variables: BTreeMap::new(),
            time_bits: None,
            pkg_config: Vec::new(),
            sccache: SccacheWish::default(),
            rustc_wrapper: None,
            offline: false,
        }
    }
}

/// Distributions name the newer ones by their version alone.
fn clangs() -> Vec<OsString> {
    let newer = (14..=24)
        .rev()
        .map(|version| format!("clang-{version}").into());
    std::iter::once("clang".into()).chain(newer).collect()
}

impl Toolchain {
    /// The user's choice of a compiler: `CC_x86_64-unknown-linux-gnu`, `CC_x86_64_unknown_linux_gnu`, `HOST_CC` or
    /// `CC`, in the order of the crate `cc`.
    pub(crate) fn c_variable(&self, name: &str, triple: Option<&str>) -> Option<String> {
        let of_target = triple.into_iter().flat_map(|triple| {
            let underscored = triple.replace('-', "_");
            [
                format!("{name}_{triple}"),
                format!("{name}_{underscored}"),
                format!("HOST_{name}"),
            ]
        });
        let mut names = of_target.chain([name.to_owned()]);
        names.find_map(|name| Some(self.c_variables.get(&name)?.to_string_lossy().into_owned()))
    }

    /// How many bits the crate `libc` was told that a time has.
    pub(crate) fn time_bits(&self) -> Option<&str> {
        self.time_bits.as_deref()
    }

    /// cargo; what it says is not coloured, because it is read.
    pub(crate) fn cargo(&self) -> Program {
        Program::new(&self.cargo)
    }

    /// rustc.
    pub(crate) fn rustc(&self) -> Program {
        Program::new(&self.rustc)
    }

    /// go, kept off the network when that was asked for.
    pub(crate) fn go(&self) -> Program {
        let go = Program::new(&self.go);
        if self.offline {
            go.env("GOPROXY", "off")
        } else {
            go
        }
    }

    /// git, saying things in English and changing nothing.
    pub(crate) fn git(&self) -> Program {
        Program::new(&self.git)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args([
                "-c",
                "core.fsmonitor=false",
                "-c",
                "log.showSignature=false",
            ])
    }
}
