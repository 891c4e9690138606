//! What a scenario came to: JSON for programs, and a page for people, which say the same.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::machine::Machine;
use super::measure::{Measured, Spread};
use super::scenario::{Prepared, Scenario, Target};

/// A scenario's results.
pub(super) struct Record {
    name: &'static str,
    shows: &'static str,
    work: String,
    runs: usize,
    rows: Vec<Row>,
    /// A hope, what came of it, and whether it holds.
    targets: Vec<(String, String, bool)>,
    machine: Machine,
}

/// A contender's.
struct Row {
    name: &'static str,
    command: &'static str,
    wall: Spread,
    processor: Spread,
    peak: Spread,
}

impl Record {
    pub(super) fn new(
        scenario: &Scenario,
        prepared: &Prepared,
        measured: &[Vec<Measured>],
        machine: &Machine,
    ) -> Self {
        let rows: Vec<Row> = prepared
            .contenders
            .iter()
            .zip(measured)
            .map(|(contender, runs)| Row {
                name: contender.name,
                command: contender.told,
                wall: Spread::of(runs.iter().map(|run| run.wall)),
                processor: Spread::of(runs.iter().map(|run| run.processor)),
                peak: Spread::of(runs.iter().map(|run| run.peak)),
            })
            .collect();
        let targets = scenario.targets.iter();
        Self {
            name: scenario.name,
            shows: scenario.shows,
            work: prepared.work.clone(),
            runs: measured.first().map_or(0, Vec::len),
            targets: targets.map(|target| judged(*target, &rows)).collect(),
            rows,
            machine: machine.clone(),
        }
    }

    /// Writes both files.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let json = serde_json::to_string_pretty(&self.to_json())? + "\n";
        for (ending, text) in [("json", json), ("md", self.to_markdown())] {
            let path = folder.join(format!("{}.{ending}", self.name));
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let contenders: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.name,
                    "command": row.command,
                    "wall_seconds": spread(row.wall),
                    "processor_seconds": spread(row.processor),
                    "peak_megabytes": spread(row.peak),
                })
            })
            .collect();
        let ratios: Vec<Value> = self
            .ratios()
            .map(|(row, wall, processor, peak)| {
                let first = self.rows.first().map(|first| first.name);
                json!({
                    "of": row.name,
                    "to": first,
                    "wall": rounded(wall),
                    "processor": rounded(processor),
                    "peak": rounded(peak),
                })
            })
            .collect();
        let targets: Vec<Value> = self
            .targets
            .iter()
            .map(|(target, got, met)| json!({"target": target, "got": got, "met": met}))
            .collect();
        let machine = &self.machine;
        json!({
            "scenario": self.name,
            "shows": self.shows,
            "work": self.work,
            "runs": self.runs,
            "contenders": contenders,
            "ratios_of_medians": ratios,
            "targets": targets,
            "machine": {
                "processor": machine.processor,
                "processors": machine.processors,
                "memory_gigabytes": rounded(machine.memory),
                "kernel": machine.kernel,
                "rustc": machine.rustc,
                "commit": machine.commit,
            },
        })
    }

    /// The page for people.
    pub(super) fn to_markdown(&self) -> String {
        let Self {
            name,
            shows,
            work,
            runs,
            ..
        } = self;
        let mut text = format!(
            "# {name}\n\n{shows}\n\n{work} {runs} runs each, in turn; least / **median** / most.\n\n\
             | command | seconds | seconds of processor | peak MB |\n|---|---|---|---|\n"
        );
        for row in &self.rows {
            let [wall, processor, peak] =
                [(row.wall, 3), (row.processor, 3), (row.peak, 1)].map(told);
            let line = format!(
                "| {}: `{}` | {wall} | {processor} | {peak} |\n",
                row.name, row.command
            );
            text.push_str(&line);
        }
        for (row, wall, processor, peak) in self.ratios() {
            text.push_str(&format!(
                "\n{} takes {wall:.1} times the time, {processor:.1} times the processor and {peak:.2} times the memory of {}.\n",
                row.name,
                self.rows.first().map_or("", |first| first.name),
            ));
        }
        for (target, got, met) in &self.targets {
            let met = if *met { "met" } else { "**not met**" };
            text.push_str(&format!("\nTarget: {target}. Got {got}: {met}.\n"));
        }
        let machine = &self.machine;
        text.push_str(&format!(
            "\nMeasured at commit {} by {}, on {} with {} processors and {:.0} GB, Linux {}; other work ran beside it.\n",
            machine.commit, machine.rustc, machine.processor, machine.processors, machine.memory, machine.kernel,
        ));
        text
    }

    /// Each further contender beside the first.
    fn ratios(&self) -> impl Iterator<Item = (&Row, f64, f64, f64)> {
        let first = self.rows.first();
        self.rows.iter().skip(1).filter_map(move |row| {
            let first = first?;
            let ratio = |of: fn(&Row) -> Spread| of(row).median / of(first).median;
            let (wall, processor) = (ratio(|row| row.wall), ratio(|row| row.processor));
            Some((row, wall, processor, ratio(|row| row.peak)))
        })
    }
}

