//! Everything that an image is made of, as a record has it: by kind and name, with what may be a secret as its digest.

use std::fs;
use std::path::PathBuf;

use coracle_distro::Pin;
use coracle_oci::layer::{Content, EntryKind};
use coracle_oci::{Digest, Platform};
use coracle_toolchain::CompileRequest;
use coracle_toolchain::compile::Setting;

use super::compiling::Compiled;
use crate::eject::CompiledAs;
use crate::plan::{Linkage, Plan, ServicePlan};
use crate::record::{Inputs, Kind, Link};
use crate::resolve::{Origin, Rootfs};
use crate::settings::Settings;

/// What is known of a service on one platform before its image is there.
pub(super) struct Draft {
    pub(super) platform: Platform,
    pub(super) inputs: Inputs,
    pub(super) links: Vec<Link>,
    /// How it was compiled, as files say it again.
    pub(super) compiled: CompiledAs,
    /// The digest of the program.
    pub(super) program: Digest,
}

/// What a service is made of on one platform, when it is made.
pub(super) struct Making<'a> {
    pub(super) plan: &'a Plan,
    pub(super) service: &'a ServicePlan,
    pub(super) settings: &'a Settings,
    pub(super) compiled: &'a Compiled,
    pub(super) rootfs: &'a Rootfs,
    /// The packages of the sysroot.
    pub(super) built: &'a [Pin],
}

/// All of it.
pub(super) fn of(making: &Making<'_>) -> Inputs {
    let mut inputs = Inputs::default();
    sources(making, &mut inputs);
    for package in &making.compiled.artifact.made_of.packages {
        let (name, version) = package.split_once(' ').unwrap_or((package, ""));
        inputs.add(Kind::Dependency, name, version);
    }
    let toolchain = &making.compiled.artifact.toolchain;
    inputs.add(
        Kind::Toolchain,
        making.service.program.language.name(),
        toolchain,
    );
    options(making, &mut inputs);
    hidden(making, &mut inputs);
    packages(making, &mut inputs);
    settings(making, &mut inputs);
    inputs.add(Kind::Coracle, "coracle", env!("CARGO_PKG_VERSION"));
    inputs
}

/// The files that the program was compiled from, its manifests, and what is copied.
fn sources(making: &Making<'_>, inputs: &mut Inputs) {
    let root = &making.settings.directory;
    let artifact = &making.compiled.artifact;
    let mut files: Vec<PathBuf> = artifact.made_of.sources.clone();
    let manifests = making.service.program.inputs.manifests();
    let manifests = manifests.into_iter().map(|path| root.join(path));
    files.extend(manifests.filter(|path| path.is_file()));
    files.extend(copied(making));
    files.extend(certificates(making));
    files.sort();
    files.dedup();
    for path in files {
        // What is gone since it was compiled is told as gone.
        if let Ok(bytes) = fs::read(&path) {
            let shown = path.strip_prefix(root).unwrap_or(&path);
            inputs.add_hidden(Kind::Source, shown.display().to_string(), &bytes);
        }
    }
}

/// The files of the repository that are copied into the image.
fn copied(making: &Making<'_>) -> Vec<PathBuf> {
    let own = making
        .rootfs
        .files
        .values()
        .filter(|file| file.origin == Origin::Program);
    let path = |kind: &EntryKind| match kind {
        EntryKind::File(Content::File { path, .. }) => Some(path.clone()),
        _ => None,
    };
    let paths = own.filter_map(|file| path(&file.entry.kind));
    paths
        .filter(|path| *path != making.compiled.artifact.path)
        .collect()
}

fn certificates(making: &Making<'_>) -> Vec<PathBuf> {
    let named = making.service.settings.certificates.iter();
    let path = |path: &PathBuf| making.settings.configured_path(path);
    named.map(path).collect()
}

/// How it is compiled.
fn options(making: &Making<'_>, inputs: &mut Inputs) {
    let service = making.service;
    let linkage = match service.linkage.value {
        Linkage::Static => "static",
        Linkage::Dynamic => "dynamic",
        Linkage::Cgo => "cgo",
        Linkage::AsBuilt => "as built",
    };
    let artifact = &making.compiled.artifact;
    if service.prebuilt().is_none() {
        let request = request(making);
        let own = [
            ("features", request.features.join(" ")),
            ("all-features", word(request.all_features)),
            ("no-default-features", word(request.no_default_features)),
            ("tags", request.tags.join(" ")),
            ("bundled", word(service.settings.bundled)),
            ("profile", request.profile),
            ("linkage", linkage.to_owned()),
        ];
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            inputs.add(Kind::Option, name, value);
        }
    }
    if let Some(back_end) = artifact.back_end {
        inputs.add(
            Kind::Option,
            "compiler",
            format!("{back_end:?}").to_lowercase(),
        );
    }
    for flag in &artifact.cpu {
        inputs.add(Kind::Option, flag.flag.as_str(), "on");
    }
}

