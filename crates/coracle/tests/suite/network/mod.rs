//! The tests that download what they build and start what they made.

mod disk;
mod examples;
mod libraries;
mod provision;
mod readme;
mod refused;
mod registry;
mod reproducible;
