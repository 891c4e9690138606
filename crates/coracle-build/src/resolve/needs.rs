//! What a binary needs, read from the binary itself, each need with its reason.

use std::path::Path;

use coracle_binary::Linkage;
use coracle_binary::inspect::Facts;

use crate::plan::{FileCopy, ServicePlan};

/// One thing that must be in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A library (or the interpreter) by soname.
    Soname {
        /// The soname.
        name: String,
        /// Who asks: the chain from the program, outermost first.
        chain: Vec<String>,
        /// Where it is searched before the system's folders: what the one who asks has as RPATH or RUNPATH.
        folders: Vec<String>,
    },
    /// A library that the program opens while it runs: a soname, or an absolute path.
    Opened {
        /// The soname or path.
        name: String,
        /// Who opens it: the chain from the program, outermost first.
        chain: Vec<String>,
        /// The configuration copies a file of that name: what no package has, that file may be.
        is_copied: bool,
    },
    /// Packages that the configuration names, with their dependencies.
    Named {
        /// The names.
        packages: Vec<String>,
    },
    /// A package by name.
    Package {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Need {
    fn package(name: &str, reason: impl Into<String>) -> Need {
        Need::Package {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}

/// The needs of a service whose binary has these facts.
pub(super) fn of(service: &ServicePlan, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::package(
        "base-files",
        "os-release and licences, which scanners read",
    )];
    needs.extend(libraries(service, facts));
    needs.extend(opened(service));
    needs.extend(certificates(service, facts));
    needs.extend(time_zones(facts));
    needs.extend(named(service));
    needs
}

/// What the configuration names; unlike a library's package it comes with what it depends on.
fn named(service: &ServicePlan) -> Option<Need> {
    let packages = service.settings.packages.clone();
    (!packages.is_empty()).then_some(Need::Named { packages })
}

fn libraries(service: &ServicePlan, facts: &Facts) -> Vec<Need> {
    let chain = vec![service.binary_path()];
    let soname = |name: &str| Need::Soname {
        name: name.to_owned(),
        chain: chain.clone(),
        folders: Vec::new(),
    };
    let mut needs: Vec<Need> = facts.elf.needed.iter().map(|name| soname(name)).collect();
    if let Linkage::Dynamic { interpreter } = &facts.linkage {
        needs.extend(interpreter.rsplit('/').next().map(soname));
    }
    needs
}

/// What the configuration says that the program opens, but for what comes from outside.
fn opened(service: &ServicePlan) -> Vec<Need> {
    let own = &service.settings;
    let names = own
        .dlopen
        .iter()
        .filter(|name| !own.provided.contains(*name));
    let need = |name: &String| Need::Opened {
        name: name.clone(),
        chain: vec![service.binary_path()],
        is_copied: service.files.iter().any(|copy| has_file(copy, name)),
    };
    names.map(need).collect()
}

/// Whether a file of this name is among what is copied.
fn has_file(copy: &FileCopy, name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let is_called = |path: &Path| path.file_name().is_some_and(|last| last == name);
    if copy.is_folder {
        return copy.from.join(name).is_file();
    }
    match copy.to.ends_with('/') {
        true => is_called(&copy.from),
        false => is_called(Path::new(&copy.to)),
    }
}

fn certificates(service: &ServicePlan, facts: &Facts) -> Option<Need> {
    if let Some(path) = &facts.mentions.certificates {
        return Some(Need::package(
            "ca-certificates",
            format!("the binary looks for {path}"),
        ));
    }
    let configured = !service.settings.certificates.is_empty();
    configured.then(|| {
        Need::package(
            "ca-certificates",
            "the configuration adds certificates to its bundle",
        )
    })
}

/// C functions that read the zone files of the system.
const TIME_FUNCTIONS: &[&str] = &["localtime", "localtime_r", "mktime", "tzset"];

fn time_zones(facts: &Facts) -> Option<Need> {
    if let Some(path) = &facts.mentions.time_zones {
        return Some(Need::package(
            "tzdata",
            format!("the binary looks into {path}"),
        ));
    }
    let called = TIME_FUNCTIONS
        .iter()
        .find(|name| facts.elf.imports_symbol(name))?;
    Some(Need::package(
        "tzdata",
        format!("the binary calls {called}"),
    ))
}
