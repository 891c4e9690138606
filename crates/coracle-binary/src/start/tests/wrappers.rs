//! Wrappers that take words of their own, and those that are not followed.

use super::{Tree, check_proven, launch};
use crate::elf::writer::Elf;

fn tree(paths: &[&str]) -> Tree {
    let mut tree = Tree::debian();
    for path in paths {
        tree.program(path, Elf::fixed());
    }
    tree
}

#[test]
fn words_of_a_wrapper_s_own_are_not_the_program() {
    for words in [
        &["timeout", "-k", "5", "60s", "/app/worker"][..],
        &["stdbuf", "-oL", "/app/worker"],
        &["stdbuf", "-o", "L", "/app/worker"],
        &["ionice", "-c", "3", "/app/worker"],
        &["taskset", "-c", "0,1", "/app/worker"],
        &["chrt", "-f", "10", "/app/worker"],
    ] {
        let wrapper = format!("/usr/bin/{}", words[0]);
        let report = check_proven(&tree(&[&wrapper, "/app/worker"]), &launch(words));
        let last = report.programs.last().unwrap();
        assert_eq!(last.path, "/app/worker", "{words:?}");
        assert_eq!(report.programs.len(), 2, "{words:?}");
    }
}

#[test]
fn what_changes_who_or_where_it_is_is_said_not_to_be_looked_at() {
    let tree = tree(&["/usr/bin/setpriv", "/app/worker"]);
    let words = ["setpriv", "--reuid=1000", "/app/worker"];
    let report = check_proven(&tree, &launch(&words));
    assert_eq!(report.not_looked_at, ["what `setpriv` starts"]);
}
