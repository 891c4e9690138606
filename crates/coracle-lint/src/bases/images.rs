//! What base images hold besides their C library: a shell, curl, wget, a CA bundle, a package manager, and as whom they
//! run. Static data, sorted by name and flavour, each row with its source. What is not known is `None`.

use jiff::civil::{Date, date};

/// What tells images of one name apart, beyond their release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flavour {
    /// No word in the tag says anything else.
    Plain,
    /// `-alpine`.
    Alpine,
    /// `-slim`.
    Slim,
    /// `-minimal`.
    Minimal,
    /// `nonroot`.
    Nonroot,
    /// `debug`, `-dev`: with a shell.
    Debug,
    /// `debug-nonroot`.
    DebugNonroot,
    /// One of which the table knows nothing.
    Other,
}

/// What installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageManager {
    /// Debian's and Ubuntu's.
    Apt,
    /// Alpine's and Wolfi's.
    Apk,
    /// dnf, yum or microdnf.
    Rpm,
    /// There is none.
    Absent,
}

/// What an image holds; `None` where that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// `/bin/sh`, or another shell that `CMD-SHELL` finds.
    pub shell: Option<bool>,
    /// `curl`.
    pub curl: Option<bool>,
    /// `wget`, busybox's too.
    pub wget: Option<bool>,
    /// CA certificates where OpenSSL and Go look for them.
    pub certificates: Option<bool>,
    /// What installs packages.
    pub package_manager: Option<PackageManager>,
    /// As whom a container runs where nobody says otherwise.
    pub user: Option<&'static str>,
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) name: &'static str,
    pub(super) flavour: Flavour,
    pub(super) contents: Contents,
    pub(super) source: &'static str,
    pub(super) seen: Date,
}

/// The row of an image.
pub(super) fn find(name: &str, flavour: Flavour) -> Option<&'static Image> {
    let is_it = |image: &&Image| image.name == name && image.flavour == flavour;
    IMAGES.iter().find(is_it)
}

/// Every name that has a row.
pub(super) fn is_known(name: &str) -> bool {
    IMAGES.iter().any(|image| image.name == name)
}

const NOTHING: Contents = Contents {
    shell: Some(false),
    curl: Some(false),
    wget: Some(false),
    certificates: Some(false),
    package_manager: Some(PackageManager::Absent),
    user: Some("root"),
};

/// A minimal root of Debian: the image installs nothing on top.
const APT: Contents = Contents {
    shell: Some(true),
    package_manager: Some(PackageManager::Apt),
    ..NOTHING
};

/// `buildpack-deps:…-curl` and what is made on it.
const FETCHING: Contents = Contents {
    curl: Some(true),
    wget: Some(true),
    certificates: Some(true),
    ..APT
};

/// busybox has wget; Dockerfiles fetch by https with it before they install anything.
const APK: Contents = Contents {
    shell: Some(true),
    wget: Some(true),
    certificates: Some(true),
    package_manager: Some(PackageManager::Apk),
    ..NOTHING
};

/// Of a distribution whose list of packages was not read whole: it has a shell and installs packages.
const UNREAD: Contents = Contents {
    shell: Some(true),
    curl: None,
    wget: None,
    certificates: None,
    package_manager: None,
    user: None,
};

const UNREAD_RPM: Contents = Contents {
    package_manager: Some(PackageManager::Rpm),
    ..UNREAD
};

/// Of the family of Fedora: each has the command `curl`, by one package or another, and with OpenSSL the CA bundle.
const RPM: Contents = Contents {
    curl: Some(true),
    wget: Some(false),
    certificates: Some(true),
    user: Some("root"),
    ..UNREAD_RPM
};

/// Where wget was not seen in some of its releases, and not in the list of all.
const RPM_BY_SAMPLE: Contents = Contents { wget: None, ..RPM };

/// Nor as whom it runs.
const UBI_BY_SAMPLE: Contents = Contents {
    user: None,
    ..RPM_BY_SAMPLE
};

