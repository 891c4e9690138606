//! This repository as coracle sees it: one service, whatever else it holds.

use std::path::PathBuf;

use crate::commands::offline;
use crate::support::{Place, repository};

/// cargo's own folder: what this test was compiled from is there.
fn cargo_home() -> String {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo");
    let home = std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from);
    home.display().to_string()
}

#[test]
fn this_repository_has_one_service_and_all_else_is_left_out_with_its_reason() {
    let place = Place::new();
    let folder = repository();
    let plan = offline(&place)
        .env("CARGO_HOME", cargo_home())
        .args(["-C", folder.to_str().unwrap()])
        .args(["plan", "--distro", "trixie", "--platform", "linux/amd64"]);
    let plan = plan.succeed().unwrap().stdout;
    // Without what changes with every commit and with every crate.
    let is_lasting = |line: &&str| !line.contains("image.revision") && !line.starts_with("support");
    let lines: Vec<&str> = plan.lines().filter(is_lasting).collect();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(
        &folder.display().to_string().replace('.', r"\."),
        "[repository]",
    );
    settings.add_filter(r"\b\d+\.\d+\.\d+\S*", "[version]");
    settings.bind(|| insta::assert_snapshot!(lines.join("\n")));
}
