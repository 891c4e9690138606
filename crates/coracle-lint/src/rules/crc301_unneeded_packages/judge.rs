//! Whether one image needs a package. Each answer is yes, no, or why it is not known.

use crate::bases::PackageManager;
use crate::model::base_name;
use crate::programs::compilers::{self, Compiles};
use crate::programs::started::{Image, Start, is_passing};
use crate::programs::{
    Contents, Installed, Library, Linking, Made, Tool, certificates, needs_nothing, opening,
    program, run_commands, steps_of,
};

use super::Kind;

/// Bases that start nothing by themselves: whoever else is in one may need a library.
const BARE: [&str; 7] = [
    "alpine",
    "cgr.dev/chainguard/wolfi-base",
    "debian",
    "fedora",
    "redhat/ubi",
    "rockylinux",
    "ubuntu",
];

/// What asks for certificates when somebody calls it, by the names of packages and of commands.
const CLIENTS: [&str; 5] = ["curl", "git", "openssl", "python3", "wget"];

/// One image with what was asked of it.
pub(super) struct Judge<'a> {
    image: Image<'a>,
    packages: Vec<Installed>,
    starts: Vec<Start>,
    checks: Vec<Start>,
    contents: Option<Contents>,
    /// The programs that are in it, or that it starts.
    programs: Vec<Made>,
}

/// Whether it is unneeded.
pub(super) type Told = Result<bool, String>;

