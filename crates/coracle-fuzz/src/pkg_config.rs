//! What pkg-config reads: `.pc` files.

use std::sync::LazyLock;

use coracle_toolchain::pkg_config::{Settings, answer};
use tempfile::TempDir;

static FOLDER: LazyLock<Option<TempDir>> = LazyLock::new(|| tempfile::tempdir().ok());

/// The questions that build scripts ask, and those that show everything.
const QUESTIONS: [&[&str]; 5] = [
    &["--libs", "--cflags", "foo"],
    &["--static", "--libs", "--cflags", "foo >= 1.0"],
    &["--print-variables", "foo"],
    &[
        "--print-requires",
        "--print-requires-private",
        "--print-provides",
        "foo",
    ],
    &["--modversion", "--list-all", "foo"],
];

/// A module that may require, by its own name or another, itself.
pub fn pkg_config(bytes: &[u8]) {
    let Some(folder) = FOLDER.as_ref().map(TempDir::path) else {
        panic!("no folder could be made");
    };
    for name in ["foo.pc", "bar.pc"] {
        if let Err(error) = std::fs::write(folder.join(name), bytes) {
            panic!("{name} could not be written: {error}");
        }
    }
    let settings = Settings {
        search: vec![folder.to_path_buf()],
        ..Settings::default()
    };
    let ask = |question: &[&str]| {
        let words: Vec<String> = question.iter().map(|word| (*word).to_owned()).collect();
        answer(&words, &settings)
    };
    let answers = QUESTIONS.map(ask);
    let [first, ..] = QUESTIONS;
    assert_eq!(answers.first(), Some(&ask(first)), "{first:?}");
}
