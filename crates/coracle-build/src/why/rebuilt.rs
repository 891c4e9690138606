//! `coracle why SERVICE --rebuilt`: which input changed, so that the image was made anew.

use coracle_oci::Digest;

use crate::record::{Compared, Kept, compare};

/// What is known of the last builds of a service for a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The service.
    pub service: String,
    /// The platform.
    pub platform: String,
    /// The digest of the image that the last build gave.
    pub image: Digest,
    /// How many builds gave that same image of the same inputs, after the first that did.
    pub again: u64,
    /// What differs from the last build before it that differs; none where there was none.
    pub compared: Option<Compared>,
}

impl Rebuilt {
    /// What a record says.
    pub fn of(service: &str, kept: &Kept) -> Rebuilt {
        let before = kept.before.as_ref();
        Rebuilt {
            service: service.to_owned(),
            platform: kept.platform.clone(),
            image: kept.last.made.image,
            again: kept.again,
            compared: before.map(|before| compare(before, &kept.last)),
        }
    }
}
