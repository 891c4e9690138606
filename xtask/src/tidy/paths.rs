//! Each path that a document names exists: a reader who follows it must arrive. Looked at are
//! words that start like a folder of ours, links to files, and names of documents in backticks;
//! not what a command would make.

use super::{Offence, Tree};

/// Words that start so are paths from the top of the repository.
const FOLDERS: &[&str] = &[
    ".cargo/",
    ".ci/",
    "bench/",
    "crates/",
    "docs/",
    "examples/",
    "fixtures/",
    "fuzz/",
    "xtask/",
];

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (document, text) in tree.documents() {
        for (index, line) in text.lines().enumerate() {
            for path in named(line).into_iter().chain(linked(document, line)) {
                let beside = joined(folder(document), &path);
                let is_there = tree.has(&path) || path.ends_with(".md") && tree.has(&beside);
                if !is_there {
                    let what = format!("names {path}, which is not there");
                    offences.push(Offence::new(document, index + 1, what));
                }
            }
        }
    }
    offences.sort();
    offences.dedup();
    offences
}

/// Paths that stand in the text itself or in a command.
fn named(line: &str) -> Vec<String> {
    line.split(|each: char| !(each.is_alphanumeric() || "._-/*{}<>$…:@".contains(each)))
        .map(|word| word.trim_start_matches("./"))
        .map(|word| word.split(':').next().unwrap_or(word))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| {
            let a_document = word.ends_with(".md") && !word.contains('/');
            a_document || FOLDERS.iter().any(|folder| word.starts_with(folder))
        })
        .filter(|word| !word.contains(['*', '{', '<', '$', '…', '@']))
        .filter(|word| !word.split('/').any(|part| part == "target"))
        .map(ToOwned::to_owned)
        .collect()
}

/// Targets of links to files, which start at the document's own folder.
fn linked(document: &str, line: &str) -> Vec<String> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or(target))
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| joined(folder(document), target))
        .collect()
}

fn folder(document: &str) -> &str {
    document.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{Offence, Tree, check};

    fn offences(text: &str) -> Vec<Offence> {
        check(&Tree::of(&[
            ("README.md", text),
            ("docs/a.md", "[b](b.md) and [top](../README.md#how)\n"),
            ("docs/b.md", ""),
            ("crates/one/src/lib.rs", ""),
        ]))
    }

    #[test]
    fn a_path_that_is_gone_is_found_in_text_commands_and_links() {
        for bad in [
            "see crates/two.",
            "`crates/one/src/main.rs:12`",
            "    $ coracle -C examples/shop build",
            "[how](docs/how.md)",
            "[how](how.md)",
            "`NOTHING.md`",
        ] {
            assert_eq!(offences(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn paths_that_are_there_patterns_and_made_ones_are_left_alone() {
        for good in [
            "see `crates/one`, crates/one/src/lib.rs:3 and ./docs/a.md.",
            "crates/*/Cargo.toml, docs/<name>.md",
            "examples/shop/target/coracle",
            "[site](https://example.org/docs/x.md), [here](#docs)",
            "usr/docs/x, coracle.toml",
        ] {
            assert_eq!(offences(good), [], "{good}");
        }
    }
}
