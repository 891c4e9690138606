//! Roots, and images made of a root with one layer over it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use coracle_oci::{Descriptor, Digest, Manifest, Store, media_type};
use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;
use coracle_testkit::overlay::Overlay;
use coracle_testkit::reach::{Account, Reached, Start};
use serde_json::{Value, json};

use crate::support::{Place, repository};

/// A distribution's root, as a folder and as the layer that it is in images.
pub(super) struct Base {
    pub(super) suite: &'static str,
    pub(super) architecture: &'static str,
    pub(super) root: PathBuf,
    layer: PathBuf,
    /// The same of another suite.
    pub(super) other: PathBuf,
    /// The libraries of another machine.
    pub(super) foreign: PathBuf,
}

const AMD64: &str = "usr/lib/x86_64-linux-gnu";
const ARM64: &str = "usr/lib/aarch64-linux-gnu";

/// A program of a root, and the files that it loads.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) path: String,
    pub(super) loader: String,
    /// Without the loader.
    pub(super) libraries: Vec<String>,
}

/// What is in every root, so that there is something to start.
const PACKAGES: &str = "libc-bin,coreutils,bash,curl,openssl,sqlite3,git,xz-utils,gnupg,jq";

impl Base {
    /// Both suites for amd64; in full arm64, too.
    pub(super) fn all(place: &Place, full: bool) -> Vec<Base> {
        let architectures: &[&str] = if full {
            &["amd64", "arm64"]
        } else {
            &["amd64"]
        };
        let all = |suite, other| {
            architectures.iter().map(move |architecture| Base {
                suite,
                architecture,
                root: root(place, suite, architecture, PACKAGES).0,
                layer: root(place, suite, architecture, PACKAGES).1,
                other: root(place, other, architecture, PACKAGES).0,
                foreign: match *architecture {
                    "amd64" => root(place, suite, "arm64", "libc6,zlib1g").0.join(ARM64),
                    _ => root(place, suite, "amd64", "libc6,zlib1g").0.join(AMD64),
                },
            })
        };
        all("trixie", "bookworm")
            .chain(all("bookworm", "trixie"))
            .collect()
    }

    /// Where the machine's libraries are.
    pub(super) fn libraries(&self) -> String {
        match self.architecture {
            "arm64" => format!("/{ARM64}"),
            _ => format!("/{AMD64}"),
        }
    }

