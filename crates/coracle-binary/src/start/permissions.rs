//! The kernel's permission bits for one user. No ACLs, no capabilities but root's.

use super::{Node, NodeKind, User};

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    /// Execute a file, search a directory.
    Execute,
}

/// Whether `user` may do it.
pub(super) fn may(user: &User, node: &Node, access: Access) -> bool {
    let bit = match access {
        Access::Read => 0o4,
        Access::Execute => 0o1,
    };
    if user.uid == 0 {
        // CAP_DAC_OVERRIDE: all but the execution of a file without any execute bit.
        let file = !matches!(node.kind, NodeKind::Directory);
        return !(file && access == Access::Execute && node.mode & 0o111 == 0);
    }
    let shift = if user.uid == node.uid {
        6
    } else if user.gid == node.gid || user.groups.contains(&node.gid) {
        3
    } else {
        0
    };
    (node.mode >> shift) & bit != 0
}
