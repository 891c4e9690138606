//! One image as those see it who ask about it: its configuration, its layers, its files, its packages, and what its start
//! loads. `diff` and `why` read this; nothing here judges.

mod files;

use std::path::{Path, PathBuf};

use coracle_binary::elf::ElfFacts;
use coracle_binary::start::{Launch, Prover, Report, User};
use coracle_oci::config::{ContainerConfig, History};
use coracle_oci::{Digest, ImageConfig, Platform};

pub(crate) use self::files::{Entry, Sameness, compare};
use super::known::Known;
use super::packages::Contents;
pub(crate) use super::packages::Package;
use super::tree::Tree;
use super::{Asked, Error, Target, World};
use crate::images::{Image, Opened};
use crate::prove::{self, Question};

/// The annotation of a layer that names the packages in it, as our own images have it.
const PACKAGES: &str = "build.coracle.packages";

/// How chains name what the configuration starts.
const ENTRYPOINT: &str = "ENTRYPOINT";

/// A target that is there, with the platforms that are asked for.
pub(crate) struct Place<'a> {
    name: String,
    asked: &'a Asked,
    world: &'a World<'a>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Images(Opened<'a>, Vec<Image>),
    Folder(PathBuf),
}

/// One image.
pub(crate) struct Seen {
    /// The target, as it was named.
    pub(crate) target: String,
    pub(crate) platform: Platform,
    /// The manifest's digest, where there is one.
    pub(crate) digest: Option<Digest>,
    pub(crate) config: ContainerConfig,
    pub(crate) history: Vec<History>,
    /// The lowest first; a folder has none.
    pub(crate) layers: Vec<Layer>,
    /// Of a folder, which says nothing of a start: of all its programs.
    pub(crate) report: Report,
    pub(super) tree: Tree,
}

/// A layer, without what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// As it is packed, where it is known.
    pub(crate) digest: Option<Digest>,
    pub(crate) diff_id: Digest,
    /// Bytes where it is.
    pub(crate) size: u64,
    /// How it was made, as the history says.
    pub(crate) made_by: Option<String>,
    /// `name@version` of what coracle put into it.
    pub(crate) packages: Vec<String>,
}

/// Finds a target.
pub(crate) fn open<'a>(
    target: &Target,
    asked: &'a Asked,
    world: &'a World<'a>,
) -> Result<Place<'a>, Error> {
    let kind = match target {
        Target::Image(source) => {
            let opened = Opened::open(source, world.registry, Some(world.engine))?;
            let images = super::wanted(&opened, source, asked)?;
            Kind::Images(opened, images)
        }
        Target::Rootfs(folder) => Kind::Folder(folder.clone()),
    };
    Ok(Place {
        name: target.to_string(),
        asked,
        world,
        kind,
    })
}

impl Place<'_> {
    /// The platforms that there are; a folder's is only known when it is read.
    pub(crate) fn platforms(&self) -> Vec<Option<Platform>> {
        match &self.kind {
            Kind::Images(_, images) => {
                let platforms = images.iter().map(|image| Some(image.platform()));
                platforms.collect()
            }
            Kind::Folder(_) => vec![None],
        }
    }

    /// Reads one of them.
    pub(crate) fn see(&self, at: usize) -> Result<Seen, Error> {
        match &self.kind {
            Kind::Folder(folder) => self.see_folder(folder),
            Kind::Images(opened, images) => {
                let nothing = || Error::NoPrograms {
                    target: self.name.clone(),
                };
                self.see_image(opened, images.get(at).ok_or_else(nothing)?)
            }
        }
    }

    fn see_image(&self, opened: &Opened<'_>, image: &Image) -> Result<Seen, Error> {
        let known = Known::of(self.world);
        let tree = Tree::of_image(image, opened, &known, self.world.observer)?;
        let question = Question {
            dlopen: &self.asked.dlopen,
            provided: &self.asked.provided,
            ..Question::new(&self.name, None)
        };
        let (launch, unknown) = prove::launch(&question, &image.config, &tree)?;
        let mut report = Prover::new(&tree).prove(&launch);
        report.findings.splice(0..0, unknown);
        Ok(Seen {
            target: self.name.clone(),
            platform: image.platform(),
            digest: image.manifest.as_ref().map(|manifest| manifest.digest),
            config: image.config.config.clone().unwrap_or_default(),
            history: image.config.history.clone(),
            layers: layers(image),
            report,
            tree,
        })
    }

    fn see_folder(&self, folder: &Path) -> Result<Seen, Error> {
        let tree = Tree::of_folder(folder)?;
        let machine = super::machine_of(&tree).ok_or_else(|| Error::NoPrograms {
            target: self.name.clone(),
        })?;
        let platform = Platform::linux(machine.architecture().unwrap_or_default());
        let launch = Launch {
            provided: self.asked.provided.clone(),
            user: User {
                uid: 0,
                gid: 0,
                groups: Vec::new(),
            },
            ..Launch::of(Vec::new(), machine)
        };
        Ok(Seen {
            target: self.name.clone(),
            platform: ImageConfig::new(&platform).platform(),
            digest: None,
            config: ContainerConfig::default(),
            history: Vec::new(),
            layers: Vec::new(),
            report: all_programs(&tree, &launch),
            tree,
        })
    }
}

