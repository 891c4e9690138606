//! Debian's own archive, through the host's apt entries.