const DISTROLESS: Contents = Contents {
    certificates: Some(true),
    ..NOTHING
};

/// busybox is in `/busybox`, which PATH has; `/bin/sh` is not there.
const DISTROLESS_DEBUG: Contents = Contents {
    wget: Some(true),
    ..DISTROLESS
};

const NONROOT: Option<&str> = Some("65532");

const DOCKERFILES: &str = "its Dockerfile, at github.com/docker-library";
const NODE: &str = "its Dockerfiles and their template, at github.com/nodejs/docker-node";
const NOT_READ: &str = "that it is a distribution; its list of packages was not read";
const ROOT_OF_DEBIAN: &str =
    "github.com/debuerreotype/docker-debian-artifacts, its lists of packages";
const ROOT_OF_ALPINE: &str = "what Dockerfiles on it install first, at github.com/docker-library and github.com/nodejs/docker-node";
const DISTROLESS_SOURCE: &str =
    "github.com/GoogleContainerTools/distroless, base/README.md and static/static.bzl";
const RUST: &str = "github.com/rust-lang/docker-rust, its templates";
const LISTED: &str = "github.com/docker-library/repo-info, its lists of packages and layers";
const ALMALINUX: &str = "github.com/docker-library/repo-info, of 8 and 9; of 10 github.com/AlmaLinux/container-images, Containerfiles/10";
const FEDORA: &str =
    "github.com/docker-library/repo-info, its layers; its list of packages was not read";
const UBI: &str =
    "github.com/quay/claircore, the lists of packages of ubi8 and ubi9 among its tests";
const UBI_MINIMAL: &str = "Dockerfiles on it, which fetch by https before they install anything";
const WOLFI: &str = "github.com/chainguard-images/images, images/wolfi-base; github.com/wolfi-dev/os, busybox.yaml, which takes wget out";
const CHAINGUARD: &str = "edu.chainguard.dev and images.chainguard.dev, the image's page";

const fn row(
    name: &'static str,
    flavour: Flavour,
    contents: Contents,
    source: &'static str,
) -> Image {
    Image {
        name,
        flavour,
        contents,
        source,
        seen: date(2026, 11, 27),
    }
}

