//! What is known of single commands in maintainer scripts: those without effect in an image, and those that look.

use super::words::Value;

/// Commands that change nothing in an image: they talk, or speak to services, caches and package managers that are
/// not in it, or tidy what an older version left.
pub(super) const IDLE: &[&str] = &[
    ":",
    "cat",
    "db_capb",
    "db_fget",
    "db_fset",
    "db_get",
    "db_go",
    "db_input",
    "db_purge",
    "db_reset",
    "db_set",
    "db_stop",
    "db_subst",
    "db_title",
    "db_unregister",
    "db_version",
    "deb-systemd-helper",
    "deb-systemd-invoke",
    "dpkg-maintscript-helper",
    "dpkg-trigger",
    "echo",
    "invoke-rc.d",
    "ldconfig",
    "printf",
    "py3clean",
    "py3compile",
    "rm",
    "rmdir",
    "set",
    "systemctl",
    "systemd-sysusers",
    "systemd-tmpfiles",
    "umask",
    "update-binfmts",
    "update-initramfs",
    "update-menus",
    "update-rc.d",
];

/// Commands that only look; what they find nobody knows.
pub(super) const LOOKING: &[&str] = &[
    "awk",
    "cmp",
    "command",
    "cut",
    "dpkg-query",
    "expr",
    "find",
    "fgrep",
    "getent",
    "grep",
    "head",
    "id",
    "ls",
    "md5sum",
    "pidof",
    "readlink",
    "sed",
    "sort",
    "tail",
    "tr",
    "type",
    "uniq",
    "wc",
    "which",
];

/// Whether a command that looks is told to change something.
pub(super) fn changes(name: &str, arguments: &[Value]) -> bool {
    let words = || {
        arguments
            .iter()
            .map(|word| word.as_deref().unwrap_or_default())
    };
    match name {
        "sed" => words().any(|word| word.starts_with("-i") || word == "--in-place"),
        "find" => words().any(|word| matches!(word, "-delete" | "-exec" | "-execdir" | "-ok")),
        _ => false,
    }
}
