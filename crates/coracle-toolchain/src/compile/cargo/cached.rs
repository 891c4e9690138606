//! Compiling through sccache: the script that cargo calls in place of rustc.
//!
//! ```text
//!  cargo ─► TARGET-FOLDER/tools/sccache-<key>/wrapper ─► sccache ─► TARGET-FOLDER/tools/sccache-<key>/rustc ─► rustc
//!           takes the checkout's folder away                        gives it back
//! ```
//!
//! sccache's keys are of all arguments and of every variable that begins with `CARGO_`, folders' names among them: no two
//! checkouts would share anything. A crate of a registry does not depend on where the checkout is, unless it reads
//! `OUT_DIR`, and that rustc tells sccache by itself. So of these crates what names the checkout is kept out of sccache's
//! sight. rustc is told all the same what it is told without sccache: the bytes do not change.
//!
//! Where sccache itself fails, which its exit code 2 says, the compiler is called without it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use coracle_process::{Program, quoted};

use super::Aim;
use crate::compile::Error;
use crate::compile::sccache::Sccache;
use crate::project::RustProgram;
use crate::sysroot::scripts::{self, Scripts};

/// Variables in whose values the folder that is built in may be, besides that of the target's linker.
const HIDDEN: [&str; 4] = [
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_ZIGBUILD_CACHE_DIR",
];

/// Has cargo call sccache. `ours` are the flags of rustc that name folders.
pub(super) fn through(
    cargo: Program,
    sccache: &Sccache,
    program: &RustProgram,
    (directory, aim, ours): (&Path, &Aim, &[String]),
) -> Result<Program, Error> {
    let scripts = Scripts::open(
        directory
            .join("tools")
            .join(format!("sccache-{}", key(aim))),
    )?;
    let folders = std::iter::once(&program.workspace_root)
        .chain(&program.outside_directories)
        .map(PathBuf::as_path);
    let checkout: Vec<&Path> = folders.collect();
    let mut built_in = vec![directory];
    built_in.extend(program.build_directory.as_deref());
    let hidden = hidden(aim);
    let compiler = scripts.put("rustc", &compiler(&hidden))?;
    let text = Wrapper {
        sccache,
        compiler: &compiler,
        checkout: &checkout,
        built_in: &built_in,
        ours,
        hidden: &hidden,
    };
    let wrapper = scripts.put("wrapper", &text.script())?;
    Ok(cargo.env("RUSTC_WRAPPER", wrapper).env(IGNORE, "1"))
}

/// By it a server that ends while it compiles is no failure: sccache compiles by itself.
const IGNORE: &str = "SCCACHE_IGNORE_SERVER_IO_ERROR";

/// sccache knows a compiler again by its path and time, and here that is a script: another rustc must have another path.
fn key(aim: &Aim) -> String {
    let rustc = &aim.rustc;
    let mut hasher = DefaultHasher::new();
    (&rustc.version, &rustc.host, &rustc.commit, &rustc.sysroot).hash(&mut hasher);
    if let Ok(file) = fs::metadata(rustc.sysroot.join("bin/rustc")) {
        (file.len(), file.mtime(), file.mtime_nsec()).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn hidden(aim: &Aim) -> Vec<String> {
    let triple = aim.triple.to_uppercase().replace(['-', '.'], "_");
    let linker = format!("CARGO_TARGET_{triple}_LINKER");
    let own = HIDDEN.iter().map(|name| (*name).to_owned());
    own.chain([linker]).collect()
}

/// What the script is made of that cargo calls.
struct Wrapper<'a> {
    sccache: &'a Sccache,
    compiler: &'a Path,
    /// What is compiled from there depends on where it is.
    checkout: &'a [&'a Path],
    built_in: &'a [&'a Path],
    ours: &'a [String],
    hidden: &'a [String],
}

