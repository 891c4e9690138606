//! Whether records make sense together.