impl<'a> Judge<'a> {
    pub(super) fn of(image: Image<'a>, packages: Vec<Installed>) -> Judge<'a> {
        let (starts, checks) = (image.starts(), image.checks());
        let arrived = image.arrivals().iter().map(|arrival| arrival.made.clone());
        let running = starts.iter().flat_map(|start| &start.running);
        let started = running.filter_map(|word| image.made(word));
        let mut programs: Vec<Made> = Vec::new();
        for made in arrived.chain(started) {
            if !programs.contains(&made) {
                programs.push(made);
            }
        }
        Judge {
            contents: Contents::of(image.stages, image.stage),
            starts,
            checks,
            packages,
            programs,
            image,
        }
    }

    /// Whether each package is unneeded. What only unneeded packages need is unneeded itself, so that it is asked again.
    pub(super) fn told(&self) -> Vec<(&Installed, Kind, Told)> {
        let mut unneeded: Vec<&str> = Vec::new();
        loop {
            let packages = self.packages.iter();
            let told: Vec<(&Installed, Kind, Told)> = packages
                .filter_map(|package| {
                    let kind = Kind::of(&package.name)?;
                    Some((package, kind, self.is_unneeded(package, kind, &unneeded)))
                })
                .collect();
            let found = told.iter().filter(|(_, _, told)| *told == Ok(true));
            let found: Vec<&str> = found.map(|(package, _, _)| package.name.as_str()).collect();
            if found.len() <= unneeded.len() {
                return told;
            }
            unneeded = found;
        }
    }

    fn is_unneeded(&self, package: &Installed, kind: Kind, unneeded: &[&str]) -> Told {
        // A box of tools is for whoever opens it.
        if self.starts.is_empty() {
            return Ok(false);
        }
        let told = match kind {
            Kind::Compiling => self.is_compiling_unneeded(package)?,
            Kind::Library(library) => self.is_library_unneeded(package, library, unneeded)?,
            Kind::Certificates => self.are_roots_unneeded(package, unneeded)?,
        };
        Ok(told && self.is_all_known(package)?)
    }

    /// Whether all that is started is known, and none of it calls a compiler or this package by its name.
    fn is_all_known(&self, package: &Installed) -> Told {
        let base = self.contents.as_ref().and_then(|one| one.base.as_ref());
        if !base.is_some_and(|base| BARE.contains(&base.name.as_str())) {
            let because = match &self.contents {
                Some(contents) => format!("it is not known what {} needs", contents.image),
                None => "the base is not known".to_owned(),
            };
            return Err(because);
        }
        let all = self.starts.iter().chain(&self.checks);
        for start in all.clone() {
            if let Some(because) = &start.open {
                return Err(because.clone());
            }
        }
        let running = self.starts.iter().flat_map(|start| &start.running);
        let running: Vec<&str> = running.map(String::as_str).collect();
        if let Some(other) = running.iter().find(|word| self.image.made(word).is_none()) {
            return Err(format!("it is not known what {other} needs"));
        }
        if self.programs.is_empty() {
            return Err("it is not known which programs are in the image".to_owned());
        }
        for name in all.flat_map(|start| &start.calls) {
            if compilers::command(name) == Some(true) || *name == package.name {
                return Ok(false);
            }
            let is_known = compilers::command(name).is_some()
                || is_passing(name)
                || self.packages.iter().any(|one| one.name == *name)
                || running.iter().any(|word| base_name(word) == name)
                || self.image.made(name).is_some();
            if !is_known {
                return Err(format!("it is not known what {name} needs"));
            }
        }
        Ok(true)
    }

    fn is_own(&self, name: &str) -> bool {
        self.programs.iter().any(|made| made.name == name) || self.image.made(name).is_some()
    }

    fn is_compiling_unneeded(&self, package: &Installed) -> Told {
        let stages = self.image.stages;
        match compilers::compiles(stages, self.image.stage, &|name| self.is_own(name)) {
            Compiles::Yes => return Ok(false),
            Compiles::Unknown(because) => return Err(because),
            Compiles::No => {}
        }
        if !compilers::is_headers(&package.name) {
            return Ok(true);
        }
        self.is_unset()?;
        for made in &self.programs {
            match (made.tool, &made.linking) {
                (_, Linking::Static) => {}
                (Tool::Go, _) => {
                    return Err(format!(
                        "it is not known which libraries {} opens",
                        made.name
                    ));
                }
                (Tool::Cargo, _) => {
                    if let Some(by) = opening(&program(self.image.model, made)?) {
                        let name = &made.name;
                        return Err(format!("by {by} {name} may open a library by its name"));
                    }
                }
            }
        }
        Ok(true)
    }

    fn is_library_unneeded(
        &self,
        package: &Installed,
        library: &Library,
        unneeded: &[&str],
    ) -> Told {
        let base = self.contents.as_ref().and_then(|one| one.base.as_ref());
        // Where the base has it too, nothing is gained.
        let is_openssl = library.package == "openssl-sys";
        if is_openssl && base.and_then(|base| library.is_in_base(base)) != Some(false) {
            return Ok(false);
        }
        for made in &self.programs {
            match (made.tool, &made.linking) {
                (_, Linking::Static) => {}
                (Tool::Go, _) => {
                    return Err(format!(
                        "it is not known which libraries {} links",
                        made.name
                    ));
                }
                (Tool::Cargo, _) => {
                    if !library.is_unused(&program(self.image.model, made)?)? {
                        return Ok(false);
                    }
                }
            }
        }
        let others = self.others(package, unneeded);
        if others.iter().any(|other| library.debian.contains(other)) {
            return Ok(false);
        }
        self.is_closed(&others, library.file)
    }

    fn are_roots_unneeded(&self, package: &Installed, unneeded: &[&str]) -> Told {
        let others = self.others(package, unneeded);
        let starts = self.starts.iter().chain(&self.checks);
        let mut calls = starts.flat_map(|start| &start.calls);
        if others.iter().any(|other| CLIENTS.contains(other))
            || calls.any(|name| CLIENTS.contains(&name.as_str()))
            || self.has_own_authority()
        {
            return Ok(false);
        }
        for made in &self.programs {
            if made.tool == Tool::Go {
                return Err(format!(
                    "imports do not tell whether {} opens TLS connections",
                    made.name
                ));
            }
            let program = program(self.image.model, made)?;
            if certificates::unused(&program, &made.name)?.is_none() {
                return Ok(false);
            }
        }
        self.is_closed(&others, "certificates")
    }

    /// The programs' names.
    pub(super) fn programs(&self) -> String {
        let mut names: Vec<&str> = self
            .programs
            .iter()
            .map(|made| made.name.as_str())
            .collect();
        names.dedup();
        names.join(" and ")
    }

    /// What it starts first.
    pub(super) fn start(&self) -> Option<(&Start, &str)> {
        let mut starts = self.starts.iter();
        starts.find_map(|start| Some((start, base_name(start.running.first()?))))
    }

    /// Why the programs have no use for the system's certificates.
    pub(super) fn own_roots(&self) -> String {
        let told = self.programs.iter().filter_map(|made| {
            let program = program(self.image.model, made).ok()?;
            certificates::unused(&program, &made.name).ok()?
        });
        told.collect::<Vec<String>>().join(", and ")
    }

    /// Whether a package comes with a stage that this one is made on.
    pub(super) fn is_inherited(&self, package: &Installed) -> bool {
        package.stage != self.image.stage
    }

    /// Whether packages are installed by apt.
    pub(super) fn is_apt(&self) -> bool {
        let base = self.contents.as_ref().and_then(|one| one.base.as_ref());
        base.is_some_and(|base| base.contents.package_manager == Some(PackageManager::Apt))
    }

    /// The other packages, without those that nothing needs.
    fn others(&self, package: &Installed, unneeded: &[&str]) -> Vec<&str> {
        let names = self.packages.iter().map(|one| one.name.as_str());
        names
            .filter(|name| *name != package.name && !unneeded.contains(name))
            .collect()
    }

    /// Whether nothing else is in the image that may need something.
    fn is_closed(&self, others: &[&str], what: &str) -> Told {
        if let Some(other) = others.iter().find(|other| !needs_nothing(other)) {
            return Err(format!("{other} may need {what}"));
        }
        if let Some(strange) = self.image.strange() {
            return Err(format!("it is not known what {strange} needs"));
        }
        let contents = self.contents.as_ref();
        if let Some(because) = contents.and_then(|contents| contents.open.clone()) {
            return Err(because);
        }
        self.is_unset()
    }

    /// Whether a step joins certificates of the repository's own to those of the package.
    fn has_own_authority(&self) -> bool {
        let steps = steps_of(self.image.stages, self.image.stage);
        let mut commands = steps
            .iter()
            .flat_map(|step| run_commands(step).unwrap_or_default());
        commands.any(|command| {
            let name = command.simple.name().map(base_name);
            name == Some("update-ca-certificates")
        })
    }

    /// Whether no variable says which libraries or certificates are taken.
    fn is_unset(&self) -> Told {
        let contents = self.contents.iter();
        let own = contents.flat_map(|contents| contents.variables.iter().map(String::as_str));
        let services = self.image.services();
        let given = services
            .iter()
            .flat_map(|tenant| &tenant.service.environment)
            .map(|entry| entry.key.as_str());
        let mut names = own.chain(given);
        match names.find(|name| name.starts_with("LD_") || name.starts_with("SSL_CERT")) {
            Some(name) => Err(format!("{name} is set")),
            None => Ok(true),
        }
    }
}
