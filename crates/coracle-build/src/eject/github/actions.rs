//! The actions that workflows use, each by the commit of a version: a tag can be moved, a commit cannot.
//!
//! As of 2026-11-27, by the tags of each action's own repository, and as other public repositories pin them.

/// An action at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    name: &'static str,
    commit: &'static str,
    version: &'static str,
}

pub(super) const CHECKOUT: Action = Action {
    name: "actions/checkout",
    commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
    version: "v7.0.1",
};
/// Restores, and keeps what there is when the job has succeeded.
pub(super) const CACHE: Action = Action {
    name: "actions/cache",
    commit: "27d5ce7f107fe9357f9df03efb73ab90386fccae",
    version: "v5.0.5",
};
/// Restores alone.
pub(super) const CACHE_RESTORE: Action = Action {
    name: "actions/cache/restore",
    ..CACHE
};
/// Keeps alone.
pub(super) const CACHE_SAVE: Action = Action {
    name: "actions/cache/save",
    ..CACHE
};
pub(super) const UPLOAD: Action = Action {
    name: "actions/upload-artifact",
    commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    version: "v7.0.0",
};
pub(super) const DOWNLOAD: Action = Action {
    name: "actions/download-artifact",
    commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    version: "v8.0.1",
};
/// Installs sccache, and hands it the key to GitHub's cache, which only actions get.
pub(super) const SCCACHE: Action = Action {
    name: "mozilla-actions/sccache-action",
    commit: "7d986dd989559c6ecdb630a3fd2557667be217ad",
    version: "v0.0.9",
};

impl Action {
    /// As `uses:` has it, with the version as a comment that update robots read.
    pub(super) fn written(&self) -> String {
        format!("{}@{} # {}", self.name, self.commit, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_pinned_by_a_whole_commit_and_names_a_version() {
        for action in [CHECKOUT, CACHE, UPLOAD, DOWNLOAD, SCCACHE] {
            let is_hex = action.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hex && action.commit.len() == 40, "{action:?}");
            assert!(action.version.starts_with('v'), "{action:?}");
        }
        assert_eq!(CACHE_RESTORE.commit, CACHE.commit);
        assert_eq!(CACHE_SAVE.commit, CACHE.commit);
    }
}
