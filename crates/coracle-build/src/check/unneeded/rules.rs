//! What is known of packages and of files by their names.

/// The base of a distribution: it is small, or everything is built on it.
const NEVER_TOLD: [&str; 20] = [
    "alpine-baselayout",
    "alpine-baselayout-data",
    "alpine-keys",
    "alpine-release",
    "base-files",
    "base-passwd",
    "glibc",
    "ld-linux",
    "libc-bin",
    "libc6",
    // libc opens it where a thread is ended.
    "libgcc",
    "libgcc-s1",
    "media-types",
    "musl",
    "ncurses-base",
    "netbase",
    "wolfi-base",
    "wolfi-baselayout",
    "wolfi-keys",
    "mailcap",
];
/// C libraries, which open only what known rules say, whoever depends on them.
const OPEN_NOTHING: [&str; 3] = ["glibc", "libc6", "musl"];
/// Parts of paths of files that are opened by rules of their own: converters, providers, mechanisms, modules.
const OPENED: [&str; 6] = [
    "/gconv/",
    "/ossl-modules/",
    "/engines-",
    "/sasl2/",
    "/krb5/plugins/",
    "/security/pam_",
];

/// What programs look for by a well-known path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookedFor {
    Certificates,
    TimeZones,
}

/// Whether a package is of the base, which is never told.
pub(super) fn is_never_told(package: &str) -> bool {
    NEVER_TOLD.contains(&package)
}

/// Whether a package's libraries open no others.
pub(super) fn opens_nothing(package: &str) -> bool {
    OPEN_NOTHING.contains(&package)
}

/// What is looked for in a package by its path.
pub(super) fn looked_for(package: &str) -> Option<LookedFor> {
    match package {
        "ca-certificates" | "ca-certificates-bundle" => Some(LookedFor::Certificates),
        "tzdata" | "tzdata-legacy" => Some(LookedFor::TimeZones),
        _ => None,
    }
}

/// Whether a file is opened by rules that do not name it.
pub(super) fn is_opened(path: &str) -> bool {
    name(path).starts_with("libnss_") || OPENED.iter().any(|part| path.contains(part))
}

/// Whether a file is a library where loaders look.
pub(super) fn is_library(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    name.starts_with("lib") && name.contains(".so") && is_searched(folder)
}

/// Whether a file is a library that only its opener looks for.
pub(super) fn is_plugin(path: &str) -> bool {
    let name = name(path);
    (name.ends_with(".so") || name.contains(".so."))
        && !is_library(path)
        && !name.starts_with("ld-")
}

/// `usr/lib`, `usr/local/lib`, and the folder of a machine in either.
fn is_searched(folder: &str) -> bool {
    let parts: Vec<&str> = folder.split('/').collect();
    let rest = match parts.as_slice() {
        ["usr", "local", rest @ ..] | ["usr", rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        ["lib" | "lib64" | "lib32"] => true,
        ["lib", machine] => machine.contains("-linux-"),
        _ => false,
    }
}

pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_where_loaders_look_and_plugins_are_not() {
        for path in [
            "usr/lib/x86_64-linux-gnu/libz.so.1",
            "lib/libz.so.1.3",
            "usr/lib64/libz.so.1",
            "usr/local/lib/libown.so",
        ] {
            assert!(is_library(path) && !is_plugin(path), "{path}");
        }
        for path in [
            "usr/lib/nginx/modules/ngx_http_geoip_module.so",
            "usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstogg.so",
            "app/plugins/libown.so.2",
        ] {
            assert!(is_plugin(path) && !is_library(path), "{path}");
        }
        assert!(!is_plugin("usr/share/doc/libz.sources"));
        assert!(is_opened("usr/lib/x86_64-linux-gnu/libnss_ldap.so.2"));
        assert!(is_opened("usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"));
    }
}
