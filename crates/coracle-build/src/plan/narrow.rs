//! `-p` and `--bin`: fewer programs, chosen as cargo chooses them.

use coracle_toolchain::{Program, Project};

use crate::settings::Settings;

/// Nothing fits.
#[derive(Debug, thiserror::Error)]
#[error("{flag} {wanted} fits no {}", if *.is_alone { "program" } else { "program that the other flags leave" })]
pub struct Error {
    flag: &'static str,
    wanted: String,
    is_alone: bool,
    known: Vec<String>,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let known = self.known.join(", ");
        Some(format!("programs here, as package:bin: {known}"))
    }
}

/// Whether a program is among those that are asked for.
pub(super) fn is_asked(program: &Program, settings: &Settings) -> bool {
    let Settings { packages, bins, .. } = settings;
    (packages.is_empty() || packages.contains(&program.package))
        && (bins.is_empty() || bins.contains(&program.name))
}

/// The project with only the programs that are asked for. Those that are no service by the rule are taken only where
/// no service is left: who names one wants it.
pub(super) fn project(project: &Project, settings: &Settings) -> Project {
    let asked = |programs: &[Program]| -> Vec<Program> {
        let asked = programs
            .iter()
            .filter(|program| is_asked(program, settings));
        asked.cloned().collect()
    };
    let mut narrowed = Project {
        programs: asked(&project.programs),
        left_out_programs: asked(&project.left_out_programs),
        ..project.clone()
    };
    let is_narrow = !(settings.packages.is_empty() && settings.bins.is_empty());
    if is_narrow && narrowed.programs.is_empty() {
        std::mem::swap(&mut narrowed.programs, &mut narrowed.left_out_programs);
    }
    narrowed
}

/// Each of the flags must have chosen something.
pub(super) fn check<'a>(
    chosen: impl Iterator<Item = &'a Program> + Clone,
    project: &Project,
    settings: &Settings,
) -> Result<(), Error> {
    let is_alone = settings.packages.len() + settings.bins.len() + settings.wanted.len() == 1;
    let error = |flag, wanted: &String| {
        let programs = project.programs.iter().chain(&project.left_out_programs);
        Error {
            flag,
            wanted: wanted.clone(),
            is_alone,
            known: programs.map(Program::full_name).collect(),
        }
    };
    for package in &settings.packages {
        if !chosen.clone().any(|program| program.package == *package) {
            return Err(error("-p", package));
        }
    }
    for bin in &settings.bins {
        if !chosen.clone().any(|program| program.name == *bin) {
            return Err(error("--bin", bin));
        }
    }
    Ok(())
}
