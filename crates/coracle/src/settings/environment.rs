//! What coracle reads of the environment, all of it, once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variables that mean something to coracle.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// `CORACLE_REPOSITORY`, or `KO_DOCKER_REPO` when it is not set, with the variable's name.
    pub(crate) repository: Option<(String, &'static str)>,
    /// `CORACLE_STORE`, else `$XDG_CACHE_HOME/coracle`, else `$HOME/.cache/coracle`.
    pub(crate) store: Option<PathBuf>,
    /// `SOURCE_DATE_EPOCH` as written.
    pub(crate) source_date_epoch: Option<String>,
    /// Files that may hold registry credentials, the first that has them wins.
    pub(crate) credential_files: Vec<PathBuf>,
    /// `RUSTFLAGS`, which cargo lets win over every other source of flags.
    pub(crate) rustflags: Option<OsString>,
    /// `CARGO_ENCODED_RUSTFLAGS`, which wins over that.
    pub(crate) encoded_rustflags: Option<OsString>,
    /// `CARGO_HOME`, else `$HOME/.cargo`.
    pub(crate) cargo_home: Option<PathBuf>,
    /// `CC`, `CXX`, and those that end in a target's name: the user's compilers.
    pub(crate) c_variables: BTreeMap<String, OsString>,
    /// `RUST_LIBC_UNSTABLE_GNU_TIME_BITS`, by which Rust's `libc` holds time in 64 bits on 32-bit machines.
    pub(crate) time_bits: Option<String>,
    /// `ZIG_GLOBAL_CACHE_DIR`, else `zig` in the store: what zig compiles of its own C libraries.
    pub(crate) zig_cache: Option<PathBuf>,
    /// `CORACLE_SCCACHE`: `true`, `false`, or the path of a sccache.
    pub(crate) sccache: Option<OsString>,
    /// `RUSTC_WRAPPER`, which cargo calls in place of rustc; an empty one says that there is none.
    pub(crate) rustc_wrapper: Option<OsString>,
    /// This program, which is pkg-config for sysroots.
    pub(crate) own_program: Option<PathBuf>,
    /// Every `CARGO_…` variable: some stand for entries of cargo's configuration files.
    pub(crate) cargo_variables: BTreeMap<String, OsString>,
}

/// One variable that is asked for by name: by `--build-arg KEY`, and for pkg-config's.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// `CC`, `CXX`, `HOST_CC`, `CC_x86_64_unknown_linux_gnu` and their like.
fn is_compiler(name: &str) -> bool {
    ["CC", "CXX"].iter().any(|base| {
        let of_target = name
            .strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        of_target || name.strip_prefix("HOST_") == Some(base)
    })
}

/// What a builder, which inherits nothing of this environment, is told of it: variables for cargo and go, and the names of
/// those that are secrets.
pub(crate) fn for_builders() -> (BTreeMap<String, String>, Vec<String>) {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let (secrets, others): (BTreeMap<_, _>, BTreeMap<_, _>) = variables
        .filter(|(name, _)| is_for_builders(name))
        .partition(|(name, _)| name.ends_with("_TOKEN"));
    (others, secrets.into_keys().collect())
}

/// Whether a variable means the same on another machine: none that names a folder or a program of this one.
fn is_for_builders(name: &str) -> bool {
    const OF_GO: [&str; 12] = [
        "GOAMD64",
        "GOARM64",
        "GOEXPERIMENT",
        "GOFIPS140",
        "GOFLAGS",
        "GOINSECURE",
        "GONOPROXY",
        "GONOSUMDB",
        "GOPRIVATE",
        "GOPROXY",
        "GOSUMDB",
        "GOARM",
    ];
    const OF_RUST: [&str; 5] = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_REGISTRY_TOKEN",
        "RUST_LIBC_UNSTABLE_GNU_TIME_BITS",
    ];
    let of_a_target = name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS");
    let of_a_registry = name.starts_with("CARGO_REGISTRIES_")
        && (name.ends_with("_INDEX") || name.ends_with("_TOKEN"));
    let of_c = name.starts_with("CGO_") && name.ends_with("FLAGS");
    OF_GO.contains(&name)
        || OF_RUST.contains(&name)
        || name.starts_with("CARGO_PROFILE_")
        || of_a_target
        || of_a_registry
        || of_c
}

/// What is free of this machine's memory, in bytes, as Linux estimates it.
pub(crate) fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    available(&text)
}

