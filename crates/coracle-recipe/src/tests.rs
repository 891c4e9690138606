//! What tests of several readers share.

pub(crate) mod oracle;
