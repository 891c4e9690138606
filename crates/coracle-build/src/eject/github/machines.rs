//! Which runner compiles for which platforms.

use coracle_oci::Platform;

use super::scheme::Scheme;
use crate::plan::platforms::target;
use crate::settings::Github;

/// GitHub's own runners.
const OWN: [(&str, &str); 2] = [("amd64", "ubuntu-24.04"), ("arm64", "ubuntu-24.04-arm")];

/// A runner and what is compiled on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    /// Its name in artifacts and caches: that of its first platform.
    pub(super) name: String,
    /// The label of its runner.
    pub(super) runner: String,
    /// In the plan's order.
    pub(super) platforms: Vec<Platform>,
}

/// The machines for the plan's platforms; there is at least one.
pub(super) fn all(scheme: &Scheme<'_>) -> Vec<Machine> {
    let mut machines: Vec<Machine> = Vec::new();
    for platform in &scheme.plan.platforms {
        let runner = runner(scheme, platform);
        match machines.iter_mut().find(|machine| machine.runner == runner) {
            Some(machine) => machine.platforms.push(platform.clone()),
            None => machines.push(Machine {
                name: name_of(platform),
                runner,
                platforms: vec![platform.clone()],
            }),
        }
    }
    machines
}

/// The label of a platform's runner: the one that the configuration names, GitHub's own, or that of linux/amd64, which
/// compiles for what has none.
fn runner(scheme: &Scheme<'_>, platform: &Platform) -> String {
    configured(scheme.github, platform)
        .or_else(|| own(platform))
        .unwrap_or_else(|| first(scheme.github))
}

fn configured(github: &Github, platform: &Platform) -> Option<String> {
    let mut runners = github.runners.iter();
    let found = runners.find(|(written, _)| written.normalised() == *platform);
    found.map(|(_, label)| label.clone())
}

fn own(platform: &Platform) -> Option<String> {
    let mut own = OWN.iter();
    let found = own.find(|(architecture, _)| Platform::linux(architecture) == *platform);
    found.map(|(_, label)| (*label).to_owned())
}

/// The runner for what is of no platform in particular.
pub(super) fn first(github: &Github) -> String {
    let amd64 = Platform::linux("amd64");
    let configured = configured(github, &amd64);
    configured.or_else(|| own(&amd64)).unwrap_or_default()
}

impl Machine {
    /// As `--platform` has them.
    pub(super) fn platform_list(&self) -> String {
        let platforms = self.platforms.iter().map(ToString::to_string);
        platforms.collect::<Vec<_>>().join(",")
    }

    /// The platforms that it is not of itself: a runner whose platform is not known is of the first.
    pub(super) fn foreign(&self) -> Vec<&Platform> {
        let own = OWN.iter().find(|(_, label)| *label == self.runner);
        let own = own.map(|(architecture, _)| Platform::linux(architecture));
        let own = own.or_else(|| self.platforms.first().cloned());
        let mut platforms: Vec<&Platform> = self.platforms.iter().collect();
        platforms.retain(|platform| Some(*platform) != own.as_ref());
        platforms
    }

    /// The names that rustc has for some platforms.
    pub(super) fn triples(platforms: &[&Platform], musl: bool) -> Vec<String> {
        let triple = |platform: &&Platform| Some(target(platform)?.rust_triple(musl));
        platforms.iter().filter_map(triple).collect()
    }
}

/// A platform in the names of jobs' machines and artifacts, where a slash cannot be: `linux-arm-v7`.
pub(super) fn name_of(platform: &Platform) -> String {
    platform.to_string().replace('/', "-")
}