/// `MemAvailable:    8123456 kB`.
fn available(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let rest = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let number: u64 = rest.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

impl Environment {
    /// Reads the process's environment.
    pub(crate) fn read() -> Environment {
        let mut environment =
            Environment::from(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        // To cargo these two mean "no flags" where they are empty, which hides its configuration's.
        environment.rustflags = std::env::var_os("RUSTFLAGS");
        environment.encoded_rustflags = std::env::var_os("CARGO_ENCODED_RUSTFLAGS");
        environment.rustc_wrapper = std::env::var_os("RUSTC_WRAPPER");
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let (of_cargo, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            variables.partition(|(name, _)| name.starts_with("CARGO_"));
        environment.cargo_variables = of_cargo;
        environment.c_variables = others;
        environment
            .c_variables
            .retain(|name, value| is_compiler(name) && !value.is_empty());
        environment.own_program = std::env::current_exe().ok();
        environment
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>) -> Environment {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let text =
            |name: &'static str| Some((variable(name)?.to_string_lossy().into_owned(), name));
        let home = path("HOME");
        let in_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let docker = path("DOCKER_CONFIG").or_else(|| in_home(".docker"));
        let store = path("CORACLE_STORE")
            .or_else(|| Some(path("XDG_CACHE_HOME")?.join("coracle")))
            .or_else(|| in_home(".cache/coracle"));
        let podman =
            path("XDG_RUNTIME_DIR").map(|directory| directory.join("containers/auth.json"));
        Environment {
            repository: text("CORACLE_REPOSITORY").or_else(|| text("KO_DOCKER_REPO")),
            zig_cache: path("ZIG_GLOBAL_CACHE_DIR")
                .or_else(|| Some(store.as_ref()?.join("zig")))
                .and_then(|folder| std::path::absolute(folder).ok()),
            store,
            source_date_epoch: text("SOURCE_DATE_EPOCH").map(|(value, _)| value),
            credential_files: path("REGISTRY_AUTH_FILE")
                .into_iter()
                .chain(docker.map(|directory| directory.join("config.json")))
                .chain(podman)
                .collect(),
            rustflags: variable("RUSTFLAGS"),
            encoded_rustflags: variable("CARGO_ENCODED_RUSTFLAGS"),
            sccache: variable("CORACLE_SCCACHE"),
            rustc_wrapper: variable("RUSTC_WRAPPER"),
            cargo_variables: BTreeMap::new(),
            c_variables: BTreeMap::new(),
            own_program: None,
            time_bits: text("RUST_LIBC_UNSTABLE_GNU_TIME_BITS").map(|(value, _)| value),
            cargo_home: path("CARGO_HOME").or_else(|| in_home(".cargo")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables: std::collections::BTreeMap<_, _> = variables.iter().copied().collect();
        Environment::from(|name| variables.get(name).map(OsString::from))
    }

    #[test]
    fn the_repository_is_ko_s_only_when_coracle_s_is_not_set() {
        let ko = environment(&[("KO_DOCKER_REPO", "a")]);
        assert_eq!(ko.repository, Some(("a".into(), "KO_DOCKER_REPO")));
        let both = environment(&[("KO_DOCKER_REPO", "a"), ("CORACLE_REPOSITORY", "b")]);
        assert_eq!(both.repository, Some(("b".into(), "CORACLE_REPOSITORY")));
    }

    #[test]
    fn builders_are_told_what_means_the_same_there() {
        for name in [
            "RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "GOFLAGS",
            "CGO_CFLAGS",
            "CARGO_REGISTRIES_ACME_TOKEN",
        ] {
            assert!(is_for_builders(name), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "RUSTC_WRAPPER",
            "GOPATH",
            "GITHUB_TOKEN",
            "CGO_ENABLED",
        ] {
            assert!(!is_for_builders(name), "{name}");
        }
    }

    #[test]
    fn free_memory_is_what_the_kernel_says_is_available() {
        let text = "MemTotal: 16 kB\nMemFree: 2 kB\nMemAvailable:       8 kB\n";
        assert_eq!(available(text), Some(8192));
        assert_eq!(available("MemTotal: 16 kB\n"), None);
    }

    #[test]
    fn the_store_is_in_the_cache_folder_of_the_home() {
        let read = environment(&[("HOME", "/h")]);
        assert_eq!(read.store, Some(PathBuf::from("/h/.cache/coracle")));
        let xdg = environment(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]);
        assert_eq!(xdg.store, Some(PathBuf::from("/c/coracle")));
    }

    #[test]
    fn zig_s_own_libraries_are_kept_beside_the_store_unless_the_user_says_where() {
        let read = environment(&[("HOME", "/h")]);
        assert_eq!(read.zig_cache, Some(PathBuf::from("/h/.cache/coracle/zig")));
        let own = environment(&[("HOME", "/h"), ("ZIG_GLOBAL_CACHE_DIR", "/z")]);
        assert_eq!(own.zig_cache, Some(PathBuf::from("/z")));
    }

    #[test]
    fn credentials_come_from_the_registry_file_before_docker_s() {
        let read = environment(&[("HOME", "/h"), ("REGISTRY_AUTH_FILE", "/r.json")]);
        let expected = ["/r.json", "/h/.docker/config.json"].map(PathBuf::from);
        assert_eq!(read.credential_files, expected);
    }
}