static IMAGES: &[Image] = &[
    row("almalinux", Flavour::Plain, RPM_BY_SAMPLE, ALMALINUX),
    row("almalinux", Flavour::Minimal, RPM_BY_SAMPLE, ALMALINUX),
    row("alpine", Flavour::Plain, APK, ROOT_OF_ALPINE),
    row("amazonlinux", Flavour::Plain, RPM, LISTED),
    row("buildpack-deps", Flavour::Plain, FETCHING, DOCKERFILES),
    row(
        "busybox",
        Flavour::Plain,
        Contents {
            shell: Some(true),
            wget: Some(true),
            ..NOTHING
        },
        DOCKERFILES,
    ),
    row(
        "cgr.dev/chainguard/glibc-dynamic",
        Flavour::Plain,
        Contents {
            certificates: None,
            user: None,
            ..NOTHING
        },
        CHAINGUARD,
    ),
    row(
        "cgr.dev/chainguard/static",
        Flavour::Plain,
        Contents {
            certificates: None,
            user: NONROOT,
            ..NOTHING
        },
        CHAINGUARD,
    ),
    row(
        "cgr.dev/chainguard/wolfi-base",
        Flavour::Plain,
        Contents {
            wget: Some(false),
            ..APK
        },
        WOLFI,
    ),
    row("debian", Flavour::Plain, APT, ROOT_OF_DEBIAN),
    row("debian", Flavour::Slim, APT, ROOT_OF_DEBIAN),
    row(
        "fedora",
        Flavour::Plain,
        Contents {
            user: Some("root"),
            ..UNREAD_RPM
        },
        FEDORA,
    ),
    row(
        "gcr.io/distroless/base",
        Flavour::Plain,
        DISTROLESS,
        DISTROLESS_SOURCE,
    ),
    row(
        "gcr.io/distroless/base-nossl",
        Flavour::Plain,
        DISTROLESS,
        DISTROLESS_SOURCE,
    ),
    row(
        "gcr.io/distroless/cc",
        Flavour::Plain,
        DISTROLESS,
        DISTROLESS_SOURCE,
    ),
    row(
        "gcr.io/distroless/static",
        Flavour::Plain,
        DISTROLESS,
        DISTROLESS_SOURCE,
    ),
    row("golang", Flavour::Plain, FETCHING, DOCKERFILES),
    row("golang", Flavour::Alpine, APK, DOCKERFILES),
    row("node", Flavour::Plain, FETCHING, NODE),
    row("node", Flavour::Alpine, APK, NODE),
    row(
        "node",
        Flavour::Slim,
        Contents {
            certificates: None,
            ..APT
        },
        NODE,
    ),
    row("python", Flavour::Plain, FETCHING, DOCKERFILES),
    row("python", Flavour::Alpine, APK, DOCKERFILES),
    row(
        "python",
        Flavour::Slim,
        Contents {
            certificates: Some(true),
            ..APT
        },
        DOCKERFILES,
    ),
    row("redhat/ubi", Flavour::Plain, UBI_BY_SAMPLE, UBI),
    row("redhat/ubi", Flavour::Minimal, UBI_BY_SAMPLE, UBI_MINIMAL),
    row("rockylinux", Flavour::Plain, RPM, LISTED),
    row("rockylinux", Flavour::Minimal, RPM, LISTED),
    row(
        "rockylinux/rockylinux",
        Flavour::Plain,
        UNREAD_RPM,
        NOT_READ,
    ),
    row(
        "rockylinux/rockylinux",
        Flavour::Minimal,
        UNREAD_RPM,
        NOT_READ,
    ),
    row("rust", Flavour::Plain, FETCHING, RUST),
    row("rust", Flavour::Alpine, APK, RUST),
    row(
        "rust",
        Flavour::Slim,
        Contents {
            curl: None,
            wget: None,
            certificates: Some(true),
            ..APT
        },
        RUST,
    ),
    row(
        "scratch",
        Flavour::Plain,
        NOTHING,
        "docs.docker.com/build/building/base-images",
    ),
    row("ubuntu", Flavour::Plain, APT, LISTED),
];

impl Flavour {
    /// The same without what only sets the user or adds a shell.
    pub(super) fn plain(self) -> Flavour {
        match self {
            Flavour::Nonroot | Flavour::Debug | Flavour::DebugNonroot => Flavour::Plain,
            other => other,
        }
    }

    /// What the flavour changes of a distroless image.
    pub(super) fn applied(self, contents: Contents) -> Contents {
        let user = match self {
            Flavour::Nonroot | Flavour::DebugNonroot => NONROOT,
            _ => contents.user,
        };
        match self {
            Flavour::Debug | Flavour::DebugNonroot => Contents {
                user,
                ..DISTROLESS_DEBUG
            },
            _ => Contents { user, ..contents },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_sorted_each_is_one_dated_and_with_its_source() {
        let key = |image: &Image| (image.name, image.flavour);
        assert!(IMAGES.is_sorted_by_key(key));
        for pair in IMAGES.windows(2) {
            assert_ne!(key(&pair[0]), key(&pair[1]));
        }
        for image in IMAGES {
            assert!(
                !image.source.is_empty() && image.seen >= date(2026, 1, 1),
                "{image:?}"
            );
        }
    }

    #[test]
    fn what_has_no_shell_has_no_package_manager() {
        for image in IMAGES
            .iter()
            .filter(|image| image.contents.shell == Some(false))
        {
            let manager = image.contents.package_manager;
            assert_eq!(manager, Some(PackageManager::Absent), "{}", image.name);
        }
    }
}
