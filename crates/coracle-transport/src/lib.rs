//! HTTP done once.
