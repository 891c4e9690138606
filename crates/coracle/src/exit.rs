//! Exit codes: documented in README and stable.

use std::process::ExitCode;

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// There are findings, or the proof failed.
pub(crate) const FINDINGS: u8 = 1;
/// Usage or configuration is wrong, or a lock is stale under `--locked`.
pub(crate) const USAGE: u8 = 2;
/// cargo, go or another tool failed.
pub(crate) const TOOLCHAIN: u8 = 3;
/// The network or a registry failed.
pub(crate) const NETWORK: u8 = 4;
/// A signature or digest is wrong.
pub(crate) const INTEGRITY: u8 = 5;
/// The disk is full or cannot be written.
pub(crate) const DISK: u8 = 6;
/// A bug of coracle's own.
pub(crate) const BUG: u8 = 70;
/// Busy or rate-limited: the same command may succeed later.
pub(crate) const TRY_AGAIN: u8 = 75;

/// The code of a class of failure.
pub(crate) fn code(class: coracle_build::Class) -> ExitCode {
    ExitCode::from(number(class))
}

/// The same as a number.
pub(crate) fn number(class: coracle_build::Class) -> u8 {
    use coracle_build::Class;
    match class {
        Class::Findings => FINDINGS,
        Class::Usage => USAGE,
        Class::Toolchain => TOOLCHAIN,
        Class::Network => NETWORK,
        Class::Integrity => INTEGRITY,
        Class::Disk => DISK,
        Class::Bug => BUG,
        Class::TryAgain => TRY_AGAIN,
    }
}
