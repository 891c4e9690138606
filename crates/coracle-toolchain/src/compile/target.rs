//! What a program is compiled for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Error;

/// A platform that programs are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// `linux/amd64`
    LinuxAmd64,
    /// `linux/arm64`
    LinuxArm64,
    /// `linux/arm/v7`
    LinuxArmV7,
}

/// The names of one platform.
struct Names {
    /// The image specification's, and Go's architecture with it.
    platform: &'static str,
    go: &'static str,
    /// How rustc's names of targets begin, and how they end where the C library is glibc, and musl.
    rust: &'static str,
    rust_abi: [&'static str; 2],
    /// How zig's begin, which has the same endings.
    zig: &'static str,
    /// Debian's folder of libraries, which is clang's name of the target too.
    triplet: &'static str,
}

impl Target {
    /// Every platform, by name.
    pub fn all() -> [Target; 3] {
        [Target::LinuxAmd64, Target::LinuxArm64, Target::LinuxArmV7]
    }

    /// The platform of this name: `linux/amd64`, `linux/arm64`, `linux/arm/v7`.
    pub fn of(name: &str) -> Option<Target> {
        let mut all = Target::all().into_iter();
        all.find(|target| target.names().platform == name)
    }

    /// The platform that coracle runs on.
    ///
    /// # Errors
    /// [`Error::UnsupportedHost`] on anything but Linux on x86-64 or arm64.
    pub fn host() -> Result<Target, Error> {
        match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => Ok(Target::LinuxAmd64),
            ("linux", "aarch64") => Ok(Target::LinuxArm64),
            (system, architecture) => Err(Error::UnsupportedHost {
                host: format!("{system} on {architecture}"),
            }),
        }
    }

    /// Whether it is the platform that coracle runs on.
    pub fn is_host(self) -> bool {
        Target::host().is_ok_and(|host| host == self)
    }

    /// Go's word for the architecture, which is the image specification's too.
    pub fn go_architecture(self) -> &'static str {
        self.names().go
    }

    /// The image specification's word for the kind of the architecture, where there are several: `v7`.
    pub fn variant(self) -> Option<&'static str> {
        match self {
            Target::LinuxArmV7 => Some("v7"),
            Target::LinuxAmd64 | Target::LinuxArm64 => None,
        }
    }

    /// The architecture as rustc's names of targets begin.
    pub fn rust_architecture(self) -> &'static str {
        self.names().rust
    }

    /// rustc's name of the target: `aarch64-unknown-linux-gnu`, `armv7-unknown-linux-musleabihf`.
    pub fn rust_triple(self, musl: bool) -> String {
        let Names { rust, rust_abi, .. } = self.names();
        let [gnu, musl_abi] = rust_abi;
        format!("{rust}-unknown-linux-{}", if musl { musl_abi } else { gnu })
    }

    /// zig's name of the target; of glibc with the version that is linked against: `aarch64-linux-gnu.2.41`.
    pub(crate) fn zig_triple(self, musl: bool, glibc: Option<(u32, u32)>) -> String {
        let Names { zig, rust_abi, .. } = self.names();
        let [gnu, musl_abi] = rust_abi;
        match glibc.filter(|_| !musl) {
            Some((major, minor)) => format!("{zig}-linux-{gnu}.{major}.{minor}"),
            None => format!("{zig}-linux-{}", if musl { musl_abi } else { gnu }),
        }
    }

    /// clang's name of the target, which is Debian's folder of its libraries: `aarch64-linux-gnu`.
    pub(crate) fn triplet(self) -> &'static str {
        self.names().triplet
    }

    fn names(self) -> Names {
        match self {
            Target::LinuxAmd64 => Names {
                platform: "linux/amd64",
                go: "amd64",
                rust: "x86_64",
                rust_abi: ["gnu", "musl"],
                zig: "x86_64",
                triplet: "x86_64-linux-gnu",
            },
            Target::LinuxArm64 => Names {
                platform: "linux/arm64",
                go: "arm64",
                rust: "aarch64",
                rust_abi: ["gnu", "musl"],
                zig: "aarch64",
                triplet: "aarch64-linux-gnu",
            },
            Target::LinuxArmV7 => Names {
                platform: "linux/arm/v7",
                go: "arm",
                rust: "armv7",
                rust_abi: ["gnueabihf", "musleabihf"],
                zig: "arm",
                triplet: "arm-linux-gnueabihf",
            },
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.names().platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_found_by_the_name_that_it_shows() {
        for target in Target::all() {
            assert_eq!(Target::of(&target.to_string()), Some(target));
        }
        assert_eq!(Target::of("linux/arm"), None);
        assert_eq!(Target::of("linux/riscv64"), None);
        assert_eq!(Target::LinuxArmV7.to_string(), "linux/arm/v7");
        assert_eq!(Target::LinuxArmV7.variant(), Some("v7"));
    }

    #[test]
    fn rustc_and_zig_call_it_each_their_own_name() {
        let [amd64, arm64, arm] = Target::all();
        let names = |target: Target| {
            let glibc = Some((2, 36));
            (
                target.rust_triple(false),
                target.rust_triple(true),
                target.zig_triple(false, glibc),
                target.zig_triple(true, glibc),
            )
        };
        let expected = |[one, two, three, four]: [&str; 4]| {
            (
                one.to_owned(),
                two.to_owned(),
                three.to_owned(),
                four.to_owned(),
            )
        };
        assert_eq!(
            names(amd64),
            expected([
                "x86_64-unknown-linux-gnu",
                "x86_64-unknown-linux-musl",
                "x86_64-linux-gnu.2.36",
                "x86_64-linux-musl"
            ])
        );
        assert_eq!(
            names(arm64),
            expected([
                "aarch64-unknown-linux-gnu",
                "aarch64-unknown-linux-musl",
                "aarch64-linux-gnu.2.36",
                "aarch64-linux-musl"
            ])
        );
        assert_eq!(
            names(arm),
            expected([
                "armv7-unknown-linux-gnueabihf",
                "armv7-unknown-linux-musleabihf",
                "arm-linux-gnueabihf.2.36",
                "arm-linux-musleabihf"
            ])
        );
    }
}
