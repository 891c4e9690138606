//! Puts our flags beside the user's own without losing any.
//!
//! cargo takes flags for rustc from the *first* of four places that has some
//! (<https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>):
//!
//! 1. `CARGO_ENCODED_RUSTFLAGS`
//! 2. `RUSTFLAGS`
//! 3. all `target.<triple>.rustflags` and matching `target.'cfg(…)'.rustflags`, joined
//! 4. `build.rustflags`
//!
//! So adding ours in one place can switch another off. Where 1 or 2 is set, the flags there are
//! handed on with ours as 1. Otherwise ours go in as 3 under a condition of their own
//! (`target.'cfg(not(coracle))'`): under the user's own key, cargo would refuse to merge our list
//! with a flag written as one string. If the user has no flags of kind 3, ours would switch 4 off,
//! so those of 4 are put before ours.

use crate::toolchain::Toolchain;

/// A condition that always holds and that nobody else uses.
const KEY: &str = "target.'cfg(not(coracle))'.rustflags";
/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
pub(super) const SEPARATOR: &str = "\u{1f}";

/// How cargo is told the flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The value of `CARGO_ENCODED_RUSTFLAGS`.
    Variable(String),
    /// The value of `--config`.
    Configuration(String),
}

/// Joins our flags with the user's. `build` gives those of place 4 where they are in force.
pub(super) fn join<E>(
    toolchain: &Toolchain,
    ours: Vec<String>,
    build: impl FnOnce() -> Result<Vec<String>, E>,
) -> Result<Told, E> {
    let encoded = toolchain
        .encoded_rustflags
        .as_ref()
        .map(|flags| flags.to_string_lossy());
    let plain = toolchain
        .rustflags
        .as_ref()
        .map(|flags| flags.to_string_lossy());
    let theirs: Vec<String> = match (&encoded, &plain) {
        (Some(flags), _) => flags
            .split(SEPARATOR)
            .filter(|flag| !flag.is_empty())
            .map(str::to_owned)
            .collect(),
        (None, Some(flags)) => flags.split_whitespace().map(str::to_owned).collect(),
        (None, None) => {
            let flags = [build()?, ours].concat();
            let list = toml::Value::Array(flags.into_iter().map(toml::Value::String).collect());
            return Ok(Told::Configuration(format!("{KEY}={list}")));
        }
    };
    Ok(Told::Variable([theirs, ours].concat().join(SEPARATOR)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(encoded: Option<&str>, plain: Option<&str>, build: &[&str]) -> Told {
        let toolchain = Toolchain {
            encoded_rustflags: encoded.map(Into::into),
            rustflags: plain.map(Into::into),
            ..Toolchain::default()
        };
        let build: Vec<String> = build.iter().map(|flag| (*flag).to_owned()).collect();
        join(&toolchain, vec!["--ours=a b".to_owned()], || {
            Ok::<_, ()>(build)
        })
        .unwrap()
    }

    #[test]
    fn variables_win_over_files_and_the_encoded_one_over_the_plain_one() {
        let variable = |flags: &str| Told::Variable(flags.to_owned());
        assert_eq!(
            told(Some("-C\u{1f}x y"), Some("-A b"), &["-B"]),
            variable("-C\u{1f}x y\u{1f}--ours=a b")
        );
        assert_eq!(
            told(None, Some(" -A  b "), &["-B"]),
            variable("-A\u{1f}b\u{1f}--ours=a b")
        );
    }

    #[test]
    fn a_variable_that_is_set_to_nothing_still_switches_files_off() {
        assert_eq!(
            told(None, Some(""), &["-B"]),
            Told::Variable("--ours=a b".to_owned())
        );
        assert_eq!(
            told(Some(""), None, &["-B"]),
            Told::Variable("--ours=a b".to_owned())
        );
    }

    #[test]
    fn without_variables_ours_go_beside_the_files_and_are_valid_toml() {
        let Told::Configuration(text) = told(None, None, &["-C", "link-arg=\"q\""]) else {
            panic!("not a configuration")
        };
        let table: toml::Table = text.parse().unwrap();
        let flags = table["target"]["cfg(not(coracle))"]["rustflags"]
            .as_array()
            .unwrap();
        let flags: Vec<&str> = flags.iter().filter_map(toml::Value::as_str).collect();
        assert_eq!(flags, ["-C", "link-arg=\"q\"", "--ours=a b"]);
    }
}
