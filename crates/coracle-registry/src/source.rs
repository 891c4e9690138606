//! Where what is pushed comes from. What is done with it is `push`.

use std::io::{self, Read};

use coracle_oci::Descriptor;

/// Where what is pushed comes from.
pub trait BlobSource: Sync {
    /// Opens a blob or manifest from its start. A wrong content is refused by the registry.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    fn open(&self, descriptor: &Descriptor) -> io::Result<Box<dyn Read + Send>>;
}
