//! The file tree that an image's layers make.
