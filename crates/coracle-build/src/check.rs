//! `coracle check`: would it start? Any image, anybody's, any platform, a root filesystem or a bare program, by the same
//! proof that our own images pass. Nothing is run and no process is started.
//!
//! ```text
//!  target ─► images ─► tree (layers merged, of each file what is kept) ─► launch ─► proof ─► Verdict
//!                       └ known: a layer that was read before is not read again
//! ```

pub mod against;
mod beyond;
mod error;
mod everything;
mod fingerprint;
mod folders;
mod kept;
mod known;
pub(crate) mod look;
#[cfg(test)]
mod made;
mod packages;
mod policy;
mod shelf;
mod target;
mod tree;
mod unneeded;

use coracle_binary::Machine;
pub use coracle_binary::crates::{CrateKind, EmbeddedCrate};
use coracle_binary::start::{Launch, Prover, Report};
use coracle_oci::{Digest, ImageConfig, Platform, Store};
use coracle_registry::Registry;

use self::beyond::Beyond;
pub use self::beyond::Embedded;
pub use self::error::Error;
pub use self::everything::Others;
use self::everything::is_program;
use self::known::Known;
pub use self::packages::{Contents, Package, Release};
pub use self::target::{Target, TargetError};
use self::tree::Tree;
pub use self::unneeded::{Part, Unneeded};
use crate::event::Observer;
use crate::images::{Engine, Image, Opened, Source};
use crate::policy::Judgement;
use crate::prove::{self, Question};
use crate::settings::Policy;

/// What is asked of every target.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The platforms of an index that are looked at; all where none is named.
    pub platforms: Vec<Platform>,
    /// Every program and library of the image is proven, not only what a container starts.
    pub all: bool,
    /// Names of libraries that come from outside when a container starts.
    pub provided: std::collections::BTreeSet<String>,
    /// What the program opens while it runs and must find.
    pub dlopen: Vec<String>,
    /// What must hold besides; where nothing is said, that of the service which the configuration has by the image's name.
    pub policy: Option<Policy>,
    /// The time of the run: what is past its end is told only where that is known.
    pub now: Option<std::time::SystemTime>,
}

/// What to look with.
pub struct World<'a> {
    /// Where to pull from.
    pub registry: &'a Registry,
    /// The container engine of this machine, if it has one.
    pub engine: &'a Engine,
    /// Where what was read of layers is kept.
    pub store: &'a Store,
    /// Which build of this program looks: what another one found is found again. Without it nothing is kept but layers.
    pub build: Option<&'a str>,
    /// Who watches.
    pub observer: Observer<'a>,
}

/// What was found of one target on one platform.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The target, as it was named.
    pub target: String,
    /// What it runs on.
    pub platform: Platform,
    /// The manifest's digest, where there is one.
    pub digest: Option<Digest>,
    /// The proof of what a container starts.
    pub report: Report,
    /// The programs and libraries besides, where all were asked for.
    pub others: Others,
    /// What it says that it is made of.
    pub contents: Contents,
    /// What of that nothing uses.
    pub unneeded: Unneeded,
    /// The crates that its programs list.
    pub crates: Vec<Embedded>,
    /// Whether the policy holds, and what no policy speaks of.
    pub judgement: Judgement,
}

impl Verdict {
    /// Whether nothing stands against it: it starts, and the policy holds.
    pub fn is_well(&self) -> bool {
        self.starts() && self.judgement.violations.is_empty()
    }

    /// Whether nothing stands against its start.
    pub fn starts(&self) -> bool {
        // A root filesystem says nothing of what a container starts.
        let nothing_named = self.report == Report::default() && self.others.programs > 0;
        (self.report.proven() || nothing_named) && self.others.findings.is_empty()
    }
}

impl Verdict {
    /// What the proof alone says.
    fn of_proof(target: &str, platform: Platform, report: Report, others: Others) -> Verdict {
        Verdict {
            target: target.to_owned(),
            platform,
            digest: None,
            report,
            others,
            contents: Contents::default(),
            unneeded: Unneeded::default(),
            crates: Vec::new(),
            judgement: Judgement::default(),
        }
    }

