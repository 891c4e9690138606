//! Images made of a root with one layer over it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use coracle_oci::{Descriptor, Digest, Manifest, Store, media_type};
use coracle_testkit::command::tool;
use coracle_testkit::overlay::Overlay;
use coracle_testkit::reach::{Account, Reached, Start};
use serde_json::{Value, json};

use super::base::{Base, Program};

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
    /// Why the change has no meaning here, where it has none.
    pub(super) skipped: Option<&'static str>,
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
            skipped: None,
            name,
        }
    }

    /// Says that the change has no meaning for this program or root: the image is not made.
    pub(super) fn skip(&mut self, why: &'static str) {
        self.skipped = Some(why);
    }

    pub(super) fn described(&self) -> String {
        let Base {
            make,
            suite,
            architecture,
            ..
        } = self.base;
        format!(
            "{} {suite} {architecture} {} ({})",
            make.name(),
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

    /// Takes everything away again: full runs make many.
    pub(super) fn remove(self) {
        fs::remove_dir_all(&self.folder).unwrap();
        for number in 0..=self.count {
            let _ = fs::remove_file(self.archive(number));
        }
    }

    fn archive(&self, number: usize) -> PathBuf {
        self.folder.with_extension(format!("{number}.tar"))
    }

    /// An image of a root alone.
    pub(super) fn of_base(&mut self, base: &Base, program: &str) -> String {
        let config =
            json!({ "Entrypoint": [program], "User": "65532:65532", "Env": ["LD_BIND_NOW=1"] });
        let layers = self.base(base);
        self.image(base, &config, layers)
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
        let mut layers = self.base(case.base);
        layers.push(self.layer(&layer));
        let target = self.image(case.base, &config, layers);
        // Some are archives of one kind or the other.
        let kind = match self.count % 24 {
            3 => "oci-archive",
            14 => "docker-archive",
            _ => return target,
        };
        let file = self.archive(self.count);
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

    fn base(&mut self, base: &Base) -> Vec<(Descriptor, Digest)> {
        let mut layers = Vec::new();
        for tar in &base.layers {
            let layer = self.bases.get(tar).cloned();
            let layer = layer.unwrap_or_else(|| self.layer(&fs::read(tar).unwrap()));
            self.bases.insert(tar.clone(), layer.clone());
            layers.push(layer);
        }
        layers
    }

    fn layer(&self, tar: &[u8]) -> (Descriptor, Digest) {
        (self.put(media_type::LAYER, tar), Digest::of(tar))
    }

    fn put(&self, media_type: &str, bytes: &[u8]) -> Descriptor {
        let digest = self.store.put_bytes(bytes).unwrap();
        Descriptor::new(media_type, digest, bytes.len() as u64)
    }
}
