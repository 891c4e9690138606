//! Everything of the outside that an answer depends on.

use std::path::PathBuf;

/// Where `.pc` files are, and what the environment wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Folders with `.pc` files, the first that has a module wins.
    pub search: Vec<PathBuf>,
    /// What absolute paths of the files are below (`PKG_CONFIG_SYSROOT_DIR`).
    pub sysroot: Option<PathBuf>,
    /// `${pc_top_builddir}` (`PKG_CONFIG_TOP_BUILD_DIR`).
    pub top_build_folder: Option<PathBuf>,
    /// Keep `-I` of folders that the compiler searches anyway.
    pub allow_system_cflags: bool,
    /// Keep `-L` of folders that the linker searches anyway.
    pub allow_system_libs: bool,
    /// Folders that the compiler searches anyway.
    pub system_include: Vec<PathBuf>,
    /// Folders that the linker searches anyway.
    pub system_library: Vec<PathBuf>,
    /// Variables that win over those of every module.
    pub variables: Vec<(String, String)>,
    /// Pass over `NAME-uninstalled.pc`.
    pub disable_uninstalled: bool,
    /// Let modules be together that say they conflict.
    pub ignore_conflicts: bool,
    /// Static linking takes no private flags.
    pub pure: bool,
    /// Believe each file's prefix, even where `--define-prefix` says otherwise.
    pub keep_prefix: bool,
    /// Leave doubled slashes in paths.
    pub keep_slashes: bool,
    /// The sysroot goes before the paths of flags only, as freedesktop.org's pkg-config has it.
    pub only_flags_move: bool,
    /// Print errors even where they are not asked for.
    pub loud: bool,
    /// How many modules may require each other in a row; without a number, 2000.
    pub depth: Option<u32>,
}

impl Settings {
    /// The settings that these variables make: `PKG_CONFIG_LIBDIR` and its like, and those in which a compiler looks for
    /// folders (`CPATH`, `LIBRARY_PATH`, …). What is not set is as on Debian.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Settings {
        let set = |name: &str| variable(name).is_some();
        let list = |name: &str| variable(name).map(|value| paths(&value));
        let mut search = list("PKG_CONFIG_PATH").unwrap_or_default();
        search.extend(list("PKG_CONFIG_LIBDIR").unwrap_or_else(default_search));
        let system = |name: &str, default: fn() -> Vec<PathBuf>, compilers: &[&str]| {
            let mut folders = list(name).unwrap_or_else(default);
            folders.extend(compilers.iter().filter_map(|name| list(name)).flatten());
            folders
        };
        let sysroot = variable("PKG_CONFIG_SYSROOT_DIR");
        // Whoever installs into the sysroot itself wants its files' own paths.
        let installs_there = sysroot.is_some() && variable("DESTDIR") == sysroot;
        Settings {
            search,
            sysroot: sysroot.map(PathBuf::from),
            top_build_folder: variable("PKG_CONFIG_TOP_BUILD_DIR").map(PathBuf::from),
            allow_system_cflags: set("PKG_CONFIG_ALLOW_SYSTEM_CFLAGS"),
            allow_system_libs: set("PKG_CONFIG_ALLOW_SYSTEM_LIBS"),
            system_include: system(
                "PKG_CONFIG_SYSTEM_INCLUDE_PATH",
                default_system_include,
                &[
                    "CPATH",
                    "C_INCLUDE_PATH",
                    "CPLUS_INCLUDE_PATH",
                    "OBJC_INCLUDE_PATH",
                ],
            ),
            system_library: system(
                "PKG_CONFIG_SYSTEM_LIBRARY_PATH",
                default_system_library,
                &["LIBRARY_PATH"],
            ),
            variables: vec![],
            disable_uninstalled: set("PKG_CONFIG_DISABLE_UNINSTALLED"),
            ignore_conflicts: set("PKG_CONFIG_IGNORE_CONFLICTS"),
            pure: set("PKG_CONFIG_PURE_DEPGRAPH"),
            keep_prefix: set("PKG_CONFIG_DONT_DEFINE_PREFIX"),
            keep_slashes: set("PKG_CONFIG_DONT_RELOCATE_PATHS"),
            only_flags_move: set("PKG_CONFIG_FDO_SYSROOT_RULES") || installs_there,
            loud: set("PKG_CONFIG_DEBUG_SPEW"),
            depth: variable("PKG_CONFIG_MAXIMUM_TRAVERSE_DEPTH")
                .and_then(|value| value.parse().ok()),
        }
    }
}

