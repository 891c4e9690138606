//! What a build needs of the system: the -dev packages of the target suite, as a sysroot.
//!
//! Numbered as it runs: 1. the C library and what the lock's `build` rows pin; 2. what the dependencies declare
//! ([`Provision::want_native`]); 3. their whole Depends closure, unpacked into the store under its content's address
//! ([`Provision::sysroot`]); 4. what a compiler, a linker or pkg-config did not find all the same
//! ([`Provision::want`]), and 3 again.
//!
//! What is compiled against this links against what ships: `resolve` takes the run-time packages of the same rows.

mod error;
mod folder;
mod owners;

use std::collections::{BTreeMap, BTreeSet};

use coracle_distro::solve::Request;
use coracle_distro::{Archive, Pin};
use coracle_oci::Store;
use coracle_toolchain::{BackEnd, BuildFile, Native, NativeNeed, Sysroot};

pub use self::error::Error;
pub use self::folder::unpacked;
pub use self::owners::{Libraries, of as holders};
use crate::event::{Event, Observer};

/// What provisioning needs of the outside.
pub struct World<'a> {
    /// The verified archive.
    pub archive: &'a Archive<'a>,
    /// The store, where sysroots are kept.
    pub store: &'a Store,
    /// The `build` rows that are pinned already.
    pub pinned: &'a [Pin],
    /// The `run` rows: where a package is in both, it has one version.
    pub run: &'a [Pin],
    /// Who watches.
    pub observer: Observer<'a>,
}

/// The sysroot of a run: what is wanted of it, and what it is now.
pub struct Provision<'a> {
    world: World<'a>,
    /// Packages by name, each with the reason of its first asking.
    wanted: BTreeMap<String, String>,
    /// What builds did not find, so that one that does not find it twice is not tried again.
    seen: BTreeSet<BuildFile>,
    /// The closure, once it was asked for; emptied when something is added.
    pins: Option<Vec<Pin>>,
    /// The libraries that a program may need, once the sysroot is there.
    libraries: Libraries,
}

