//! Compiling every service with the user's toolchain against the suite's sysroot, and reading what came out.
//!
//! What dependencies declare is in the sysroot from the start. What a compiler, a linker or pkg-config does not find
//! all the same is added and the build tried again, as long as each try finds something new; and once with clang, where
//! zig cannot link a C++ library.

use std::collections::BTreeSet;
use std::path::Path;

use coracle_binary::inspect::Facts;
use coracle_oci::Digest;
use coracle_toolchain::compile::AcrossError;
use coracle_toolchain::compile::sccache::Sccache;
use coracle_toolchain::{
    Artifact, BuildFile, CompileEvent, CompileRequest, Sysroot, Target, compile,
};

use super::level::{self, Raised};
use super::{Error, linked, started};
use crate::engine::{Engine, Order};
use crate::event::{Event, Observer, Stage};
use crate::plan::{Linkage, Plan, ServicePlan};
use crate::provision::Provision;
use crate::settings::Settings;

/// A service whose program is compiled and read.
pub(super) struct Compiled {
    pub(super) artifact: Artifact,
    /// The digest of its file.
    pub(super) digest: Digest,
    /// What it was compiled against.
    pub(super) sysroot: Option<Sysroot>,
    pub(super) facts: Facts,
    /// The CPU level that it was compiled for, where that is not the platform's baseline.
    pub(super) raised: Option<Raised>,
}

/// What compiling is done with.
pub(super) struct Compiling<'a, 'archive> {
    pub(super) settings: &'a Settings,
    /// What cargo compiles through.
    pub(super) sccache: Option<&'a Sccache>,
    pub(super) provision: &'a mut Provision<'archive>,
    pub(super) observer: Observer<'a>,
    /// For what.
    pub(super) target: Target,
    /// The services that link C++ libraries of the suite, as far as their builds have said so.
    pub(super) cxx: BTreeSet<String>,
    /// Who compiles, where that is not this machine.
    pub(super) engine: Option<Engine<'a>>,
    /// What was compiled there before its service's turn came.
    pub(super) ahead: Vec<(Order, Result<Artifact, compile::Error>)>,
}

impl Compiling<'_, '_> {
    /// Compiles and reads all services, one after the other: they share a target folder and a sysroot.
    pub(super) fn all(&mut self, plan: &Plan) -> Result<Vec<Compiled>, Error> {
        for service in plan
            .services
            .iter()
            .filter(|service| service.needs_sysroot())
        {
            started(self.observer, Stage::Provision, Some(&service.name));
            let packages = &service.settings.build_packages;
            self.provision.want_packages(&service.name, packages);
            self.provision.want_native(&service.name, &service.native)?;
        }
        loop {
            let before = self.provision.pins().to_vec();
            self.all_ahead(plan)?;
            let compiled = plan.services.iter().map(|service| self.one(service));
            let compiled = compiled.collect::<Result<Vec<_>, _>>()?;
            // One service may find in the sysroot what another one brought there: all are compiled against the same.
            let first = before.is_empty() && plan.services.len() == 1;
            if first || self.provision.pins() == before {
                return Ok(compiled);
            }
        }
    }

    /// Has a builder compile all services at once; here each is compiled when its turn comes.
    fn all_ahead(&mut self, plan: &Plan) -> Result<(), Error> {
        let compiled = plan.services.iter().filter(|one| one.prebuilt().is_none());
        let services: Vec<&ServicePlan> = compiled.collect();
        if self.engine.is_none() || services.len() < 2 {
            return Ok(());
        }
        let mut orders = Vec::new();
        for service in services {
            let mut request = self.request(service);
            request.sysroot = self.sysroot(service, &request)?;
            let service = service.name.clone();
            orders.push(Order { service, request });
        }
        if let Some(engine) = &self.engine {
            let outcomes = engine.compile(&orders)?;
            let outcomes = orders.into_iter().zip(outcomes);
            let ahead = outcomes.filter_map(|(order, outcome)| Some((order, outcome?)));
            self.ahead = ahead.collect();
        }
        Ok(())
    }

    fn one(&mut self, service: &ServicePlan) -> Result<Compiled, Error> {
        let (artifact, sysroot) = loop {
            let mut request = self.request(service);
            let sysroot = self.sysroot(service, &request)?;
            request.sysroot = sysroot.clone();
            if service.prebuilt().is_none() {
                started(self.observer, Stage::Compile, Some(&service.name));
            }
            let (added, compiled) = match self.compile(service, &request)? {
                Err(error) if self.is_for_clang(service, &request, &error) => continue,
                Ok(artifact) => (self.add_unanswered(service, &artifact)?, Ok(artifact)),
                Err(error) => (self.add_missing(service, &error)?, Err(error)),
            };
            match compiled {
                _ if added => continue,
                Ok(artifact) => break (artifact, sysroot),
                Err(error) => return Err(self.explain(service, error)?),
            }
        };
        started(self.observer, Stage::Inspect, Some(&service.name));
        let (facts, digest) = inspect(&artifact.path)?;
        if let Some(sysroot) = &sysroot {
            let notes = linked::notes(service, &artifact, &facts, (sysroot, self.provision));
            for text in notes {
                let service = Some(service.name.clone());
                (self.observer)(&Event::Note { service, text });
            }
        }
        Ok(Compiled {
            raised: level::of(&service.name, &artifact, &facts, self.observer)?,
            artifact,
            digest,
            sysroot,
            facts,
        })
    }

