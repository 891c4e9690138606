//! the OCI image specification: records, layers, layout, store.