impl<'a> Provision<'a> {
    /// With the C library and the rows of the lock.
    pub fn new(world: World<'a>) -> Provision<'a> {
        let mut provision = Provision {
            wanted: BTreeMap::new(),
            seen: BTreeSet::new(),
            pins: None,
            libraries: Libraries::default(),
            world,
        };
        provision.start();
        provision
    }

    fn start(&mut self) {
        let gcc = self.world.archive.gcc_version();
        let mut first = vec![("libc6-dev".to_owned(), "the C library")];
        first.extend(gcc.map(|version| {
            (
                format!("libgcc-{version}-dev"),
                "the compiler's own library",
            )
        }));
        for (name, reason) in first {
            self.wanted.insert(name, reason.to_owned());
        }
        for pin in self.world.pinned {
            let reason = "coracle.lock pins it".to_owned();
            self.wanted.entry(pin.name.clone()).or_insert(reason);
        }
        let pinned = |name: &String| self.world.pinned.iter().any(|pin| pin.name == *name);
        if self.wanted.keys().all(pinned) {
            self.pins = Some(self.world.pinned.to_vec());
        }
    }

    /// Adds packages that the configuration names.
    pub fn want_packages(&mut self, service: &str, names: &[String]) {
        for name in names {
            self.add(
                service,
                name,
                format!("build-packages of {service} names it"),
            );
        }
    }

    /// Adds what dependencies declare, as far as the suite says clearly which package it is; what it does not say may
    /// not be needed, and if it is, the build says so.
    ///
    /// # Errors
    /// When the archive's index cannot be read.
    pub fn want_native(&mut self, service: &str, native: &Native) -> Result<(), Error> {
        for NativeNeed { by, any_of } in &native.needs {
            if any_of.iter().any(|file| self.is_there(file)) {
                continue;
            }
            for file in any_of {
                let holders = owners::of(self.world.archive, file)?;
                if self.take(service, file, (&holders, by)) || self.has_one_of(&holders) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether the sysroot of the rows so far is made and has the file: then nothing need be looked up.
    fn is_there(&self, file: &BuildFile) -> bool {
        let Some(pins) = &self.pins else {
            return false;
        };
        let triplet = self.world.archive.architecture().triplet();
        // Either of them: which is asked for is not known here.
        [pins.as_slice(), &without_the_c_library(pins)]
            .into_iter()
            .any(|pins| {
                let place = folder::place(self.world.store, &key(pins));
                folder::has(&place, triplet, file)
            })
    }

    /// Adds the package of a file that a build did not find; false when that is not clear, or was done before.
    ///
    /// # Errors
    /// As [`Provision::want_native`].
    pub fn want(&mut self, service: &str, file: &BuildFile) -> Result<bool, Error> {
        if !self.seen.insert(file.clone()) {
            return Ok(false);
        }
        let holders = owners::of(self.world.archive, file)?;
        Ok(self.take(service, file, (&holders, "the build")))
    }

    fn take(&mut self, service: &str, file: &BuildFile, (holders, by): (&[String], &str)) -> bool {
        match holders {
            [one] if !self.has_one_of(holders) => {
                self.add(service, one, format!("{by} looks for {file}"));
                true
            }
            _ => false,
        }
    }

    /// Whether one of these packages is in the sysroot or wanted in it.
    fn has_one_of(&self, packages: &[String]) -> bool {
        let closed = self.pins.iter().flatten().map(|pin| &pin.name);
        let mut here = self.wanted.keys().chain(closed);
        here.any(|name| packages.contains(name))
    }

    /// Why a build did not find a file although everything that is known was done.
    ///
    /// # Errors
    /// As [`Provision::want_native`].
    pub fn why_not(
        &self,
        service: &str,
        file: &BuildFile,
        ended: coracle_toolchain::compile::Error,
    ) -> Result<Error, Error> {
        let packages = owners::of(self.world.archive, file)?;
        let suite = self.world.archive.suite().to_string();
        let (service, file, source) = (service.to_owned(), file.clone(), Box::new(ended));
        Ok(if packages.is_empty() {
            Error::Nobody {
                service,
                file,
                suite,
                source,
            }
        } else if self.has_one_of(&packages) {
            Error::NotFound {
                service,
                file,
                suite,
                packages,
                source,
            }
        } else {
            Error::Ambiguous {
                service,
                file,
                suite,
                packages,
                source,
            }
        })
    }

    fn add(&mut self, service: &str, package: &str, reason: String) {
        if self.wanted.contains_key(package) {
            return;
        }
        let event = Event::Provisioned {
            service: service.to_owned(),
            package: package.to_owned(),
            reason: reason.clone(),
        };
        (self.world.observer)(&event);
        self.wanted.insert(package.to_owned(), reason);
        self.pins = None;
    }

    /// The sysroot with everything that is wanted so far: from the store, else unpacked into it. The packages are the
    /// same ones for every compiler; what of the C library is for compilers is left out for one that brings its own.
    ///
    /// # Errors
    /// When the packages cannot be had together, fetched or unpacked.
    pub fn sysroot(&mut self, back_end: Option<BackEnd>) -> Result<Sysroot, Error> {
        let pins = match self.pins.take() {
            Some(pins) => pins,
            None => self.close()?,
        };
        let unpacked = match back_end {
            Some(BackEnd::Zig) => without_the_c_library(&pins),
            Some(BackEnd::Clang) | None => pins.clone(),
        };
        let key = key(&unpacked);
        let place = folder::place(self.world.store, &key);
        if !place.is_dir() || !Libraries::are_listed(&place) {
            folder::make(&unpacked, &place, &self.world)?;
        }
        self.libraries = Libraries::read(&place)?;
        let version = self.world.archive.gcc_version();
        let has_cxx = |version: &u32| {
            let name = format!("libstdc++-{version}-dev");
            pins.iter().any(|pin| pin.name == name)
        };
        let sysroot = Sysroot {
            key,
            triplet: self.world.archive.architecture().triplet().to_owned(),
            cxx: version.filter(has_cxx),
            time64: pins.iter().any(|pin| pin.name.ends_with("t64")),
            folder: place,
        };
        self.pins = Some(pins);
        Ok(sysroot)
    }

    /// The version of the suite's C library.
    pub fn glibc(&self) -> (u32, u32) {
        self.world.archive.suite().glibc
    }

    /// The whole Depends closure of what is wanted; rows that are pinned stay.
    fn close(&self) -> Result<Vec<Pin>, Error> {
        let names: Vec<String> = self.wanted.keys().cloned().collect();
        let prefer: Vec<Pin> = self
            .world
            .pinned
            .iter()
            .chain(self.world.run)
            .cloned()
            .collect();
        let request = Request {
            packages: &names,
            prefer: &prefer,
            without: coracle_distro::sysroot::NOT_NEEDED,
        };
        let closure = self.world.archive.closure(&request);
        let closure = closure.map_err(|source| {
            // Those of the lock were had together before.
            let pinned = |name: &&String| self.world.pinned.iter().any(|pin| pin.name == **name);
            let packages = names.iter().filter(|name| !pinned(name)).cloned();
            let packages = packages.collect();
            Error::Dependencies { packages, source }
        })?;
        let mut pins = Vec::new();
        for package in closure {
            let pinned = prefer.iter().find(|pin| pin.name == package.name);
            // No row is moved: what cannot be had with it is not had.
            match pinned {
                Some(pin) if pin.version != package.version => {
                    return Err(Error::Moves {
                        package: package.name.clone(),
                        pinned: pin.version.to_string(),
                        needed: package.version.to_string(),
                    });
                }
                Some(pin) => pins.push(pin.clone()),
                None => pins.push(package.pin()),
            }
        }
        Ok(pins)
    }

    /// The packages that have a file, when it is clear which.
    ///
    /// # Errors
    /// As [`Provision::want_native`].
    pub fn holders(&self, file: &BuildFile) -> Result<Vec<String>, Error> {
        owners::of(self.world.archive, file)
    }

    /// The rows for the lock: empty before [`Provision::sysroot`].
    pub fn pins(&self) -> &[Pin] {
        self.pins.as_deref().unwrap_or_default()
    }

    /// Which packages the libraries of the sysroot are of.
    pub fn libraries(&self) -> &Libraries {
        &self.libraries
    }

    /// The packages that were asked for, each with its reason; not what they depend on.
    pub fn wanted(&self) -> &BTreeMap<String, String> {
        &self.wanted
    }
}

/// What the C library has for compilers, by package: a compiler that brings a C library would find two.
const OF_THE_C_LIBRARY: [&str; 3] = ["libc6-dev", "libcrypt-dev", "linux-libc-dev"];

fn without_the_c_library(pins: &[Pin]) -> Vec<Pin> {
    let others = pins.iter().filter(|pin| !is_of_the_compiler(&pin.name));
    others.cloned().collect()
}

/// Whether a package is what every compiler of C has, or brings itself.
pub(crate) fn is_of_the_compiler(package: &str) -> bool {
    let of_gcc = package.starts_with("libgcc-") && package.ends_with("-dev");
    of_gcc || OF_THE_C_LIBRARY.contains(&package)
}

fn key(pins: &[Pin]) -> String {
    coracle_distro::sysroot::key(&pins.iter().collect::<Vec<_>>())
}
