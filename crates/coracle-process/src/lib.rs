//! other programs done once.