impl Wrapper<'_> {
    fn script(&self) -> String {
        let own: String = self
            .checkout
            .iter()
            .map(|folder| format!(" | {}/*", quoted(folder.as_os_str())))
            .collect();
        let flags = self.taken();
        let variables: String = self.hidden.iter().map(|name| hide(name)).collect();
        let (sccache, compiler) = (
            quoted(self.sccache.program()),
            quoted(self.compiler.as_os_str()),
        );
        format!(
            "#!/bin/sh\n\
             # cargo calls this in place of rustc, whose name is the first word. Written by coracle.\n\
             rustc=$1 kind= last=\n\
             for word; do\n\
             case \"$last $word\" in\n\
             '--crate-type lib' | '--crate-type rlib') kind=${{kind:-library}} ;;\n\
             '--crate-type '*) kind=linked ;;\n\
             esac\n\
             last=$word\n\
             done\n\
             case \"$CARGO_MANIFEST_DIR/\" in /{own}) kind=own ;; esac\n\
             if [ \"$kind\" = library ]; then\n\
             shift\n\
             flags= names=\n\
             for word; do\n\
             shift\n\
             case \"$word\" in\n\
             {flags}\
             linker=*) set -- \"$@\" linker=cc ;;\n\
             *) set -- \"$@\" \"$word\" ;;\n\
             esac\n\
             done\n\
             export CORACLE_RUSTC=\"$rustc\" CORACLE_FLAGS=\"$flags\" CARGO_CORACLE=\"$names\"\n\
             {variables}\
             set -- {compiler} \"$@\"\n\
             fi\n\
             {}",
            scripts::through(&sccache, "\"$@\"")
        )
    }

    /// The flags as the script takes them away. sccache sees of one that names a folder of the checkout what stands for
    /// it, and of any other all; sorted, for their own order is of how deep the folders are.
    fn taken(&self) -> String {
        let Some((first, others)) = self.ours.split_first() else {
            return String::new();
        };
        let words = others.iter().map(|flag| quoted(flag.as_ref()));
        let words = words.fold(quoted(first.as_ref()), |words, word| words + " | " + &word);
        let mut seen: Vec<&str> = self.ours.iter().map(|flag| self.seen(flag)).collect();
        seen.sort_unstable();
        let seen = quoted(seen.join(" ").as_ref());
        format!("{words}) flags=\"$flags$word\n\" names={seen} ;;\n")
    }

    fn seen<'flag>(&self, flag: &'flag str) -> &'flag str {
        let pair = flag
            .strip_prefix("--remap-path-prefix=")
            .and_then(|pair| pair.rsplit_once('='));
        let names_checkout = |from: &str| {
            let mut folders = self.checkout.iter().chain(self.built_in);
            folders.any(|folder| Path::new(from) == *folder)
        };
        match pair {
            Some((from, to)) if names_checkout(from) => to,
            _ => flag,
        }
    }
}

/// The script that sccache takes for rustc.
fn compiler(hidden: &[String]) -> String {
    let variables: String = hidden.iter().map(|name| give_back(name)).collect();
    // Only the program that chooses among toolchains takes a word such as +stable, and this is none.
    format!(
        "#!/bin/sh\n\
         # sccache calls this in place of rustc: what it was not to see is given back. Written by coracle.\n\
         case \"$1\" in +*) exit 1 ;; esac\n\
         rustc=$CORACLE_RUSTC flags=$CORACLE_FLAGS\n\
         unset CORACLE_RUSTC CORACLE_FLAGS CARGO_CORACLE\n\
         {variables}\
         IFS='\n'\n\
         set -f\n\
         exec \"${{rustc:-rustc}}\" \"$@\" $flags\n"
    )
}

fn hide(name: &str) -> String {
    format!(
        "[ -z \"${{{name}+set}}\" ] || {{ export CORACLE_{name}=\"${name}\"; unset {name}; }}\n"
    )
}

