//! The project's chores: `cargo xtask test`, `tidy`, `fuzz` and `bench`.
//!
//! Not part of the product: nothing in `crates/` knows of it, and it uses none of them, so that it
//! still speaks when they do not compile.
#![expect(
    clippy::print_stdout,
    reason = "a chore's whole job is to say what it did"
)]

mod bench;
mod fuzz;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Chores of the coracle repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a change is merged: fences, unit tests, real parts.
    Test(test::Choice),
    /// How fast it is, by whole commands in turn, into `bench/results`: by hand, on a machine with little else to do.
    Bench(bench::Choice),
    /// Hostile inputs for the readers, made by libFuzzer: by hand, for as long as one likes.
    Fuzz(fuzz::Choice),
    /// The house rules alone (they are part of `cargo test` too), in under a second.
    Tidy,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = repository()?;
    match arguments.chore {
        Chore::Test(choice) => test::run(&root, &choice),
        Chore::Bench(choice) => bench::run(&root, &choice),
        Chore::Fuzz(choice) => fuzz::run(&root, &choice),
        Chore::Tidy => tidy::run(&root),
    }
}

/// The repository's top folder: the parent of this crate's.
fn repository() -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().context("xtask lies in no folder")?;
    Ok(root.to_path_buf())
}
