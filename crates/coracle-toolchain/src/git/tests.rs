//! git asked for real, in made-up repositories.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Repository {
        let repository = Repository {
            folder: tempfile::tempdir().unwrap(),
        };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.root(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits a file and returns the commit.
    fn commit(&self, path: &str, text: &str) -> String {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", path]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn last(&self, inputs: &Inputs) -> Option<String> {
        last_commit(&self.root(), inputs, &Toolchain::default())
            .unwrap()
            .map(|commit| commit.id)
    }

    fn dirty(&self, inputs: &Inputs) -> bool {
        is_dirty(&self.root(), inputs, &Toolchain::default()).unwrap()
    }

    fn remote(&self) -> Option<String> {
        remote_url(&self.root(), &Toolchain::default()).unwrap()
    }
}

/// Runs git without the settings of whoever runs the tests.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Program::new("git")
        .directory(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        git = git
            .env(format!("GIT_{role}_NAME"), "A")
            .env(format!("GIT_{role}_EMAIL"), "a@example.com");
        git = git.env(format!("GIT_{role}_DATE"), "1700000000 +0000");
    }
    let output = git.args(arguments.to_vec()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn set(paths: &[&str]) -> std::collections::BTreeSet<PathBuf> {
    paths.iter().map(PathBuf::from).collect()
}

fn trees(paths: &[&str], except: &[&str]) -> Inputs {
    Inputs {
        trees: set(paths),
        except: set(except),
        ..Inputs::default()
    }
}

fn folders(paths: &[&str]) -> Inputs {
    Inputs {
        folders: set(paths),
        ..Inputs::default()
    }
}

#[test]
fn a_commit_to_another_service_does_not_count() {
    let repository = Repository::new();
    let one = repository.commit("one/src/main.rs", "1");
    let two = repository.commit("two/src/main.rs", "2");
    assert_eq!(repository.last(&trees(&["one"], &[])), Some(one.clone()));
    assert_eq!(repository.last(&trees(&["two"], &[])), Some(two.clone()));
    assert_eq!(repository.last(&trees(&[""], &["two"])), Some(one));
    assert_eq!(repository.last(&trees(&[""], &[])), Some(two));
    assert_eq!(repository.last(&trees(&["three"], &[])), None);
    assert_eq!(repository.last(&Inputs::default()), None);
}

#[test]
fn of_a_folder_only_the_files_directly_in_it_count() {
    let repository = Repository::new();
    let top = repository.commit("main.go", "1");
    let odd = repository.commit("a[b]*/x.go", "1");
    let inner = repository.commit("a/b/inner.go", "1");
    assert_eq!(repository.last(&folders(&[""])), Some(top));
    assert_eq!(repository.last(&folders(&["a"])), None);
    assert_eq!(repository.last(&folders(&["a/b"])), Some(inner));
    assert_eq!(repository.last(&folders(&["a[b]*"])), Some(odd));
}

#[test]
fn a_deleted_source_counts() {
    let repository = Repository::new();
    repository.commit("one/a.rs", "1");
    repository.commit("one/b.rs", "1");
    fs::remove_file(repository.root().join("one/b.rs")).unwrap();
    let deleted = repository.commit("two/c.rs", "1");
    assert_eq!(
        repository.last(&trees(&["one"], &[])),
        Some(deleted.clone())
    );
    assert_eq!(repository.last(&folders(&["one"])), Some(deleted));
}

#[test]
fn changes_and_new_files_are_dirty_and_ignored_ones_are_not() {
    let repository = Repository::new();
    repository.commit(".gitignore", "/one/target/\n");
    repository.commit("one/a.rs", "1");
    let one = trees(&["one"], &["one/coracle.lock"]);
    assert!(!repository.dirty(&one));
    repository.write("one/target/x", "1");
    repository.write("one/coracle.lock", "1");
    repository.write("two/new.rs", "1");
    assert!(!repository.dirty(&one));
    repository.write("one/new.rs", "1");
    assert!(repository.dirty(&one));
    fs::remove_file(repository.root().join("one/new.rs")).unwrap();
    repository.write("one/a.rs", "2");
    assert!(repository.dirty(&one));
}

#[test]
fn inputs_above_the_folder_count_and_those_outside_the_repository_are_left_out() {
    let repository = Repository::new();
    let shared = repository.commit("shared/lib.rs", "1");
    repository.commit("app/main.rs", "1");
    let app = repository.root().join("app");
    let inputs = trees(&["../shared", "../../elsewhere"], &["../../elsewhere/x"]);
    let last = last_commit(&app, &inputs, &Toolchain::default())
        .unwrap()
        .unwrap();
    assert_eq!(last.id, shared);
    assert_eq!(last.time, 1_700_000_000);
    assert!(!is_dirty(&app, &inputs, &Toolchain::default()).unwrap());
    assert_eq!(
        last_commit(
            &app,
            &trees(&["../../elsewhere"], &[]),
            &Toolchain::default()
        )
        .unwrap(),
        None
    );
}

#[test]
fn where_there_is_nothing_to_know_the_answer_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let all = trees(&[""], &[]);
    let absent = Toolchain {
        git: "no-such-git".into(),
        ..Toolchain::default()
    };
    for (root, toolchain) in [
        (folder.path(), Toolchain::default()),
        (Path::new("/"), absent),
    ] {
        assert_eq!(last_commit(root, &all, &toolchain).unwrap(), None);
        assert!(!is_dirty(root, &all, &toolchain).unwrap());
        assert_eq!(remote_url(root, &toolchain).unwrap(), None);
        assert_eq!(refusal(root, &toolchain).unwrap(), None);
    }
    let empty = Repository::new();
    assert_eq!(empty.last(&all), None);
    assert_eq!(empty.remote(), None);
}