    /// The same, with what is known besides the proof: an image has a configuration, and somebody that it runs as.
    fn looked_into(
        mut self,
        tree: &Tree,
        config: Option<(&ImageConfig, u32)>,
        asked: &Asked,
    ) -> Verdict {
        let (config, uid) = config.unzip();
        self.contents = Contents::of(tree);
        // What uses what can only be said of what starts.
        self.unneeded = Unneeded::of(tree, &self.report, &self.contents);
        let mut beyond = Beyond::of(tree, &self.report, config);
        self.report.findings.append(&mut beyond.findings);
        let looked = policy::Looked {
            tree,
            config,
            uid,
            report: &self.report,
            contents: &self.contents,
            beyond: &beyond,
        };
        let policy = asked.policy.clone().unwrap_or_default();
        self.judgement = policy::judge(&policy, &looked, asked.now);
        self.crates = beyond.crates;
        self
    }
}

/// Looks at a target.
///
/// # Errors
/// When it cannot be had or read; that it would not start is no error but a [`Verdict`].
pub fn check(target: &Target, asked: &Asked, world: &World<'_>) -> Result<Vec<Verdict>, Error> {
    match target {
        Target::Image(source) => {
            let opened = Opened::open(source, world.registry, Some(world.engine))?;
            let name = source.to_string();
            let wanted = wanted(&opened, source, asked)?;
            let known = Known::of(world);
            let one = |image: &Image| {
                let tree = Tree::of_image(image, &opened, &known, world.observer)?;
                verdict(&name, image, &tree, (asked, &known))
            };
            wanted.iter().map(one).collect()
        }
        Target::Rootfs(folder) => {
            let tree = Tree::of_folder(folder)?;
            Ok(vec![of_folder(target, &tree, asked)?])
        }
    }
}

/// The images of a source for the platforms that are asked for.
fn wanted(opened: &Opened<'_>, source: &Source, asked: &Asked) -> Result<Vec<Image>, Error> {
    let is_wanted = |platform: &Platform| {
        asked.platforms.is_empty()
            || asked.platforms.iter().any(|wanted| {
                let wanted = wanted.normalised();
                wanted.os == platform.os
                    && wanted.architecture == platform.architecture
                    && (wanted.variant.is_none() || wanted.variant == platform.variant)
            })
    };
    let images = opened.images(source, &is_wanted)?;
    let (wanted, others): (Vec<Image>, Vec<Image>) = images
        .into_iter()
        .partition(|image| is_wanted(&image.platform()));
    match wanted.is_empty() {
        true => Err(Error::no_platform(&source.to_string(), asked, &others)),
        false => Ok(wanted),
    }
}

fn verdict(
    name: &str,
    image: &Image,
    tree: &Tree,
    (asked, known): (&Asked, &Known<'_>),
) -> Result<Verdict, Error> {
    let question = Question {
        dlopen: &asked.dlopen,
        provided: &asked.provided,
        ..Question::new(name, None)
    };
    let (launch, unknown) = prove::launch(&question, &image.config, tree)?;
    let prover = Prover::new(tree);
    let mut report = prover.prove(&launch);
    report.findings.splice(0..0, unknown);
    for finding in &mut report.findings {
        prove::add_ways_out(finding, None);
    }
    let others = match asked.all {
        true => known.others(image, &launch, || {
            everything::prove(tree, &prover, &launch, &report)
        }),
        false => Others::default(),
    };
    let verdict = Verdict {
        digest: image.manifest.as_ref().map(|manifest| manifest.digest),
        ..Verdict::of_proof(name, image.platform(), report, others)
    };
    Ok(verdict.looked_into(tree, Some((&image.config, launch.user.uid)), asked))
}

/// A folder says nothing of what a container would start: all its programs are proven.
fn of_folder(target: &Target, tree: &Tree, asked: &Asked) -> Result<Verdict, Error> {
    let machine = machine_of(tree).ok_or_else(|| Error::NoPrograms {
        target: target.to_string(),
    })?;
    let architecture = machine.architecture().unwrap_or_default();
    let launch = Launch {
        provided: asked.provided.clone(),
        ..Launch::of(Vec::new(), machine)
    };
    let prover = Prover::new(tree);
    let report = Report::default();
    let others = everything::prove(tree, &prover, &launch, &report);
    let platform = Platform::linux(architecture);
    let name = target.to_string();
    let verdict = Verdict::of_proof(&name, platform, report, others);
    Ok(verdict.looked_into(tree, None, asked))
}

/// The machine that most programs of a tree are for.
fn machine_of(tree: &Tree) -> Option<Machine> {
    let mut counts = std::collections::BTreeMap::<Machine, usize>::new();
    for (_, kept, _) in tree.regular().filter(|(_, kept, _)| kept.is_elf()) {
        let machine = Machine::of_file(&kept.head());
        if let Some(machine) = machine.filter(|machine| machine.architecture().is_some()) {
            *counts.entry(machine).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(machine, _)| machine)
}
