//! What this machine needs to compile for some platforms: what of it is here, and the command that installs the rest.

use std::path::Path;

use super::across::{self, BackEnd};
use super::{Error, Target};
use crate::probe;
use crate::toolchain::Toolchain;

const INSTALL_RUST: &str = "curl --proto '=https' -sSf https://sh.rustup.rs | sh";
const INSTALL_GO: &str =
    "apt-get install golang-go, where that is new enough; else https://go.dev/dl";

/// A tool that compiling takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// What it is called: `zig`, `Rust's standard library for aarch64-unknown-linux-gnu`.
    pub name: String,
    /// What it is needed for, as a phrase: `C and links for linux/arm64`.
    pub purpose: String,
    /// What it says of itself; `None` when it is not here.
    pub found: Option<String>,
    /// The command that installs it.
    pub install: String,
}

/// What is to be compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// For what.
    pub targets: Vec<Target>,
    /// Whether there is Rust.
    pub rust: bool,
    /// Whether there is Go.
    pub go: bool,
    /// Whether there is Go with C in it.
    pub cgo: bool,
    /// Whether there is Rust that is linked to musl.
    pub musl: bool,
    /// Who compiles C and links for other platforms, where the user wishes for one.
    pub back_end: Option<BackEnd>,
    /// Whether a C++ library of the suite is linked.
    pub cxx_library: bool,
}

/// The tools for all of that, each once, in the order of their use. A repository may pin its own toolchain: it is asked
/// in `directory`.
///
/// # Errors
/// [`Error::UnsupportedHost`].
pub fn needed(
    wanted: &Wanted,
    toolchain: &Toolchain,
    directory: &Path,
) -> Result<Vec<Tool>, Error> {
    Ok(on(Target::host()?, wanted, toolchain, directory))
}

/// As [`needed`], on a machine of this platform.
pub(super) fn on(
    host: Target,
    wanted: &Wanted,
    toolchain: &Toolchain,
    directory: &Path,
) -> Vec<Tool> {
    let mut tools = Vec::new();
    let foreign: Vec<Target> = wanted
        .targets
        .iter()
        .copied()
        .filter(|target| *target != host)
        .collect();
    let names: Vec<String> = foreign.iter().map(Target::to_string).collect();
    let all: Vec<String> = wanted.targets.iter().map(Target::to_string).collect();
    let all = all.join(", ");
    let is_any = !wanted.targets.is_empty();
    if wanted.rust && is_any {
        let cargo = probe::cargo_version(toolchain, directory).ok();
        tools.push(tool(
            "cargo",
            &format!("Rust for {all}"),
            cargo,
            INSTALL_RUST,
        ));
        tools.extend(standard_libraries(wanted, &foreign, toolchain, directory));
    }
    if wanted.go && is_any {
        let go = probe::go_version(toolchain, directory).ok();
        tools.push(tool("go", &format!("Go for {all}"), go, INSTALL_GO));
    }
    let has_host = wanted.targets.contains(&host);
    if has_host && (wanted.rust || wanted.cgo) {
        let cc = probe::first_of(&["cc", "gcc", "clang"]).map(str::to_owned);
        let purpose = format!("C and links for {host}");
        tools.push(tool("cc", &purpose, cc, "apt-get install gcc libc6-dev"));
    }
    if ((wanted.rust || wanted.cgo) && !foreign.is_empty()) || (wanted.musl && is_any) {
        let purpose = match names.is_empty() {
            true => "C and links for musl".to_owned(),
            false => format!("C and links for {}", names.join(", ")),
        };
        tools.extend(back_end(wanted, &purpose, toolchain));
    }
    tools
}

fn standard_libraries(
    wanted: &Wanted,
    foreign: &[Target],
    toolchain: &Toolchain,
    directory: &Path,
) -> Vec<Tool> {
    let rustc = probe::rustc(toolchain, directory).ok();
    let gnu = foreign.iter().map(|target| (*target, false));
    let musl = wanted.targets.iter().filter(|_| wanted.musl);
    let targets = gnu.chain(musl.map(|target| (*target, true)));
    let libraries = targets.map(|(target, musl)| {
        let triple = target.rust_triple(musl);
        let has = |rustc: &probe::Rustc| across::has_rust_target(rustc, &triple);
        let found = rustc.as_ref().filter(|rustc| has(rustc));
        tool(
            &format!("Rust's standard library for {triple}"),
            &format!("Rust for {target}"),
            found.map(|rustc| rustc.version.clone()),
            &across::install_rust_target(&triple),
        )
    });
    libraries.collect()
}