impl Default for Settings {
    /// An environment in which nothing is set.
    fn default() -> Settings {
        Settings::from_variables(|_| None)
    }
}

fn paths(value: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = vec![];
    for path in value.split(':').filter(|path| !path.is_empty()) {
        if !paths.iter().any(|other| other.as_os_str() == path) {
            paths.push(PathBuf::from(path));
        }
    }
    paths
}

/// Debian's name for what this program was compiled for.
fn multiarch() -> String {
    let architecture = std::env::consts::ARCH;
    match architecture {
        "x86" => "i386-linux-gnu".to_owned(),
        "arm" => "arm-linux-gnueabihf".to_owned(),
        "powerpc64" => "powerpc64le-linux-gnu".to_owned(),
        _ => format!("{architecture}-linux-gnu"),
    }
}

fn default_search() -> Vec<PathBuf> {
    let multiarch = multiarch();
    paths(&format!(
        "/usr/local/lib/{multiarch}/pkgconfig:/usr/local/lib/pkgconfig:/usr/local/share/pkgconfig:\
         /usr/lib/{multiarch}/pkgconfig:/usr/lib/pkgconfig:/usr/share/pkgconfig"
    ))
}

fn default_system_include() -> Vec<PathBuf> {
    paths("/usr/include")
}

fn default_system_library() -> Vec<PathBuf> {
    let multiarch = multiarch();
    let others: &[&str] = match multiarch.as_str() {
        "x86_64-linux-gnu" => &[
            "lib/i386-linux-gnu",
            "lib/x86_64-linux-gnux32",
            "lib32",
            "libx32",
        ],
        _ => &[],
    };
    let own = format!("lib/{multiarch}");
    let folders: Vec<&str> = ["lib", &own]
        .into_iter()
        .chain(others.iter().copied())
        .collect();
    let under = |root: &'static str| {
        folders
            .iter()
            .map(move |folder| PathBuf::from(format!("{root}{folder}")))
    };
    under("/").chain(under("/usr/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let get = |name: &str| variables.iter().find(|(key, _)| *key == name);
        Settings::from_variables(|name| get(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_path_comes_before_the_library_folder_which_replaces_the_default() {
        let both = settings(&[
            ("PKG_CONFIG_PATH", "/a::/b:/a"),
            ("PKG_CONFIG_LIBDIR", "/c"),
        ]);
        assert_eq!(both.search, ["/a", "/b", "/c"].map(PathBuf::from));
        assert_eq!(
            settings(&[("PKG_CONFIG_LIBDIR", "")]).search,
            Vec::<PathBuf>::new()
        );
        assert_eq!(
            settings(&[]).search.last(),
            Some(&PathBuf::from("/usr/share/pkgconfig"))
        );
    }

    #[test]
    fn what_a_compiler_searches_is_system_too() {
        let some = settings(&[
            ("PKG_CONFIG_SYSTEM_INCLUDE_PATH", "/a"),
            ("CPATH", "/b"),
            ("LIBRARY_PATH", "/c"),
        ]);
        assert_eq!(some.system_include, ["/a", "/b"].map(PathBuf::from));
        assert_eq!(some.system_library.last(), Some(&PathBuf::from("/c")));
        assert!(some.system_library.contains(&PathBuf::from("/usr/lib")));
    }

    #[test]
    fn a_variable_that_is_set_counts_even_when_it_is_empty() {
        assert!(settings(&[("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "")]).allow_system_libs);
        assert!(!settings(&[]).allow_system_libs);
    }
}