#[test]
fn the_remote_is_told_without_credentials() {
    let repository = Repository::new();
    repository.git(&[
        "remote",
        "add",
        "origin",
        "https://me:secret@example.com/acme/shop.git",
    ]);
    repository.git(&[
        "config",
        "url.https://mirror.example.com/.insteadOf",
        "https://me:secret@example.com/",
    ]);
    assert_eq!(
        repository.remote().as_deref(),
        Some("https://example.com/acme/shop")
    );
}

#[test]
fn where_a_shallow_clone_ends_is_told() {
    let origin = Repository::new();
    origin.commit("one/a.rs", "1");
    let second = origin.commit("two/b.rs", "1");
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", origin.root().display());
    git(clone.path(), &["clone", "-q", "--depth=1", &from, "."]);
    let all = trees(&["one"], &[]);
    let at_end = last_commit(clone.path(), &all, &Toolchain::default())
        .unwrap()
        .unwrap();
    assert_eq!(at_end.id, second);
    assert!(at_end.at_shallow_end);
    let whole = last_commit(&origin.root(), &all, &Toolchain::default())
        .unwrap()
        .unwrap();
    assert!(!whole.at_shallow_end);
    // A clone of a local path has no address that others could visit.
    assert_eq!(
        remote_url(clone.path(), &Toolchain::default()).unwrap(),
        None
    );
}

#[test]
fn a_repository_of_another_user_is_nothing_with_a_note() {
    let repository = Repository::new();
    repository.commit("a", "1");
    let root = repository.root();
    // git's own switch for its tests; what it says is what it says to a real stranger.
    let toolchain = Toolchain {
        git: stranger(repository.folder.path()).into(),
        ..Toolchain::default()
    };
    let all = trees(&[""], &[]);
    assert_eq!(last_commit(&root, &all, &toolchain).unwrap(), None);
    assert!(!is_dirty(&root, &all, &toolchain).unwrap());
    assert_eq!(remote_url(&root, &toolchain).unwrap(), None);
    let note = refusal(&root, &toolchain).unwrap().unwrap();
    assert!(note.contains("safe.directory"), "{note}");
}

/// A git that takes every repository for another user's.
fn stranger(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("git-stranger");
    let script = "#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 exec git \"$@\"\n";
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}
