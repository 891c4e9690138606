//! What this machine has and lacks to build the services for their platforms. Nothing is built or changed.
//!
//! What a service needs is [`needed`]'s to say; whether it is here, each tool's own word.

use std::collections::BTreeMap;
use std::path::Path;

use coracle_oci::Platform;
use coracle_process::Program;
use coracle_toolchain::{Language, probe};

use crate::event::Observer;
use crate::pipeline::{self, Error};
use crate::plan::{Linkage, Plan, ServicePlan, platforms};
use crate::settings::Settings;
use crate::smoke;

/// What was found.
#[derive(Debug)]
pub struct Checkup {
    /// Every tool that is needed, in the order of their use.
    pub tools: Vec<Checked>,
    /// Why there is no plan: then the tools are those that the manifests alone tell of.
    pub unplanned: Option<Error>,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Which services, and on which platforms, need it.
    pub needed_by: Vec<String>,
    /// Whether it is here.
    pub state: State,
}

/// Whether a tool is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is, and says this of itself.
    There {
        /// Its first line.
        says: String,
    },
    /// It is not, and nothing is built without it.
    Missing {
        /// The command that installs it.
        install: String,
    },
    /// It is not, and what it is for is left out.
    Unavailable {
        /// Why.
        reason: String,
    },
}

impl Checked {
    /// Whether something cannot be built for want of it.
    pub fn is_missing(&self) -> bool {
        matches!(self.state, State::Missing { .. })
    }
}

/// A tool, in the order of their use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Tool {
    Git,
    Cargo,
    Rustc,
    RustTarget(String),
    Go,
    CCompiler,
    Start(Platform),
}

/// Looks for everything that the services of the settings need.
pub fn examine(settings: &Settings, observer: Observer<'_>) -> Checkup {
    let (plan, unplanned) = match pipeline::plan(settings, observer) {
        Ok((plan, _)) => (Some(plan), None),
        Err(error) => (None, Some(error)),
    };
    let needed = match &plan {
        Some(plan) => of_plan(plan),
        None => of_manifests(&settings.directory),
    };
    let check = |(tool, needed_by)| Checked {
        state: look(&tool, settings),
        name: name(&tool),
        needed_by,
    };
    Checkup {
        tools: needed.into_iter().map(check).collect(),
        unplanned,
    }
}

fn of_plan(plan: &Plan) -> BTreeMap<Tool, Vec<String>> {
    let mut tools: BTreeMap<Tool, Vec<String>> = BTreeMap::new();
    tools.insert(Tool::Git, vec!["labels of images".to_owned()]);
    for platform in &plan.platforms {
        for service in &plan.services {
            for tool in needed(service, platform) {
                let by = format!("{} on {platform}", service.name);
                tools.entry(tool).or_default().push(by);
            }
        }
        let start = Tool::Start(platform.clone());
        tools.insert(start, vec!["--smoke".to_owned()]);
    }
    tools
}

/// What one service needs to be compiled for one platform.
fn needed(service: &ServicePlan, platform: &Platform) -> Vec<Tool> {
    let linker = || (*platform == platforms::host()).then_some(Tool::CCompiler);
    match (&service.program.language, service.linkage.value) {
        (Language::Prebuilt(_), _) => Vec::new(),
        (Language::Go(_), Linkage::Cgo) => [Tool::Go].into_iter().chain(linker()).collect(),
        (Language::Go(_), _) => vec![Tool::Go],
        (Language::Rust(_), _) => {
            let target = platforms::target(platform);
            let triple =
                target.map(|target| format!("{}-unknown-linux-gnu", target.rust_architecture()));
            [Tool::Cargo, Tool::Rustc]
                .into_iter()
                .chain(triple.map(Tool::RustTarget))
                .chain(linker())
                .collect()
        }
    }
}

/// As much as files tell where there is no plan.
fn of_manifests(directory: &Path) -> BTreeMap<Tool, Vec<String>> {
    let mut tools = BTreeMap::new();
    for (manifest, needed) in [
        ("Cargo.toml", [Tool::Cargo, Tool::Rustc].as_slice()),
        ("go.mod", [Tool::Go].as_slice()),
    ] {
        if directory.join(manifest).is_file() {
            tools.extend(
                needed
                    .iter()
                    .map(|tool| (tool.clone(), vec![manifest.to_owned()])),
            );
        }
    }
    tools
}

fn name(tool: &Tool) -> String {
    match tool {
        Tool::Git => "git".to_owned(),
        Tool::Cargo => "cargo".to_owned(),
        Tool::Rustc => "rustc".to_owned(),
        Tool::RustTarget(triple) => format!("rust-std for {triple}"),
        Tool::Go => "go".to_owned(),
        Tool::CCompiler => "cc".to_owned(),
        Tool::Start(platform) => format!("starting {platform}"),
    }
}

fn look(tool: &Tool, settings: &Settings) -> State {
    let (toolchain, folder) = (&settings.toolchain, &settings.directory);
    let rustup = || "curl --proto '=https' -sSf https://sh.rustup.rs | sh".to_owned();
    let go =
        || "apt-get install golang-go, where that is new enough; else https://go.dev/dl".to_owned();
    match tool {
        Tool::Git => match first_line(Program::new(&toolchain.git).arg("--version"), folder) {
            Some(says) => State::There { says },
            None => State::Unavailable {
                reason: "not here: images get no labels of their sources; apt-get install git"
                    .to_owned(),
            },
        },
        Tool::Cargo => told(probe::cargo_version(toolchain, folder).ok(), rustup),
        Tool::Rustc => {
            let rustc = probe::rustc(toolchain, folder);
            told(rustc.ok().map(|rustc| rustc.version), rustup)
        }
        Tool::RustTarget(triple) => told(rust_target(triple, settings), || {
            format!("rustup target add {triple}")
        }),
        Tool::Go => told(probe::go_version(toolchain, folder).ok(), go),
        Tool::CCompiler => told(
            first_line(Program::new("cc").arg("--version"), folder),
            || "apt-get install gcc".to_owned(),
        ),
        Tool::Start(platform) => match smoke::possible(platform) {
            Ok(says) => State::There { says },
            Err(reason) => State::Unavailable { reason },
        },
    }
}

fn told(says: Option<String>, install: impl FnOnce() -> String) -> State {
    match says {
        Some(says) => State::There { says },
        None => State::Missing { install: install() },
    }
}

/// The standard library for a target lies where rustc looks for it, whoever installed it.
fn rust_target(triple: &str, settings: &Settings) -> Option<String> {
    let rustc = probe::rustc(&settings.toolchain, &settings.directory).ok()?;
    let library = rustc.sysroot.join("lib/rustlib").join(triple).join("lib");
    library.is_dir().then(|| library.display().to_string())
}

fn first_line(program: Program, folder: &Path) -> Option<String> {
    let output = program.directory(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned)
}
