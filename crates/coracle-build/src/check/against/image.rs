//! A program in somebody's image: put into its tree as a last layer would, and proven as what the image's user starts.

use coracle_binary::start::{Launch, Prover, Report, User};
use coracle_oci::config::ContainerConfig;
use coracle_oci::{ImageConfig, Platform};

use super::super::beyond::Beyond;
use super::super::known::Known;
use super::super::target::Target;
use super::super::tree::Tree;
use super::super::{Asked, Error, World, wanted};
use super::program::Program;
use super::{Outcome, made};
use crate::images::{Opened, Source};
use crate::prove::{self, Question};

/// How it stands there.
pub(super) fn stand(
    program: &Program,
    target: &Target,
    asked: &Asked,
    world: &World<'_>,
) -> Result<Outcome, Error> {
    match target {
        Target::Image(source) => in_image(program, source, asked, world),
        Target::Rootfs(folder) => {
            let mut tree = Tree::of_folder(folder)?;
            made::add(program, &mut tree);
            let machine = program.facts.elf.machine;
            // A folder names no user.
            let root = User {
                uid: 0,
                gid: 0,
                groups: Vec::new(),
            };
            let launch = Launch {
                user: root,
                provided: asked.provided.clone(),
                ..Launch::of(vec![program.inside()], machine)
            };
            let report = Prover::new(&tree).prove(&launch);
            Ok(outcome(&tree, report, None))
        }
    }
}

fn in_image(
    program: &Program,
    source: &Source,
    asked: &Asked,
    world: &World<'_>,
) -> Result<Outcome, Error> {
    let opened = Opened::open(source, world.registry, Some(world.engine))?;
    let of_program = Asked {
        platforms: vec![any_variant(&program.platform)],
        ..asked.clone()
    };
    let images = wanted(&opened, source, &of_program)?;
    // An index may have several variants: the first is the lowest.
    let Some(image) = images.into_iter().next() else {
        return Err(Error::no_platform(&source.to_string(), &of_program, &[]));
    };
    let mut tree = Tree::of_image(&image, &opened, &Known::of(world), world.observer)?;
    made::add(program, &mut tree);
    let config = with_entrypoint(image.config, program);
    let name = source.to_string();
    let question = Question {
        dlopen: &asked.dlopen,
        provided: &asked.provided,
        ..Question::new(&name, None)
    };
    let (launch, unknown) = prove::launch(&question, &config, &tree)?;
    let mut report = Prover::new(&tree).prove(&launch);
    report.findings.splice(0..0, unknown);
    Ok(outcome(&tree, report, Some(&config)))
}

/// What runs on a CPU is for the proof to say.
fn any_variant(platform: &Platform) -> Platform {
    Platform {
        variant: platform
            .variant
            .clone()
            .filter(|_| platform.architecture == "arm"),
        ..platform.clone()
    }
}

/// The image as it would be with the program as all that it starts.
fn with_entrypoint(config: ImageConfig, program: &Program) -> ImageConfig {
    let container = config.config.unwrap_or_default();
    ImageConfig {
        config: Some(ContainerConfig {
            entrypoint: vec![program.inside()],
            cmd: Vec::new(),
            healthcheck: None,
            ..container
        }),
        ..config
    }
}

fn outcome(tree: &Tree, mut report: Report, config: Option<&ImageConfig>) -> Outcome {
    let beyond = Beyond::of(tree, &report, config);
    report.findings.extend(beyond.findings);
    for finding in &mut report.findings {
        prove::add_ways_out(finding, None);
    }
    Outcome::of_proof(report)
}
