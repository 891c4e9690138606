//! The suite's -dev packages for all platforms side by side, as Debian has them, and what tells compilers of them.
//!
//! zig brings its own C library, in the suite's version, and its headers must come first: so Debian's folders are
//! searched after all others (`-idirafter`). The folder of the machine is named too, which no .pc file does. `-L` stands among the
//! flags for C, because a crate that test-links and fails compiles a copy of its own and says nothing.

use std::collections::BTreeSet;

use coracle_toolchain::Target;

use super::Recipe;
use super::toolchain::install_zig;
use crate::plan::platforms;

/// A platform's names.
pub(super) struct Names {
    pub(super) target: Target,
    /// In TARGETARCH.
    pub(super) architecture: &'static str,
    /// Debian's.
    pub(super) debian: &'static str,
    /// Debian's folder.
    pub(super) triplet: &'static str,
    /// zig's.
    zig: &'static str,
}

impl Names {
    fn of(target: Target) -> Names {
        let (architecture, debian, triplet, zig) = match target {
            Target::LinuxAmd64 => ("amd64", "amd64", "x86_64-linux-gnu", "x86_64-linux-gnu"),
            Target::LinuxArm64 => ("arm64", "arm64", "aarch64-linux-gnu", "aarch64-linux-gnu"),
            Target::LinuxArmV7 => ("arm", "armhf", "arm-linux-gnueabihf", "arm-linux-gnueabihf"),
        };
        Names {
            target,
            architecture,
            debian,
            triplet,
            zig,
        }
    }

    /// For C: where headers and libraries are.
    pub(super) fn flags(&self) -> String {
        let triplet = self.triplet;
        format!("-idirafter /usr/include -idirafter /usr/include/{triplet} -L/usr/lib/{triplet}")
    }

    /// Where .pc files are.
    pub(super) fn modules(&self) -> String {
        format!("/usr/lib/{}/pkgconfig:/usr/share/pkgconfig", self.triplet)
    }
}

/// Of all platforms of the plan.
pub(super) fn names(recipe: &Recipe<'_>) -> Vec<Names> {
    let targets = recipe.plan.platforms.iter().filter_map(platforms::target);
    targets.map(Names::of).collect()
}

/// The -dev packages that the program asks for, on any platform.
pub(super) fn packages<'a>(recipe: &'a Recipe<'_>) -> BTreeSet<&'a str> {
    let compiled = recipe.images.iter().map(|image| &image.compiled);
    compiled
        .flat_map(|compiled| &compiled.development)
        .map(String::as_str)
        .collect()
}

/// The suite's C library.
pub(super) fn glibc(recipe: &Recipe<'_>) -> String {
    let (major, minor) = recipe.plan.suite.value.glibc;
    format!("{major}.{minor}")
}

/// Installs them, and what a compiler needs besides, for all platforms at once; apt adds what they depend on.
pub(super) fn install(recipe: &Recipe<'_>, besides: &[&'static str]) -> String {
    let mut packages = packages(recipe);
    packages.extend(besides);
    if packages.is_empty() {
        return String::new();
    }
    let names = names(recipe);
    let architectures: Vec<String> = names
        .iter()
        .map(|name| format!("dpkg --add-architecture {}", name.debian))
        .collect();
    let mut wanted = Vec::new();
    for package in packages {
        let each = names
            .iter()
            .map(|name| format!("{package}:{}", name.debian));
        wanted.push(each.collect::<Vec<_>>().join(" "));
    }
    format!(
        "# What the program is compiled against, of the suite that it runs on.\n\
         RUN <<EOF\n\
         set -eu\n\
         {}\n\
         apt-get update\n\
         apt-get install --yes --no-install-recommends \\\n  {}\n\
         rm -rf /var/lib/apt/lists/*\n\
         EOF\n",
        architectures.join("\n"),
        wanted.join(" \\\n  "),
    )
}

/// zig as cgo's compiler, told of the image's platform by a script of its own: cgo reads flags from many places.
pub(super) fn for_go(recipe: &Recipe<'_>) -> String {
    let glibc = glibc(recipe);
    let mut cases = String::new();
    let mut modules = String::new();
    for name in names(recipe) {
        let cpu = match name.target {
            Target::LinuxArmV7 => " -mcpu=generic+v7a+vfp3d16+thumb2",
            Target::LinuxAmd64 | Target::LinuxArm64 => "",
        };
        cases.push_str(&format!(
            "{}) set -- -target {}.{glibc}{cpu} -fno-sanitize=all {} \"$@\" ;;\n",
            name.architecture,
            name.zig,
            name.flags()
        ));
        modules.push_str(&format!(
            "{}) export PKG_CONFIG_LIBDIR={} ;;\n",
            name.architecture,
            name.modules()
        ));
    }
    format!(
        "{}{}\
         # cgo's compiler and pkg-config for the platform of the image, which GOARCH names.\n\
         COPY --chmod=0755 <<\"EOF\" /opt/zig/bin/target-cc\n\
         #!/bin/sh\n\
         case $GOARCH in\n\
         {cases}\
         esac\n\
         exec zig cc \"$@\"\n\
         EOF\n\
         COPY --chmod=0755 <<\"EOF\" /opt/zig/bin/target-pkg-config\n\
         #!/bin/sh\n\
         case $GOARCH in\n\
         {modules}\
         esac\n\
         exec pkg-config \"$@\"\n\
         EOF\n\
         ENV CGO_ENABLED=1 CC=target-cc PKG_CONFIG=target-pkg-config\n",
        install_zig(false, &["pkg-config".to_owned()]),
        install(recipe, &[]),
    )
}
