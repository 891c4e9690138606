//! Why a service cannot be said as a Dockerfile.

use std::path::PathBuf;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was compiled by what no official image has.
    #[error(
        "cannot write a Dockerfile that compiles {service}: it was compiled by `{toolchain}`, and official images are \
         of releases"
    )]
    Toolchain {
        /// The service.
        service: String,
        /// What compiled it.
        toolchain: String,
    },
    /// It links a C++ library, or was compiled by clang.
    #[error(
        "cannot write a Dockerfile that compiles {service}: {reason}, and the Dockerfile's cross-compiler, zig, cannot \
         link C++ libraries of the suite"
    )]
    Cxx {
        /// The service.
        service: String,
        /// What of it.
        reason: &'static str,
    },
    /// Something that is built or copied is not in the context.
    #[error(
        "cannot write a Dockerfile for {service}: {path} is outside of {root}, which is the build's context"
    )]
    Outside {
        /// The service.
        service: String,
        /// What.
        path: PathBuf,
        /// The context.
        root: PathBuf,
    },
    /// A value that no line of a Dockerfile can hold.
    #[error(
        "cannot write a Dockerfile for {service}: {what} holds {letter:?}, which no line of a Dockerfile can hold"
    )]
    Letter {
        /// The service.
        service: String,
        /// Which value.
        what: String,
        /// What of it.
        letter: char,
    },
    /// A name that a Dockerfile cannot give a variable.
    #[error(
        "cannot write a Dockerfile for {service}: no variable of a Dockerfile can be called `{name}`"
    )]
    Name {
        /// The service.
        service: String,
        /// As the configuration has it.
        name: String,
    },
    /// Flags that no variable can hold.
    #[error(
        "cannot write a Dockerfile that compiles {service}: a flag of `build.rustflags` in its .cargo/config.toml has a blank in \
         it, and in a variable of the Dockerfile cargo would take it for two"
    )]
    Flags {
        /// The service.
        service: String,
    },
    /// Nothing was proven: our own mistake.
    #[error("{service} was proven for no platform: this is a bug of coracle")]
    NoImage {
        /// The service.
        service: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Toolchain { .. } => Some(
                "name a release in rust-toolchain.toml or go.mod; or compile outside: --prebuilt writes a Dockerfile \
                 that copies the program"
                    .to_owned(),
            ),
            Error::Cxx { .. } => Some(
                "compile outside, for example by `coracle build` or on a machine of each platform: --prebuilt writes a \
                 Dockerfile that copies the program"
                    .to_owned(),
            ),
            Error::Outside { .. } => Some(
                "run it in a folder that holds all of it (-C DIR), or compile outside: --prebuilt".to_owned(),
            ),
            Error::Letter { .. } => Some("write the value on one line".to_owned()),
            Error::Name { .. } => {
                Some("use letters, digits and `_`, and no digit at the beginning".to_owned())
            }
            Error::Flags { .. } => Some(
                "give the flags to the target (`[target.'cfg(target_os = \"linux\")'] rustflags`), or compile outside: \
                 --prebuilt"
                    .to_owned(),
            ),
            Error::NoImage { .. } => None,
        }
    }
}
