//! The scripts that stand for compilers and pkg-config while something is compiled against a sysroot.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use coracle_process::quoted;

use super::scripts::{Error, Scripts, through};
use super::{Compilers, Sysroot};
use crate::pkg_config::{Asked, log};
use crate::probe;
use crate::toolchain::Toolchain;

/// The scripts for one sysroot in one target folder.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    scripts: Scripts,
    program: String,
}

/// What pkg-config was asked for so far with these tools, in this build and earlier ones.
pub(crate) fn asked_of(tools: Option<&Tools>) -> Result<Vec<Asked>, log::Error> {
    tools.map_or_else(|| Ok(Vec::new()), |tools| log::read(&tools.asked()))
}

/// For whom compilers are looked up: variables end in the target's name.
pub(crate) struct For<'a> {
    /// The program, by name.
    pub(crate) program: &'a str,
    /// The folder that cargo or go builds in.
    pub(crate) directory: &'a Path,
    /// rustc's name of the target, `x86_64-unknown-linux-gnu`; Go has none.
    pub(crate) triple: Option<&'a str>,
    /// Whose compilers.
    pub(crate) compilers: &'a Compilers,
    /// The compiler cache that they are called through, where it knows them.
    pub(crate) sccache: Option<&'a OsStr>,
}

impl Tools {
    /// Writes the scripts.
    pub(crate) fn write(
        sysroot: &Sysroot,
        toolchain: &Toolchain,
        wanted: &For<'_>,
    ) -> Result<Tools, Error> {
        let key = sysroot.key.get(..16).unwrap_or(&sysroot.key);
        let compilers = wanted.compilers;
        let name = format!("{key}{}", compilers.suffix());
        let folder = wanted.directory.join("tools").join(name);
        let tools = Tools {
            scripts: Scripts::open(folder)?,
            program: wanted.program.to_owned(),
        };
        let guard = Guard(wanted.triple.map(|triple| wanted.directory.join(triple)));
        let link = compilers.link(sysroot);
        let flags = [&compilers.compile(sysroot), &link];
        tools.compiler("cc", &C, flags, toolchain, (&guard, wanted))?;
        let flags = [&compilers.compile_cxx(sysroot), &link];
        tools.compiler("c++", &CXX, flags, toolchain, (&guard, wanted))?;
        tools.pkg_config(toolchain, &guard)?;
        Ok(tools)
    }

    pub(crate) fn c_compiler(&self) -> PathBuf {
        self.scripts.path("cc")
    }

    pub(crate) fn cxx_compiler(&self) -> PathBuf {
        self.scripts.path("c++")
    }

    pub(crate) fn pkg_config_program(&self) -> PathBuf {
        self.scripts.path("pkg-config")
    }

    /// Which modules pkg-config was asked for while this program was compiled, a line each.
    pub(crate) fn asked(&self) -> PathBuf {
        self.scripts.path(&format!("asked.{}", self.program))
    }

    fn compiler(
        &self,
        name: &str,
        kind: &Kind,
        flags: [&Vec<String>; 2],
        toolchain: &Toolchain,
        (guard, wanted): (&Guard, &For<'_>),
    ) -> Result<(), Error> {
        let compiler = match wanted.compilers {
            Compilers::Host => toolchain
                .c_variable(kind.variable, wanted.triple)
                .or_else(|| probe::first_of(kind.names).map(str::to_owned)),
            Compilers::Across(across) => {
                let command = if kind.variable == "CC" {
                    &across.c
                } else {
                    &across.cxx
                };
                let quoted: Vec<String> = command.iter().map(|word| quoted(word)).collect();
                Some(quoted.join(" "))
            }
        };
        let text = match compiler {
            // Unquoted as the user wrote it: it may be several words (`ccache gcc`).
            Some(compiler) => {
                let [translate, link] = flags.map(|flags| words(flags));
                let cached = cached(wanted, &compiler, &translate);
                let program = format!(
                    "unset CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH\n\
                     for word; do case \"$word\" in {cached}{DOES_NOT_LINK}) exec {compiler} {translate} \"$@\";; esac; done\n\
                     exec {compiler} {translate} \"$@\" {link}"
                );
                guard.script(&program, &format!("exec {compiler} \"$@\""))
            }
            None => format!("#!/bin/sh\necho 'coracle: {}' >&2\nexit 127\n", kind.absent),
        };
        self.scripts.put(name, &text).map(|_| ())
    }

    fn pkg_config(&self, toolchain: &Toolchain, guard: &Guard) -> Result<(), Error> {
        let words = toolchain.pkg_config.iter().map(|word| quoted(word));
        let command: Vec<String> = words.collect();
        if command.is_empty() {
            return Ok(());
        }
        let log = quoted(self.asked().as_os_str());
        let ours = format!("exec {} --coracle-log {log} \"$@\"", command.join(" "));
        let theirs = "unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH\nexec pkg-config \"$@\"";
        let text = guard.script(&ours, theirs);
        self.scripts.put("pkg-config", &text).map(|_| ())
    }
}

/// What is done with `-c` where a cache knows the compiler. It runs a compiler to know it, and knows none of several
/// words: neither zig's, nor one that the user calls through something else.
fn cached(wanted: &For<'_>, compiler: &str, translate: &str) -> String {
    let sccache = wanted.sccache.filter(|_| !compiler.contains(' '));
    sccache.map_or_else(String::new, |sccache| {
        let call = through(&quoted(sccache), &format!("{compiler} {translate} \"$@\""));
        format!("-c)\n{call};;\n")
    })
}

/// Options with which a compiler does not link: clang warns of what it then has no use for.
const DOES_NOT_LINK: &str = "-c|-S|-E|-M|-MM|-fsyntax-only|--version|-dump*|-print-*";

fn words(flags: &[String]) -> String {
    let words: Vec<String> = flags.iter().map(|flag| quoted(flag.as_ref())).collect();
    words.join(" ")
}

/// A kind of compiler: the variable that names it, what it is called, and what to say when there is none.
struct Kind {
    variable: &'static str,
    names: &'static [&'static str],
    absent: &'static str,
}

