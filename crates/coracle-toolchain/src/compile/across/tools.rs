//! Looks for what compiling for other platforms takes: zig, cargo-zigbuild, clang with lld, rustc's standard libraries.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use coracle_process::Program;

use crate::probe::Rustc;
use crate::toolchain::Toolchain;

/// A zig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zig {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its version.
    pub(crate) version: String,
}

/// Prints where the zig of Python's package is: its own start script is one process more on every call.
const ASK_PYTHON: &str =
    "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";

/// The zig that the user names for cargo-zigbuild, that of the toolchain, or that of Python's package.
pub(crate) fn zig(toolchain: &Toolchain) -> Option<Zig> {
    let named = toolchain.cargo_variables.get("CARGO_ZIGBUILD_ZIG_PATH");
    let of_python = || {
        let ask = Program::new(&toolchain.python).args(["-c", ASK_PYTHON]);
        let said = said(ask)?;
        Some(OsString::from(said.trim()))
    };
    let named = named.or(Some(&toolchain.zig)).and_then(answering);
    named.or_else(|| answering(&of_python()?))
}

/// What it says of itself, in zig's own notation or, before 0.15, in JSON.
fn answering(zig: &OsString) -> Option<Zig> {
    let said = said(Program::new(zig).arg("env"))?;
    Some(Zig {
        path: PathBuf::from(field(&said, "zig_exe")?),
        version: field(&said, "version")?.to_owned(),
    })
}

/// The text after `.name = "` or `"name": "`.
fn field<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find_map(|line| {
        let line = line.trim_start_matches(['.', '"']).strip_prefix(name)?;
        line.starts_with([' ', '"', ':']).then_some(line)
    })?;
    let (_, value) = line.split_once(['=', ':'])?;
    let (value, _) = value.trim().strip_prefix('"')?.split_once('"')?;
    Some(value)
}

impl Zig {
    /// The versions of glibc that it has. One that it has not it replaces by its newest, and only warns.
    pub(crate) fn glibcs(&self) -> Vec<(u32, u32)> {
        let said = said(Program::new(&self.path).arg("targets"));
        said.map_or_else(Vec::new, |said| versions(&said))
    }
}

/// The list of the field `glibc`: `.glibc = .{ "2.0.0", … }` or `"glibc": ["2.0.0", …]`.
fn versions(targets: &str) -> Vec<(u32, u32)> {
    let is_list = |text: &&str| {
        text.trim_start_matches(['"', ' ', ':', '=', '.'])
            .starts_with(['{', '['])
    };
    let list = targets.split("glibc").skip(1).find(is_list);
    let list = list.and_then(|list| list.split(['}', ']']).next());
    let numbers = |version: &str| {
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    list.into_iter()
        .flat_map(|list| list.split('"'))
        .filter_map(numbers)
        .collect()
}

/// The command that is cargo-zigbuild, on PATH or where cargo puts what it installs.
pub(crate) fn cargo_zigbuild(toolchain: &Toolchain) -> Option<(OsString, String)> {
    let own = toolchain.cargo_home.as_ref();
    let own = own.map(|home| {
        home.join("bin")
            .join(&toolchain.cargo_zigbuild)
            .into_os_string()
    });
    let mut places = std::iter::once(toolchain.cargo_zigbuild.clone()).chain(own);
    places.find_map(|place| {
        let said = said(Program::new(&place).arg("--version"))?;
        let version = said.trim().strip_prefix("cargo-zigbuild ")?;
        Some((place, version.to_owned()))
    })
}

/// A clang.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clang {
    /// Its command.
    pub(crate) c: OsString,
    /// That for C++.
    pub(crate) cxx: OsString,
    /// The first line that it says of itself.
    pub(crate) version: String,
    /// Where it finds lld, if it does.
    pub(crate) lld: Option<PathBuf>,
    /// Where it finds llvm-ar, if it does.
    pub(crate) archiver: Option<PathBuf>,
}

/// The first clang that finds an lld; else the first.
pub(crate) fn clang(toolchain: &Toolchain) -> Option<Clang> {
    let mut first = None;
    for name in &toolchain.clang {
        let Some(said) = said(Program::new(name).arg("--version")) else {
            continue;
        };
        let version = said.lines().next().unwrap_or_default().to_owned();
        if !version.contains("clang") {
            continue;
        }
        let cxx = name.to_string_lossy().replacen("clang", "clang++", 1);
        let found = Clang {
            lld: program_of(name, "ld.lld"),
            archiver: program_of(name, "llvm-ar"),
            c: name.clone(),
            cxx: cxx.into(),
            version,
        };
        if found.lld.is_some() {
            return Some(found);
        }
        first = first.or(Some(found));
    }
    first
}

/// A program where clang would find it: it answers the bare name when it does not.
fn program_of(clang: &OsString, name: &str) -> Option<PathBuf> {
    let said = said(Program::new(clang).arg(format!("--print-prog-name={name}")))?;
    let path = PathBuf::from(said.trim());
    path.is_absolute()
        .then_some(path)
        .filter(|path| path.is_file())
}

/// Whether rustc has the standard library of a target.
pub(crate) fn has_rust_target(rustc: &Rustc, triple: &str) -> bool {
    let folder = rustc.sysroot.join("lib/rustlib").join(triple).join("lib");
    folder.is_dir()
}

/// What a program prints, when it is there and ends well.
fn said(program: Program) -> Option<String> {
    let output = program.directory(Path::new("/")).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zig_s_answers_are_read_in_both_notations() {
        let new = ".{\n    .zig_exe = \"/z/zig\",\n    .lib_dir = \"/z/lib\",\n    .version = \"0.17.1\",\n}\n";
        let old = "{\n \"zig_exe\": \"/z/zig\",\n \"lib_dir\": \"/z/lib\",\n \"version\": \"0.13.0\"\n}\n";
        assert_eq!(field(new, "zig_exe"), Some("/z/zig"));
        assert_eq!(field(old, "zig_exe"), Some("/z/zig"));
        assert_eq!(field(new, "version"), Some("0.17.1"));
        assert_eq!(field(old, "version"), Some("0.13.0"));
        assert_eq!(field(new, "zig"), None);
        let new = ".{\n .libc = .{ \"aarch64-linux-gnu\" },\n .glibc = .{\n \"2.0.0\",\n \"2.36.0\",\n },\n .cpus = .{ \"2.9.0\" } }";
        let old =
            "{ \"libc\": [\"glibc\"], \"glibc\": [\"2.0.0\", \"2.36.0\"], \"cpus\": [\"2.9.0\"] }";
        assert_eq!(versions(new), [(2, 0), (2, 36)]);
        assert_eq!(versions(old), [(2, 0), (2, 36)]);
        assert!(versions("nothing").is_empty());
    }
}
