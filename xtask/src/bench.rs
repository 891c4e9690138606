//! `cargo xtask bench`: how fast, by whole commands that are run in turn on this machine, and written to `bench/results`.
//!
//! On a machine with other work only commands of one run compare, so a scenario's contenders take turns, and what is kept is
//! the least, the median and the most of each, and the ratios of the medians. No test looks at any of it.

mod ldd;
mod lint;
mod looks;
mod machine;
mod measure;
mod platforms;
mod prebuilt;
mod prepare;
mod record;
mod scenario;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use self::machine::Machine;
use self::measure::Measured;
use self::record::Record;
use self::scenario::{Contender, Ground, Scenario};
use crate::test::Cargo;

const SCENARIOS: &[Scenario] = &[
    prebuilt::SCENARIO,
    ldd::SYSTEM,
    ldd::DESKTOP,
    looks::SLIM,
    looks::AGAIN_SLIM,
    looks::LARGE,
    platforms::SECOND,
    platforms::EMULATED,
    lint::SCENARIO,
];

/// What to measure, and how often.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// The scenarios; all of them unless told otherwise.
    scenarios: Vec<String>,
    /// How often each command is run, after one run that does not count.
    #[arg(long, value_name = "N", default_value_t = 7)]
    runs: usize,
}

/// Measures the chosen scenarios one after the other, and writes what they came to.
pub(crate) fn run(root: &Path, choice: &Choice) -> anyhow::Result<ExitCode> {
    let known: Vec<&str> = SCENARIOS.iter().map(|each| each.name).collect();
    if let Some(unknown) = choice
        .scenarios
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        anyhow::bail!(
            "there is no scenario {unknown}; there are {}",
            known.join(", ")
        );
    }
    anyhow::ensure!(choice.runs > 0, "expected at least one run, got none");
    let cargo = Cargo::find(root)?;
    let machine = Machine::look(root)?;
    let results = root.join("bench/results");
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    let is_chosen = |each: &&Scenario| {
        choice.scenarios.is_empty() || choice.scenarios.iter().any(|name| name == each.name)
    };
    for scenario in SCENARIOS.iter().filter(is_chosen) {
        println!("\n== {}: {}", scenario.name, scenario.shows);
        let folder = cargo.target().join("bench").join(scenario.name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let ground = Ground {
            root,
            cargo: &cargo,
            folder,
        };
        let prepared = (scenario.prepare)(&ground)
            .with_context(|| format!("{} could not be prepared", scenario.name))?;
        let measured = take_turns(&prepared.contenders, choice.runs)?;
        let record = Record::new(scenario, &prepared, &measured, &machine);
        record.write(&results)?;
        println!("{}", record.to_markdown());
    }
    Ok(ExitCode::SUCCESS)
}

/// The measurements of each contender: run in turn, so that whatever else the machine does meets all of them.
fn take_turns(contenders: &[Contender], runs: usize) -> anyhow::Result<Vec<Vec<Measured>>> {
    let mut measured = vec![Vec::with_capacity(runs); contenders.len()];
    for run in 0..=runs {
        for (contender, rows) in contenders.iter().zip(&mut measured) {
            let one = measure::once(contender)?;
            let counts = if run == 0 { ", does not count" } else { "" };
            println!(
                "{}: {:.3} s, {:.3} s of processor, {:.1} MB{counts}",
                contender.name, one.wall, one.processor, one.peak
            );
            if run > 0 {
                rows.push(one);
            }
        }
    }
    Ok(measured)
}
