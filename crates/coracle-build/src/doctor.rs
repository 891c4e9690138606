//! What this machine has and lacks to build the services for their platforms. Nothing is built or changed.
//!
//! Which tools compile what is [`compilers`]' to say; whether one is here, its own word.

use std::path::Path;

use coracle_process::Program;
use coracle_toolchain::{Language, Target, Toolchain, probe};

use crate::event::Observer;
use crate::pipeline::{self, Error};
use crate::plan::{Linkage, Plan, platforms};
use crate::settings::Settings;
use crate::smoke;

/// What was found.
#[derive(Debug)]
pub struct Checkup {
    /// Every tool that is needed or of use, in the order of their use.
    pub tools: Vec<Checked>,
    /// Why there is no plan: then the tools are those that the manifests alone tell of.
    pub unplanned: Option<Error>,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What it is for: `Go for linux/amd64, linux/arm64`.
    pub purpose: String,
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

/// Looks for everything that the services of the settings need.
pub fn examine(settings: &Settings, observer: Observer<'_>) -> Checkup {
    let (plan, unplanned) = match pipeline::plan(settings, observer) {
        Ok((plan, _)) => (Some(plan), None),
        Err(error) => (None, Some(error)),
    };
    let (toolchain, folder) = (&settings.toolchain, &settings.directory);
    let mut tools = vec![git(toolchain, folder)];
    match &plan {
        Some(plan) => {
            tools.extend(compilers(&Wanted::of_plan(plan), toolchain, folder));
            tools.extend(plan.platforms.iter().map(|platform| Checked {
                name: format!("starting {platform}"),
                purpose: "--smoke".to_owned(),
                state: match smoke::possible(platform) {
                    Ok(says) => State::There { says },
                    Err(reason) => State::Unavailable { reason },
                },
            }));
        }
        None => tools.extend(compilers(&Wanted::of_manifests(folder), toolchain, folder)),
    }
    Checkup { tools, unplanned }
}

/// What is to be compiled.
#[derive(Debug, Default)]
struct Wanted {
    targets: Vec<Target>,
    rust: bool,
    go: bool,
    cgo: bool,
}

impl Wanted {
    fn of_plan(plan: &Plan) -> Wanted {
        let services = || plan.services.iter();
        let is_rust = |language: &Language| matches!(language, Language::Rust(_));
        let is_go = |language: &Language| matches!(language, Language::Go(_));
        Wanted {
            targets: plan
                .platforms
                .iter()
                .filter_map(platforms::target)
                .collect(),
            rust: services().any(|service| is_rust(&service.program.language)),
            go: services().any(|service| is_go(&service.program.language)),
            cgo: services().any(|service| service.linkage.value == Linkage::Cgo),
        }
    }

    /// As much as files tell where there is no plan.
    fn of_manifests(folder: &Path) -> Wanted {
        Wanted {
            targets: platforms::target(&platforms::host()).into_iter().collect(),
            rust: folder.join("Cargo.toml").is_file(),
            go: folder.join("go.mod").is_file(),
            cgo: false,
        }
    }
}

fn git(toolchain: &Toolchain, folder: &Path) -> Checked {
    let reason = "not here: images get no labels of their sources; apt-get install git";
    Checked {
        name: "git".to_owned(),
        purpose: "labels of images".to_owned(),
        state: match first_line(Program::new(&toolchain.git).arg("--version"), folder) {
            Some(says) => State::There { says },
            None => State::Unavailable {
                reason: reason.to_owned(),
            },
        },
    }
}

/// The tools that compile all of that, each once, in the order of their use. A repository may pin its own toolchain: it
/// is asked in its folder.
fn compilers(wanted: &Wanted, toolchain: &Toolchain, folder: &Path) -> Vec<Checked> {
    let names: Vec<String> = wanted.targets.iter().map(Target::to_string).collect();
    let names = names.join(", ");
    let mut tools = Vec::new();
    if wanted.rust {
        let rustup = "curl --proto '=https' -sSf https://sh.rustup.rs | sh";
        let purpose = format!("Rust for {names}");
        let cargo = probe::cargo_version(toolchain, folder).ok();
        tools.push(tool("cargo", &purpose, cargo, rustup));
        let rustc = probe::rustc(toolchain, folder).ok();
        let version = rustc.as_ref().map(|rustc| rustc.version.clone());
        tools.push(tool("rustc", &purpose, version, rustup));
        for target in &wanted.targets {
            let triple = format!("{}-unknown-linux-gnu", target.rust_architecture());
            // Where rustc looks for it, whoever installed it.
            let library = |rustc: &probe::Rustc| {
                let library = rustc.sysroot.join("lib/rustlib").join(&triple).join("lib");
                library.is_dir().then(|| library.display().to_string())
            };
            let name = format!("Rust's standard library for {triple}");
            let install = format!("rustup target add {triple}");
            let found = rustc.as_ref().and_then(library);
            tools.push(tool(&name, &format!("Rust for {target}"), found, &install));
        }
    }
    if wanted.go {
        let install = "apt-get install golang-go, where that is new enough; else https://go.dev/dl";
        let go = probe::go_version(toolchain, folder).ok();
        tools.push(tool("go", &format!("Go for {names}"), go, install));
    }
    if wanted.rust || wanted.cgo {
        let cc = first_line(Program::new("cc").arg("--version"), folder);
        let purpose = format!("C, and links for {names}");
        tools.push(tool("cc", &purpose, cc, "apt-get install gcc"));
    }
    tools
}

fn tool(name: &str, purpose: &str, found: Option<String>, install: &str) -> Checked {
    Checked {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        state: match found {
            Some(says) => State::There { says },
            None => State::Missing {
                install: install.to_owned(),
            },
        },
    }
}

fn first_line(program: Program, folder: &Path) -> Option<String> {
    let output = program.directory(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned)
}