    /// What is compiled and how, but for the sysroot, which depends on it.
    fn request(&self, service: &ServicePlan) -> CompileRequest {
        let request = service.compile_request(self.target, self.settings, None);
        let mut libraries = service.native.needs.iter().flat_map(|need| &need.any_of);
        let declares = libraries.any(|file| *file == BuildFile::Library("stdc++".to_owned()));
        CompileRequest {
            back_end: self.settings.back_end,
            sccache: self.sccache.cloned(),
            glibc: Some(self.provision.glibc()),
            musl: service.linkage.value == Linkage::Static,
            cxx_library: declares || self.cxx.contains(&service.name),
            ..request
        }
    }

    fn sysroot(
        &mut self,
        service: &ServicePlan,
        request: &CompileRequest,
    ) -> Result<Option<Sysroot>, Error> {
        if !service.needs_sysroot() {
            return Ok(None);
        }
        Ok(Some(self.provision.sysroot(request.chosen_back_end())?))
    }

    /// Whether a build failed because zig cannot link a C++ library of the suite, and clang is to try.
    fn is_for_clang(
        &mut self,
        service: &ServicePlan,
        request: &CompileRequest,
        error: &compile::Error,
    ) -> bool {
        let compile::Error::Across(AcrossError::CxxLibrary { symbol, .. }) = error else {
            return false;
        };
        // Who asked for zig is told.
        if request.back_end.is_some() || !self.cxx.insert(service.name.clone()) {
            return false;
        }
        let text = format!(
            "it calls a C++ library of the suite ({symbol}), which zig cannot link: compiled again with clang"
        );
        let service = Some(service.name.clone());
        (self.observer)(&Event::Note { service, text });
        true
    }

    fn compile(
        &mut self,
        service: &ServicePlan,
        request: &CompileRequest,
    ) -> Result<Result<Artifact, compile::Error>, Error> {
        let name = service.name.clone();
        if let Some(engine) = self
            .engine
            .as_ref()
            .filter(|_| service.prebuilt().is_none())
        {
            let order = Order {
                service: name,
                request: request.clone(),
            };
            let known = self.ahead.iter().position(|(known, _)| *known == order);
            if let Some(at) = known {
                return Ok(self.ahead.swap_remove(at).1);
            }
            let outcome = engine
                .compile(std::slice::from_ref(&order))?
                .pop()
                .flatten();
            return outcome.ok_or(Error::Engine(crate::engine::Error::Nothing {
                service: order.service,
            }));
        }
        let mut watch = |event: CompileEvent| {
            if let Some(event) = crate::event::of_compiling(&name, event) {
                (self.observer)(&event);
            }
        };
        Ok(compile(request, &self.settings.toolchain, &mut watch))
    }

    /// Adds what a failed build says it did not find.
    fn add_missing(
        &mut self,
        service: &ServicePlan,
        error: &compile::Error,
    ) -> Result<bool, Error> {
        let mut added = false;
        if service.needs_sysroot() {
            for file in error.missing() {
                added |= self.provision.want(&service.name, file)?;
            }
        }
        Ok(added)
    }

    /// Adds the modules that a successful build asked pkg-config for in vain: where a crate finds none it compiles a
    /// copy of its own, and says nothing.
    fn add_unanswered(
        &mut self,
        service: &ServicePlan,
        artifact: &Artifact,
    ) -> Result<bool, Error> {
        let mut added = false;
        if !service.settings.bundled {
            for asked in artifact.asked.iter().filter(|asked| asked.is_missing()) {
                let file = BuildFile::PkgConfig(asked.module.clone());
                added |= self.provision.want(&service.name, &file)?;
            }
        }
        Ok(added)
    }

    /// The failure of a build, told by what it did not find where that is what stopped it.
    fn explain(&self, service: &ServicePlan, error: compile::Error) -> Result<Error, Error> {
        let text = error.to_string();
        // Many a module is asked for and not needed: only one that the last words name stopped the build.
        let is_named = |file: &&BuildFile| {
            let mut said = text
                .lines()
                .filter_map(coracle_toolchain::native::missing::in_line);
            said.any(|missing| missing == **file)
        };
        let is_module = |file: &&BuildFile| matches!(file, BuildFile::PkgConfig(_));
        let mut others = error.missing().iter().filter(|file| !is_module(file));
        let mut modules = error.missing().iter().filter(is_module);
        let Some(file) = others.next().or_else(|| modules.find(is_named)).cloned() else {
            return Ok(error.into());
        };
        if !service.needs_sysroot() {
            return Ok(error.into());
        }
        Ok(self.provision.why_not(&service.name, &file, error)?.into())
    }
}

fn inspect(path: &Path) -> Result<(Facts, Digest), Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::ReadBinary {
        path: path.to_owned(),
        source,
    })?;
    let facts = Facts::read(&bytes).map_err(|source| Error::Inspect {
        path: path.to_owned(),
        source,
    })?;
    Ok((facts, Digest::of(&bytes)))
}