fn word(is_on: bool) -> String {
    if is_on {
        "true".to_owned()
    } else {
        String::new()
    }
}

fn request(making: &Making<'_>) -> CompileRequest {
    let target = coracle_toolchain::Target::LinuxAmd64;
    making
        .service
        .compile_request(target, making.settings, None)
}

/// cargo's own variables that change what it makes; others may hold tokens and change nothing.
const OF_CARGO: [&str; 3] = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_"];

/// What may be a secret, or hold one.
fn hidden(making: &Making<'_>, inputs: &mut Inputs) {
    let settings = making.settings;
    for (name, value) in &settings.build_arguments {
        inputs.add_hidden(Kind::Argument, name, value.as_bytes());
    }
    let flags = making.service.settings.ldflags.join(" ");
    if !flags.is_empty() {
        inputs.add_hidden(Kind::Option, "ldflags", flags.as_bytes());
    }
    let toolchain = &settings.toolchain;
    let of_cargo = toolchain.cargo_variables.iter();
    let of_cargo =
        of_cargo.filter(|(name, _)| OF_CARGO.iter().any(|start| name.starts_with(start)));
    let own = [
        ("RUSTFLAGS", &toolchain.rustflags),
        ("CARGO_ENCODED_RUSTFLAGS", &toolchain.encoded_rustflags),
    ];
    let own = own
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let others = of_cargo.chain(&toolchain.c_variables);
    let others = others.map(|(name, value)| (name.as_str(), value));
    for (name, value) in own.chain(others) {
        inputs.add_hidden(Kind::Variable, name, value.as_encoded_bytes());
    }
    configured(making, inputs);
}

/// What cargo's and go's own configuration says, besides the files of the repository.
fn configured(making: &Making<'_>, inputs: &mut Inputs) {
    for Setting { file, name, value } in &making.compiled.artifact.made_of.settings {
        let Some(file) = file else {
            inputs.add_hidden(Kind::Variable, name, value.as_bytes());
            continue;
        };
        let shown = file.strip_prefix(&making.settings.directory);
        let shown = shown.unwrap_or(file).display().to_string();
        if inputs.of(Kind::Source).any(|(source, _)| source == shown) {
            continue;
        }
        inputs.add_hidden(Kind::Option, format!("{name} in {shown}"), value.as_bytes());
    }
}

fn packages(making: &Making<'_>, inputs: &mut Inputs) {
    if let Some(sysroot) = &making.compiled.sysroot {
        for pin in making.built {
            inputs.add(
                Kind::BuildPackage,
                pin.name.as_str(),
                pin.version.to_string(),
            );
        }
        inputs.add(Kind::Sysroot, "sysroot", sysroot.key.as_str());
    }
    inputs.add(Kind::Suite, "suite", making.plan.suite.value.to_string());
    for installed in &making.rootfs.packages {
        let pin = &installed.pin;
        inputs.add(Kind::Package, pin.name.as_str(), pin.version.to_string());
    }
}

/// What the image says besides its files.
fn settings(making: &Making<'_>, inputs: &mut Inputs) {
    let service = making.service;
    let ports: Vec<&str> = service
        .expose
        .iter()
        .map(|port| port.value.as_str())
        .collect();
    let healthcheck = service.healthcheck.as_ref();
    let own = [
        ("user", service.user.value.to_string()),
        ("entrypoint", service.entrypoint.value.join(" ")),
        ("args", service.arguments.join(" ")),
        ("workdir", service.working_directory.clone()),
        ("expose", ports.join(" ")),
        ("volumes", service.volumes.join(" ")),
        (
            "health check",
            healthcheck
                .map(|check| check.value.test.join(" "))
                .unwrap_or_default(),
        ),
        ("SOURCE_DATE_EPOCH", making.settings.epoch.to_string()),
        (
            "layers",
            making
                .settings
                .layers_max
                .map(|most| most.to_string())
                .unwrap_or_default(),
        ),
    ];
    for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
        inputs.add(Kind::Setting, name, value);
    }
    for (name, value) in &service.environment {
        inputs.add_hidden(Kind::Setting, format!("env {name}"), value.as_bytes());
    }
    labels(making, inputs);
    for copy in &service.files {
        let mode = copy.mode.map(|mode| format!(" {mode:o}"));
        let name = format!("files {}", copy.written.display());
        let value = format!("{} {}{}", copy.to, copy.owner, mode.unwrap_or_default());
        inputs.add(Kind::Setting, name, value);
    }
}

fn labels(making: &Making<'_>, inputs: &mut Inputs) {
    // A label may be made of a build argument.
    let arguments = &making.settings.build_arguments;
    for (key, label) in &making.service.labels {
        let mut secrets = arguments.values().filter(|value| !value.is_empty());
        let name = format!("label {key}");
        match secrets.any(|secret| label.value.contains(secret)) {
            true => inputs.add_hidden(Kind::Setting, name, label.value.as_bytes()),
            false => inputs.add(Kind::Setting, name, label.value.as_str()),
        }
    }
}
