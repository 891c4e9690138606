//! The facts about this machine without which a number says little.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Where and of what something was measured.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) processors: usize,
    /// In GB.
    pub(super) memory: f64,
    pub(super) kernel: String,
    pub(super) rustc: String,
    /// The commit, and whether more than that was there.
    pub(super) commit: String,
}

impl Machine {
    pub(super) fn look(root: &Path) -> anyhow::Result<Self> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let said = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            let output = command.args(arguments).current_dir(root).output();
            let output = output.ok().filter(|output| output.status.success());
            output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let unknown = || "not known".to_owned();
        let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(unknown);
        let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]);
        let changed = changed.is_some_and(|list| !list.is_empty());
        let kilobytes: f64 = value(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .unwrap_or_default();
        Ok(Self {
            processor: value(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
            processors: std::thread::available_parallelism()?.get(),
            memory: kilobytes * 1024.0 / 1e9,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: said("rustc", &["--version"]).unwrap_or_else(unknown),
            commit: commit + if changed { " and changes" } else { "" },
        })
    }
}

/// The first value of this name in a file of `NAME: VALUE` lines.
fn value(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let found = pairs.find(|(key, _)| key.trim() == name);
    found.map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_are_found_by_name() {
        let text = "MemTotal:       49381720 kB\nmodel name\t: A CPU: fast\n";
        assert_eq!(value(text, "MemTotal").unwrap(), "49381720 kB");
        assert_eq!(value(text, "model name").unwrap(), "A CPU: fast");
        assert_eq!(value(text, "Mem"), None);
    }
}
