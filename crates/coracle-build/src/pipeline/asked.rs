//! What a program asked for while it was compiled, for files that compile it elsewhere: -dev packages by name, without
//! those that they draw in.

use std::collections::{BTreeMap, BTreeSet};

use coracle_distro::{Archive, Pin};
use coracle_toolchain::compile::{Kind, stripped_by};
use coracle_toolchain::{BuildFile, Language};

use super::Error;
use super::compiling::Compiled;
use crate::eject::CompiledAs;
use crate::plan::{Plan, ServicePlan};
use crate::provision::{self, Provision};
use crate::settings::Settings;

/// The -dev packages of each service.
#[derive(Debug, Default)]
pub(super) struct Asked {
    by_service: BTreeMap<String, BTreeSet<String>>,
}

impl Asked {
    /// Asks what each of the files is of that a build looked for. A package of the sysroot that none of them is of, and
    /// that no other draws in, was found missing by a compiler: all services are told of it.
    pub(super) fn of(
        plan: &Plan,
        compiled: &[Compiled],
        (provision, archive): (&Provision<'_>, &Archive<'_>),
    ) -> Result<Asked, Error> {
        let there: BTreeSet<&str> = provision
            .pins()
            .iter()
            .map(|pin| pin.name.as_str())
            .collect();
        let mut asked = Asked::default();
        let services = plan.services.iter().zip(compiled);
        for (service, compiled) in services.filter(|(service, _)| service.needs_sysroot()) {
            let mut packages = BTreeSet::new();
            for file in looked_for(service, compiled) {
                packages.extend(provision.holders(&file)?);
            }
            packages.retain(|name| there.contains(name.as_str()));
            packages.extend(service.settings.build_packages.iter().cloned());
            asked.by_service.insert(service.name.clone(), packages);
        }
        let claimed: BTreeSet<String> = asked.by_service.values().flatten().cloned().collect();
        let mut others = uppermost(provision.pins(), archive);
        others.retain(|name| !claimed.contains(name) && !provision::is_of_the_compiler(name));
        for packages in asked.by_service.values_mut() {
            packages.extend(others.iter().cloned());
        }
        Ok(asked)
    }

    /// How a service was compiled.
    pub(super) fn compiled_as(
        &self,
        service: &ServicePlan,
        compiled: &Compiled,
        settings: &Settings,
    ) -> CompiledAs {
        let development = self
            .by_service
            .get(&service.name)
            .cloned()
            .unwrap_or_default();
        let profile = service.settings.profile.as_deref().unwrap_or("release");
        let strip = match &service.program.language {
            Language::Rust(rust) => Some(stripped_by(
                &rust.workspace_root,
                profile,
                &settings.toolchain,
            )),
            Language::Go(_) | Language::Prebuilt(_) => None,
        };
        let needed = &compiled.facts.elf.needed;
        CompiledAs {
            toolchain: compiled.artifact.toolchain.clone(),
            back_end: compiled.artifact.back_end,
            development,
            strip,
            cxx: needed
                .iter()
                .any(|soname| soname.starts_with("libstdc++.so.")),
        }
    }
}

fn looked_for(service: &ServicePlan, compiled: &Compiled) -> BTreeSet<BuildFile> {
    let needs = service.native.needs.iter().flat_map(|need| &need.any_of);
    let mut files: BTreeSet<BuildFile> = needs.cloned().collect();
    let asked = compiled.artifact.asked.iter();
    let found = asked.filter(|asked| !asked.is_missing());
    files.extend(found.map(|asked| BuildFile::PkgConfig(asked.module.clone())));
    let linked = compiled.artifact.linked.iter();
    let shared = linked.filter(|linked| {
        linked.kind == Kind::Shared && !coracle_toolchain::native::is_of_the_c_library(&linked.name)
    });
    files.extend(shared.map(|linked| BuildFile::Library(linked.name.clone())));
    files
}

/// The packages that no other of them depends on.
fn uppermost(pins: &[Pin], archive: &Archive<'_>) -> Vec<String> {
    let mut drawn_in = BTreeSet::new();
    for pin in pins {
        let stanza = archive.pinned(pin).ok();
        let needed = stanza.and_then(|stanza| stanza.dependencies().ok());
        let relations = needed.into_iter().flatten().flatten();
        drawn_in.extend(relations.map(|relation| relation.name));
    }
    let names = pins.iter().map(|pin| pin.name.clone());
    names.filter(|name| !drawn_in.contains(name)).collect()
}