fn back_end(wanted: &Wanted, purpose: &str, toolchain: &Toolchain) -> Vec<Tool> {
    let by_itself = match wanted.cxx_library {
        true => BackEnd::Clang,
        false => BackEnd::Zig,
    };
    let back_end = wanted.back_end.unwrap_or(by_itself);
    let mut tools = Vec::new();
    if back_end == BackEnd::Zig || wanted.musl {
        let zig = across::zig(toolchain);
        let zig = zig.map(|zig| format!("{} ({})", zig.version, zig.path.display()));
        tools.push(tool("zig", purpose, zig, across::INSTALL_ZIG));
        if wanted.rust {
            let found = across::cargo_zigbuild(toolchain).map(|(_, version)| version);
            let install = across::INSTALL_CARGO_ZIGBUILD;
            tools.push(tool(
                "cargo-zigbuild",
                "has cargo link with zig",
                found,
                install,
            ));
        }
    }
    if back_end == BackEnd::Clang {
        let clang = across::clang(toolchain);
        let version = clang.as_ref().map(|clang| clang.version.clone());
        let lld = clang.and_then(|clang| clang.lld);
        let lld = lld.map(|path| path.display().to_string());
        tools.push(tool("clang", purpose, version, across::INSTALL_CLANG));
        tools.push(tool("lld", "links for clang", lld, across::INSTALL_CLANG));
    }
    tools
}

fn tool(name: &str, purpose: &str, found: Option<String>, install: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        found,
        install: install.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tools by name, those that are here and the others, and what installs these.
    fn asked(wanted: &Wanted, toolchain: &Toolchain) -> Vec<String> {
        let host = Target::LinuxAmd64;
        let tools = on(host, wanted, toolchain, Path::new("/"));
        let said = |tool: Tool| match tool.found {
            Some(_) => format!("{} is here", tool.name),
            None => format!("{}: {}", tool.name, tool.install),
        };
        tools.into_iter().map(said).collect()
    }

    /// A machine with nothing on it.
    fn bare() -> Toolchain {
        Toolchain {
            cargo: "no-cargo".into(),
            rustc: "no-rustc".into(),
            go: "no-go".into(),
            zig: "no-zig".into(),
            python: "no-python".into(),
            cargo_zigbuild: "no-cargo-zigbuild".into(),
            clang: vec!["no-clang".into()],
            ..Toolchain::default()
        }
    }

    #[test]
    fn each_tool_that_is_not_here_comes_with_the_command_that_installs_it() {
        let wanted = Wanted {
            targets: vec![Target::LinuxArm64],
            rust: true,
            go: true,
            cgo: true,
            ..Wanted::default()
        };
        let expected = [
            &format!("cargo: {INSTALL_RUST}"),
            "Rust's standard library for aarch64-unknown-linux-gnu: rustup target add aarch64-unknown-linux-gnu",
            &format!("go: {INSTALL_GO}"),
            "zig: pip install ziglang",
            "cargo-zigbuild: cargo install --locked cargo-zigbuild",
        ];
        assert_eq!(asked(&wanted, &bare()), expected);
        let by_clang = Wanted {
            back_end: Some(BackEnd::Clang),
            rust: false,
            ..wanted
        };
        let expected = [
            &format!("go: {INSTALL_GO}"),
            "clang: apt-get install clang lld",
            "lld: apt-get install clang lld",
        ];
        assert_eq!(asked(&by_clang, &bare()), expected);
    }

    #[test]
    fn go_without_c_needs_go_alone_and_the_host_s_own_platform_no_other_compiler() {
        let go = Wanted {
            targets: Target::all().into(),
            go: true,
            ..Wanted::default()
        };
        assert_eq!(asked(&go, &bare()), [format!("go: {INSTALL_GO}")]);
        let here = Wanted {
            targets: vec![Target::LinuxAmd64],
            rust: true,
            ..Wanted::default()
        };
        assert_eq!(
            asked(&here, &Toolchain::default()),
            ["cargo is here", "cc is here"]
        );
        let musl = Wanted { musl: true, ..here };
        let asked = asked(&musl, &bare());
        let target = "x86_64-unknown-linux-musl: rustup target add x86_64-unknown-linux-musl";
        assert!(asked.iter().any(|tool| tool.ends_with(target)), "{asked:?}");
        assert!(asked.contains(&"zig: pip install ziglang".to_owned()));
        assert_eq!(
            super::on(
                Target::LinuxAmd64,
                &Wanted::default(),
                &bare(),
                Path::new("/")
            ),
            []
        );
    }
}
