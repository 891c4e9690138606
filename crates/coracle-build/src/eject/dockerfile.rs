//! Dockerfiles, one a service, as somebody would write them who knows BuildKit well and what was proven of the service.
//!
//! ```text
//!  compiled   tools ─► planner ─► cacher ─► builder ┐
//!                                          packages ┴► runtime
//!  prebuilt   dist/linux/amd64/NAME of the context  ┐
//!                                          packages ┴► runtime
//! ```
//! Nothing in them is emulated: each RUN is on the platform of the builder. `packages` fetches what was proven for the
//! platform of the image and unpacks it; the runtime stage only copies.

mod error;
mod golang;
mod ignore;
mod libraries;
mod made;
mod packages;
mod prebuilt;
mod quote;
mod runtime;
mod rust;
#[cfg(test)]
mod tests;
mod toolchain;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use coracle_toolchain::Language;

pub use self::error::Error;
use super::{File, MARK, Proven, ProvenImage, Subject};
use crate::plan::{Plan, ServicePlan};

/// How the program comes into the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// It is compiled in a stage of the Dockerfile.
    Compiled,
    /// It lies in the context, compiled elsewhere: `dist/linux/amd64/NAME`.
    Prebuilt,
}

/// A Dockerfile and its `.dockerignore` for each service. `Dockerfile` where there is one service, else
/// `SERVICE.Dockerfile`; with `prebuilt` before `Dockerfile` in that style.
///
/// # Errors
/// When a service cannot be said as a Dockerfile.
pub fn dockerfiles(subject: &Subject<'_>, style: Style) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for proven in &subject.proven {
        let recipe = Recipe::of(subject.plan, proven, style)?;
        let name = recipe.file_name();
        let ignore = match name.as_str() {
            "Dockerfile" => ".dockerignore".to_owned(),
            name => format!("{name}.dockerignore"),
        };
        files.push(File {
            path: PathBuf::from(name),
            text: recipe.text()?,
        });
        files.push(File {
            path: PathBuf::from(ignore),
            text: ignore::text(&recipe)?,
        });
    }
    Ok(files)
}

/// What one Dockerfile is written from.
struct Recipe<'a> {
    plan: &'a Plan,
    service: &'a ServicePlan,
    images: &'a [ProvenImage],
    style: Style,
    /// The context's folder.
    root: PathBuf,
}

impl<'a> Recipe<'a> {
    fn of(plan: &'a Plan, proven: &'a Proven<'a>, style: Style) -> Result<Recipe<'a>, Error> {
        let service = proven.service;
        // What was compiled elsewhere cannot be compiled here.
        let style = match service.prebuilt() {
            Some(_) => Style::Prebuilt,
            None => style,
        };
        Ok(Recipe {
            plan,
            service,
            images: &proven.images,
            style,
            root: std::fs::canonicalize(&plan.directory).unwrap_or(plan.directory.clone()),
        })
    }

    fn file_name(&self) -> String {
        let kind = match (self.style, self.service.prebuilt()) {
            (Style::Prebuilt, None) => "prebuilt.Dockerfile",
            _ => "Dockerfile",
        };
        match self.plan.services.len() {
            1 => kind.to_owned(),
            _ => format!("{}.{kind}", self.service.name),
        }
    }

    fn text(&self) -> Result<String, Error> {
        let program = match (self.style, &self.service.program.language) {
            (Style::Compiled, Language::Go(go)) => golang::stages(self, go)?,
            (Style::Compiled, Language::Rust(rust)) => rust::stages(self, rust)?,
            _ => prebuilt::stages(self)?,
        };
        let packages = packages::stage(self)?;
        let runtime = runtime::stage(self, &program)?;
        let stages = [self.head(), program.text, packages, runtime];
        let stages = stages.iter().filter(|stage| !stage.is_empty());
        Ok(stages.map(String::as_str).collect::<Vec<_>>().join("\n"))
    }

    /// The first lines: the frontend's name, who wrote it, and how it is built.
    fn head(&self) -> String {
        let (platforms, name) = (self.platforms(), self.file_name());
        let service = quote::shell(&self.service.name);
        let file = match name.as_str() {
            "Dockerfile" => String::new(),
            name => format!(" -f {}", quote::shell(name)),
        };
        format!(
            "# syntax=docker/dockerfile:1\n\
             # {MARK} {}`: change coracle.toml or the sources, not this file\n\
             #\n\
             # docker buildx build --platform {platforms}{file} -t {service} .\n",
            self.command()
        )
    }

    /// What writes the file again.
    fn command(&self) -> String {
        let mut command = "dockerfile".to_owned();
        if let [service] = self.plan.services.as_slice() {
            command.push_str(&format!(" {}", quote::shell(&service.name)));
        }
        command.push_str(&format!(" --platform {}", self.platforms()));
        if self.style == Style::Prebuilt && self.service.prebuilt().is_none() {
            command.push_str(" --prebuilt");
        }
        for name in &self.plan.build_arguments {
            command.push_str(&format!(" --build-arg {name}=\"${name}\""));
        }
        command
    }

    fn platforms(&self) -> String {
        let platforms = self.plan.platforms.iter().map(ToString::to_string);
        platforms.collect::<Vec<_>>().join(",")
    }

    /// The suite's name, as images have it in their tags.
    fn suite(&self) -> &'static str {
        self.plan.suite.value.codename
    }

    /// A path of the repository from the context's folder on.
    fn inside(&self, path: &Path) -> Result<String, Error> {
        let whole = std::fs::canonicalize(path).unwrap_or(path.to_owned());
        let outside = || Error::Outside {
            service: self.service.name.clone(),
            path: path.to_owned(),
            root: self.root.clone(),
        };
        let inner = whole.strip_prefix(&self.root).map_err(|_| outside())?;
        let plain = |part: Component<'_>| part.as_os_str().to_str().map(str::to_owned);
        let parts: Option<Vec<String>> = inner.components().map(plain).collect();
        let parts = parts.ok_or_else(outside)?;
        Ok(match parts.is_empty() {
            true => ".".to_owned(),
            false => parts.join("/"),
        })
    }

    /// The build arguments that compilers see: the commit and the version, which nearly everybody asks for, and those
    /// that the plan has.
    fn arguments(&self) -> BTreeSet<&str> {
        let own = self.plan.build_arguments.iter().map(String::as_str);
        own.chain(["VERSION", crate::plan::open::COMMIT]).collect()
    }

    /// The first image, for what is the same on all platforms.
    fn first(&self) -> Result<&'a ProvenImage, Error> {
        self.images.first().ok_or_else(|| Error::NoImage {
            service: self.service.name.clone(),
        })
    }
}

/// The stages that bring the program.
struct Stages {
    text: String,
    /// The stage that the program is copied from; none where it is in the context.
    from: Option<&'static str>,
    /// Its place there, with variables and escapes.
    place: String,
}
