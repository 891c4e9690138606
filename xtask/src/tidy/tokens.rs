//! Rust source as tokens with their lines. Not a parser: a string or a comment is never taken for
//! code, and what a macro is given is looked at like everything else; that is all the rules need.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of a file; none when it is not Rust (the compiler says so better).
pub(super) fn read(text: &str) -> Vec<TokenTree> {
    match text.parse::<TokenStream>() {
        Ok(stream) => stream.into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// Calls `visit` with every run of sibling tokens: the file's own, then each group's inside it.
pub(super) fn each_run(tokens: &[TokenTree], visit: &mut dyn FnMut(&[TokenTree])) {
    visit(tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            each_run(&inside(group), visit);
        }
    }
}

pub(super) fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// The identifier that `token` is, if it is one.
pub(super) fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

pub(super) fn is_word(token: Option<&TokenTree>, expected: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == expected)
}

pub(super) fn is_mark(token: Option<&TokenTree>, expected: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == expected)
}

/// The group that `token` is, if it is one between such delimiters.
pub(super) fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// The attribute at `index`, inner or outer: its tokens between the brackets and how many tokens
/// it takes there.
pub(super) fn attribute(run: &[TokenTree], index: usize) -> Option<(Vec<TokenTree>, usize)> {
    if !is_mark(run.get(index), '#') {
        return None;
    }
    let inner = usize::from(is_mark(run.get(index + 1), '!'));
    let group = group(run.get(index + 1 + inner), Delimiter::Bracket)?;
    Some((inside(group), 2 + inner))
}

/// One-based line on which a token starts.
pub(super) fn line(token: &TokenTree) -> usize {
    token.span().start().line
}
