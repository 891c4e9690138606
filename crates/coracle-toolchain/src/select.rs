//! Picks programs by what a person typed: a name, or `package:bin`. Nothing is guessed: two
//! programs of one name are an error that says how to tell them apart.

use std::collections::BTreeMap;

use crate::project::{Program, Project};

/// Why what was asked for cannot be picked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Several packages have a binary of that name.
    #[error("{} packages have a program called `{name}`: {}", candidates.len(), candidates.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Each as `package:bin`.
        candidates: Vec<String>,
    },
    /// No package has.
    #[error("no program is called `{wanted}`")]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What may have been meant.
        nearest: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Ambiguous { candidates, .. } => Some(format!(
                "say which as package:bin: {}",
                candidates.join(" or ")
            )),
            Error::Unknown { known, .. } if known.is_empty() => {
                Some("there are no programs here".to_owned())
            }
            Error::Unknown { nearest, known, .. } => {
                let programs = format!("programs here: {}", known.join(", "));
                Some(match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`? {programs}"),
                    None => programs,
                })
            }
        }
    }
}

/// The wanted programs in the order asked for, each once; without a wish, all services.
///
/// A name picks among the services first, then among the programs that the rule leaves out: who
/// names one wants it.
///
/// # Errors
/// See [`Error`]; without a wish too, when two services have one name.
pub fn select<'project>(
    project: &'project Project,
    wanted: &[String],
) -> Result<Vec<&'project Program>, Error> {
    if wanted.is_empty() {
        unambiguous(&project.programs)?;
        return Ok(project.programs.iter().collect());
    }
    let mut selected: Vec<&Program> = Vec::new();
    for wanted in wanted {
        let program = find(project, wanted)?;
        if !selected.contains(&program) {
            selected.push(program);
        }
    }
    Ok(selected)
}

fn unambiguous(programs: &[Program]) -> Result<(), Error> {
    let mut by_name: BTreeMap<&str, Vec<&Program>> = BTreeMap::new();
    for program in programs {
        by_name.entry(&program.name).or_default().push(program);
    }
    match by_name.into_iter().find(|(_, programs)| programs.len() > 1) {
        Some((name, programs)) => Err(ambiguous(name, &programs)),
        None => Ok(()),
    }
}

fn ambiguous(name: &str, programs: &[&Program]) -> Error {
    Error::Ambiguous {
        name: name.to_owned(),
        candidates: programs.iter().map(|program| program.full_name()).collect(),
    }
}

fn find<'project>(project: &'project Project, wanted: &str) -> Result<&'project Program, Error> {
    for programs in [&project.programs, &project.left_out_programs] {
        let found: Vec<&Program> = programs
            .iter()
            .filter(|program| is(program, wanted))
            .collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => return Err(ambiguous(wanted, several)),
        }
    }
    Err(unknown(project, wanted))
}

fn is(program: &Program, wanted: &str) -> bool {
    match wanted.rsplit_once(':') {
        Some((package, name)) => program.package == package && program.name == name,
        None => program.name == wanted,
    }
}

fn unknown(project: &Project, wanted: &str) -> Error {
    let programs = || project.programs.iter().chain(&project.left_out_programs);
    let likeness = |name: &str| strsim::jaro_winkler(name, wanted);
    let nearest = programs()
        .flat_map(|program| {
            [
                program.name.clone(),
                program.package.clone(),
                program.full_name(),
            ]
        })
        .filter(|name| likeness(name) > 0.8)
        .max_by(|one, other| {
            likeness(one)
                .total_cmp(&likeness(other))
                .then_with(|| other.cmp(one))
        });
    // A package's name is no wish: what is meant is its program.
    let nearest = nearest.map(
        |name| match programs().find(|program| program.package == name) {
            Some(program) => program.full_name(),
            None => name,
        },
    );
    Error::Unknown {
        wanted: wanted.to_owned(),
        nearest,
        known: project
            .programs
            .iter()
            .map(|program| program.name.clone())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::project::{GoProgram, Inputs, Language};

    fn program(package: &str, name: &str) -> Program {
        Program {
            name: name.to_owned(),
            package: package.to_owned(),
            version: None,
            description: None,
            license: None,
            homepage: None,
            repository: None,
            authors: Vec::new(),
            language: Language::Go(GoProgram {
                module_directory: PathBuf::from("/m"),
                module_path: "m".to_owned(),
                import_path: package.to_owned(),
                directory: PathBuf::from("/m"),
            }),
            inputs: Inputs::default(),
        }
    }

    fn project(programs: &[(&str, &str)], left_out: &[(&str, &str)]) -> Project {
        let all = |names: &[(&str, &str)]| {
            names
                .iter()
                .map(|(package, name)| program(package, name))
                .collect()
        };
        Project {
            programs: all(programs),
            left_out_programs: all(left_out),
            ..Project::default()
        }
    }

    fn names(project: &Project, wanted: &[&str]) -> Result<Vec<String>, String> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        select(project, &wanted)
            .map(|found| found.into_iter().map(Program::full_name).collect())
            .map_err(|error| format!("{error}; {}", error.hint().unwrap_or_default()))
    }

    #[test]
    fn names_pick_in_the_order_asked_for_and_once() {
        let project = project(&[("a", "api"), ("w", "worker")], &[]);
        assert_eq!(
            names(&project, &["worker", "api", "worker"]).unwrap(),
            ["w:worker", "a:api"]
        );
        assert_eq!(names(&project, &[]).unwrap(), ["a:api", "w:worker"]);
    }

    #[test]
    fn two_of_a_name_are_an_error_that_lists_both() {
        let project = project(
            &[("one", "server"), ("two", "server"), ("w", "worker")],
            &[],
        );
        let error = "2 packages have a program called `server`: one:server, two:server; \
                     say which as package:bin: one:server or two:server";
        assert_eq!(names(&project, &["server"]).unwrap_err(), error);
        assert_eq!(names(&project, &[]).unwrap_err(), error);
        assert_eq!(names(&project, &["two:server"]).unwrap(), ["two:server"]);
        assert_eq!(names(&project, &["worker"]).unwrap(), ["w:worker"]);
    }

    #[test]
    fn what_is_left_out_is_picked_by_who_names_it() {
        let project = project(&[("w", "worker")], &[("t", "migrate"), ("u", "worker")]);
        assert_eq!(names(&project, &["migrate"]).unwrap(), ["t:migrate"]);
        assert_eq!(names(&project, &["worker"]).unwrap(), ["w:worker"]);
        assert_eq!(names(&project, &["u:worker"]).unwrap(), ["u:worker"]);
        assert_eq!(names(&project, &[]).unwrap(), ["w:worker"]);
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let project = project(
            &[
                ("example.com/shop/cmd/worker", "worker"),
                ("gateway-package", "api"),
            ],
            &[],
        );
        let error = names(&project, &["wroker"]).unwrap_err();
        assert_eq!(
            error,
            "no program is called `wroker`; did you mean `worker`? programs here: worker, api"
        );
        let error = names(&project, &["gateway-package"]).unwrap_err();
        assert!(
            error.contains("did you mean `gateway-package:api`?"),
            "{error}"
        );
        let error = names(&project, &["zzz"]).unwrap_err();
        assert_eq!(
            error,
            "no program is called `zzz`; programs here: worker, api"
        );
    }
}
