//! `cargo build` of one binary.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cargo_platform::Cfg;
use coracle_process::{Program, Stream};

use super::messages::Messages;
use super::rustflags::{self, Told};
use super::{
    Artifact, CompileEvent, CompileRequest, Error, configuration, cpu, output, remap, spots,
};
use crate::native::missing::Missing;
use crate::probe::{self, Rustc};
use crate::project::RustProgram;
use crate::sysroot::{For, Sysroot, Tools, asked_of};
use crate::toolchain::Toolchain;

/// Compiles, in the workspace's folder: its configuration and pinned toolchain are what counts.
pub(super) fn compile(
    request: &CompileRequest,
    program: &RustProgram,
    toolchain: &Toolchain,
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<Artifact, Error> {
    let rustc = probe::rustc(toolchain, &program.workspace_root)?;
    if !rustc.host.starts_with(request.target.rust_architecture()) {
        return Err(Error::OtherHost {
            program: request.program.name.clone(),
            target: request.target,
            host: rustc.host,
        });
    }
    let default = || program.target_directory.join("coracle");
    let directory = request.target_directory.clone().unwrap_or_else(default);
    output::prepare(&directory)?;
    let flags = remap::flags(request, program, (&directory, &rustc, toolchain))?;
    let told = rustflags::join(toolchain, flags, || user_flags(program, &rustc, toolchain))?;
    let cpu = cpu::of(request, program, (&rustc.host, toolchain), || {
        conditions(program, &rustc, toolchain)
    })?;
    let tools = tools(request, (&directory, &rustc.host), toolchain)?;
    let mut cargo = command(request, program, toolchain, (&directory, &rustc.host, told));
    cargo = linker(cargo, program, &rustc.host, toolchain);
    if let (Some(sysroot), Some(tools)) = (&request.sysroot, &tools) {
        cargo = against(cargo, sysroot, tools, &rustc.host);
    }
    warn_of_outsiders(program, observer);
    observer(CompileEvent::Command(cargo.display()));
    let mut messages = Messages::new(directory.join(&rustc.host));
    let mut missing = Missing::default();
    let noted = asked_of(tools.as_ref())?.len();
    let ended = run(cargo, program, (&mut messages, &mut missing), observer);
    let asked = asked_of(tools.as_ref())?;
    ended.map_err(|error| {
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
    warn_of_spots(&path, program, (&directory, toolchain), observer);
    Ok(Artifact {
        path,
        fresh: messages.fresh(),
        toolchain: rustc.version,
        linked: messages.linked(),
        asked,
        cpu,
    })
}

/// The user's `build.rustflags`, where ours would switch them off.
fn user_flags(
    program: &RustProgram,
    rustc: &Rustc,
    toolchain: &Toolchain,
) -> Result<Vec<String>, Error> {
    configuration::build_rustflags(&program.workspace_root, &rustc.host, toolchain, || {
        conditions(program, rustc, toolchain)
    })
}

/// What holds for the target, as keys of cargo's configuration ask it.
fn conditions(
    program: &RustProgram,
    rustc: &Rustc,
    toolchain: &Toolchain,
) -> Result<Vec<Cfg>, Error> {
    let ask = toolchain
        .rustc()
        .args(["--print", "cfg", "--target", &rustc.host])
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
    (directory, triple, told): (&Path, &str, Told),
) -> Program {
    let mut cargo = toolchain
        .cargo()
        .directory(&program.workspace_root)
        .arg("rustc");
    cargo = cargo.arg("--manifest-path").arg(&program.manifest);
    cargo = cargo.args(["--package", &program.package_id, "--bin", &program.bin]);
    cargo = cargo.args(["--profile", &request.profile, "--target", triple]);
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
    match &request.sysroot {
        Some(sysroot) => cargo.arg("--").args(sysroot.rustc_flags()),
        None => cargo,
    }
}

fn tools(
    request: &CompileRequest,
    (directory, triple): (&Path, &str),
    toolchain: &Toolchain,
) -> Result<Option<Tools>, Error> {
    let Some(sysroot) = &request.sysroot else {
        return Ok(None);
    };
    let wanted = For {
        program: &request.program.name,
        directory,
        triple: Some(triple),
    };
    Ok(Some(Tools::write(sysroot, toolchain, &wanted)?))
}

/// Tells build scripts of the sysroot, by variables that end in the target's name: others would reach those for this
/// machine too.
fn against(cargo: Program, sysroot: &Sysroot, tools: &Tools, triple: &str) -> Program {
    let folder = sysroot.folder.as_os_str().to_owned();
    let variables = [
        ("CC", tools.c_compiler().into_os_string()),
        ("CXX", tools.cxx_compiler().into_os_string()),
        ("PKG_CONFIG", tools.pkg_config_program().into_os_string()),
        ("PKG_CONFIG_SYSROOT_DIR", folder),
        ("PKG_CONFIG_LIBDIR", sysroot.modules().into()),
        // What the user adds to the search is of this machine, and no image has it.
        ("PKG_CONFIG_PATH", OsString::new()),
        ("BINDGEN_EXTRA_CLANG_ARGS", sysroot.clang_flags().into()),
    ];
    // In both spellings: where the user has set one, it would win over ours in the other.
    variables.into_iter().fold(cargo, |cargo, (name, value)| {
        let underscored = format!("{name}_{}", triple.replace('-', "_"));
        cargo
            .env(format!("{name}_{triple}"), value.clone())
            .env(underscored, value)
    })
}

/// rustc links with `cc`. Where only gcc or clang is there, and the user names no linker, that is named.
fn linker(cargo: Program, program: &RustProgram, triple: &str, toolchain: &Toolchain) -> Program {
    if configuration::has_linker(&program.workspace_root, triple, toolchain) {
        return cargo;
    }
    match probe::first_of(&["cc", "gcc", "clang"]) {
        None | Some("cc") => cargo,
        Some(found) => {
            let target = triple.to_uppercase().replace(['-', '.'], "_");
            cargo.env(format!("CARGO_TARGET_{target}_LINKER"), found)
        }
    }
}

fn run(
    cargo: Program,
    program: &RustProgram,
    (messages, missing): (&mut Messages, &mut Missing),
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<(), coracle_process::Error> {
    cargo.stream(&mut |stream, line| match stream {
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
