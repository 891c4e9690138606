//! Services as plan and proof would hand them over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_binary::strip::Strip;
use coracle_distro::{ArchiveName, Pin, Sha256, Suite};
use coracle_oci::Platform;
use coracle_oci::layer::{Content, Entry};
use coracle_toolchain::{GoProgram, Language, Program, RustProgram};

use crate::eject::{CompiledAs, ProvenImage};
use crate::plan::{Decision, Healthcheck, Linkage, Plan, ServicePlan};
use crate::resolve::{Installed, Origin, RootFile};
use crate::settings::ServiceSettings;

/// A service on some platforms.
pub(super) struct Example {
    pub(super) plan: Plan,
    pub(super) service: ServicePlan,
    pub(super) images: Vec<ProvenImage>,
    toolchain: &'static str,
}

const FOLDER: &str = "/nowhere/repository";

/// A Go program that listens, has a volume and labels.
pub(super) fn go() -> Example {
    let program = Language::Go(GoProgram {
        module_directory: FOLDER.into(),
        module_path: "m".to_owned(),
        import_path: "m/cmd/worker".to_owned(),
        directory: format!("{FOLDER}/cmd/worker").into(),
    });
    example(
        "worker",
        program,
        Linkage::Static,
        "go version go1.26.0 linux/amd64",
    )
}

/// A Rust program of a workspace.
pub(super) fn rust() -> Example {
    let program = Language::Rust(RustProgram {
        manifest: format!("{FOLDER}/api/Cargo.toml").into(),
        workspace_root: FOLDER.into(),
        package: "api".to_owned(),
        package_id: "path+file:///api#0.1.0".to_owned(),
        bin: "api".to_owned(),
        package_directory: format!("{FOLDER}/api").into(),
        required_features: Vec::new(),
        edition: "2024".to_owned(),
        target_directory: format!("{FOLDER}/target").into(),
        build_directory: None,
        outside_directories: Vec::new(),
    });
    let mut example = example(
        "api",
        program,
        Linkage::Dynamic,
        "rustc 1.95.0 (59807616e 2026-04-14)",
    );
    example.service.program.version = Some("0.1.0".to_owned());
    let version = Decision::new("0.1.0".to_owned(), "the package's manifest");
    let key = "org.opencontainers.image.version".to_owned();
    example.service.labels.insert(key, version);
    example
}

fn example(name: &str, language: Language, linkage: Linkage, toolchain: &'static str) -> Example {
    let folder = Path::new(FOLDER);
    let mut service = ServicePlan::alone(name, &folder.join(name), ServiceSettings::default());
    service.program = Program {
        language,
        ..service.program
    };
    service.linkage = Decision::new(linkage, "a test");
    service.environment = [("PORT".to_owned(), "8080".to_owned())].into();
    service.expose = vec![Decision::new("8080/tcp".to_owned(), "a test")];
    service.volumes = vec!["/data/photos".to_owned()];
    let test = ["CMD", "/app/worker", "health"].map(str::to_owned).into();
    let check = Healthcheck {
        test,
        interval: Some(10_000_000_000),
        timeout: Some(1_500_000_000),
        retries: Some(3),
        ..Healthcheck::default()
    };
    service.healthcheck = Some(Decision::new(check, "a test"));
    let title = Decision::new(name.to_owned(), "the service's name");
    service.labels = [("org.opencontainers.image.title".to_owned(), title)].into();
    let suite = Suite::find("debian/trixie").unwrap();
    Example {
        plan: Plan {
            directory: PathBuf::from(FOLDER),
            suite: Decision::new(suite, "a test"),
            other_suites: Vec::new(),
            platforms: Vec::new(),
            left_out_platforms: Vec::new(),
            lock: Decision::new(PathBuf::from("coracle.lock"), "a test"),
            services: vec![service.clone()],
            build_arguments: ["RELEASE".to_owned()].into(),
            left_out: Vec::new(),
        },
        service,
        images: Vec::new(),
        toolchain,
    }
}

impl Example {
    /// Proven on these, with base-files alone.
    pub(super) fn on(mut self, architectures: &[&str]) -> Example {
        self.plan.platforms = architectures
            .iter()
            .map(|name| Platform::linux(name))
            .collect();
        self.images = architectures
            .iter()
            .map(|name| image(name, self.toolchain))
            .collect();
        self
    }

    /// With the C library and these packages.
    pub(super) fn with_libraries(mut self, packages: &[&str], development: &[&str]) -> Example {
        for image in &mut self.images {
            let names = packages.iter().chain(&["libc6", "libgcc-s1"]);
            image
                .packages
                .extend(names.map(|name| installed(name, "1.2-3")));
            image
                .packages
                .sort_by(|one, other| one.pin.name.cmp(&other.pin.name));
            let reads = Installed {
                in_image: false,
                ..installed("gcc-14-base", "14.2.0-19")
            };
            image.packages.push(reads);
            image.compiled.development =
                development.iter().map(|name| (*name).to_owned()).collect();
            let mut links = vec![("lib", "usr/lib")];
            if image.platform.architecture == "amd64" {
                links.push(("lib64", "usr/lib64"));
            }
            let links = links
                .into_iter()
                .map(|(path, target)| made(Entry::symlink(path, target, 0)));
            image.made.extend(links);
        }
        self
    }
}

fn image(architecture: &str, toolchain: &str) -> ProvenImage {
    let passwd = Content::bytes(b"root:x:0:0:root:/root:/sbin/nologin\n".as_slice());
    let folder = |path: &str, mode, owner| {
        let mut entry = Entry::directory(path, 0);
        entry.mode = mode;
        (entry.uid, entry.gid) = (owner, owner);
        made(entry)
    };
    ProvenImage {
        platform: Platform::linux(architecture),
        packages: vec![installed("base-files", "13.8+deb13u1")],
        build_packages: Vec::new(),
        compiled: CompiledAs {
            toolchain: toolchain.to_owned(),
            strip: Some(Strip::DebugInformation),
            ..CompiledAs::default()
        },
        made: vec![
            made(Entry::file("etc/passwd", passwd, 0o644, 0)),
            folder("home/nonroot", 0o700, 65532),
            folder("tmp", 0o1777, 0),
            folder("var/tmp", 0o1777, 0),
            made(Entry::symlink("var/run", "/run", 0)),
        ],
        parts: BTreeMap::new(),
    }
}

fn made(entry: Entry) -> RootFile {
    RootFile {
        entry,
        origin: Origin::Made,
        reason: "a test".to_owned(),
    }
}

pub(super) fn installed(name: &str, version: &str) -> Installed {
    Installed {
        pin: Pin {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            architecture: "amd64".to_owned(),
            path: String::new(),
            sha256: Sha256::of(name.as_bytes()),
            size: 1,
            archive: ArchiveName::Main,
        },
        in_image: true,
        reason: "a test".to_owned(),
    }
}
