//! The tests that download what they build and start what they made.

mod across;
mod against;
mod bare;
mod beyond;
mod buildkit;
mod cached;
mod disk;
mod documented;
mod ejected_github;
mod engine;
mod examples;
mod explained;
mod libraries;
mod linters;
mod own;
mod parts;
mod prebuilt;
mod provision;
mod published;
mod refused;
mod registry;
mod reproducible;
mod steered;
mod verdicts;
