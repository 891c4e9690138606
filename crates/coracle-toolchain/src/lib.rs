//! cargo and go: what they build and how to tell them.
