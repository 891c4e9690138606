//! What is known of a service's source: by its plan, by cargo or go, and by what was written down or locked when it was built.

use std::sync::Arc;

use coracle_oci::{Platform, Store};
use coracle_toolchain::origin::{self, Origins};
use coracle_toolchain::rust::{self, Features};
use coracle_toolchain::{BuildFile, Language, Sysroot, go};

use crate::event::{Event, Observer};
use crate::lock::LockFile;
use crate::pipeline::{Error, plan};
use crate::plan::{Linkage, Plan, ServicePlan, platforms};
use crate::provision;
use crate::record::{Kept, Link};
use crate::settings::Settings;
use crate::source;
use crate::why::service::{self, Known};

/// A service that there is.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) service: ServicePlan,
    lock: LockFile,
}

impl Planned {
    /// The service of this name. What is remarked while planning is a build's to say.
    pub(super) fn find(
        settings: &Settings,
        name: &str,
        observer: Observer<'_>,
    ) -> Result<Planned, Error> {
        let watching = Arc::clone(observer);
        let quiet: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(move |event| {
            if matches!(event, Event::Started { .. }) {
                watching(event);
            }
        });
        let with = |wanted| of_source(settings, wanted);
        let none = |known: Vec<String>| service::Error::no_service(name, known);
        match plan(&with(vec![name.to_owned()]), &quiet) {
            Ok((mut plan, lock)) => match plan.services.pop() {
                Some(service) => Ok(Planned {
                    plan,
                    lock,
                    service,
                }),
                None => Err(none(Vec::new()).into()),
            },
            Err(Error::Plan(error)) if error.is_unknown_service() => {
                // What there is instead is only asked for when it must be.
                let services = plan(&with(Vec::new()), &quiet).map(|(plan, _)| plan.services);
                let names = services.unwrap_or_default().into_iter();
                Err(none(names.map(|service| service.name).collect()).into())
            }
            Err(error) => Err(error),
        }
    }

    /// What is known of its source, for a platform.
    pub(super) fn known(
        &self,
        settings: &Settings,
        platform: &Platform,
        record: Option<&Kept>,
    ) -> Result<Known, service::Error> {
        let last = record.map(|kept| &kept.last);
        let is_prebuilt = last.is_some_and(|last| last.made.language == "prebuilt");
        // The level of a CPU is no other target.
        let base = Platform {
            variant: platform
                .variant
                .clone()
                .filter(|_| platform.architecture == "arm"),
            ..platform.clone()
        };
        let origins = match is_prebuilt {
            true => None,
            false => origins(settings, &self.service, &base)?,
        };
        let links = match (last, &origins) {
            (Some(last), _) => last.links.clone(),
            (None, Some(origins)) => self.locked_links(settings, &base, origins),
            (None, None) => Vec::new(),
        };
        Ok(Known {
            service: self.service.name.clone(),
            program: self.service.binary_path(),
            origins,
            links,
        })
    }

    /// Who asks for which library as far as that is declared, by the sysroot of the lock where the store has it still.
    fn locked_links(
        &self,
        settings: &Settings,
        platform: &Platform,
        origins: &Origins,
    ) -> Vec<Link> {
        let Some(sysroot) = self.sysroot(settings, platform) else {
            return Vec::new();
        };
        let mut links = Vec::new();
        let is_linked = |package: &&origin::Package| {
            let way = origins.way(&package.name);
            way.is_some_and(|way| !way.only_compiling)
        };
        let asking = origins
            .packages()
            .filter(|package| !package.asks.is_empty());
        for package in asking.filter(is_linked) {
            for file in &package.asks {
                let asked = match file {
                    BuildFile::PkgConfig(module) => format!("pkg-config {module}"),
                    BuildFile::Library(name) => format!("-l{name}"),
                    BuildFile::Header(_) => continue,
                };
                let libraries = sysroot.libraries_of(file).into_iter();
                links.extend(libraries.map(|library| Link {
                    by: package.name.clone(),
                    asked: asked.clone(),
                    soname: sysroot.soname(&library),
                    library,
                }));
            }
        }
        links
    }

    fn sysroot(&self, settings: &Settings, platform: &Platform) -> Option<Sysroot> {
        let architecture = source::architecture(platform)?;
        let section = source::section(&self.lock, self.plan.suite.value, architecture)?;
        let store = Store::open(&settings.store).ok()?;
        provision::unpacked(&store, &section.build, architecture)
    }
}

/// The settings as far as they choose programs and how these are compiled: what an image says and what is copied need not be
/// there to be asked about, nor values for it.
fn of_source(settings: &Settings, wanted: Vec<String>) -> Settings {
    let mut settings = Settings {
        wanted,
        ..settings.clone()
    };
    settings.labels.clear();
    let configured = settings.services.values_mut();
    for own in configured.chain([&mut settings.unconfigured]) {
        own.labels.clear();
        own.ldflags.clear();
        own.files.clear();
    }
    settings
}

/// What cargo or go says that the program is made of.
fn origins(
    settings: &Settings,
    service: &ServicePlan,
    platform: &Platform,
) -> Result<Option<Origins>, service::Error> {
    let Some(target) = platforms::target(platform) else {
        return Ok(None);
    };
    let (own, toolchain) = (&service.settings, &settings.toolchain);
    Ok(match &service.program.language {
        Language::Prebuilt(_) => None,
        Language::Go(program) => {
            let cgo = service.linkage.value == Linkage::Cgo;
            Some(go::origins(program, &own.tags, (target, cgo), toolchain)?)
        }
        Language::Rust(program) => {
            let features = Features {
                on: own.features.clone(),
                all: own.all_features,
                no_default: own.no_default_features,
            };
            let triple = target.rust_triple(service.linkage.value == Linkage::Static);
            Some(rust::origins(program, &features, &triple, toolchain)?)
        }
    })
}
