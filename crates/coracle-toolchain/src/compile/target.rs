//! What a program is compiled for. Only the host's own platform in this version.

use std::fmt;

use super::Error;

/// A platform that programs are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// `linux/amd64`
    LinuxAmd64,
    /// `linux/arm64`
    LinuxArm64,
}

impl Target {
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

    /// Go's word for the architecture, which is the image specification's too.
    pub fn go_architecture(self) -> &'static str {
        match self {
            Target::LinuxAmd64 => "amd64",
            Target::LinuxArm64 => "arm64",
        }
    }

    /// The architecture as Rust's target triples begin.
    pub fn rust_architecture(self) -> &'static str {
        match self {
            Target::LinuxAmd64 => "x86_64",
            Target::LinuxArm64 => "aarch64",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "linux/{}", self.go_architecture())
    }
}
