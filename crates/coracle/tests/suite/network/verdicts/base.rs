//! Roots that images begin with: Debian's by mmdebstrap, and trees that are put over them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use coracle_oci::Digest;
use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;
use serde_json::Value;

use super::image::Images;
use crate::support::{Place, repository};

/// What kind of root it is; each has a row in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    Debian,
    Musl,
    /// Every package in a folder of its own, as Nix has it.
    Store,
    /// A newer glibc beside an older one.
    Opt,
    /// glibc where a cross compiler has it.
    Cross,
    Klibc,
    /// 32 bits on a platform of 64.
    Narrow,
}

impl Make {
    pub(super) fn name(self) -> &'static str {
        match self {
            Make::Debian => "Debian",
            Make::Musl => "musl, with programs of our own",
            Make::Store => "/nix/store, a folder for each library",
            Make::Opt => "a newer glibc in /opt",
            Make::Cross => "glibc in /usr/aarch64-linux-gnu",
            Make::Klibc => "klibc",
            Make::Narrow => "32 bits on amd64",
        }
    }

    /// How many images are made of such a root.
    pub(super) fn count(self, sample: &Sample) -> usize {
        match self {
            Make::Debian => sample.count(24, 120),
            Make::Musl => sample.count(18, 132),
            Make::Store | Make::Opt => sample.count(8, 72),
            Make::Cross => sample.count(0, 48),
            Make::Klibc | Make::Narrow => sample.count(6, 24),
        }
    }
}

/// A root, as a folder and as the layers that it is in images.
pub(super) struct Base {
    pub(super) make: Make,
    pub(super) suite: &'static str,
    pub(super) architecture: &'static str,
    pub(super) root: PathBuf,
    pub(super) layers: Vec<PathBuf>,
    /// Where its programs are.
    pub(super) programs: &'static str,
    /// Where its libc is.
    pub(super) libraries: String,
    /// The libc's file there.
    pub(super) libc: &'static str,
    /// The same of another suite.
    pub(super) other: PathBuf,
    /// The libraries of another machine.
    pub(super) foreign: PathBuf,
}

pub(super) const AMD64: &str = "usr/lib/x86_64-linux-gnu";
pub(super) const ARM64: &str = "usr/lib/aarch64-linux-gnu";

/// A program of a root, and the files that it loads.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) path: String,
    pub(super) loader: String,
    /// Without the loader.
    pub(super) libraries: Vec<String>,
}

/// What is in every root of Debian's, so that there is something to start.
const PACKAGES: &str = "libc-bin,coreutils,bash,curl,openssl,sqlite3,git,xz-utils,gnupg,jq";

/// Both suites for amd64; in full arm64, too.
pub(super) fn debian(place: &Place, full: bool) -> Vec<Base> {
    let architectures: &[&str] = if full {
        &["amd64", "arm64"]
    } else {
        &["amd64"]
    };
    let all = |suite, other| {
        architectures
            .iter()
            .map(move |architecture| of_packages(place, (suite, other), architecture, PACKAGES))
    };
    all("trixie", "bookworm")
        .chain(all("bookworm", "trixie"))
        .collect()
}

/// A root of Debian's with these packages.
pub(super) fn of_packages(
    place: &Place,
    (suite, other): (&'static str, &'static str),
    architecture: &'static str,
    packages: &str,
) -> Base {
    let made = Root::made(place, suite, architecture, packages);
    let (libraries, foreign) = match architecture {
        "arm64" => (ARM64, ("amd64", AMD64)),
        _ => (AMD64, ("arm64", ARM64)),
    };
    let foreign_root = Root::made(place, suite, foreign.0, "libc6,zlib1g");
    Base {
        make: Make::Debian,
        suite,
        architecture,
        root: made.folder,
        layers: vec![made.tar],
        programs: "/usr/bin",
        libraries: format!("/{libraries}"),
        libc: "libc.so.6",
        other: Root::made(place, other, architecture, packages).folder,
        foreign: foreign_root.folder.join(foreign.1),
    }
}

impl Base {
    /// Programs that start here, by our own word; the harness asks again. In roots that are made of parts of several
    /// origins some start and some do not.
    pub(super) fn programs(&self, place: &Place, sample: &mut Sample) -> Vec<Program> {
        let mut names: Vec<String> = fs::read_dir(self.at(self.programs))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            // The emulator knows nothing of set-user-ID, for which a loader looks elsewhere.
            .filter(|entry| {
                let mode = entry.metadata().unwrap().permissions().mode();
                self.architecture == "amd64" || mode & 0o6000 == 0
            })
            .filter(|entry| fs::read(entry.path()).unwrap().starts_with(b"\x7fELF"))
            .map(|entry| format!("{}/{}", self.programs, entry.file_name().display()))
            .collect();
        names.sort();
        let names = sample.choose(&names, 24);
        let folder = format!(
            "programs-{}-{}",
            self.root.file_name().unwrap().display(),
            self.architecture
        );
        let mut images = Images::new(&place.path().join(folder));
        let targets: Vec<String> = names
            .iter()
            .map(|name| images.of_base(self, name))
            .collect();
        let verdicts = super::check(place.coracle(), &targets);
        let started = names.iter().zip(&targets);
        started
            .filter_map(|(name, target)| self.program(name, &verdicts[target]))
            .collect()
    }

