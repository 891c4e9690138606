//! What happens while an archive is opened and read, for whoever shows it.

use jiff::Timestamp;

use crate::suite::ArchiveName;

/// Something that happened. URLs are without userinfo and query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveEvent {
    /// A place was tried and is not used; the next one is tried.
    Skipped {
        /// Which archive was wanted.
        archive: ArchiveName,
        /// The place.
        url: String,
        /// Who named it.
        origin: String,
        /// Why, with its causes.
        reason: String,
    },
    /// This InRelease is used.
    Using {
        /// Which archive.
        archive: ArchiveName,
        /// The place; `None` is the store.
        url: Option<String>,
        /// Who named it.
        origin: String,
        /// Its Date.
        date: Timestamp,
    },
    /// A download begins.
    Fetching {
        /// `libc6 2.41-12` or a file's path.
        what: String,
        /// The place.
        url: String,
        /// How many bytes.
        size: u64,
    },
    /// A download was verified and kept.
    Fetched {
        /// As above.
        what: String,
        /// How many bytes.
        size: u64,
    },
}
