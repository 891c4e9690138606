//! The tests that download what they build and start what they made.

mod bare;
mod disk;
mod examples;
mod libraries;
mod provision;

mod refused;
mod registry;
mod reproducible;
