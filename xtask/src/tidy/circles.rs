//! No circles between the modules of a crate: a module that uses one that uses it cannot be read,
//! tested or moved alone. Looked at is what stands in a crate's top folder; inside a module that
//! is a folder, parts may lean on each other. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};

use super::tokens::{attribute, group, inside, is_mark, is_word, read, word};
use super::tree::{Crate, is_test};
use super::{Offence, Tree};

/// Which modules each module uses.
type Graph = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    tree.crates()
        .filter_map(|each| {
            let circle = circle(&graph(tree, &each))?;
            let what = format!("its modules go in a circle: {}", circle.join(" → "));
            Some(Offence::new(format!("{}/src", each.folder), 0, what))
        })
        .collect()
}

/// The shortest circle, its first module repeated at the end.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    graph
        .keys()
        .filter_map(|start| way_back(graph, start))
        .min_by_key(Vec::len)
}

/// The shortest way from `start` to itself, breadth first.
fn way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = std::collections::VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| graph.get(last))? {
            let longer: Vec<String> = way.iter().chain([next]).cloned().collect();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}

fn graph(tree: &Tree, each: &Crate<'_>) -> Graph {
    let source = format!("{}/src/", each.folder);
    let files: Vec<(Vec<String>, &str)> = tree
        .under(&source)
        .filter(|(path, _)| path.ends_with(".rs") && !is_test(path))
        .map(|(path, text)| (module(&path[source.len()..]), text))
        .collect();
    let mut graph: Graph = files
        .iter()
        .filter_map(|(module, _)| Some((module.first()?.clone(), BTreeSet::new())))
        .collect();
    let names = re_exports(&files, &graph);
    for (module, text) in &files {
        let Some(from) = module.first() else {
            continue;
        };
        let mut used = BTreeSet::new();
        follow(&read(text), module, &mut used);
        let to = used
            .iter()
            .filter_map(|name| match graph.contains_key(name) {
                true => Some(name),
                false => names.get(name),
            })
            .filter(|to| *to != from)
            .cloned()
            .collect::<Vec<_>>();
        graph.entry(from.clone()).or_default().extend(to);
    }
    graph
}

/// The module that a file under `src/` is; the crate's root is the empty path.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" | "main" => Vec::new(),
        path => path.split('/').map(ToOwned::to_owned).collect(),
    }
}

/// Names that the crate's root passes on, by the module they come from: `crate::Digest` is a use
/// of `digest` when the root says `pub use digest::Digest`.
fn re_exports(files: &[(Vec<String>, &str)], graph: &Graph) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (_, text) in files.iter().filter(|(module, _)| module.is_empty()) {
        let tokens = read(text);
        for (index, _) in tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| is_word(Some(token), "use"))
        {
            let path: Vec<TokenTree> = tokens[index + 1..]
                .iter()
                .take_while(|token| !is_mark(Some(token), ';'))
                .cloned()
                .collect();
            let mut words = Vec::new();
            all_words(&path, &mut words);
            words.retain(|word| !matches!(word.as_str(), "self" | "crate" | "as"));
            if let Some((module, passed_on)) = words.split_first()
                && graph.contains_key(module)
            {
                names.extend(passed_on.iter().map(|name| (name.clone(), module.clone())));
            }
        }
    }
    names
}

fn all_words(tokens: &[TokenTree], words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => all_words(&inside(group), words),
            token => words.extend(word(Some(token))),
        }
    }
}

/// Collects the first name of every path that starts at the crate's root: `crate::x`,
/// `crate::{x, y::z}` and as many `super::` as lead there from `module`.
fn follow(tokens: &[TokenTree], module: &[String], used: &mut BTreeSet<String>) {
    let mut index = 0;
    while index < tokens.len() {
        if let Some(after) = past_a_test(tokens, index) {
            index = after;
            continue;
        }
        if is_word(tokens.get(index), "mod")
            && let Some(name) = word(tokens.get(index + 1))
            && let Some(body) = group(tokens.get(index + 2), Delimiter::Brace)
        {
            let inner: Vec<String> = module.iter().cloned().chain([name]).collect();
            follow(&inside(body), &inner, used);
            index += 3;
            continue;
        }
        if let Some(after) = at_the_root(tokens, index, module.len()) {
            used.extend(first_names(&tokens[after..]));
        }
        if let TokenTree::Group(group) = &tokens[index] {
            follow(&inside(group), module, used);
        }
        index += 1;
    }
}

