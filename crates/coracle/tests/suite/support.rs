//! What the tests of this suite share: a clean copy of the repository, a home, a store, and builds in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use coracle_testkit::command::{Ended, Hermetic, tool};
use coracle_testkit::container::Bundle;
use tempfile::TempDir;

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The program under test: this build's own, unless `CORACLE_BIN` names another.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("CORACLE_BIN")
        .map_or_else(|| env!("CARGO_BIN_EXE_coracle").into(), PathBuf::from)
}

/// A folder of a test's own with a home in it; module and crate downloads are shared, so that they happen once.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        Place { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program in a clean environment: a home and a store of this place, downloads of all places.
    pub(crate) fn coracle(&self) -> Hermetic {
        self.coracle_through(program())
    }

    /// The same environment for a program that runs it.
    pub(crate) fn coracle_through(&self, program: impl Into<PathBuf>) -> Hermetic {
        let shared = shared();
        self.hermetic(program)
            .env(
                "CORACLE_STORE",
                self.path().join("store").display().to_string(),
            )
            .env("CARGO_HOME", shared.join("cargo").display().to_string())
            .env("GOPATH", shared.join("go").display().to_string())
            .env("GOCACHE", shared.join("go-build").display().to_string())
    }

    /// Builds what is in a folder into the layout of this place.
    pub(crate) fn build(&self, folder: &Path, more: &[&str]) -> Ended {
        self.building(folder, more).run().unwrap()
    }

    /// The command that does.
    pub(crate) fn building(&self, folder: &Path, more: &[&str]) -> Hermetic {
        let layout = self.path().join("layout");
        let first = [
            "-C",
            folder.to_str().unwrap(),
            "--progress",
            "plain",
            "build",
        ];
        let output = ["-o", layout.to_str().unwrap()];
        self.coracle().args([&first[..], &output, more].concat())
    }

    /// An image of that layout, unpacked.
    pub(crate) fn unpack(&self, name: &str) -> Bundle {
        let layout = self.path().join("layout");
        // Each time anew: the image may be another one by now.
        let folder = TempDir::new_in(self.path()).unwrap().keep().join(name);
        Bundle::unpack(&layout, &format!("{name}:latest"), &folder).unwrap()
    }

    /// How such an image ends when it is started, and what it prints.
    pub(crate) fn run(&self, name: &str) -> (i32, String) {
        self.unpack(name).start().unwrap().end().unwrap()
    }

    /// Any program in that home.
    pub(crate) fn hermetic(&self, program: impl Into<PathBuf>) -> Hermetic {
        Hermetic::new(program, &self.path().join("home"))
    }

    /// A copy of an example as a git repository of its own, as a user would have it.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        let target = self.path().join("work").join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let source = repository().join("examples").join(name);
        copy_tracked(&source, &target);
        commit(&target, "first");
        target
    }
}

/// A copy of an example that tests share, one at a time, so that its dependencies are compiled once.
pub(crate) struct Shared {
    /// Where it is.
    pub(crate) folder: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Shared {
    /// The copy, as the repository has it now.
    pub(crate) fn example(name: &str) -> Shared {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = shared().join("examples").join(name);
        let _ = fs::remove_file(folder.join("coracle.lock"));
        copy_tracked(&repository().join("examples").join(name), &folder);
        commit(&folder, "as it is now");
        Shared {
            folder,
            _alone: alone,
        }
    }
}

/// What the harness around BuildKit is made with.
pub(crate) fn buildkit_tools() -> coracle_testkit::buildkit::Tools {
    coracle_testkit::buildkit::Tools {
        coracle: program(),
        cache: shared(),
    }
}

/// Downloads and compiled parts that tests share.
pub(crate) fn shared() -> PathBuf {
    let folder = repository().join("target/test-downloads");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Copies what git knows of a folder.
fn copy_tracked(source: &Path, target: &Path) {
    let listed = tool(
        "git",
        &[
            "-C",
            &source.display().to_string(),
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    );
    for file in listed.unwrap().stdout.lines() {
        let to = target.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(source.join(file), to).unwrap();
    }
}

/// Commits all of a folder, with a fixed author and time.
pub(crate) fn commit(folder: &Path, message: &str) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet", "--initial-branch=main"]);
    }
    git(folder, &["add", "--all"]);
    git(
        folder,
        &["commit", "--quiet", "--allow-empty", "-m", message],
    );
}

/// Runs git there.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Ended {
    let folder = folder.display().to_string();
    let identity = [
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.invalid",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "safe.directory=*",
    ];
    let in_folder = ["-C", &folder];
    tool("git", &[&in_folder[..], &identity[..], arguments].concat()).unwrap()
}

/// The digest in the one reference that a build printed.
pub(crate) fn digest(built: &Ended) -> String {
    let reference = built.stdout.lines().next().unwrap_or_default();
    let digest = reference
        .rsplit_once('@')
        .map(|(_, digest)| digest.to_owned());
    digest.unwrap_or_else(|| panic!("no digest in `{}`\n{}", built.stdout, built.stderr))
}

/// What the regular files below a folder weigh, in bytes; a file with several names once.
pub(crate) fn weight(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut seen = std::collections::BTreeSet::new();
    let mut total = 0;
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                waiting.push(path);
            } else if metadata.is_file() && seen.insert(metadata.ino()) {
                total += metadata.len();
            }
        }
    }
    total
}