    /// Programs that start here, by our own word; the harness asks again.
    pub(super) fn programs(&self, place: &Place, sample: &mut Sample) -> Vec<Program> {
        let mut names: Vec<String> = fs::read_dir(self.root.join("usr/bin"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            // The emulator knows nothing of set-user-ID, for which a loader looks elsewhere.
            .filter(|entry| {
                let mode = entry.metadata().unwrap().permissions().mode();
                self.architecture == "amd64" || mode & 0o6000 == 0
            })
            .filter(|entry| fs::read(entry.path()).unwrap().starts_with(b"\x7fELF"))
            .map(|entry| format!("/usr/bin/{}", entry.file_name().display()))
            .collect();
        names.sort();
        let names = sample.choose(&names, 24);
        let mut images = Images::new(
            &place
                .path()
                .join(format!("programs-{}-{}", self.suite, self.architecture)),
        );
        let targets: Vec<String> = names
            .iter()
            .map(|name| images.of_base(self, name))
            .collect();
        let verdicts = super::check(place, &targets);
        let started = targets.iter().map(|target| &verdicts[target]);
        started.filter_map(program).collect()
    }
}

fn program(verdict: &Value) -> Option<Program> {
    let program = &verdict["programs"][0];
    let loader = program["interpreter"].as_str()?.to_owned();
    let files = program["libraries"].as_array()?.iter();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let files = files.map(|library| library["file"].as_str().unwrap().to_owned());
    let (loaders, libraries): (Vec<String>, Vec<String>) =
        files.partition(|file| name(file) == name(&loader));
    (verdict["proven"] == true && libraries.len() > 1).then(|| Program {
        path: program["path"].as_str().unwrap().to_owned(),
        loader: loaders.first().cloned().unwrap_or(loader),
        libraries,
    })
}

/// A root of mmdebstrap's, made once, and its tar.
pub(crate) fn root(
    place: &Place,
    suite: &str,
    architecture: &str,
    packages: &str,
) -> (PathBuf, PathBuf) {
    // Tests run side by side, and one makes it for all.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = repository().join("target/test-downloads/roots");
    fs::create_dir_all(&cache).unwrap();
    let name = format!("{suite}-{architecture}-{}", packages.len());
    let tar = cache.join(format!("{name}.tar"));
    let folder = place.path().join("roots").join(name);
    if folder.exists() {
        return (folder, tar);
    }
    fs::create_dir_all(&folder).unwrap();
    let at = folder.to_str().unwrap();
    if !tar.exists() {
        let (architectures, include) = (
            format!("--architectures={architecture}"),
            format!("--include={packages}"),
        );
        let made = place.path().join("made");
        let made = made.to_str().unwrap();
        let variant = "--variant=extract";
        // bookworm's packages have /lib and /usr/lib, which every installation merges.
        let merged = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr";
        tool(
            "mmdebstrap",
            &[
                "--quiet",
                variant,
                merged,
                &architectures,
                &include,
                suite,
                made,
            ],
        )
        .unwrap();
        for name in ["bin", "sbin", "lib", "lib64"] {
            let (there, link) = (format!("{made}/usr/{name}"), format!("{made}/{name}"));
            if Path::new(&there).exists() && fs::symlink_metadata(&link).is_err() {
                symlink(format!("usr/{name}"), link).unwrap();
            }
        }
        let partial = tar.with_extension(std::process::id().to_string());
        let written = partial.to_str().unwrap();
        tool(
            "tar",
            &[
                "-C",
                made,
                "--exclude=./dev/*",
                "--exclude=./usr/share/*",
                "-cf",
                written,
                ".",
            ],
        )
        .unwrap();
        fs::rename(&partial, &tar).unwrap();
        fs::remove_dir_all(made).unwrap();
    }
    tool("tar", &["-xpf", tar.to_str().unwrap(), "-C", at]).unwrap();
    for directory in ["proc", "opt", "app"] {
        let _ = fs::create_dir(folder.join(directory));
    }
    (folder, tar)
}

/// An image in the making: its root may be changed.
pub(super) struct Case<'b> {
    pub(super) base: &'b Base,
    pub(super) program: Program,
    pub(super) arguments: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) user: (u32, u32),
    pub(super) directory: String,
    overlay: Overlay,
    /// What exactly was changed.
    pub(super) note: String,
    name: &'static str,
}

impl<'b> Case<'b> {
    pub(super) fn new(base: &'b Base, program: &Program, name: &'static str) -> Self {
        let overlay = Overlay::over(&base.root).unwrap();
        Self {
            base,
            arguments: vec![program.path.clone()],
            program: program.clone(),
            environment: BTreeMap::from([("LD_BIND_NOW".to_owned(), "1".to_owned())]),
            user: (65532, 65532),
            directory: "/".to_owned(),
            overlay,
            note: String::new(),
            name,
        }
    }

    pub(super) fn described(&self) -> String {
        let Base {
            suite,
            architecture,
            ..
        } = self.base;
        format!(
            "{suite} {architecture} {} ({})",
            self.arguments.join(" "),
            self.note
        )
    }

    /// Where a path of the image is on this machine.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.overlay.root().join(path.trim_start_matches('/'))
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8], mode: u32) {
        let place = self.at(path);
        make(place.parent().unwrap());
        let _ = fs::remove_file(&place);
        fs::write(&place, bytes).unwrap();
        self.mode(path, mode);
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(super) fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        let place = self.at(path);
        let removed = if place.is_dir() && !place.is_symlink() {
            fs::remove_dir_all(&place)
        } else {
            fs::remove_file(&place)
        };
        removed.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    pub(super) fn link(&self, path: &str, target: &str) {
        let _ = fs::remove_file(self.at(path));
        make(self.at(path).parent().unwrap());
        symlink(target, self.at(path)).unwrap();
    }

    /// How far it comes when it is started.
    pub(super) fn start(&self) -> Account {
        let root = self.overlay.root();
        let emulator =
            (self.base.architecture == "arm64").then(|| Start::emulator_in(&root).unwrap());
        let start = Start {
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
            user: self.user,
            directory: &self.directory,
            emulator,
            ..Start::of(&root, "")
        };
        // Whoever starts it cannot enter a working directory that is none.
        let directory = self.at(&self.directory);
        let account = match directory.exists() && !directory.is_dir() {
            true => Account {
                reached: Reached::NotExecuted(20),
                said: "the working directory is no directory".to_owned(),
            },
            false => start.reach().unwrap(),
        };
        let Some(emulator) = emulator else {
            return account;
        };
        self.remove(emulator);
        // What the kernel says to the emulator, it says in ways of its own.
        let is_denied = match account.reached {
            Reached::Exit(1) => account.said.is_empty(),
            Reached::Exit(255) => account.said.contains("Permission denied"),
            _ => false,
        };
        match is_denied {
            true => Account {
                reached: Reached::NotExecuted(13),
                ..account
            },
            false => account,
        }
    }
}

