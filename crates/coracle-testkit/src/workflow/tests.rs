//! Workflows of a few lines, run.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Ran, World};
use crate::command::tool;

fn world(folder: &Path) -> World {
    let repository = folder.join("repository");
    let shown = repository.display().to_string();
    tool("git", &["init", "--quiet", "--initial-branch=main", &shown]).unwrap();
    std::fs::write(repository.join("Cargo.lock"), "one").unwrap();
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"];
    let commit = ["commit", "--quiet", "-m", "first"];
    tool("git", &["-C", &shown, "add", "."]).unwrap();
    tool(
        "git",
        &[&["-C", &shown], &identity[..], &commit[..]].concat(),
    )
    .unwrap();
    let path = std::env::var("PATH").unwrap();
    World {
        folder: folder.join("github"),
        repository,
        name: "Acme/shop".to_owned(),
        event: "push".to_owned(),
        reference: "refs/heads/main".to_owned(),
        secrets: BTreeMap::from([("KEY".to_owned(), "hidden".to_owned())]),
        environment: BTreeMap::from([("PATH".to_owned(), path)]),
    }
}

const HEAD: &str = "permissions: {}\nenv:\n  WHO: ${{ github.repository }}\ndefaults: {run: {shell: bash}}\njobs:\n";
const PIN: &str = "0123456789012345678901234567890123456789";

fn job(id: &str, more: &str, steps: &str) -> String {
    let steps: String = steps
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    let steps = steps.replace("@PIN", &format!("@{PIN}"));
    format!(
        "  {id}:\n    runs-on: here\n    timeout-minutes: 1\n    permissions: {{}}\n{more}    steps:\n{steps}"
    )
}

fn run(world: &World, jobs: &[String]) -> Ran {
    world.run(&format!("{HEAD}{}", jobs.concat())).unwrap()
}

fn refused(world: &World, jobs: &[String]) -> String {
    let refused = world.run(&format!("{HEAD}{}", jobs.concat())).unwrap_err();
    format!("{refused:#}")
}

#[test]
fn artifacts_go_from_job_to_job_and_lose_their_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let make = "- name: make\n  env: {WHAT: '${{ matrix.what }}'}\n  run: |\n    mkdir out\n    echo \"$WHAT\" > out/$WHAT\n    chmod +x out/*\n- name: up\n  uses: actions/upload-artifact@PIN\n  with: {name: 'made-${{ matrix.what }}', path: out}";
    let take = "- name: down\n  uses: actions/download-artifact@PIN\n  with: {pattern: made-*, path: '${{ runner.temp }}/in', merge-multiple: true}\n- name: look\n  run: |\n    ls \"$RUNNER_TEMP/in\" >> \"$GITHUB_STEP_SUMMARY\"\n    echo \"$WHO\" >> \"$GITHUB_STEP_SUMMARY\"\n    test ! -x \"$RUNNER_TEMP/in/a\"";
    let matrix = "    strategy: {matrix: {include: [{what: a}, {what: b}]}}\n";
    let ran = run(
        &world(folder.path()),
        &[
            job("take", "    needs: make\n", take),
            job("make", matrix, make),
        ],
    );
    assert_eq!(ran.summary(), "a\nb\nAcme/shop\n");
    let jobs: Vec<&str> = ran.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(jobs, ["make", "make", "take"]);
}

#[test]
fn a_branch_s_cache_is_seen_by_proposed_changes_and_theirs_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let main = world(folder.path());
    let change = World {
        reference: "refs/pull/1/merge".to_owned(),
        event: "pull_request".to_owned(),
        ..main.clone()
    };
    let steps = "- name: cache\n  id: kept\n  uses: actions/cache@PIN\n  with: {path: ~/kept, key: \"k-${{ hashFiles('**/Cargo.lock') }}-${{ github.ref_name }}\", restore-keys: k-}\n- name: add\n  run: |\n    cat ~/kept/* >> \"$GITHUB_STEP_SUMMARY\" || true\n    mkdir -p ~/kept; echo \"$GITHUB_REF_NAME\" > ~/kept/${GITHUB_REF_NAME//\\//-}\n- name: hit\n  if: steps.kept.outputs.cache-hit == 'true'\n  run: echo hit >> \"$GITHUB_STEP_SUMMARY\"";
    let jobs = [job("one", "", steps)];
    assert_eq!(run(&change, &jobs).summary(), "");
    assert_eq!(
        run(&main, &jobs).summary(),
        "",
        "the change's cache is not for the branch"
    );
    assert_eq!(run(&main, &jobs).summary(), "main\nhit\n");
    assert_eq!(run(&change, &jobs).summary(), "1/merge\nhit\n");
    let other = World {
        reference: "refs/pull/2/merge".to_owned(),
        ..change
    };
    assert_eq!(run(&other, &jobs).summary(), "main\n");
}

#[test]
fn what_github_would_not_do_or_should_not_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path());
    for (steps, expected) in [
        ("- name: a\n  run: 'false | true; echo on'", "ended with 1"),
        (
            "- name: a\n  run: echo ${{ github.sha }}",
            "an expression in a script",
        ),
        ("- name: a\n  uses: actions/checkout@v4", "not pinned"),
        (
            "- name: a\n  uses: actions/checkout@PIN",
            "`persist-credentials` is missing",
        ),
        (
            "- name: a\n  uses: other/action@PIN",
            "nothing stands for other/action",
        ),
        (
            "- name: a\n  env: {A: '${{ inputs.a }}'}\n  run: 'true'",
            "`inputs.a` is not known",
        ),
        (
            "- name: a\n  uses: actions/download-artifact@PIN\n  with: {name: a, path: b}",
            "there is no artifact a",
        ),
    ] {
        let said = refused(&world, &[job("one", "", steps)]);
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let said = refused(
        &world,
        &[job("one", "    needs: two\n", "- name: a\n  run: 'true'")],
    );
    assert!(said.contains("two, which is no job"), "{said}");
}
