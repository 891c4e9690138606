//! One program with what it loads, in a root of its own that may be changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use coracle_binary::start::{Launch, Report, prove};
use coracle_binary::{CpuLevel, ElfFacts, Machine};
use coracle_testkit::reach::{Account, Reached, Start};

use crate::tree::Folder;

/// What a case is made of: a program of a whole root that starts there.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The whole root.
    pub(crate) root: PathBuf,
    /// The program, and each file that it loads: the path that leads there, and the file.
    pub(crate) files: Vec<(String, String)>,
    /// Which of them is the loader.
    pub(crate) loader: String,
}

impl Subject {
    /// The program of a root, when it starts there and loads between two and forty files.
    pub(crate) fn of(root: &Path, tree: &Folder, program: &str) -> Option<Self> {
        let launch = Launch::of(vec![program.to_owned()], Machine::X86_64);
        let report = prove(tree, &launch);
        let proven = report.programs.first().filter(|_| report.proven())?;
        let loaded = proven.objects.iter();
        let mut files: Vec<(String, String)> = loaded
            .map(|object| (object.path.clone(), object.file.clone()))
            .collect();
        files.insert(0, (program.to_owned(), proven.path.clone()));
        let mut loaded = proven.objects.iter();
        let loader = loaded.find(|object| Some(&object.path) == proven.interpreter.as_ref());
        let loader = loader.map(|object| object.file.clone()).unwrap_or_default();
        let subject = Self {
            root: root.to_owned(),
            files,
            loader,
        };
        // What its libraries open by themselves is not with it.
        let fits = (3..40).contains(&subject.files.len());
        let starts = || Case::new(&subject).judge().1.reached == Reached::Entry;
        (fits && starts()).then_some(subject)
    }
}

/// A root of its own.
pub(crate) struct Case {
    _folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
    /// What is started, with its arguments.
    pub(crate) arguments: Vec<String>,
    /// What it loads when nothing is changed, by the files; the loader among them.
    pub(crate) libraries: Vec<String>,
    pub(crate) loader: String,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) user: (u32, u32),
    /// What exactly was changed, where the kind of change does not say it.
    pub(crate) note: String,
}

impl Case {
    pub(crate) fn new(subject: &Subject) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let case = |arguments, libraries, loader| Self {
            root: root.clone(),
            arguments,
            libraries,
            loader,
            environment: BTreeMap::from([("LD_BIND_NOW".to_owned(), "1".to_owned())]),
            user: (65532, 65532),
            note: String::new(),
            _folder: folder,
        };
        for directory in ["usr", "etc", "proc", "env", "opt"] {
            make(&root.join(directory));
        }
        for name in ["bin", "sbin", "lib", "lib64"] {
            make(&root.join("usr").join(name));
            symlink(format!("usr/{name}"), root.join(name)).unwrap();
        }
        for (path, file) in &subject.files {
            bring(&subject.root, &root, path, file);
        }
        let folders = "etc/ld-musl-x86_64.path";
        if subject.root.join(folders).exists() {
            fs::copy(subject.root.join(folders), root.join(folders)).unwrap();
        }
        let mut files = subject.files.iter();
        let program = files.next().unwrap();
        let libraries: Vec<String> = files.map(|(_, file)| file.clone()).collect();
        case(vec![program.1.clone()], libraries, subject.loader.clone())
    }

    pub(crate) fn program(&self) -> &str {
        &self.arguments[0]
    }

    /// Where a path of the root is on this machine.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let place = self.at(path);
        make(place.parent().unwrap());
        let _ = fs::remove_file(&place);
        fs::write(&place, bytes).unwrap();
        self.mode(path, 0o755);
    }

    pub(crate) fn edit(&self, path: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.read(path);
        edit(&mut bytes);
        self.write(path, &bytes);
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        let place = self.at(path);
        make(place.parent().unwrap());
        let _ = fs::remove_file(&place);
        symlink(target, place).unwrap();
    }

    /// Moves a library to a folder, under the name that others ask for it by.
    pub(crate) fn move_to(&self, library: &str, folder: &str) -> String {
        let place = format!("{folder}/{}", self.soname(library));
        self.write(&place, &self.read(library));
        self.remove(library);
        place
    }

    /// The name that others ask for a file by.
    pub(crate) fn soname(&self, library: &str) -> String {
        let facts = ElfFacts::read(&self.read(library)).ok();
        let name = || library.rsplit('/').next().unwrap_or_default().to_owned();
        facts
            .and_then(|facts| facts.soname.clone())
            .unwrap_or_else(name)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// What the proof says of it, and what becomes of it.
    pub(crate) fn judge(&self) -> (Report, Account) {
        let start = Start {
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
            user: self.user,
            ..Start::of(&self.root, "")
        };
        let mut launch = Launch::of(self.arguments.clone(), Machine::X86_64);
        launch.environment = self.environment.clone();
        (launch.user.uid, launch.user.gid) = self.user;
        launch.level = level_of_this_machine();
        let report = prove(&Folder::read(&self.root), &launch);
        (report, start.reach().unwrap())
    }
}

/// The level of this machine's CPU, as its loader says it: files that others take are not in question here.
fn level_of_this_machine() -> CpuLevel {
    static LEVEL: OnceLock<CpuLevel> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let told = Command::new("/lib64/ld-linux-x86-64.so.2")
            .arg("--help")
            .output()
            .unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let has = |level: &&str| told.contains(&format!("x86-64-{level} (supported"));
        let variant = ["v4", "v3", "v2"].into_iter().find(|level| has(level));
        CpuLevel::of_variant(Machine::X86_64, variant).unwrap()
    })
}

/// A directory that all may enter, its parents too.
fn make(directory: &Path) {
    if directory.is_dir() {
        return;
    }
    if let Some(parent) = directory.parent() {
        make(parent);
    }
    fs::create_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Copies a file, and the link at the end of the path that leads to it.
fn bring(from: &Path, to: &Path, path: &str, file: &str) {
    let place = to.join(file.trim_start_matches('/'));
    make(place.parent().unwrap());
    fs::copy(from.join(file.trim_start_matches('/')), &place)
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let link = from.join(path.trim_start_matches('/'));
    if let Ok(target) = fs::read_link(&link) {
        let there = to.join(path.trim_start_matches('/'));
        make(there.parent().unwrap());
        let _ = symlink(target, there);
    }
}
