//! That each rule is whole: its file registered, its page there with every section, its fixtures bad and good.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

const SECTIONS: [&str; 6] = [
    "## What",
    "## Why",
    "## Bad",
    "## Good",
    "## How to fix",
    "## When to ignore",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names in a folder, without what is behind the first `.`.
fn names(folder_name: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(folder_name)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    entries.map(name).collect()
}

#[test]
fn rules_are_sorted_and_each_number_and_name_is_one_rule() {
    let ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let unique: BTreeSet<&str> = ALL.iter().flat_map(|rule| [rule.id, rule.name]).collect();
    assert_eq!(unique.len(), 2 * ALL.len());
}

#[test]
fn every_file_of_a_rule_is_registered_under_its_own_name() {
    let files: BTreeSet<String> = names("src/rules")
        .into_iter()
        .filter(|name| name.starts_with("crc"))
        .collect();
    let registered = ALL.iter().map(|rule| {
        let name = rule.name.replace('-', "_");
        format!("{}_{name}", rule.id.to_ascii_lowercase())
    });
    assert_eq!(files, registered.collect());
}

#[test]
fn every_rule_has_its_own_page_with_every_section_in_order() {
    assert_eq!(
        names("rules"),
        ALL.iter().map(|rule| rule.id.to_owned()).collect()
    );
    for rule in ALL {
        let title = format!("# {} {}\n", rule.id, rule.name);
        assert!(
            rule.page.starts_with(&title),
            "{} begins with {title}",
            rule.id
        );
        let headings = rule.page.lines().filter(|line| line.starts_with("## "));
        assert_eq!(headings.collect::<Vec<_>>(), SECTIONS, "{}", rule.id);
        for id in rule.hadolint {
            assert!(
                rule.page.contains(id),
                "the page of {} says nothing of {id}",
                rule.id
            );
        }
    }
}

#[test]
fn every_rule_says_in_one_line_what_it_finds() {
    for rule in ALL {
        let meaning = rule.meaning;
        assert!(
            meaning.len() > 20 && meaning.len() < 110 && !meaning.ends_with('.'),
            "{meaning}"
        );
    }
}

#[test]
fn every_rule_has_fixtures_bad_and_good() {
    for rule in ALL {
        let fixtures = names(&format!("fixtures/{}", rule.id));
        let has = |word: &str| fixtures.iter().any(|name| name.starts_with(word));
        assert!(has("bad") && has("good"), "{}: {fixtures:?}", rule.id);
        let is_named = |name: &String| name.starts_with("bad") || name.starts_with("good");
        assert!(fixtures.iter().all(is_named), "{}: {fixtures:?}", rule.id);
    }
}
