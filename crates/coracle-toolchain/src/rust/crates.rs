//! Crates that stand for native libraries and that are widely used: which .pc files they ask for, whether they have a
//! copy of the library with them, and the variable that makes them prefer the system's.
//!
//! A crate that is not in the table is still understood: its `links` key names the library, and what it asks of
//! pkg-config is seen when it does. The table is for names that differ and for copies that come first. Each row was
//! read in the crate's own build script.

/// When a crate compiles its own copy of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copy {
    /// When the system's is not found.
    WhenNotFound,
    /// When one of these features is on.
    Features(&'static [&'static str]),
    /// Always, unless [`Crate::prefer`] is set.
    First,
}

/// What is known of one crate.
pub(super) struct Crate {
    pub(super) name: &'static str,
    /// Modules of pkg-config, each of which is enough.
    pub(super) modules: &'static [&'static str],
    pub(super) copy: Copy,
    /// The variable that, set to 1, makes it take the system's library.
    pub(super) prefer: Option<&'static str>,
}

/// Variables that, set to 1, make crates keep their copies although they would find the system's library.
const KEEPS: &[(&str, &str)] = &[
    ("liblzma-sys", "LZMA_API_STATIC"),
    ("libz-sys", "LIBZ_SYS_STATIC"),
    ("lzma-sys", "LZMA_API_STATIC"),
    ("pcre2-sys", "PCRE2_SYS_STATIC"),
];

const fn of(
    name: &'static str,
    modules: &'static [&'static str],
    copy: Copy,
    prefer: Option<&'static str>,
) -> Crate {
    Crate {
        name,
        modules,
        copy,
        prefer,
    }
}

/// By name.
const CRATES: &[Crate] = &[
    of("bzip2-sys", &["bzip2"], Copy::WhenNotFound, None),
    of("curl-sys", &["libcurl"], Copy::WhenNotFound, None),
    of("freetype-sys", &["freetype2"], Copy::WhenNotFound, None),
    of(
        "libdbus-sys",
        &["dbus-1"],
        Copy::Features(&["vendored"]),
        None,
    ),
    of("libgit2-sys", &["libgit2"], Copy::WhenNotFound, None),
    of("liblzma-sys", &["liblzma"], Copy::WhenNotFound, None),
    of(
        "libsodium-sys-stable",
        &["libsodium"],
        Copy::First,
        Some("SODIUM_USE_PKG_CONFIG"),
    ),
    of(
        "libsqlite3-sys",
        &["sqlite3"],
        Copy::Features(&["bundled"]),
        Some("LIBSQLITE3_SYS_USE_PKG_CONFIG"),
    ),
    of(
        "libssh2-sys",
        &["libssh2"],
        Copy::First,
        Some("LIBSSH2_SYS_USE_PKG_CONFIG"),
    ),
    of("libwebp-sys", &["libwebp"], Copy::WhenNotFound, None),
    of("libz-sys", &["zlib"], Copy::WhenNotFound, None),
    of("lzma-sys", &["liblzma"], Copy::WhenNotFound, None),
    of(
        "mysqlclient-sys",
        &["mysqlclient", "libmariadb"],
        Copy::Features(&["bundled"]),
        None,
    ),
    of(
        "onig_sys",
        &["oniguruma"],
        Copy::First,
        Some("RUSTONIG_SYSTEM_LIBONIG"),
    ),
    of(
        "openssl-sys",
        &["openssl"],
        Copy::Features(&["vendored"]),
        Some("OPENSSL_NO_VENDOR"),
    ),
    of("pcre2-sys", &["libpcre2-8"], Copy::WhenNotFound, None),
    of("pq-sys", &["libpq"], Copy::Features(&["bundled"]), None),
    of(
        "zstd-sys",
        &["libzstd"],
        Copy::First,
        Some("ZSTD_SYS_USE_PKG_CONFIG"),
    ),
];

/// What is known of the crate of this name.
pub(super) fn known(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|known| known.name == name)
}

impl Crate {
    /// The variable that makes it keep its copy.
    pub(super) fn keep(&self) -> Option<&'static str> {
        let of_this = KEEPS.iter().find(|(name, _)| *name == self.name);
        of_this.map(|(_, variable)| *variable)
    }

    /// Whether it would compile its own copy, with these features, if nothing were said to it.
    pub(super) fn has_copy(&self, features: &[String]) -> bool {
        match self.copy {
            Copy::WhenNotFound | Copy::First => true,
            Copy::Features(names) => features.iter().any(|on| names.contains(&on.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_crate_once() {
        assert!(CRATES.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn a_copy_behind_a_feature_counts_when_the_feature_is_on() {
        let sqlite = known("libsqlite3-sys").unwrap();
        assert!(!sqlite.has_copy(&["default".to_owned()]));
        assert!(sqlite.has_copy(&["bundled".to_owned()]));
        assert!(known("zstd-sys").unwrap().has_copy(&[]));
        assert!(known("unheard-of-sys").is_none());
    }
}
