//! `go build` of one package.

mod flags;
mod settings;
mod sources;

use std::path::{Path, PathBuf};

use coracle_process::{Program, Stream};

use self::flags::UserFlags;
use self::settings::{Settings, settings};
use super::across::{Across, Folders, Machine};
use super::{
    AcrossError, Artifact, BackEnd, CompileEvent, CompileRequest, Error, MadeOf, Target, output,
};
use crate::native::missing::Missing;
use crate::probe;
use crate::project::GoProgram;
use crate::sysroot::{Compilers, For, Sysroot, Tools, asked_of};
use crate::toolchain::Toolchain;

/// Compiles, in the module's folder.
pub(super) fn compile(
    request: &CompileRequest,
    program: &GoProgram,
    toolchain: &Toolchain,
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<Artifact, Error> {
    let settings = settings(request, program, toolchain)?;
    let own = || program.own_directory();
    let directory = request.target_directory.clone().unwrap_or_else(own);
    output::prepare(&directory)?;
    let path = place(&directory, request, program);
    let before = std::fs::read(&path).ok();
    let across = Across::of(request, Target::host().ok(), toolchain.time_bits())?;
    let machine = across.as_ref();
    let machine = machine.map(|across| Machine::find(across, request, toolchain));
    let machine = machine.transpose()?;
    let found = across.as_ref().zip(machine.as_ref());
    let compilers = found.map_or(Compilers::Host, |(across, machine)| {
        Compilers::Across(machine.compilers(across))
    });
    let tools = tools(request, (&directory, &compilers), toolchain)?;
    let mut go = command(request, program, toolchain, (&path, &settings));
    if let (Some(sysroot), Some(tools)) = (&request.sysroot, &tools) {
        go = against(go, sysroot, tools);
    }
    let folders = Folders::of(&directory, toolchain);
    let variables = found.map(|(across, machine)| machine.variables(across, &folders, toolchain));
    for (name, value) in variables.into_iter().flatten() {
        go = go.env(name, value);
    }
    observer(CompileEvent::Command(go.display()));
    let mut missing = Missing::default();
    let noted = asked_of(tools.as_ref())?.len();
    let ended = run(go, &mut missing, observer);
    let asked = asked_of(tools.as_ref())?;
    let compiled = ended.map_err(|error| {
        if let Some(error) = cxx_library(request, across.as_ref(), &missing) {
            return error.into();
        }
        let module = program.module_directory.clone();
        Error::of_go(&request.program.name, module, error)
            .with(missing, asked.get(noted..).unwrap_or_default())
    })?;
    let after = std::fs::read(&path).map_err(|_| Error::NoArtifact {
        tool: "go",
        program: request.program.name.clone(),
    })?;
    Ok(Artifact {
        made_of: made_of(request, program, toolchain, &settings),
        fresh: compiled == 0 && before.is_some_and(|before| before == after),
        path,
        toolchain: probe::go_version(toolchain, &program.module_directory)?,
        linked: Vec::new(),
        asked,
        cpu: Vec::new(),
        time64: request.has_time64(toolchain.time_bits()),
        back_end: across.map(|across| across.back_end),
    })
}

/// Whether it was a C++ library of the suite that zig could not link.
fn cxx_library(
    request: &CompileRequest,
    across: Option<&Across>,
    missing: &Missing,
) -> Option<AcrossError> {
    let symbol = missing.cxx_symbol()?;
    let is_by_zig = across?.back_end == BackEnd::Zig;
    is_by_zig.then(|| AcrossError::CxxLibrary {
        program: request.program.name.clone(),
        symbol: symbol.to_owned(),
    })
}

/// Programs of one name must not overwrite each other, nor those for another platform.
fn place(directory: &Path, request: &CompileRequest, program: &GoProgram) -> PathBuf {
    let platform = request.target.to_string().replace('/', "-");
    let folder = directory
        .join("go")
        .join(platform)
        .join(program.import_path.replace('/', "-"));
    folder.join(&request.program.name)
}

fn command(
    request: &CompileRequest,
    program: &GoProgram,
    toolchain: &Toolchain,
    (path, settings): (&Path, &Settings),
) -> Program {
    let user = UserFlags::read(&settings.goflags);
    let mut go = aimed(request, program, toolchain);
    // -v names each package that is compiled; -buildvcs would put the checkout's state into the program.
    go = go.args(["build", "-v", "-trimpath", "-buildvcs=false"]);
    if !is_vendored(program, settings) {
        go = go.arg("-mod=readonly");
    }
    let tags = tags(request, &user);
    if !tags.is_empty() {
        go = go.arg(format!("-tags={}", tags.join(",")));
    }
    if let Some(jobs) = request.jobs {
        go = go.arg(format!("-p={jobs}"));
    }
    go = go.arg(format!("-ldflags={}", linker_flags(request, &user)));
    go = go.arg("-o").arg(path).arg("--").arg(&program.import_path);
    request
        .environment
        .iter()
        .fold(go, |go, (key, value)| go.env(key, value))
}

/// go, told what it is to build for.
fn aimed(request: &CompileRequest, program: &GoProgram, toolchain: &Toolchain) -> Program {
    let mut go = toolchain.go().directory(&program.module_directory);
    go = go.env("CGO_ENABLED", if request.cgo { "1" } else { "0" });
    go = go
        .env("GOOS", "linux")
        .env("GOARCH", request.target.go_architecture());
    if request.target == Target::LinuxArmV7 {
        go = go.env("GOARM", "7");
    }
    if request.offline {
        go = go.env("GOPROXY", "off");
    }
    go
}

/// The user's tags and those of the request, which go would not add to each other.
fn tags<'a>(request: &'a CompileRequest, user: &'a UserFlags) -> Vec<&'a str> {
    let all = user.tags.iter().chain(&request.tags);
    all.map(String::as_str).collect()
}

/// What the program was made of, asked as it was built.
fn made_of(
    request: &CompileRequest,
    program: &GoProgram,
    toolchain: &Toolchain,
    settings: &Settings,
) -> MadeOf {
    let user = UserFlags::read(&settings.goflags);
    let go = aimed(request, program, toolchain);
    MadeOf {
        settings: settings.made(),
        ..sources::made_of(go, program, &tags(request, &user))
    }
}

/// The scripts that stand for compilers, where the program has C in it.
fn tools(
    request: &CompileRequest,
    (directory, compilers): (&Path, &Compilers),
    toolchain: &Toolchain,
) -> Result<Option<Tools>, Error> {
    let Some(sysroot) = request.sysroot.as_ref().filter(|_| request.cgo) else {
        return Ok(None);
    };
    let wanted = For {
        program: &request.program.name,
        directory,
        triple: None,
        compilers,
        // go keeps what it compiles of C itself.
        sccache: None,
    };
    Ok(Some(Tools::write(sysroot, toolchain, &wanted)?))
}

/// Tells cgo of the sysroot. Its variables reach nothing that runs on this machine: go has no build scripts.
fn against(go: Program, sysroot: &Sysroot, tools: &Tools) -> Program {
    let compiler = |path: PathBuf| one_word(&path.display().to_string());
    go.env("CC", compiler(tools.c_compiler()))
        .env("CXX", compiler(tools.cxx_compiler()))
        .env("PKG_CONFIG", tools.pkg_config_program())
        .env("PKG_CONFIG_SYSROOT_DIR", sysroot.folder.as_os_str())
        .env("PKG_CONFIG_LIBDIR", sysroot.modules())
        .env("PKG_CONFIG_PATH", "")
}

/// A word as go splits lists of them: quoted where it holds a space (Go's internal `quoted.Split`).
fn one_word(word: &str) -> String {
    match word.contains([' ', '\t', '\'']) {
        false => word.to_owned(),
        true if word.contains('\'') => format!("\"{word}\""),
        true => format!("'{word}'"),
    }
}

/// Ours first, so that the user's win: no symbols, no debug information (it holds paths where cgo
/// is used), no build ID (it differs between folders).
fn linker_flags(request: &CompileRequest, user: &UserFlags) -> String {
    let ours = ["-s", "-w", "-buildid="]
        .into_iter()
        .chain(request.cgo.then_some("-extldflags=-Wl,-s"));
    let theirs = user
        .linker
        .iter()
        .chain(&request.ldflags)
        .map(String::as_str);
    ours.chain(theirs).collect::<Vec<_>>().join(" ")
}

/// Whether go takes the dependencies from a `vendor` folder, as it does by itself where there is one.
fn is_vendored(program: &GoProgram, settings: &Settings) -> bool {
    let work = Path::new(&settings.gowork)
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let top = work.unwrap_or(&program.module_directory);
    top.join("vendor/modules.txt").is_file()
}

/// Runs and counts the packages that were compiled.
fn run(
    go: Program,
    missing: &mut Missing,
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<usize, coracle_process::Error> {
    let mut done = 0;
    go.progress(is_package).stream(&mut |stream, line| {
        missing.see(line);
        observer(if stream == Stream::Stderr && is_package(line) {
            done += 1;
            let what = line.to_owned();
            CompileEvent::Progress {
                done,
                total: None,
                what,
            }
        } else {
            CompileEvent::Line(line.to_owned())
        });
    })?;
    Ok(done)
}

/// Whether a line is what `-v` says of a package that is compiled: its import path alone.
fn is_package(line: &str) -> bool {
    !line.is_empty() && !line.contains([' ', '\t', ':'])
}