/// What every program of a tree loads.
fn all_programs(tree: &Tree, launch: &Launch) -> Report {
    let prover = Prover::new(tree);
    let mut report = Report::default();
    for (path, kept, node) in tree.regular() {
        if node.mode & 0o111 == 0 || !kept.is_elf() {
            continue;
        }
        let content = kept.content(Vec::new()).unwrap_or_default();
        if ElfFacts::read(&content).is_ok_and(|facts| super::is_program(&facts)) {
            let alone = Launch {
                entrypoint: vec![format!("/{path}")],
                ..launch.clone()
            };
            let mut one = prover.prove(&alone);
            // Nothing says that a container would start it.
            for program in &mut one.programs {
                let loaded = program.objects.iter_mut().chain(&mut program.opened);
                let chains = loaded.map(|object| &mut object.needed_by);
                for chain in chains.chain([&mut program.chain]) {
                    chain.retain(|step| step != ENTRYPOINT);
                }
            }
            report.programs.extend(one.programs);
            report.findings.extend(one.findings);
        }
    }
    report
}

/// The layers with the lines of the history that made them.
fn layers(image: &Image) -> Vec<Layer> {
    let mut made = image
        .config
        .history
        .iter()
        .filter(|step| step.empty_layer != Some(true));
    let layer = |layer: &crate::images::Layer| {
        let packages = layer.annotation(PACKAGES).unwrap_or_default();
        Layer {
            digest: layer.digest().copied(),
            diff_id: layer.diff_id,
            size: layer.size,
            made_by: made.next().and_then(|step| step.created_by.clone()),
            packages: packages
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    };
    image.layers.iter().map(layer).collect()
}

impl Seen {
    /// Everything but folders, by its path from the root.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, Entry<'_>)> {
        self.tree.files.iter().filter_map(|(path, node)| {
            let entry = Entry::of(node)?;
            Some((path, entry))
        })
    }

    /// What is at a path from the root, when it is no folder.
    pub(crate) fn file(&self, path: &str) -> Option<Entry<'_>> {
        Entry::of(self.tree.files.get(path)?)
    }

    /// The path without links in it, from the root, as long as it leads somewhere.
    pub(crate) fn real(&self, path: &str) -> Option<String> {
        files::real(&self.tree, path)
    }

    /// The packages that its databases list, by name.
    pub(crate) fn packages(&self) -> Vec<Package> {
        Contents::of(&self.tree).packages
    }

    /// What unpacked files weigh, in bytes; a file with several names as often as it has names.
    pub(crate) fn unpacked(&self) -> u64 {
        self.files().map(|(_, entry)| entry.size()).sum()
    }

    /// The layer that a file comes from.
    pub(crate) fn layer(&self, entry: &Entry<'_>) -> Option<&Layer> {
        self.layers.get(entry.layer())
    }
}

#[cfg(test)]
pub(crate) mod made;
