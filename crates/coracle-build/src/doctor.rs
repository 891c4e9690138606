//! What this machine has and lacks to build the services for their platforms. Nothing is built or changed.
//!
//! Which tools compile what is the toolchain crate's to say; whether one is here, its own word.

use std::path::Path;

use coracle_process::Program;
use coracle_toolchain::compile::sccache::{self, Unused};
use coracle_toolchain::compile::{self, Tool, Wanted};
use coracle_toolchain::{Language, Toolchain};

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
            let wanted = of_plan(plan, settings);
            tools.extend(compilers(&wanted, toolchain, folder));
            tools.extend(wanted.rust.then(|| cache(toolchain, folder)));
            tools.extend(plan.platforms.iter().map(|platform| Checked {
                name: format!("starting {platform}"),
                purpose: "--smoke".to_owned(),
                state: match smoke::possible(platform) {
                    Ok(says) => State::There { says },
                    Err(reason) => State::Unavailable { reason },
                },
            }));
        }
        None => tools.extend(compilers(&of_manifests(folder), toolchain, folder)),
    }
    Checkup { tools, unplanned }
}

fn of_plan(plan: &Plan, settings: &Settings) -> Wanted {
    let services = || plan.services.iter();
    let is_rust = |language: &Language| matches!(language, Language::Rust(_));
    let is_go = |language: &Language| matches!(language, Language::Go(_));
    let targets = plan.platforms.iter().filter_map(platforms::target);
    Wanted {
        targets: targets.collect(),
        rust: services().any(|service| is_rust(&service.program.language)),
        go: services().any(|service| is_go(&service.program.language)),
        cgo: services().any(|service| service.linkage.value == Linkage::Cgo),
        musl: services().any(|service| {
            is_rust(&service.program.language) && service.linkage.value == Linkage::Static
        }),
        back_end: settings.back_end,
        ..Wanted::default()
    }
}

/// As much as files tell where there is no plan.
fn of_manifests(folder: &Path) -> Wanted {
    Wanted {
        targets: platforms::target(&platforms::host()).into_iter().collect(),
        rust: folder.join("Cargo.toml").is_file(),
        go: folder.join("go.mod").is_file(),
        ..Wanted::default()
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

/// A repository may pin its own toolchain: it is asked in its folder.
fn compilers(wanted: &Wanted, toolchain: &Toolchain, folder: &Path) -> Vec<Checked> {
    let tools = compile::needed(wanted, toolchain, folder);
    // A host that nothing is compiled on needs no tools.
    let tools = tools.unwrap_or_default().into_iter();
    tools.map(checked).collect()
}

fn checked(tool: Tool) -> Checked {
    let install = tool.install;
    let missing = || State::Missing { install };
    Checked {
        name: tool.name,
        purpose: tool.purpose,
        state: tool
            .found
            .map_or_else(missing, |says| State::There { says }),
    }
}

/// Nothing needs it, and it is not started.
fn cache(toolchain: &Toolchain, folder: &Path) -> Checked {
    let reason = |unused: Unused| match unused {
        Unused::NotInstalled => format!("optional, and {unused}: {}", sccache::INSTALL),
        unused => unused.to_string(),
    };
    Checked {
        name: "sccache".to_owned(),
        purpose: "keeps what rustc compiled, for other checkouts and machines".to_owned(),
        state: match sccache::find(toolchain, folder) {
            Ok(found) => State::There {
                says: found.version,
            },
            Err(unused) => State::Unavailable {
                reason: reason(unused),
            },
        },
    }
}

fn first_line(program: Program, folder: &Path) -> Option<String> {
    let output = program.directory(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned)
}
