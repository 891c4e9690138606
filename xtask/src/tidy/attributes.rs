//! No `#[allow]` (an `#[expect]` says when it is no longer needed), and no test that is ignored for
//! any reason but the one that `cargo xtask test` knows: what is not run is not tested.

use proc_macro2::TokenTree;

use super::tokens::{attribute, each_run, group, is_mark, is_word, line, read};
use super::{Offence, Tree};

/// The one reason for which a test may be left out of a plain `cargo test`.
pub(super) const REAL_PARTS: &str = "real parts: run by cargo xtask test";

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (path, text) in tree.rust() {
        each_run(&read(text), &mut |run| {
            for index in 0..run.len() {
                if let Some((tokens, _)) = attribute(run, index)
                    && let Some(what) = judge(&tokens)
                {
                    offences.push(Offence::new(path, line(&run[index]), what));
                }
            }
        });
    }
    offences.sort();
    offences
}

/// What is wrong with the attribute of these tokens, or with one that `cfg_attr` would make.
fn judge(tokens: &[TokenTree]) -> Option<String> {
    if is_word(tokens.first(), "cfg_attr") {
        let group = group(tokens.get(1), proc_macro2::Delimiter::Parenthesis)?;
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        return inner
            .split(|token| is_mark(Some(token), ','))
            .skip(1)
            .find_map(judge);
    }
    if is_word(tokens.first(), "allow") {
        return Some("`allow`: use `#[expect(lint, reason = \"…\")]`".to_owned());
    }
    if is_word(tokens.first(), "ignore") {
        let reason = tokens.get(2).map(ToString::to_string);
        if reason.as_deref() != Some(&format!("{REAL_PARTS:?}")) {
            return Some(format!("an ignored test's reason is {REAL_PARTS:?}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    fn offences(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("crates/one/src/lib.rs", text)]);
        check(&tree).iter().map(|each| each.line).collect()
    }

    #[test]
    fn an_allow_is_found_wherever_it_stands() {
        assert_eq!(offences("#![allow(dead_code)]\n"), [1]);
        assert_eq!(offences("\n#[allow(dead_code)]\nfn one() {}"), [2]);
        assert_eq!(
            offences("#[cfg_attr(test, allow(dead_code))]\nfn one() {}"),
            [1]
        );
        assert_eq!(offences("proptest! {\n #[allow(x)] fn one() {}\n}"), [2]);
    }

    #[test]
    fn a_test_ignored_for_another_reason_is_found() {
        assert_eq!(offences("#[ignore]\nfn one() {}"), [1]);
        assert_eq!(offences("#[ignore = \"slow\"]\nfn one() {}"), [1]);
    }

    #[test]
    fn strings_comments_and_expectations_are_left_alone() {
        assert_eq!(
            offences("/* #[allow(x)] */ const A: &str = \"#[ignore]\";"),
            [0; 0]
        );
        assert_eq!(
            offences("#[expect(dead_code, reason = \"…\")]\nfn one() {}"),
            [0; 0]
        );
        let real = "#[ignore = \"real parts: run by cargo xtask test\"]\nfn one() {}";
        assert_eq!(offences(real), [0; 0]);
    }
}