fn give_back(name: &str) -> String {
    format!(
        "[ -z \"${{CORACLE_{name}+set}}\" ] || {{ export {name}=\"$CORACLE_{name}\"; unset CORACLE_{name}; }}\n"
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    const OURS: [&str; 3] = [
        "--remap-path-prefix=/check out=/source",
        "--remap-path-prefix=/home/.cargo=/cargo",
        "--remap-path-prefix=/check out/target/coracle=/target",
    ];

    /// What rustc is told, with its variables, a line each; and what sccache sees.
    fn called(sccache_says: &str, manifest: &str, words: &[&str]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let scripts = Scripts::open(folder.path().to_owned()).unwrap();
        let say = "for word; do echo \"$word\"; done; env | grep ^CARGO_ | sort";
        let put = |name: &str, text: String| scripts.put(name, &text).unwrap();
        let rustc = put(
            "real",
            format!(
                "#!/bin/sh\n{{ {say}; }} > {}/rustc.said\n",
                folder.path().display()
            ),
        );
        let sccache = put(
            "cache",
            format!(
                "#!/bin/sh\n{{ {say}; }} > {}/sccache.said\n{sccache_says}\n",
                folder.path().display()
            ),
        );
        let hidden = HIDDEN.map(str::to_owned);
        let compiler = put("rustc", compiler(&hidden));
        let sccache = Sccache::of(sccache.into_os_string());
        let wrapper = Wrapper {
            sccache: &sccache,
            compiler: &compiler,
            checkout: &[Path::new("/check out")],
            built_in: &[Path::new("/check out/target/coracle")],
            ours: &OURS.map(str::to_owned),
            hidden: &hidden,
        };
        let wrapper = put("wrapper", wrapper.script());
        let call = Program::new(wrapper)
            .arg(rustc.clone())
            .args(words.iter().map(OsString::from))
            .env("CARGO_MANIFEST_DIR", manifest)
            .env("CARGO_TARGET_DIR", "/check out/target")
            .env("CARGO_BUILD_BUILD_DIR", "/check out/target/coracle")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        call.output().unwrap();
        let said = |name: &str| {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            let text = text.replace(folder.path().to_str().unwrap(), "/folder");
            let outside = |line: &&str| {
                !line.starts_with("CARGO_")
                    || line.contains("check out")
                    || line.contains("CORACLE")
            };
            text.lines().filter(outside).map(str::to_owned).collect()
        };
        (said("rustc.said"), said("sccache.said"))
    }

    fn library() -> Vec<&'static str> {
        let mut words = vec![
            "--crate-name",
            "a",
            "--crate-type",
            "lib",
            "--remap-path-prefix=/mine=/x",
            "-C",
            "linker=/check out/zigcc",
        ];
        words.extend(OURS);
        words
    }

    const REGISTRY: &str = "/home/.cargo/registry/src/a-1.0.0";

    #[test]
    fn of_a_crate_of_a_registry_sccache_sees_nothing_of_the_checkout_and_rustc_all() {
        let (rustc, sccache) = called("exec \"$@\"", REGISTRY, &library());
        let mut expected = library();
        expected[6] = "linker=cc";
        expected.extend([
            "CARGO_BUILD_BUILD_DIR=/check out/target/coracle",
            "CARGO_TARGET_DIR=/check out/target",
        ]);
        assert_eq!(rustc, expected);
        let expected = [
            "/folder/rustc",
            "--crate-name",
            "a",
            "--crate-type",
            "lib",
            "--remap-path-prefix=/mine=/x",
            "-C",
            "linker=cc",
            "CARGO_CORACLE=--remap-path-prefix=/home/.cargo=/cargo /source /target",
        ];
        assert_eq!(sccache, expected);
    }

    #[test]
    fn what_is_linked_and_what_is_of_the_checkout_is_called_as_it_is() {
        let linked = ["--crate-type", "lib", "--crate-type", "cdylib", OURS[0]];
        for (manifest, words) in [
            (REGISTRY, &linked[..]),
            (REGISTRY, &["-vV"]),
            ("/check out", &library()),
            ("/check out/member", &library()),
        ] {
            let (rustc, sccache) = called("exec \"$@\"", manifest, words);
            assert_eq!(&rustc[..words.len()], words);
            assert_eq!(sccache[0], "/folder/real");
            assert_eq!(&sccache[1..], rustc);
        }
    }

    #[test]
    fn where_sccache_itself_fails_the_compiler_is_called_without_it() {
        for words in [&library()[..], &["-vV"]] {
            let (rustc, _) = called("exit 2", REGISTRY, words);
            assert!(rustc.len() >= words.len(), "{rustc:?}");
        }
    }

    #[test]
    fn sccache_s_compiler_takes_no_word_of_the_one_that_chooses_among_toolchains() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = Scripts::open(folder.path().to_owned()).unwrap();
        let rustc = scripts.put("rustc", &compiler(&[])).unwrap();
        let ask = |word: &str| {
            Program::new(&rustc)
                .arg(word)
                .env("CORACLE_RUSTC", "true")
                .output()
        };
        assert!(ask("+stable").is_err() && ask("-vV").is_ok());
    }
}
