//! What one service will be, on each platform.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_oci::Platform;
use coracle_toolchain::{
    CompileRequest, Language, Native, PrebuiltProgram, Program, Sysroot, Target,
};

use super::{Decision, FileCopy, Healthcheck, ImageName, Linkage, NONROOT, Open, UserId};
use crate::settings::{ServiceSettings, Settings};

/// What one service will be.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    /// The service's name, which is its image's last name part.
    pub name: String,
    /// The program, as cargo or go knows it.
    pub program: Program,
    /// Its programs by platform, where they were compiled elsewhere.
    pub programs: BTreeMap<Platform, PathBuf>,
    /// How it is linked, and whether cgo is on.
    pub linkage: Decision<Linkage>,
    /// What it needs of the system to be compiled, as its dependencies declare.
    pub native: Native,
    /// Packages that are known to be needed before the binary is read.
    pub packages: Vec<Decision<String>>,
    /// Who it runs as.
    pub user: Decision<UserId>,
    /// The entrypoint.
    pub entrypoint: Decision<Vec<String>>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The folder it starts in.
    pub working_directory: String,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Ports, `8080/tcp`.
    pub expose: Vec<Decision<String>>,
    /// How to see whether it is well, where its own program can tell.
    pub healthcheck: Option<Decision<Healthcheck>>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// What is copied into the image.
    pub files: Vec<FileCopy>,
    /// Labels.
    pub labels: BTreeMap<String, Decision<String>>,
    /// The names the image gets.
    pub names: Vec<ImageName>,
    /// Those of the labels and linker flags that a value of each build is filled into, with its name in its place.
    pub open: Open,
    /// The rest of what the configuration says, for the stages that use it.
    pub settings: ServiceSettings,
}

impl ServicePlan {
    /// A program that was compiled elsewhere and of which nobody says more than this.
    pub(crate) fn alone(name: &str, path: &Path, settings: ServiceSettings) -> ServicePlan {
        let program = Program::prebuilt(name, path, Path::new("/"));
        let nobody_says = "nobody says otherwise";
        let user = UserId {
            user: NONROOT,
            group: NONROOT,
        };
        ServicePlan {
            name: name.to_owned(),
            programs: BTreeMap::new(),
            linkage: Decision::new(Linkage::AsBuilt, "it was compiled elsewhere"),
            native: Native::default(),
            packages: Vec::new(),
            user: Decision::new(user, nobody_says),
            entrypoint: Decision::new(vec![format!("/app/{name}")], "the binary itself"),
            arguments: Vec::new(),
            working_directory: "/".to_owned(),
            environment: BTreeMap::new(),
            expose: Vec::new(),
            healthcheck: None,
            volumes: Vec::new(),
            files: Vec::new(),
            labels: BTreeMap::new(),
            names: Vec::new(),
            open: Open::default(),
            program,
            settings,
        }
    }

    /// Where the binary is put.
    pub fn binary_path(&self) -> String {
        format!("/app/{}", self.program.name)
    }

    /// Whether it is compiled against a sysroot: all that is linked to the C library is.
    pub fn needs_sysroot(&self) -> bool {
        matches!(self.linkage.value, Linkage::Dynamic | Linkage::Cgo)
    }

    /// The program's file, when it was compiled elsewhere.
    pub fn prebuilt(&self) -> Option<&Path> {
        match &self.program.language {
            Language::Prebuilt(program) => Some(&program.path),
            Language::Rust(_) | Language::Go(_) => None,
        }
    }

    /// The service with the program of one platform.
    pub(super) fn on(&self, platform: &Platform) -> ServicePlan {
        let mut service = self.clone();
        if let Some(path) = self.programs.get(platform) {
            let path = path.clone();
            service.program.language = Language::Prebuilt(PrebuiltProgram { path });
        }
        service
    }

    /// What cargo or go is asked to compile.
    pub fn compile_request(
        &self,
        target: Target,
        settings: &Settings,
        sysroot: Option<Sysroot>,
    ) -> CompileRequest {
        let own = &self.settings;
        CompileRequest {
            sysroot,
            native_variables: self.native.variables.clone(),
            cgo: self.linkage.value == Linkage::Cgo,
            profile: own.profile.clone().unwrap_or_else(|| "release".to_owned()),
            features: own.features.clone(),
            all_features: own.all_features,
            no_default_features: own.no_default_features,
            environment: settings.build_arguments.clone(),
            tags: own.tags.clone(),
            ldflags: own.ldflags.clone(),
            jobs: settings.jobs,
            offline: settings.offline,
            ..CompileRequest::new(self.program.clone(), target)
        }
    }
}
