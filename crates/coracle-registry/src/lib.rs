//! the OCI distribution protocol.
