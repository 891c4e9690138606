//! `cargo xtask test`: everything that must hold before a change is merged. One step fails, the
//! independent ones go on, and the end says which failed; nothing is passed over in silence.
//!
//! ```text
//!  fast   format ─ clippy ─ licences, bans, sources ─ advisories ─ documentation ─ unit tests ─ fuzz targets
//!  real   install ─ tests ignored as "real parts"
//! ```

mod cargo;
mod harness;
mod linters;
mod modules;
mod parts;
mod report;
mod times;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

pub(crate) use self::cargo::Cargo;
use self::report::{Outcome, Report};

/// What to run; everything unless told otherwise.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Only what needs neither root nor network: fences and unit tests.
    #[arg(long, conflicts_with = "real")]
    fast: bool,
    /// Only the tests with real parts, or those of them whose name contains FILTER.
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "")]
    real: Option<String>,
    /// Leave out what needs this, and say how much that was.
    #[arg(long, value_enum)]
    without: Vec<Absent>,
}

/// What a machine may lack on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Absent {
    /// Anything beyond loopback.
    Network,
}

/// Runs the chosen steps under `root` and prints the summary. The exit code is 0 only when every
/// step that ran is well.
pub(crate) fn run(root: &Path, choice: &Choice) -> anyhow::Result<ExitCode> {
    let cargo = Cargo::find(root)?;
    let tools = cargo.target().join("tools");
    let network = !choice.without.contains(&Absent::Network);
    let mut report = Report::default();

    let fast = choice.real.is_none();
    let real = !choice.fast;
    let ready = !real || report.step("install", || parts::install(network));
    let cargo = cargo.with_path(tools::path(&tools));
    if real && ready {
        report.step("install go", || tools::install_go(&tools, network));
        report.step("install zig", || {
            tools::install_across(&cargo, &tools, network)
        });
        report.step("install sccache", || {
            tools::install_sccache(&tools, network)
        });
        // Only tests of full runs use them, and they take minutes to compile.
        if harness::is_full() {
            let path = tools::path(&tools);
            report.step("install go modules", || {
                modules::install(&tools, &path, network)
            });
        }
    }
    let cargo = cargo.with_path(tools::path(&tools));
    if real && ready {
        report.step("install linters", || {
            linters::install(&cargo, &tools, network)
        });
    }
    if fast {
        run_fences(&cargo, &tools, real && network, network, &mut report);
        report.step("unit tests", || {
            cargo.test(&["test", "--workspace", "--no-fail-fast"])
        });
        report.step("fuzz targets", || compile_fuzz_targets(&cargo));
    }
    if real {
        let filter = choice.real.as_deref().unwrap_or_default();
        run_real(&cargo, ready, filter, network, &mut report);
    }
    Ok(report.finish())
}

/// PATH with the tools that a run of the tests has made.
pub(crate) fn path_with_tools(cargo: &Cargo) -> std::ffi::OsString {
    tools::path(&cargo.target().join("tools"))
}

/// hadolint, put among the tools where it is nowhere.
pub(crate) fn hadolint(cargo: &Cargo) -> anyhow::Result<std::path::PathBuf> {
    linters::hadolint(&cargo.target().join("tools"))
}

/// What is judged without running the product. `may_install` allows cargo-deny to be built.
fn run_fences(cargo: &Cargo, tools: &Path, may_install: bool, network: bool, report: &mut Report) {
    report.step("format", || cargo.run(&["fmt", "--all", "--check"]));
    report.step("clippy", || {
        cargo.run(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--",
            "-D",
            "warnings",
        ])
    });
    report.step("cargo-deny", || {
        tools::install_cargo_deny(cargo, tools, may_install)
    });
    if cargo.has("deny") {
        report.step("deny", || {
            cargo.run(&["deny", "check", "licenses", "bans", "sources"])
        });
        report.step("advisories", || tools::check_advisories(cargo, network));
    } else {
        let why = "cargo-deny is not here (`cargo install --locked cargo-deny`)";
        report.step("deny", || Outcome::skipped(3, why));
        report.step("advisories", || Outcome::skipped(1, why));
    }
    report.step("documentation", || {
        let cargo = cargo.with("RUSTDOCFLAGS", "-D warnings");
        cargo.run(&["doc", "--workspace", "--no-deps", "--keep-going"])
    });
}

/// Whether the targets compile: with the toolchain and the target folder of everything else, and without libFuzzer itself,
/// for which a C++ compiler would be needed.
fn compile_fuzz_targets(cargo: &Cargo) -> Outcome {
    let target = cargo.target().to_string_lossy().into_owned();
    let manifest = "fuzz/Cargo.toml";
    let formatted = cargo.run(&["fmt", "--check", "--manifest-path", manifest]);
    if !formatted.is_well() {
        return formatted;
    }
    cargo.run(&[
        "clippy",
        "--locked",
        "--no-default-features",
        "--bins",
        "--manifest-path",
        manifest,
        "--target-dir",
        &target,
        "--",
        "-D",
        "warnings",
    ])
}

/// The product as users have it, against real registries, runtimes and archives.
fn run_real(cargo: &Cargo, ready: bool, filter: &str, network: bool, report: &mut Report) {
    report.step("real parts", || {
        if !ready {
            return Outcome::failed("not run: the install step comes first");
        }
        harness::real(cargo, filter, network)
    });
}
