//! What is known of single packages: which maintainer scripts we stand in for, which files a container leaves out.
//!
//! A package whose scripts nobody looked at stops the build: an image in which half of a package happened is worse
//! than none.

use coracle_distro::Deb;

/// Packages whose scripts were read and whose effect, as far as a container has it, we make ourselves.
const STOOD_IN: &[(&str, &str)] = &[
    ("base-files", "makes links and folders that we make"),
    ("ca-certificates", "joins the CA bundle, which we join"),
    ("gcc-12-base", "has no effect"),
    ("gcc-14-base", "has no effect"),
    (
        "libc6",
        "restarts services at upgrades; nothing at a first installation",
    ),
    ("netbase", "has no effect"),
    ("tzdata", "sets /etc/localtime, which we set"),
];

/// What packages depend on for their installation alone: no program in an image runs it.
pub(super) const NEVER_DRAWN_IN: &[&str] = &[
    "cdebconf",
    "debconf",
    "debconf-2.0",
    "dpkg",
    "gawk",
    "mawk",
    "openssl",
    "openssl-provider-legacy",
    "original-awk",
    "perl-base",
];

/// Packages that come with another one although no loader asks for them.
pub(super) fn companions(package: &str) -> &'static [(&'static str, &'static str)] {
    match package {
        "libc6" => &[(
            "libgcc-s1",
            "glibc opens libgcc_s.so.1 by name to unwind a cancelled thread",
        )],
        _ => &[],
    }
}

/// The script of a package that nobody stands in for: its name and its lines.
pub(super) fn unknown_script(deb: &Deb) -> Option<(&str, &str)> {
    if STOOD_IN.iter().any(|(name, _)| *name == deb.name()) {
        return None;
    }
    let at_installation = |name: &str| name == "preinst" || name == "postinst";
    let mut scripts = deb
        .scripts
        .iter()
        .map(|script| (script.name.as_str(), script.text.as_str()));
    scripts.find(|(name, text)| at_installation(name) && !does_nothing(text))
}

/// A script of comments, `set -e` and `exit 0`.
fn does_nothing(text: &str) -> bool {
    let idle = |line: &str| {
        line.is_empty() || line.starts_with('#') || line == "set -e" || line == "exit 0"
    };
    text.lines().all(|line| idle(line.trim()))
}

/// Folders that no program in a container reads.
const LEFT_OUT: &[&str] = &[
    "usr/share/bash-completion/",
    "usr/share/bug/",
    "usr/share/doc-base/",
    "usr/share/info/",
    "usr/share/lintian/",
    "usr/share/locale/",
    "usr/share/man/",
    "usr/share/menu/",
];

/// What is taken of base-files: the rest are folders and links that we make where they are needed.
const BASE_FILES: &[&str] = &[
    "etc/debian_version",
    "etc/os-release",
    "usr/lib/os-release",
    "usr/share/common-licenses/",
];

/// Whether a container needs this file of this package; licence texts are decided elsewhere.
pub(super) fn is_wanted(package: &str, path: &str) -> bool {
    let within = |folders: &[&str]| {
        folders
            .iter()
            .any(|folder| path == folder.trim_end_matches('/') || path.starts_with(folder))
    };
    if within(LEFT_OUT) || path == "usr/share/doc" || path.starts_with("usr/share/doc/") {
        return false;
    }
    match package {
        "base-files" => BASE_FILES
            .iter()
            .any(|wanted| path == *wanted || (wanted.ends_with('/') && path.starts_with(wanted))),
        // The bundle is made of its files; the program that joins them stays out.
        "ca-certificates" => false,
        "libc6" => !is_gconv(path),
        _ => true,
    }
}

/// Character set converters: 8 MB of libc6 on amd64, 20 MB on arm64, opened only by `iconv_open`.
fn is_gconv(path: &str) -> bool {
    path.contains("/gconv/") || path.ends_with("/gconv")
}
