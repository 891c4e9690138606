//! One run of one command: the time it takes, the processor's time, the memory; and several runs made into three numbers.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use wait4::Wait4 as _;

use super::scenario::Contender;

/// What a run took. Of the command's own children too, as the kernel counts those that were waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// Seconds.
    pub(super) wall: f64,
    /// Seconds of all processors, the kernel's work among them.
    pub(super) processor: f64,
    /// MB of the largest process.
    pub(super) peak: f64,
}

/// The least, the median and the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of numbers in any order; zeros where there are none.
    pub(super) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let last = sorted.len().saturating_sub(1);
        Self {
            least: at(0),
            median: f64::midpoint(at(last / 2), at(sorted.len() / 2)),
            most: at(last),
        }
    }
}

/// Runs the command to its end, its output thrown away. One that fails measures nothing.
pub(super) fn once(contender: &Contender) -> anyhow::Result<Measured> {
    let (program, arguments) = contender
        .command
        .split_first()
        .context("an empty command")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(
            contender
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(&contender.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot start {}", program.to_string_lossy()))?;
    let ended = child.wait4().context("cannot wait for it")?;
    let wall = start.elapsed().as_secs_f64();
    anyhow::ensure!(
        ended.status.success(),
        "{} ended with {}: `{}`",
        contender.name,
        ended.status,
        contender.told
    );
    let used = ended.rusage;
    Ok(Measured {
        wall,
        processor: (used.utime + used.stime).as_secs_f64(),
        peak: used.maxrss as f64 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::{Spread, once};
    use crate::bench::scenario::{Contender, words};

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        let check = |numbers: &[f64], least, median, most| {
            let expected = Spread {
                least,
                median,
                most,
            };
            assert_eq!(Spread::of(numbers.iter().copied()), expected);
        };
        check(&[], 0.0, 0.0, 0.0);
        check(&[3.0], 3.0, 3.0, 3.0);
        check(&[5.0, 1.0, 2.0], 1.0, 2.0, 5.0);
        check(&[5.0, 1.0, 2.0, 3.0], 1.0, 2.5, 5.0);
    }

    fn shell(script: &str) -> Contender {
        Contender {
            name: "shell",
            told: "sh",
            command: words(&[&"sh", &"-c", &script]),
            environment: Vec::new(),
            folder: "/".into(),
        }
    }

    #[test]
    fn a_command_is_measured_with_its_children() {
        let measured = once(&shell(
            "i=0; (while [ $i -lt 20000 ]; do i=$((i+1)); done); true",
        ))
        .unwrap();
        assert!(measured.wall > 0.0 && measured.processor > 0.0);
        assert!((0.2..100.0).contains(&measured.peak), "{measured:?}");
    }

    #[test]
    fn a_command_that_fails_is_no_measurement() {
        assert!(
            once(&shell("exit 3"))
                .unwrap_err()
                .to_string()
                .contains("exit status: 3")
        );
    }
}
