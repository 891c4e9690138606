//! `go list -json` answers a stream of objects, not a list. Which fields are read is the asker's
//! to say; unknown ones are skipped.

use std::path::Path;

use coracle_process::Program;
use serde::de::DeserializeOwned;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Error {
    Process(coracle_process::Error),
    Answer(serde_json::Error),
}

/// Asks `go list` in a folder. `go` is the program with its environment.
pub(crate) fn ask<T: DeserializeOwned>(
    go: Program,
    folder: &Path,
    options: &[&str],
    patterns: &[&str],
) -> Result<Vec<T>, Error> {
    let go = go
        .directory(folder)
        .arg("list")
        .args(options.to_vec())
        .arg("--")
        .args(patterns.to_vec());
    let output = go.output().map_err(Error::Process)?;
    parse(&output.stdout).map_err(Error::Answer)
}

/// Reads objects that follow one another.
pub(crate) fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<Vec<T>, serde_json::Error> {
    serde_json::Deserializer::from_slice(answer)
        .into_iter()
        .collect()
}