/// Where the tokens go on after an item under `#[cfg(test)]` that starts at `index`.
fn past_a_test(tokens: &[TokenTree], index: usize) -> Option<usize> {
    let (words, taken) = attribute(tokens, index)?;
    let condition = group(words.get(1), Delimiter::Parenthesis)?;
    if !is_word(words.first(), "cfg") || condition.stream().to_string() != "test" {
        return None;
    }
    let item = index + taken;
    let end = tokens[item..].iter().position(|token| {
        is_mark(Some(token), ';') || group(Some(token), Delimiter::Brace).is_some()
    })?;
    Some(item + end + 1)
}

/// Where the names start after a path prefix at `index` that means the crate's root.
fn at_the_root(tokens: &[TokenTree], index: usize, depth: usize) -> Option<usize> {
    let colons = |at: usize| is_mark(tokens.get(at), ':') && is_mark(tokens.get(at + 1), ':');
    if is_word(tokens.get(index), "crate") && colons(index + 1) {
        return Some(index + 3);
    }
    let mut at = index;
    for _ in 0..depth {
        if !is_word(tokens.get(at), "super") || !colons(at + 1) {
            return None;
        }
        at += 3;
    }
    (at > index).then_some(at)
}

/// The name at the start of `tokens`, or those of the list that stands there.
fn first_names(tokens: &[TokenTree]) -> Vec<String> {
    let Some(list) = group(tokens.first(), Delimiter::Brace) else {
        return word(tokens.first()).into_iter().collect();
    };
    inside(list)
        .split(|token| is_mark(Some(token), ','))
        .filter_map(|path| word(path.first()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    fn circle(files: &[(&str, &str)]) -> Option<String> {
        let files: Vec<(String, &str)> = files
            .iter()
            .map(|(path, text)| (format!("crates/one/src/{path}"), *text))
            .chain([("crates/one/Cargo.toml".to_owned(), "")])
            .collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), *text))
            .collect();
        let what = check(&Tree::of(&files)).pop()?.what;
        what.split_once(": ").map(|(_, chain)| chain.to_owned())
    }

    #[test]
    fn a_circle_is_told_with_its_chain() {
        let b = ("b.rs", "fn one() { crate::c::two(); }");
        let c = ("c.rs", "use super::a::{three};");
        let told = circle(&[("a.rs", "use crate::{b, x};"), b, c]);
        assert_eq!(told.unwrap(), "a → b → c → a");
    }

    #[test]
    fn one_direction_is_no_circle() {
        let files = [
            ("a.rs", "use crate::b::X;"),
            ("b.rs", "use crate::c;"),
            ("c.rs", ""),
        ];
        assert_eq!(circle(&files), None);
    }

    #[test]
    fn a_circle_through_a_folder_and_through_the_root_is_found() {
        let deep = [
            ("a/deep.rs", "use super::super::b::X;"),
            ("b.rs", "use crate::a;"),
        ];
        assert_eq!(circle(&deep).unwrap(), "a → b → a");
        let root = [
            ("lib.rs", "mod a;\nmod b;\npub use self::b::{X as Y, Z};"),
            ("a.rs", "use crate::Y;"),
            ("b.rs", "use crate::a;"),
        ];
        assert_eq!(circle(&root).unwrap(), "a → b → a");
    }

    #[test]
    fn parts_of_one_module_and_tests_may_lean_on_each_other() {
        let parts = [
            ("a.rs", "use self::deep::X;"),
            ("a/deep.rs", "use super::Y; use crate::a::Z;"),
        ];
        assert_eq!(circle(&parts), None);
        let tests = [
            (
                "a.rs",
                "use crate::b; #[cfg(test)]\nmod tests { use crate::c; }",
            ),
            ("b/tests.rs", "use crate::a;"),
            ("b.rs", "#[cfg(test)] mod tests;"),
            ("c.rs", "use crate::a; // crate::b, \"crate::b\""),
        ];
        assert_eq!(circle(&tests), None);
    }
}