    fn program(&self, path: &str, verdict: &Value) -> Option<Program> {
        if self.make == Make::Narrow {
            return Some(Program {
                path: path.to_owned(),
                loader: format!("{}/ld-linux.so.2", self.libraries),
                libraries: vec![format!("{}/{}", self.libraries, self.libc)],
            });
        }
        let program = &verdict["programs"][0];
        let interpreter = program["interpreter"].as_str().unwrap_or_default();
        let files = program["libraries"].as_array().into_iter().flatten();
        let files = files.map(|library| library["file"].as_str().unwrap().to_owned());
        let loader_name = match self.make {
            Make::Musl => self.libc,
            _ => name(interpreter),
        };
        let (loaders, libraries): (Vec<String>, Vec<String>) =
            files.partition(|file| name(file) == loader_name);
        let loader = match self.make {
            Make::Musl => format!("{}/{}", self.libraries, self.libc),
            _ => interpreter.to_owned(),
        };
        let is_taken = match self.make {
            Make::Debian => verdict["proven"] == true && libraries.len() > 1,
            _ => true,
        };
        is_taken.then(|| Program {
            path: path.to_owned(),
            loader: loaders.first().cloned().unwrap_or(loader),
            libraries,
        })
    }

    /// Where a path of the root is on this machine.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The same file of another suite, or the library of that name there.
    pub(super) fn other(&self, path: &str) -> Option<Vec<u8>> {
        let there = fs::read(self.other.join(path.trim_start_matches('/')));
        let libraries = self.other.join(match self.architecture {
            "arm64" => ARM64,
            _ => AMD64,
        });
        let programs = self.other.join("usr/bin");
        let named = || fs::read(libraries.join(name(path)));
        let there = there.or_else(|_| named());
        there.or_else(|_| fs::read(programs.join(name(path)))).ok()
    }

    /// A library of another machine.
    pub(super) fn foreign(&self, name: &str) -> Vec<u8> {
        let named = [name, "libc.so.6", "libc.so"];
        let mut files = named
            .iter()
            .filter_map(|name| fs::read(self.foreign.join(name)).ok());
        files.next().unwrap()
    }
}

/// The last name of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// A root, and the same as a tar.
pub(crate) struct Root {
    pub(crate) folder: PathBuf,
    pub(super) tar: PathBuf,
}

impl Root {
    /// By mmdebstrap, once: the tar is kept.
    pub(crate) fn made(place: &Place, suite: &str, architecture: &str, packages: &str) -> Root {
        // Tests run side by side, and one makes it for all.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = repository().join("target/test-downloads/roots");
        fs::create_dir_all(&cache).unwrap();
        let digest = Digest::of(packages.as_bytes()).to_string();
        let (_, digest) = digest.split_once(':').unwrap();
        let name = format!("{suite}-{architecture}-{}", &digest[..8]);
        let tar = cache.join(format!("{name}.tar"));
        let folder = place.path().join("roots").join(name);
        if folder.exists() {
            return Root { folder, tar };
        }
        if !tar.exists() {
            download(place, (suite, architecture, packages), &tar);
        }
        unpack(&tar, &folder);
        for directory in ["proc", "opt", "app"] {
            let _ = fs::create_dir(folder.join(directory));
        }
        Root { folder, tar }
    }
}

fn download(place: &Place, (suite, architecture, packages): (&str, &str, &str), tar: &Path) {
    let (architectures, include) = (
        format!("--architectures={architecture}"),
        format!("--include={packages}"),
    );
    let made = place.path().join("made");
    let made = made.to_str().unwrap();
    let variant = "--variant=extract";
    // bookworm's packages have /lib and /usr/lib, which every installation merges.
    let merged = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr";
    let words = [
        "--quiet",
        variant,
        merged,
        &architectures,
        &include,
        suite,
        made,
    ];
    tool("mmdebstrap", &words).unwrap();
    for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
        let (there, link) = (format!("{made}/usr/{name}"), format!("{made}/{name}"));
        if Path::new(&there).exists() && fs::symlink_metadata(&link).is_err() {
            symlink(format!("usr/{name}"), link).unwrap();
        }
    }
    let partial = tar.with_extension(std::process::id().to_string());
    let written = partial.to_str().unwrap();
    let without = ["--exclude=./dev/*", "--exclude=./usr/share/*"];
    tool(
        "tar",
        &["-C", made, without[0], without[1], "-cf", written, "."],
    )
    .unwrap();
    fs::rename(&partial, tar).unwrap();
    fs::remove_dir_all(made).unwrap();
}

pub(super) fn unpack(tar: &Path, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let (tar, folder) = (tar.to_str().unwrap(), folder.to_str().unwrap());
    tool("tar", &["-xpf", tar, "-C", folder]).unwrap();
}

/// A tree in the making that is to be a layer over a root.
pub(super) struct Tree {
    pub(super) folder: PathBuf,
}

impl Tree {
    pub(super) fn new(place: &Place, name: &str) -> Tree {
        let folder = place.path().join("trees").join(name);
        fs::create_dir_all(&folder).unwrap();
        Tree { folder }
    }

    /// Where a path is, with the folders on the way made.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        let place = self.folder.join(path.trim_start_matches('/'));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    }

    /// Puts a copy of a file at a path; gives where it is.
    pub(super) fn put(&self, from: &Path, path: &str) -> PathBuf {
        let place = self.at(path);
        fs::copy(from, &place).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    /// The root with this tree over it, in a folder of its own; the files below are shared.
    pub(super) fn over(&self, root: &Path, layers: &[PathBuf]) -> (PathBuf, Vec<PathBuf>) {
        let tar = self.folder.with_extension("tar");
        let (from, written) = (self.folder.to_str().unwrap(), tar.to_str().unwrap());
        tool(
            "tar",
            &["-C", from, "--mode=go+rX,go-w", "-cf", written, "."],
        )
        .unwrap();
        let folder = self.folder.with_extension("root");
        let copy = ["-al", root.to_str().unwrap(), folder.to_str().unwrap()];
        tool("cp", &copy).unwrap();
        unpack(&tar, &folder);
        (folder, layers.iter().cloned().chain([tar]).collect())
    }
}
