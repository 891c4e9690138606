//! Images that a builder makes of Dockerfiles: what BuildKit's layers come to is what the engine itself exports of a
//! container, and in that the programs are started.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;
use coracle_testkit::engine::Engine;
use coracle_testkit::reach::{Account, Reached, Start};
use serde_json::Value;

use super::base::{self, Base, Program};
use super::recipe::{Cook, RECIPES};
use super::{Judged, check};
use crate::support::Place;

/// What the table calls them.
const MAKE: &str = "Dockerfiles, built by BuildKit";
const PACKAGES: &str = "libc-bin,coreutils,bash,dash,jq,curl,sqlite3";
/// So many archives are on disk at once.
const BATCH: usize = 8;

/// A Dockerfile in the making, with the folder that it is built in.
pub(super) struct Recipe<'b> {
    pub(super) base: &'b Base,
    pub(super) program: Program,
    /// Further stages, before the last one.
    pub(super) stages: Vec<String>,
    /// What the last stage begins with.
    pub(super) from: String,
    pub(super) lines: Vec<String>,
    pub(super) entrypoint: String,
    /// The `USER` line, and whom it comes to.
    pub(super) user: (String, (u32, u32)),
    /// What is started, one after the other: all must come to their entry points.
    pub(super) starts: Vec<Vec<String>>,
    pub(super) note: String,
    context: PathBuf,
}

impl<'b> Recipe<'b> {
    fn new(base: &'b Base, program: &Program, context: &Path) -> Self {
        fs::create_dir_all(context).unwrap();
        let path = &program.path;
        Recipe {
            base,
            program: program.clone(),
            stages: Vec::new(),
            from: base.suite.to_owned(),
            lines: Vec::new(),
            entrypoint: format!("ENTRYPOINT [\"{path}\"]"),
            user: ("65532:65532".to_owned(), (65532, 65532)),
            starts: vec![vec![path.clone()]],
            note: String::new(),
            context: context.to_owned(),
        }
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// The program is another one, by the words of its entry point.
    pub(super) fn start(&mut self, path: &str) {
        self.entrypoint = format!("ENTRYPOINT [\"{path}\"]");
        self.starts = vec![vec![path.to_owned()]];
    }

    /// A file of the context.
    pub(super) fn file(&self, name: &str, bytes: &[u8], mode: u32) {
        let place = self.context.join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, bytes).unwrap();
        fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A library that the program loads.
    pub(super) fn library(&mut self, sample: &mut Sample) -> String {
        let libraries = &self.program.libraries;
        let library = libraries[sample.below(libraries.len())].clone();
        self.note.clone_from(&library);
        library
    }

    /// The bytes of a file of the root that it begins with.
    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.base.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The folder that is built.
    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.context.join(name)
    }

    fn dockerfile(&self) -> String {
        let mut lines = self.stages.clone();
        lines.push(format!("FROM {}", self.from));
        lines.push("ENV LD_BIND_NOW=1".to_owned());
        lines.extend(self.lines.iter().cloned());
        lines.push(format!("USER {}", self.user.0));
        lines.push(self.entrypoint.clone());
        lines.join("\n") + "\n"
    }

    /// How far all that is started comes: the first account of one that does not come to its entry point.
    fn account(&self, root: &Path, configuration: &Value) -> Account {
        let variables = configuration["Env"].as_array().into_iter().flatten();
        let variables = variables.filter_map(|variable| variable.as_str()?.split_once('='));
        let directory = configuration["WorkingDir"]
            .as_str()
            .filter(|directory| !directory.is_empty());
        let start = Start {
            environment: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            user: self.user.1,
            directory: directory.unwrap_or("/"),
            ..Start::of(root, "")
        };
        let mut account = None;
        for arguments in &self.starts {
            let start = Start {
                arguments: arguments.clone(),
                ..start.clone()
            };
            let told = start.reach().unwrap();
            let is_there = told.reached == Reached::Entry;
            account = Some(told);
            if !is_there {
                break;
            }
        }
        account.unwrap()
    }
}