const C: Kind = Kind {
    variable: "CC",
    names: &["cc", "gcc", "clang"],
    absent: "there is no C compiler here (cc, gcc or clang)",
};
const CXX: Kind = Kind {
    variable: "CXX",
    names: &["c++", "g++", "clang++"],
    absent: "there is no C++ compiler here (c++, g++ or clang++)",
};

/// Tells what is compiled for the program from what runs on this machine, by cargo's `OUT_DIR`.
struct Guard(Option<PathBuf>);

impl Guard {
    fn script(&self, program: &str, machine: &str) -> String {
        let Some(folder) = &self.0 else {
            return format!("#!/bin/sh\n{program}\n");
        };
        let folder = quoted(folder.as_os_str());
        format!(
            "#!/bin/sh\ncase \"$OUT_DIR\" in\n'' | {folder}/*) ;;\n*)\n{machine}\n;;\nesac\n{program}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use coracle_process::Program;

    use super::*;

    /// A sysroot and the tools for it, with a "compiler" that prints what it is told.
    fn tools(triple: Option<&str>) -> (tempfile::TempDir, Tools) {
        tools_through(triple, "echo compiled with", None)
    }

    fn tools_through(
        triple: Option<&str>,
        compiler: &str,
        sccache: Option<&str>,
    ) -> (tempfile::TempDir, Tools) {
        let folder = tempfile::tempdir().unwrap();
        let sysroot = Sysroot {
            folder: folder.path().join("it's a sysroot"),
            key: "k".repeat(64),
            triplet: "x86_64-linux-gnu".to_owned(),
            cxx: Some(14),
            time64: false,
        };
        let toolchain = Toolchain {
            pkg_config: vec!["echo".into(), "ours".into()],
            c_variables: [("CC".to_owned(), compiler.into())].into(),
            ..Toolchain::default()
        };
        let wanted = For {
            program: "api",
            directory: folder.path(),
            triple,
            compilers: &Compilers::Host,
            sccache: sccache.map(OsStr::new),
        };
        let tools = Tools::write(&sysroot, &toolchain, &wanted).unwrap();
        (folder, tools)
    }

    fn said(program: &Path, out: Option<&Path>) -> String {
        let program = Program::new(program).arg("-c");
        let program = match out {
            Some(out) => program.env("OUT_DIR", out),
            None => program.env_remove("OUT_DIR"),
        };
        String::from_utf8(program.output().unwrap().stdout).unwrap()
    }

    #[test]
    fn what_is_compiled_for_the_program_gets_the_sysroot_and_the_machine_s_own_does_not() {
        let (folder, tools) = tools(Some("x86_64-unknown-linux-gnu"));
        let of_program = folder
            .path()
            .join("x86_64-unknown-linux-gnu/release/build/a/out");
        let of_machine = folder.path().join("release/build/a/out");
        let text = said(&tools.c_compiler(), Some(&of_program));
        assert!(
            text.contains("--sysroot=") && text.contains("it's a sysroot"),
            "{text}"
        );
        assert_eq!(
            said(&tools.c_compiler(), Some(&of_machine)),
            "compiled with -c\n"
        );
        assert!(said(&tools.c_compiler(), None).contains("--sysroot="));
        assert!(!said(&tools.c_compiler(), None).contains("-rpath-link"));
        let linked = Program::new(tools.c_compiler())
            .arg("x.o")
            .env_remove("OUT_DIR");
        let linked = String::from_utf8(linked.output().unwrap().stdout).unwrap();
        // After the words of whoever links, whose own folders come first.
        let (before, after) = linked.split_once(" x.o ").unwrap();
        assert!(
            before.contains("--sysroot=") && after.contains("-rpath-link"),
            "{linked}"
        );
        assert!(
            said(&tools.pkg_config_program(), Some(&of_program)).starts_with("ours --coracle-log")
        );
    }

    #[test]
    fn without_cargo_everything_is_for_the_program() {
        let (folder, tools) = tools(None);
        let text = said(&tools.c_compiler(), Some(&folder.path().join("anywhere")));
        assert!(text.contains("--sysroot="), "{text}");
    }

    #[test]
    fn a_cache_is_called_for_what_one_word_compiles_and_for_nothing_else() {
        let (_folder, tools) = tools_through(None, "false", Some("echo"));
        let text = said(&tools.c_compiler(), None);
        assert!(text.starts_with("false --sysroot="), "{text}");
        let linked = Program::new(tools.c_compiler()).arg("x.o").output();
        assert!(linked.is_err(), "what links is called by itself");
        let (_folder, tools) = tools_through(None, "echo compiled with", Some("false"));
        assert!(said(&tools.c_compiler(), None).starts_with("compiled with"));
    }

    #[test]
    fn where_the_cache_itself_fails_the_compiler_is_called_without_it() {
        let (folder, _) = tools(None);
        let cache = Scripts::open(folder.path().to_owned()).unwrap();
        let cache = cache.put("cache", "#!/bin/sh\nexit 2\n").unwrap();
        let (_folder, tools) = tools_through(None, "echo", cache.to_str());
        assert!(said(&tools.c_compiler(), None).starts_with("--sysroot="));
    }
}
