//! The rules applied to this repository, one test a rule; each rule's own file has its bad samples.

use super::{RULES, Tree};

/// A rule without a line here would go unapplied: the last test counts them.
macro_rules! this_repository {
    ($($test:ident: $rule:literal,)+) => {
        $(#[test]
        fn $test() {
            hold($rule);
        })+

        #[test]
        fn every_rule_is_applied_and_has_a_file() {
            assert_eq!(
                RULES.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(),
                [$($rule),+]
            );
            let tree = here();
            for (rule, _) in RULES {
                let file = format!("xtask/src/tidy/{rule}.rs");
                assert!(tree.text(&file).is_some(), "{file} is not there");
            }
        }
    };
}

this_repository! {
    attributes_are_as_agreed: "attributes",
    the_changelog_has_a_place_for_this_change: "changelog",
    modules_use_each_other_without_circles: "circles",
    fences_stand_where_the_document_says: "fences",
    crates_use_each_other_as_the_document_says: "house",
    kept_crates_stay_where_the_document_says: "kept",
    files_and_functions_stay_short: "lengths",
    every_crate_says_what_it_is: "manifests",
    modules_are_named_for_what_they_do: "names",
    every_file_opens_by_saying_what_it_is: "openings",
    every_path_that_a_document_names_exists: "paths",
    no_path_of_a_machine_is_left: "places",
}

fn here() -> Tree {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    Tree::read(here.parent().unwrap()).unwrap()
}

fn hold(name: &str) {
    let tree = here();
    let (_, check) = RULES.iter().find(|(rule, _)| *rule == name).unwrap();
    let offences: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
    assert!(offences.is_empty(), "{name}:\n  {}", offences.join("\n  "));
}
