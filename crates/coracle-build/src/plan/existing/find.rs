//! Which compose service and which Dockerfile are a service's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_recipe::{Value, compose, dockerfile};
use coracle_toolchain::{Language, Program, Project};

use super::{ComposeService, DockerfileImage, Remarks, tell};
use crate::event::Observer;
use crate::lock::git_top;
use crate::plan::selection::Service;
use crate::settings::Settings;

/// The names of a compose file, first wins, as docker compose has them.
const COMPOSE: &[&str] = &[
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// Where files are looked for, and the compose file that was found.
pub(in crate::plan) struct Files {
    /// The configuration's folder and the repository's top.
    folders: Vec<PathBuf>,
    compose: Option<ComposeFile>,
}

struct ComposeFile {
    path: PathBuf,
    /// How messages call it.
    name: String,
    compose: compose::Compose,
}

/// Where compose files and Dockerfiles are looked for: a folder, and the top of its repository.
fn folders(first: &Path) -> Vec<PathBuf> {
    let top = git_top(first).filter(|top| top != first);
    std::iter::once(first.to_owned()).chain(top).collect()
}

fn compose_path(folders: &[PathBuf]) -> Option<PathBuf> {
    let names = |folder: &PathBuf| {
        let folder = folder.clone();
        COMPOSE.iter().map(move |name| folder.join(name))
    };
    let mut paths = folders.iter().flat_map(names);
    paths.find(|path| path.is_file())
}

/// The compose file of a folder's repository.
pub(crate) fn compose_file(folder: &Path) -> Option<PathBuf> {
    compose_path(&folders(folder))
}

impl Files {
    /// Finds and reads the compose file.
    pub(in crate::plan) fn find(settings: &Settings, observer: Observer<'_>) -> Files {
        let configured = settings.configuration_directory.as_ref();
        let mut files = Files {
            folders: folders(configured.unwrap_or(&settings.directory)),
            compose: None,
        };
        let mut remarks = Remarks::default();
        if let Some(path) = compose_path(&files.folders) {
            let name = files.name(&path);
            let read = text(&path)
                .and_then(|text| compose::read(&text).map_err(|error| error.to_string()));
            match read {
                Ok(compose) => {
                    files.compose = Some(ComposeFile {
                        path,
                        name,
                        compose,
                    })
                }
                Err(why) => remarks.warnings.push(not_used(&name, &why)),
            }
        }
        tell(remarks, None, observer);
        files
    }

    /// A path as messages call it: from the folder it is in.
    fn name(&self, path: &Path) -> String {
        let below = |folder: &PathBuf| path.strip_prefix(folder).ok();
        let short = self.folders.iter().find_map(below).unwrap_or(path);
        short.display().to_string()
    }

    /// The compose service that is meant by the configuration's `compose`, else the one of the same name.
    pub(super) fn compose_service(
        &self,
        service: &Service,
        remarks: &mut Remarks,
    ) -> Option<ComposeService<'_>> {
        let configured = service.settings.compose.as_deref();
        let wanted = configured.unwrap_or(&service.name);
        let Some(file) = &self.compose else {
            if let Some(name) = configured {
                let text = format!(
                    "`compose = \"{name}\"` names a service of a compose file, and none was read"
                );
                remarks.warnings.push(text);
            }
            return None;
        };
        let services = &file.compose.services;
        let mut by_name = services.iter();
        let Some((_, found)) = by_name.find(|(name, _)| name.eq_ignore_ascii_case(wanted)) else {
            if configured.is_some() {
                remarks.warnings.push(not_there(file, wanted));
            }
            return None;
        };
        match found {
            Err(error) => {
                remarks
                    .warnings
                    .push(not_used(&file.name, &error.to_string()));
                None
            }
            Ok(service) => {
                if let Some(extends) = &service.extends {
                    remarks.notes.push(format!(
                        "{}:{}: `extends` is not followed: what it brings is not known",
                        file.name, extends.span.line
                    ));
                }
                Some(ComposeService {
                    file: &file.name,
                    service,
                })
            }
        }
    }
}

fn not_used(name: &str, why: &str) -> String {
    format!("nothing is taken from {name}: {why}")
}

