//! An image from a program that is there already, with the packages it needs in the store: what is left of a build when
//! nothing is compiled and nothing fetched anew.

use std::ffi::OsString;
use std::fs;

use super::prepare::{compiled, succeed};
use super::scenario::{Contender, Ground, Prepared, Scenario, Target};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "prebuilt-warm",
    shows: "How long an image takes whose program is compiled already and whose packages are in the store.",
    targets: &[Target::Seconds(1.0)],
    prepare,
};

fn prepare(ground: &Ground<'_>) -> anyhow::Result<Prepared> {
    let coracle = compiled(ground)?;
    let mut build = ground
        .cargo
        .command(&["build", "--release", "--locked", "--package", "api"]);
    let manifest = ground.root.join("examples/shop/Cargo.toml");
    let target = ground.folder.join("target");
    build.arg("--manifest-path").arg(manifest);
    succeed(
        build.arg("--target-dir").arg(&target),
        "mend what the compiler says",
    )?;
    let work = ground.folder.join("work");
    fs::create_dir_all(&work)?;
    // Beside it the lock is written, and not at the top of this repository.
    fs::write(work.join("coracle.toml"), "")?;
    fs::copy(target.join("release/api"), work.join("api"))?;
    let size = fs::metadata(work.join("api"))?.len() as f64 / 1e6;
    let contender = |name, told, more: &[&str]| Contender {
        name,
        told,
        command: [vec![coracle.clone().into_os_string()], arguments(more)].concat(),
        environment: vec![
            (
                "CORACLE_STORE",
                ground.folder.join("store").into_os_string(),
            ),
            ("LC_ALL", "C".into()),
        ],
        folder: work.clone(),
    };
    let contenders = vec![
        contender("coracle", "coracle build --prebuilt api=api -o layout", &[]),
        contender(
            "coracle, offline",
            "coracle build --prebuilt api=api -o layout --offline",
            &["--offline"],
        ),
    ];
    // The run that does not count fetches what the program needs; the rest finds it in the store.
    Ok(Prepared {
        work: format!("The program `api` of examples/shop, {size:.1} MB, into an image."),
        contenders,
    })
}

fn arguments(more: &[&str]) -> Vec<OsString> {
    let usual = [
        "build",
        "--prebuilt",
        "api=api",
        "-o",
        "layout",
        "--progress",
        "plain",
    ];
    usual.iter().chain(more).map(OsString::from).collect()
}
