//! How a file that coracle wrote is known again.

/// What every ejected file's first lines hold, as a comment of its format.
pub(crate) const MARK: &str = "written by `coracle eject";

/// Looks for the mark in the first lines.
pub(crate) fn is_ours(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().take(8).any(|line| line.contains(MARK))
}
