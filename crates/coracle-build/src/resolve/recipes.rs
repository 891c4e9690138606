//! What is known of single packages: which maintainer scripts we stand in for, which files a container leaves out.
//!
//! A package whose scripts would do what nobody stands in for stops the build: an image in which half of a package
//! happened is worse than none.

use coracle_distro::Deb;

use super::scripts::{self, Alternative};

/// Packages whose scripts were read and whose effect, as far as a container has it, we make ourselves.
const STOOD_IN: &[(&str, &str)] = &[
    ("base-files", "makes links and folders that we make"),
    ("bash", "makes /bin/sh where there is none, which we do"),
    ("ca-certificates", "joins the CA bundle, which we join"),
    (
        "dash",
        "takes /bin/sh over from a system that has it already; the link is among its files",
    ),
    (
        "libc-bin",
        "makes nsswitch.conf, which we make, and runs ldconfig",
    ),
    (
        "libc6",
        "restarts services at upgrades; nothing at a first installation",
    ),
    ("netbase", "makes hosts, which we make, and networks"),
    (
        "python3.11-minimal",
        "compiles ahead what Python compiles when it runs, and makes a folder for local modules",
    ),
    (
        "python3.13-minimal",
        "compiles ahead what Python compiles when it runs, and makes a folder for local modules",
    ),
    ("readline-common", "copies key bindings for terminals"),
    ("tzdata", "sets /etc/localtime, which we set"),
];

/// What packages depend on for their installation alone: no program in an image runs it.
pub(super) const NEVER_DRAWN_IN: &[&str] = &[
    "cdebconf",
    "debconf",
    "debconf-2.0",
    "debianutils",
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

/// Packages whose scripts make what only a generator of theirs can make: an image without it starts and then fails.
const GENERATED: &[(&str, &str)] = &[
    ("fontconfig", "the font cache that fc-cache makes"),
    (
        "fontconfig-config",
        "the links in /etc/fonts/conf.d that its debconf answers choose",
    ),
    (
        "libgdk-pixbuf-2.0-0",
        "the loaders.cache that gdk-pixbuf-query-loaders makes, without which no picture can be read",
    ),
    (
        "shared-mime-info",
        "the mime database that update-mime-database makes",
    ),
];

/// GLib's own script compiles schemas, of which GLib has none.
const GLIB: &[&str] = &["libglib2.0-0", "libglib2.0-0t64"];
const SCHEMAS: &str = "usr/share/glib-2.0/schemas/";

/// A script that nobody stands in for and that would change an image.
#[derive(Debug)]
pub struct UnknownScript {
    /// `postinst`.
    pub name: String,
    /// Its lines.
    pub text: String,
    /// The command that is not understood; nothing where the whole is not.
    pub command: Option<String>,
    /// What the image would lack, where that is known.
    pub missing: Option<&'static str>,
}

/// The alternatives that a package installs; its scripts do nothing else that an image needs.
pub(super) fn alternatives(deb: &Deb) -> Result<Vec<Alternative>, UnknownScript> {
    let is_known = STOOD_IN.iter().any(|(name, _)| *name == deb.name());
    if is_known || GLIB.contains(&deb.name()) {
        return Ok(Vec::new());
    }
    let mut alternatives = Vec::new();
    for script in &deb.scripts {
        let followed = scripts::follow(script);
        alternatives.extend(followed.map_err(|command| UnknownScript {
            name: script.name.clone(),
            text: script.text.clone(),
            command,
            missing: generated(deb.name()),
        })?);
    }
    Ok(alternatives)
}

fn generated(package: &str) -> Option<&'static str> {
    let mut generated = GENERATED.iter();
    generated
        .find(|(name, _)| *name == package)
        .map(|(_, missing)| *missing)
}

/// A schema of GSettings in a package, which nobody here compiles.
pub(super) fn schema(deb: &Deb) -> Option<&str> {
    let mut paths = deb.files.iter().map(|file| file.path.as_str());
    paths.find(|path| path.starts_with(SCHEMAS) && path.ends_with(".gschema.xml"))
}

/// Folders that no program in a container reads, and what they hold.
pub(crate) const LEFT_OUT: &[(&str, &str)] = &[
    ("usr/share/bash-completion/", "shell completions"),
    ("usr/share/bug/", "scripts for bug reports"),
    ("usr/share/doc-base/", DOCUMENTATION),
    ("usr/share/doc/", DOCUMENTATION),
    ("usr/share/info/", DOCUMENTATION),
    ("usr/share/lintian/", "notes for Debian's own checks"),
    ("usr/share/locale/", "translations"),
    ("usr/share/man/", DOCUMENTATION),
    ("usr/share/menu/", "menus"),
];
const DOCUMENTATION: &str = "documentation";
const NOBODY_READS: &str = "no program in a container reads it";

/// What is taken of base-files: the rest are folders and links that we make where they are needed.
pub(crate) const BASE_FILES: &[&str] = &[
    "etc/debian_version",
    "etc/os-release",
    "usr/lib/os-release",
    "usr/share/common-licenses/",
];

/// Whether a container needs this file of this package; licence texts are decided elsewhere.
pub(super) fn is_wanted(package: &str, path: &str) -> bool {
    left_out(package, path).is_none()
}

/// What a file is part of that is left out, and why; nothing for a file that a container needs.
pub(super) fn left_out(package: &str, path: &str) -> Option<(&'static str, &'static str)> {
    let within = |folder: &str| path == folder.trim_end_matches('/') || path.starts_with(folder);
    if let Some((_, what)) = LEFT_OUT.iter().find(|(folder, _)| within(folder)) {
        return Some((what, NOBODY_READS));
    }
    match package {
        "base-files" => {
            let is_wanted = BASE_FILES.iter().any(|wanted| {
                path == *wanted || (wanted.ends_with('/') && path.starts_with(*wanted))
            });
            (!is_wanted).then_some((
                "folders and links of base-files",
                "we make those that are needed",
            ))
        }
        "ca-certificates" => Some((
            "single certificates",
            "the bundle holds them all, and the program that joins them is not needed",
        )),
        _ => None,
    }
}
