//! What is asked of a suite: packages by name, several together, names that packages provide, ones that cannot be had.

use std::collections::{BTreeMap, BTreeSet};

use coracle_testkit::agreement::{Listed, Sample};

/// Asked each time: what services name, and what programs are compiled against.
const ALWAYS: [&str; 7] = [
    "libc6",
    "ca-certificates",
    "libpq-dev",
    "nginx-light",
    "git",
    "mumble-server",
    "ffmpeg",
];

/// Asked in full runs; of gcc's each suite has one version, and refuses the other.
const DEVELOPMENT: &str = "libasound2-dev libavcodec-dev libboost-dev libc6-dev libclang-dev libcurl4-openssl-dev \
    libdbus-1-dev libevent-dev libffi-dev libfreetype-dev libgit2-dev libglib2.0-dev libgtk-3-dev libicu-dev \
    libjpeg-dev libkrb5-dev liblapack-dev libmagickwand-dev libmariadb-dev libpcap-dev libpng-dev librdkafka-dev \
    libsdl2-dev libsqlite3-dev libssl-dev libudev-dev libvips-dev libwebp-dev libxml2-dev zlib1g-dev libgcc-14-dev \
    libstdc++-14-dev libgcc-12-dev libstdc++-12-dev";

/// What kind of request it is, for the table.
pub(super) type Kind = &'static str;

/// The requests for a suite, none twice. Of a full run's a `part`th is made.
pub(super) fn requests(
    sample: &mut Sample,
    listed: &[Listed],
    part: usize,
) -> Vec<(Kind, Vec<String>)> {
    let names: BTreeSet<&str> = listed.iter().map(Listed::name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut requests: Vec<(Kind, Vec<String>)> = Vec::new();
    let one = |name: &str| vec![name.to_owned()];
    requests.extend(ALWAYS.map(|name| ("named", one(name))));
    if sample.is_full() && part == 1 {
        let development = DEVELOPMENT.split_whitespace();
        requests.extend(development.map(|name| ("development", one(name))));
    }
    let singles = sample.count(8, 90 / part);
    for name in sample.choose(&names, singles) {
        requests.push(("one", one(name)));
    }
    for _ in 0..sample.count(5, 32 / part) {
        let count = 2 + sample.below(3);
        let chosen = sample.choose(&names, count);
        let chosen = chosen.into_iter().map(str::to_owned).collect();
        requests.push(("several", chosen));
    }
    let t64: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| name.contains("t64"))
        .collect();
    let count = sample.count(2, 12 / part);
    for name in sample.choose(&t64, count) {
        requests.push(("t64", one(name)));
    }
    let count = sample.count(1, 8 / part);
    requests.extend(virtual_names(sample, listed, &names, count));
    let count = sample.count(2, 12 / part);
    requests.extend(conflicting(sample, listed, count));
    for name in sample.choose(&names, 2) {
        requests.push(("unknown", one(&format!("{name}-of-nobody"))));
    }
    let mut seen = BTreeSet::new();
    requests.retain(|(_, packages)| seen.insert(packages.clone()));
    requests
}

/// Names that only `Provides` have: of one package (an older name of a library, say), and of several.
fn virtual_names(
    sample: &mut Sample,
    listed: &[Listed],
    names: &[&str],
    count: usize,
) -> Vec<(Kind, Vec<String>)> {
    let mut providers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for package in listed {
        for provided in package.names("Provides") {
            providers
                .entry(provided)
                .or_default()
                .insert(package.name());
        }
    }
    providers.retain(|name, _| !names.contains(&name.as_str()));
    let (several, single): (Vec<_>, Vec<_>) =
        providers.into_iter().partition(|(_, by)| by.len() > 1);
    let mut requests = Vec::new();
    for (name, _) in sample.choose(&single, count) {
        requests.push(("provided by one", vec![name]));
    }
    for (name, _) in sample.choose(&several, count) {
        requests.push(("provided by several", vec![name]));
    }
    for (name, by) in sample.choose(&several, count) {
        let by: Vec<&str> = by.into_iter().collect();
        let provider = by[sample.below(by.len())].to_owned();
        requests.push(("provided, with a provider", vec![name, provider]));
    }
    requests
}

/// Packages together with ones that they conflict with.
fn conflicting(sample: &mut Sample, listed: &[Listed], count: usize) -> Vec<(Kind, Vec<String>)> {
    let pair = |package: &Listed| {
        let other = package.names("Conflicts").into_iter().next()?;
        (other != package.name()).then(|| vec![package.name().to_owned(), other])
    };
    let pairs: Vec<Vec<String>> = listed.iter().filter_map(pair).collect();
    let chosen = sample.choose(&pairs, count);
    chosen
        .into_iter()
        .map(|pair| ("conflicting", pair))
        .collect()
}