/// Builds, starts and judges.
pub(super) fn judge(place: &Place, sample: &mut Sample) -> Vec<Judged> {
    let engine = Engine::start().unwrap();
    let both = [("trixie", "bookworm"), ("bookworm", "trixie")];
    let bases = both.map(|suites| base::of_packages(place, suites, "amd64", PACKAGES));
    let programs = bases.each_ref().map(|base| base.programs(place, sample));
    for base in &bases {
        engine.import(&base.layers[0], base.suite).unwrap();
    }
    let first = sample.below(RECIPES.len());
    let mut judged = Vec::new();
    let mut waiting = Vec::new();
    for number in 0..sample.count(8, 4 * RECIPES.len()) {
        let (name, cook) = RECIPES[(first + number) % RECIPES.len()];
        let which = (number / RECIPES.len() + number) % bases.len();
        let program = &programs[which][sample.below(programs[which].len())];
        let context = place.path().join(format!("dockerfile-{number}"));
        let mut recipe = Recipe::new(&bases[which], program, &context);
        let kitchen = Kitchen {
            engine: &engine,
            number,
        };
        waiting.push(kitchen.make(&mut recipe, (name, cook), sample));
        if waiting.len() == BATCH {
            judged.extend(settle(place, &engine, std::mem::take(&mut waiting)));
        }
    }
    judged.extend(settle(place, &engine, waiting));
    judged
}

/// An image that waits for its verdict.
struct Waiting {
    target: String,
    archive: Option<PathBuf>,
    change: &'static str,
    described: String,
    account: Account,
}

struct Kitchen<'e> {
    engine: &'e Engine,
    number: usize,
}

impl Kitchen<'_> {
    fn make(
        &self,
        recipe: &mut Recipe<'_>,
        (change, cook): (&'static str, Cook),
        sample: &mut Sample,
    ) -> Waiting {
        cook(recipe, sample);
        let text = recipe.dockerfile();
        fs::write(recipe.at("Dockerfile"), &text).unwrap();
        let name = format!("case:v{}", self.number);
        let built = self.engine.build(&recipe.context, &name);
        built.unwrap_or_else(|error| panic!("{change}: {text}{error:#}"));
        let configuration = self.engine.configuration(&name).unwrap();
        let root = recipe.context.with_extension("root");
        self.engine.export(&name, &root).unwrap();
        let account = recipe.account(&root, &configuration);
        fs::remove_dir_all(root).unwrap();
        let (target, archive) = self.target(recipe, &name);
        fs::remove_dir_all(&recipe.context).unwrap();
        Waiting {
            target,
            archive,
            change,
            described: format!(
                "{} {} ({})",
                recipe.base.suite, recipe.program.path, recipe.note
            ),
            account,
        }
    }

    /// What `coracle check` is told: the engine's own, its archive, or one of a layout.
    fn target(&self, recipe: &Recipe<'_>, name: &str) -> (String, Option<PathBuf>) {
        if self.number % 4 == 1 {
            return (format!("docker-daemon:{name}"), None);
        }
        let file = recipe.context.with_extension("tar");
        self.engine.save(name, &file).unwrap();
        // OCI's configuration knows no health check, and skopeo leaves Docker's out: that image has none to be proven.
        let is_lost = recipe.dockerfile().contains("HEALTHCHECK");
        if self.number % 4 != 3 || is_lost {
            return (format!("docker-archive:{}", file.display()), Some(file));
        }
        let oci = recipe.context.with_extension("oci.tar");
        let from = format!("docker-archive:{}", file.display());
        let to = format!("oci-archive:{}:{name}", oci.display());
        tool(
            "skopeo",
            &["--insecure-policy", "copy", "--quiet", &from, &to],
        )
        .unwrap();
        fs::remove_file(file).unwrap();
        (format!("oci-archive:{}", oci.display()), Some(oci))
    }
}

fn settle(place: &Place, engine: &Engine, waiting: Vec<Waiting>) -> Vec<Judged> {
    let targets: Vec<String> = waiting.iter().map(|one| one.target.clone()).collect();
    let coracle = place.coracle().env("DOCKER_HOST", engine.host());
    let mut verdicts = check(coracle, &targets);
    let judged = waiting.into_iter().map(|one| {
        if let Some(archive) = one.archive {
            fs::remove_file(archive).unwrap();
        }
        Judged {
            make: MAKE,
            change: one.change,
            described: one.described,
            verdict: verdicts.remove(&one.target).unwrap(),
            account: one.account,
        }
    });
    judged.collect()
}