fn not_there(file: &ComposeFile, wanted: &str) -> String {
    let names: Vec<&str> = file.compose.services.keys().map(String::as_str).collect();
    let mut text = format!(
        "`compose = \"{wanted}\"` names no service of {}; services there: {}",
        file.name,
        names.join(", ")
    );
    if !file.compose.include.is_empty() {
        text.push_str(" (and what it includes, which is not followed)");
    }
    text
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// A Dockerfile, the stage that is meant, and the arguments it is built with.
struct Recipe {
    path: PathBuf,
    target: Option<String>,
    arguments: BTreeMap<String, String>,
}

/// Reads the service's Dockerfile: the compose service's, else the one beside the program, else one at the top.
pub(super) fn dockerfile(
    (files, project, settings): (&Files, &Project, &Settings),
    service: &Service,
    (compose, arguments): (Option<&ComposeService<'_>>, &BTreeMap<String, String>),
    remarks: &mut Remarks,
) -> Option<DockerfileImage> {
    let recipe = match compose.and_then(|compose| Some((compose, compose.service.build.as_ref()?)))
    {
        Some((compose, build)) => of_build(files, compose.file, build, arguments, remarks)?,
        None => Recipe {
            path: by_place(files, project, settings, service)?,
            target: None,
            arguments: arguments.clone(),
        },
    };
    let file = files.name(&recipe.path);
    let read = text(&recipe.path).and_then(|text| {
        let read = dockerfile::read(&text);
        let image = read.and_then(|read| read.image(recipe.target.as_deref(), &recipe.arguments));
        image.map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
    });
    match read {
        Ok(image) => Some(DockerfileImage { file, image }),
        Err(why) => {
            remarks.warnings.push(not_used(&file, &why));
            None
        }
    }
}

fn of_build(
    files: &Files,
    file: &str,
    build: &compose::Build,
    arguments: &BTreeMap<String, String>,
    remarks: &mut Remarks,
) -> Option<Recipe> {
    let place = format!("{file}:{}", build.span.line);
    let mut skip = |why: String| {
        remarks
            .notes
            .push(format!("{place}: the Dockerfile is not read: {why}"));
        None
    };
    if build.dockerfile_inline.is_some() {
        return skip("`dockerfile_inline` is not supported".to_owned());
    }
    let known = |value: &Option<Value>, default: &str| match value {
        Some(value) => value.known.clone().map_err(|unknown| unknown.to_string()),
        None => Ok(default.to_owned()),
    };
    let parts = known(&build.context, ".")
        .and_then(|context| Ok((context, known(&build.dockerfile, "Dockerfile")?)));
    let (context, dockerfile) = match parts {
        Ok(parts) => parts,
        Err(why) => return skip(why),
    };
    if context.contains("://") || context.starts_with("git@") {
        return skip(format!("the context {context} is not in this repository"));
    }
    let folder = files.compose.as_ref()?.path.parent()?;
    let path = clean(&folder.join(context).join(dockerfile));
    if !path.is_file() {
        return skip(format!("{} is not there", files.name(&path)));
    }
    if is_ejected(&path) {
        return None;
    }
    let target = match build.target.as_ref().map(|target| &target.known) {
        Some(Err(why)) => return skip(why.to_string()),
        Some(Ok(target)) => Some(target.clone()),
        None => None,
    };
    let given = build.arguments.iter().filter_map(|entry| {
        let value = entry.value.as_ref()?.text()?;
        Some((entry.key.clone(), value.to_owned()))
    });
    // What the command line gives wins over the file, as with docker compose.
    let given = given.chain(arguments.clone());
    Some(Recipe {
        path,
        target,
        arguments: given.collect(),
    })
}

fn by_place(
    files: &Files,
    project: &Project,
    settings: &Settings,
    service: &Service,
) -> Option<PathBuf> {
    let mine = folder(&service.program);
    let is_other = |program: &&Program| {
        (&program.name, &program.package) != (&service.program.name, &service.program.package)
    };
    // One Dockerfile beside several programs says nothing of either.
    let mut others = project.programs.iter().filter(is_other);
    let is_alone = !others.any(|program| folder(program) == mine);
    let beside = is_alone.then(|| mine.join("Dockerfile"));
    let name = &service.name;
    let named = files.folders.iter().flat_map(|folder| {
        [format!("Dockerfile.{name}"), format!("{name}.Dockerfile")].map(|name| folder.join(name))
    });
    // Not how many are built now: `coracle build NAME` must find what `coracle build` finds.
    let services = match settings.services.len() {
        0 => project.programs.len(),
        configured => configured,
    };
    let top = files.folders.iter().filter(|_| services == 1);
    let top = top.map(|folder| folder.join("Dockerfile"));
    let mut candidates = beside.into_iter().chain(named).chain(top);
    candidates.find(|path| path.is_file() && !is_ejected(path))
}

/// Whether coracle wrote it: what it says is the plan's own, and would outlive the configuration that it is of.
fn is_ejected(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| crate::mark::is_ours(&bytes))
}

fn folder(program: &Program) -> &Path {
    match &program.language {
        Language::Rust(rust) => &rust.package_directory,
        Language::Go(go) => &go.directory,
        Language::Prebuilt(prebuilt) => prebuilt.path.parent().unwrap_or(&prebuilt.path),
    }
}

/// Without `.` and, where that is plain, `..`.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if clean.file_name().is_some() => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}