fn make(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
}

/// A layout with many images.
pub(super) struct Images {
    folder: PathBuf,
    store: Store,
    count: usize,
    bases: BTreeMap<PathBuf, (Descriptor, Digest)>,
}

impl Images {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            store: Store::open(folder).unwrap(),
            count: 0,
            bases: BTreeMap::new(),
        }
    }

    /// An image of a root alone.
    pub(super) fn of_base(&mut self, base: &Base, program: &str) -> String {
        let config =
            json!({ "Entrypoint": [program], "User": "65532:65532", "Env": ["LD_BIND_NOW=1"] });
        let base_layer = self.base(base);
        self.image(base, &config, vec![base_layer])
    }

    /// The image of a case; gives what `coracle check` takes.
    pub(super) fn add(&mut self, case: &Case<'_>) -> String {
        let environment = case.environment.iter();
        let environment: Vec<String> = environment
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let config = json!({
            "Entrypoint": case.arguments,
            "User": format!("{}:{}", case.user.0, case.user.1),
            "Env": environment,
            "WorkingDir": case.directory,
        });
        let layer = case.overlay.layer().unwrap();
        let base = self.base(case.base);
        let layers = vec![base, self.layer(&layer)];
        let target = self.image(case.base, &config, layers);
        // Some are archives of one kind or the other.
        let kind = match self.count % 24 {
            3 => "oci-archive",
            14 => "docker-archive",
            _ => return target,
        };
        let file = self.folder.with_extension(format!("{}.tar", self.count));
        let to = format!("{kind}:{}:case:v{}", file.display(), self.count);
        tool(
            "skopeo",
            &["--insecure-policy", "copy", "--quiet", &target, &to],
        )
        .unwrap_or_else(|error| panic!("{}: {error:#}", case.name));
        format!("{kind}:{}", file.display())
    }

    fn image(&mut self, base: &Base, config: &Value, layers: Vec<(Descriptor, Digest)>) -> String {
        self.count += 1;
        let (layers, diff_ids): (Vec<Descriptor>, Vec<String>) = layers
            .into_iter()
            .map(|(layer, diff_id)| (layer, diff_id.to_string()))
            .unzip();
        let config = json!({
            "architecture": base.architecture,
            "os": "linux",
            "config": config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = self.put(media_type::CONFIG, &serde_json::to_vec(&config).unwrap());
        let manifest = Manifest::new(config, layers).to_bytes().unwrap();
        let manifest = self.put(media_type::MANIFEST, &manifest);
        let name = format!("case:v{}", self.count);
        self.store.name(&name, &manifest).unwrap();
        format!("oci:{}:{name}", self.folder.display())
    }

    fn base(&mut self, base: &Base) -> (Descriptor, Digest) {
        if let Some(known) = self.bases.get(&base.layer) {
            return known.clone();
        }
        let layer = self.layer(&fs::read(&base.layer).unwrap());
        self.bases.insert(base.layer.clone(), layer.clone());
        layer
    }

    fn layer(&self, tar: &[u8]) -> (Descriptor, Digest) {
        (self.put(media_type::LAYER, tar), Digest::of(tar))
    }

    fn put(&self, media_type: &str, bytes: &[u8]) -> Descriptor {
        let digest = self.store.put_bytes(bytes).unwrap();
        Descriptor::new(media_type, digest, bytes.len() as u64)
    }
}
