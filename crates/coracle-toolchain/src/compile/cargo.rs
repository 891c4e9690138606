//! `cargo build` of one binary.

mod cached;
mod told;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use cargo_platform::Cfg;
use coracle_process::{Program, Stream};

use super::across::{Across, Machine, check_rust_target};
use super::messages::Messages;
use super::rustflags::{self, Told};
use super::sccache::Sccache;
use super::{
    AcrossError, Artifact, BackEnd, CompileEvent, CompileRequest, Error, MadeOf, Target,
    configuration, cpu, made_of, output, profile, remap, spots,
};
use crate::native::missing::Missing;
use crate::probe::{self, Rustc};
use crate::project::RustProgram;
use crate::sysroot::{Compilers, For, Tools, asked_of};
use crate::toolchain::Toolchain;

/// Compiles, in the workspace's folder: its configuration and pinned toolchain are what counts.
pub(super) fn compile(
    request: &CompileRequest,
    program: &RustProgram,
    toolchain: &Toolchain,
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<Artifact, Error> {
    let aim = Aim::of(request, program, toolchain)?;
    let own = || program.own_directory();
    let directory = request.target_directory.clone().unwrap_or_else(own);
    output::prepare(&directory)?;
    let cpu = cpu::of(request, program, (&aim.triple, toolchain), || {
        conditions(program, &aim, toolchain)
    })?;
    let tools = tools(request, (&directory, &aim), toolchain)?;
    let cargo = ready(
        request,
        program,
        toolchain,
        (&directory, &aim, tools.as_ref()),
    )?;
    warn_of_outsiders(program, observer);
    observer(CompileEvent::Command(cargo.display()));
    let mut messages = Messages::new(directory.join(&aim.triple));
    let mut missing = Missing::default();
    let noted = asked_of(tools.as_ref())?.len();
    let ended = run(cargo, program, (&mut messages, &mut missing), observer);
    let asked = asked_of(tools.as_ref())?;
    ended.map_err(|error| {
        if let Some(error) = aim.cxx_library(request, &missing) {
            return error.into();
        }
        let lock = program.workspace_root.join("Cargo.lock");
        Error::of_cargo(&request.program.name, lock, error)
            .with(missing, asked.get(noted..).unwrap_or_default())
    })?;
    let path = messages
        .executable
        .clone()
        .filter(|path| path.is_file())
        .ok_or_else(|| Error::NoArtifact {
            tool: "cargo",
            program: request.program.name.clone(),
        })?;
    let made_of = made_of(&messages, (&path, &directory), program, toolchain);
    let path = aim.stripped(path, request, program, (&directory, toolchain))?;
    warn_of_spots(&path, program, (&directory, toolchain), observer);
    Ok(Artifact {
        path,
        made_of,
        fresh: messages.fresh(),
        toolchain: aim.rustc.version,
        linked: messages.linked(),
        asked,
        cpu,
        time64: request.has_time64(toolchain.time_bits()),
        back_end: aim.across.map(|across| across.back_end),
    })
}

/// cargo, told what to build, of compilers, of the sysroot and of the compiler cache.
fn ready(
    request: &CompileRequest,
    program: &RustProgram,
    toolchain: &Toolchain,
    (directory, aim, tools): (&Path, &Aim, Option<&Tools>),
) -> Result<Program, Error> {
    let flags = remap::flags(request, program, (directory, &aim.rustc, toolchain))?;
    let ours = flags.clone();
    let told = rustflags::join(toolchain, flags, || user_flags(program, aim, toolchain))?;
    let mut cargo = command(request, program, toolchain, (directory, aim, told));
    cargo = told::linker(cargo, program, aim, toolchain);
    cargo = told::across(cargo, aim, directory, toolchain);
    if let (Some(sysroot), Some(tools)) = (&request.sysroot, tools) {
        cargo = told::against(cargo, sysroot, tools, aim);
    }
    match &request.sccache {
        Some(sccache) => cached::through(cargo, sccache, program, (directory, aim, &ours)),
        None => Ok(cargo),
    }
}

/// What the program at a path was made of.
fn made_of(
    messages: &Messages,
    (path, directory): (&Path, &Path),
    program: &RustProgram,
    toolchain: &Toolchain,
) -> MadeOf {
    let sources = made_of::sources(path, directory, &program.workspace_root);
    let settings = configuration::entries(&program.workspace_root, toolchain);
    messages.made_of(sources, settings)
}

/// What is compiled for, and with what of this machine.
struct Aim {
    rustc: Rustc,
    /// rustc's name of the target.
    triple: String,
    /// Who compiles, where that are not the host's own compilers.
    across: Option<Across>,
    machine: Option<Machine>,
    compilers: Compilers,
}

impl Aim {
    fn of(
        request: &CompileRequest,
        program: &RustProgram,
        toolchain: &Toolchain,
    ) -> Result<Aim, Error> {
        let rustc = probe::rustc(toolchain, &program.workspace_root)?;
        let across = Across::of(request, Target::host().ok(), toolchain.time_bits())?;
        let Some(across) = across else {
            if !rustc.host.starts_with(request.target.rust_architecture()) {
                return Err(Error::OtherHost {
                    program: request.program.name.clone(),
                    target: request.target,
                    host: rustc.host,
                });
            }
            return Ok(Aim {
                triple: rustc.host.clone(),
                rustc,
                across: None,
                machine: None,
                compilers: Compilers::Host,
            });
        };
        let machine = Machine::find(&across, request, toolchain)?;
        let of = (
            request.program.name.as_str(),
            program.workspace_root.as_path(),
        );
        check_rust_target(&across, &rustc, of)?;
        Ok(Aim {
            triple: across.rust_triple(),
            rustc,
            across: Some(across),
            compilers: Compilers::Across(machine.compilers(&across)),
            machine: Some(machine),
        })
    }

    fn is_by(&self, back_end: BackEnd) -> bool {
        self.across
            .is_some_and(|across| across.back_end == back_end)
    }

    /// Whether it was a C++ library of the suite that zig could not link.
    fn cxx_library(&self, request: &CompileRequest, missing: &Missing) -> Option<AcrossError> {
        let symbol = missing.cxx_symbol().filter(|_| self.is_by(BackEnd::Zig))?;
        Some(AcrossError::CxxLibrary {
            program: request.program.name.clone(),
            symbol: symbol.to_owned(),
        })
    }

    /// The program as its profile has it, which zig's linker does not do; beside what cargo made, which would make it
    /// again if it found another.
    fn stripped(
        &self,
        path: PathBuf,
        request: &CompileRequest,
        program: &RustProgram,
        (directory, toolchain): (&Path, &Toolchain),
    ) -> Result<PathBuf, Error> {
        if !self.is_by(BackEnd::Zig) {
            return Ok(path);
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Output { path, source }
        };
        let wanted = profile::strip(&program.workspace_root, &request.profile, toolchain);
        let bytes = std::fs::read(&path).map_err(failed(&path))?;
        let bytes =
            coracle_binary::strip::strip(&bytes, wanted).map_err(|reason| AcrossError::Strip {
                path: path.clone(),
                reason: reason.to_owned(),
            })?;
        let folder = directory
            .join(&self.triple)
            .join("stripped")
            .join(&request.profile);
        let place = folder.join(&request.program.name);
        std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
        output::put(&place, &bytes).map_err(failed(&place))?;
        Ok(place)
    }
}

/// The user's `build.rustflags`, where ours would switch them off.
fn user_flags(
    program: &RustProgram,
    aim: &Aim,
    toolchain: &Toolchain,
) -> Result<Vec<String>, Error> {
    configuration::build_rustflags(&program.workspace_root, &aim.triple, toolchain, || {
        conditions(program, aim, toolchain)
    })
}

/// What holds for the target, as keys of cargo's configuration ask it.
fn conditions(program: &RustProgram, aim: &Aim, toolchain: &Toolchain) -> Result<Vec<Cfg>, Error> {
    let ask = toolchain
        .rustc()
        .args(["--print", "cfg", "--target", &aim.triple])
        .directory(&program.workspace_root);
    let tool = "rustc";
    let answer = ask
        .output()
        .map_err(|source| probe::Error::Process { tool, source })?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    Ok(answer
        .lines()
        .filter_map(|line| Cfg::from_str(line).ok())
        .collect())
}

fn command(
    request: &CompileRequest,
    program: &RustProgram,
    toolchain: &Toolchain,
    (directory, aim, told): (&Path, &Aim, Told),
) -> Program {
    let cargo = match &aim.machine {
        Some(Machine::Zig(_, Some(zigbuild))) => Program::new(zigbuild),
        _ => toolchain.cargo(),
    };
    let triple = aim
        .across
        .map_or_else(|| aim.triple.clone(), |across| across.rust_argument());
    let mut cargo = cargo.directory(&program.workspace_root).arg("rustc");
    cargo = cargo.arg("--manifest-path").arg(&program.manifest);
    cargo = cargo.args(["--package", &program.package_id, "--bin", &program.bin]);
    cargo = cargo.args(["--profile", &request.profile, "--target", &triple]);
    // What is between lies there too, whatever the user's build folder is: by its place the scripts that stand for
    // compilers know what is compiled for the program.
    cargo = cargo.arg("--target-dir").arg(directory);
    cargo = cargo.env("CARGO_BUILD_BUILD_DIR", directory);
    cargo = cargo.arg("--message-format=json-render-diagnostics");
    for (wanted, flag) in [
        (request.locked, "--locked"),
        (request.offline || toolchain.offline, "--offline"),
        (request.all_features, "--all-features"),
        (request.no_default_features, "--no-default-features"),
        (request.color == Some(true), "--color=always"),
        (request.color == Some(false), "--color=never"),
    ] {
        cargo = if wanted { cargo.arg(flag) } else { cargo };
    }
    if !request.features.is_empty() {
        cargo = cargo.arg("--features").arg(request.features.join(","));
    }
    if let Some(jobs) = request.jobs {
        cargo = cargo.arg("--jobs").arg(jobs.to_string());
    }
    cargo = match told {
        Told::Configuration(text) => cargo.arg("--config").arg(text),
        Told::Variable(flags) => cargo.env("CARGO_ENCODED_RUSTFLAGS", flags),
    };
    let variables = request.native_variables.iter().chain(&request.environment);
    cargo = variables.fold(cargo, |cargo, (key, value)| cargo.env(key, value));
    // Only the program is told how to link: what it is made of need not be compiled again for another sysroot.
    let mut last = request
        .sysroot
        .iter()
        .flat_map(|sysroot| aim.compilers.rustc(sysroot))
        .collect::<Vec<_>>();
    last.extend(aim.is_by(BackEnd::Zig).then(|| "-Cstrip=none".to_owned()));
    match last.is_empty() {
        true => cargo,
        false => cargo.arg("--").args(last),
    }
}

fn tools(
    request: &CompileRequest,
    (directory, aim): (&Path, &Aim),
    toolchain: &Toolchain,
) -> Result<Option<Tools>, Error> {
    let Some(sysroot) = &request.sysroot else {
        return Ok(None);
    };
    let wanted = For {
        program: &request.program.name,
        directory,
        triple: Some(&aim.triple),
        compilers: &aim.compilers,
        sccache: request.sccache.as_ref().map(Sccache::program),
    };
    Ok(Some(Tools::write(sysroot, toolchain, &wanted)?))
}

fn run(
    cargo: Program,
    program: &RustProgram,
    (messages, missing): (&mut Messages, &mut Missing),
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<(), coracle_process::Error> {
    cargo
        .progress(is_progress)
        .stream(&mut |stream, line| match stream {
            Stream::Stdout => {
                if let Some(event) = messages.take(program, line) {
                    observer(event);
                }
            }
            Stream::Stderr => {
                missing.see(line);
                observer(CompileEvent::Line(line.to_owned()));
            }
        })
}

/// Whether a line of cargo's standard error tells of progress alone: a verb, right-aligned to twelve columns.
fn is_progress(line: &str) -> bool {
    const VERBS: &[&str] = &[
        "Blocking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Fresh",
        "Locking",
        "Updating",
    ];
    let verb = line.trim_start();
    line.starts_with("  ") && VERBS.iter().any(|known| verb.starts_with(known))
}

/// cargo derives symbols of a path dependency outside the workspace from its absolute path, which
/// no flag changes.
fn warn_of_outsiders(program: &RustProgram, observer: &mut dyn FnMut(CompileEvent)) {
    for folder in &program.outside_directories {
        observer(CompileEvent::Warning(format!(
            "{} is outside the workspace in {}: built in another folder, the program's bytes differ",
            folder.display(),
            program.workspace_root.display()
        )));
    }
}

fn warn_of_spots(
    path: &Path,
    program: &RustProgram,
    (directory, toolchain): (&Path, &Toolchain),
    observer: &mut dyn FnMut(CompileEvent),
) {
    let mut folders: Vec<PathBuf> = vec![program.workspace_root.clone()];
    let inside = |folder: &&Path| !folder.starts_with(&program.workspace_root);
    folders.extend([directory].into_iter().filter(inside).map(Path::to_owned));
    folders.extend(
        toolchain
            .cargo_home
            .iter()
            .map(PathBuf::as_path)
            .filter(inside)
            .map(Path::to_owned),
    );
    for text in spots::find(path, &folders) {
        observer(CompileEvent::Warning(format!(
            "the program holds the path {text}: built in another folder, its bytes differ"
        )));
    }
}