fn judged(target: Target, rows: &[Row]) -> (String, String, bool) {
    let wall = |row: Option<&Row>| row.map_or(f64::NAN, |row| row.wall.median);
    let first = rows.first();
    let ours = first.map_or("", |row| row.name);
    match target {
        Target::Seconds(most) => {
            let got = wall(first);
            (
                format!("{ours} in under {most} s"),
                format!("{got:.3} s"),
                got <= most,
            )
        }
        Target::Megabytes(most) => {
            let got = first.map_or(f64::NAN, |row| row.peak.median);
            (
                format!("{ours} in at most {most} MB"),
                format!("{got:.1} MB"),
                got <= most,
            )
        }
        Target::Faster(other, least) => {
            let other_row = rows.iter().find(|row| row.name == other);
            let got = wall(other_row) / wall(first);
            let hope = format!("{ours} at least {least} times as fast as {other}");
            (hope, format!("{got:.1} times"), got >= least)
        }
        Target::AtMost(other, most) => {
            let other_row = rows.iter().find(|row| row.name == other);
            let got = wall(first) / wall(other_row);
            let hope = format!("{ours} in at most {most} times the time of {other}");
            (hope, format!("{got:.2} times"), got <= most)
        }
    }
}

fn told((spread, digits): (Spread, usize)) -> String {
    let Spread {
        least,
        median,
        most,
    } = spread;
    format!("{least:.digits$} / **{median:.digits$}** / {most:.digits$}")
}

fn spread(spread: Spread) -> Value {
    json!({
        "least": rounded(spread.least),
        "median": rounded(spread.median),
        "most": rounded(spread.most),
    })
}

/// To a thousandth, which is more than such numbers are good for.
fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::super::scenario::Contender;
    use super::*;

    const SCENARIO: Scenario = Scenario {
        name: "one",
        shows: "How fast it is.",
        targets: &[
            Target::Seconds(1.0),
            Target::Megabytes(9.0),
            Target::Faster("slow", 20.0),
        ],
        prepare: |_| anyhow::bail!("nothing is prepared"),
    };

    fn record() -> Record {
        let contender = |name, told| Contender {
            name,
            told,
            command: Vec::new(),
            environment: Vec::new(),
            folder: "/".into(),
        };
        let run = |wall, peak| Measured {
            wall,
            processor: wall * 2.0,
            peak,
        };
        let prepared = Prepared {
            contenders: vec![contender("quick", "quick x"), contender("slow", "slow x")],
            work: "Three files.".to_owned(),
        };
        let measured = [
            vec![run(0.5, 10.0), run(0.7, 10.0)],
            vec![run(6.0, 5.0), run(9.0, 5.0)],
        ];
        let machine = Machine {
            processor: "A".to_owned(),
            processors: 2,
            memory: 8.0,
            kernel: "6.1".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
            commit: "0123".to_owned(),
        };
        Record::new(&SCENARIO, &prepared, &measured, &machine)
    }

    #[test]
    fn ratios_are_of_medians_and_targets_are_judged() {
        let json = record().to_json();
        assert_eq!(json["ratios_of_medians"][0]["wall"], 12.5);
        assert_eq!(json["ratios_of_medians"][0]["peak"], 0.5);
        assert_eq!(json["contenders"][1]["wall_seconds"]["median"], 7.5);
        let met: Vec<bool> = (0..3)
            .map(|index| json["targets"][index]["met"].as_bool().unwrap())
            .collect();
        assert_eq!(met, [true, false, false]);
    }

    #[test]
    fn the_page_says_what_was_not_met() {
        let page = record().to_markdown();
        assert!(
            page.contains("| quick: `quick x` | 0.500 / **0.600** / 0.700 |"),
            "{page}"
        );
        assert!(page.contains("slow takes 12.5 times the time"), "{page}");
        let line = "Target: quick at least 20 times as fast as slow. Got 12.5 times: **not met**.";
        assert!(page.contains(line), "{page}");
    }
}
