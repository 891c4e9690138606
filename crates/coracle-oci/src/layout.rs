//! Writes images out of the store as an OCI layout in a folder of the user's.
