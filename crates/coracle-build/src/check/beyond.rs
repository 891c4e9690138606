//! What an ELF file does not say by itself: drivers that do nothing without cgo, certificates and time zones that are
//! looked for by their paths, and the crates that `cargo auditable` lists.

use std::collections::BTreeSet;

use coracle_binary::crates::{EmbeddedCrate, embedded_crates};
use coracle_binary::elf::ElfFacts;
use coracle_binary::go::{BuildInfo, Module};
use coracle_binary::start::{Code, Finding, ProgramReport, Report, Verdict};
use coracle_oci::ImageConfig;
use coracle_oci::rootfs::NodeKind;

use super::folders::Folders;
use super::tree::Tree;

/// Go modules whose package is, without cgo, a stub that compiles and fails when it is used, and what it then says or
/// does (read in its source and tried, 2026-11-26). Modules that do not compile without cgo cannot be in such a program.
const STUBS: [(&str, &str); 1] = [
    // static_mock.go, `!cgo`: Open returns an error.
    (
        "github.com/mattn/go-sqlite3",
        "opening a database fails: go-sqlite3 requires cgo to work",
    ),
];
/// Where TLS libraries look for certificates.
const CERTIFICATES: [&str; 8] = [
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/cert.pem",
    "usr/lib/ssl/cert.pem",
    "usr/lib/ssl/certs",
    "etc/ssl/certs",
];
/// Variables that name others.
const CERTIFICATE_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
const TIME_ZONES: [&str; 2] = ["usr/share/zoneinfo", "etc/zoneinfo"];

/// What is known besides the proof.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// What stands against the programs.
    pub(super) findings: Vec<Finding>,
    /// Who looks for certificates that are not there.
    pub(super) certificates: Option<String>,
    /// Who looks for time zones that are not there.
    pub(super) time_zones: Option<String>,
    /// The crates of the programs that list them.
    pub(super) crates: Vec<Embedded>,
}

/// The crates of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// The program.
    pub program: String,
    /// Its crates, sorted.
    pub crates: Vec<EmbeddedCrate>,
}

impl Beyond {
    /// Looks into the programs of a proof and what they load.
    pub(super) fn of(tree: &Tree, report: &Report, config: Option<&ImageConfig>) -> Beyond {
        let folders = Folders::of(&tree.files);
        let mut beyond = Beyond {
            certificates: certificates(tree, &folders, report, config),
            time_zones: time_zones(tree, &folders, report),
            ..Beyond::default()
        };
        let mut seen = BTreeSet::new();
        for program in &report.programs {
            if !seen.insert(&program.path) {
                continue;
            }
            let Some(kept) = tree.kept(&program.path).filter(|kept| kept.is_elf()) else {
                continue;
            };
            let content = kept.content(Vec::new()).unwrap_or_default();
            if let Ok(facts) = ElfFacts::read(&content)
                && let Ok(Some(info)) = BuildInfo::of(&content, &facts)
            {
                beyond.findings.extend(stub(program, &info));
            }
            if let Ok(Some(crates)) = embedded_crates(&content) {
                let program = program.path.clone();
                beyond.crates.push(Embedded { program, crates });
            }
        }
        beyond
    }
}

/// A driver of which nothing but its name is in a program.
fn stub(program: &ProgramReport, info: &BuildInfo) -> Option<Finding> {
    if info.cgo_enabled() != Some(false) {
        return None;
    }
    let (module, says) = info.deps.iter().find_map(is_stub)?;
    let path = &module.path;
    let mut chain = program.chain.clone();
    chain.push(format!("{path} {}", module.version));
    Some(Finding {
        code: Code::CgoStub,
        verdict: Verdict::DiesLater,
        subject: program.path.clone(),
        chain,
        explanation: format!(
            "it starts, and was built with CGO_ENABLED=0, without which {path} is only a stub: {says}"
        ),
        ways_out: vec![
            "build it with CGO_ENABLED=1 and a C compiler, and ship the C library that it then needs"
                .to_owned(),
            format!("use a driver that is all in Go in the place of {path}, or leave it out"),
        ],
        missing_version: None,
        provider: None,
    })
}

fn is_stub(module: &Module) -> Option<(&Module, &'static str)> {
    // What stands in for it may be anything.
    let mut stubs = STUBS.iter().filter(|(path, _)| {
        let rest = module.path.strip_prefix(path);
        module.replace.is_none()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/v"))
    });
    stubs.next().map(|(_, says)| (module, *says))
}

/// All files that are loaded; the programs first.
fn loaded(report: &Report) -> Vec<&str> {
    let programs = report.programs.iter();
    let paths = programs.clone().map(|program| program.path.as_str());
    let objects = programs.flat_map(|program| program.objects.iter().chain(&program.opened));
    let mut seen = BTreeSet::new();
    paths
        .chain(objects.map(|object| object.file.as_str()))
        .filter(|path| seen.insert(*path))
        .collect()
}

/// Something speaks TLS, something looks for certificates of the system, and none are there.
fn certificates(
    tree: &Tree,
    folders: &Folders<'_>,
    report: &Report,
    config: Option<&ImageConfig>,
) -> Option<String> {
    let container = config.and_then(|config| config.config.as_ref());
    let variables = container.iter().flat_map(|container| &container.env);
    let variables = variables.filter_map(|variable| variable.split_once('='));
    let named = variables
        .filter(|(name, _)| CERTIFICATE_VARIABLES.contains(name))
        .map(|(_, path)| path);
    let mut places = CERTIFICATES.into_iter().chain(named);
    if places.any(|place| has_something(tree, folders, place)) {
        return None;
    }
    let mentions = loaded(report).into_iter().filter_map(|path| {
        let kept = tree.kept(path).filter(|kept| kept.is_elf())?;
        Some((path, kept.mentions()))
    });
    let mentions: Vec<_> = mentions.collect();
    let (speaks, _) = mentions.iter().find(|(_, mentions)| mentions.speaks_tls)?;
    let looks = mentions
        .iter()
        .find_map(|(path, mentions)| Some((path, mentions.certificates.as_ref()?)));
    let (looks, place) = looks?;
    let who = match speaks == looks {
        true => format!("{speaks} speaks TLS and looks for certificates in {place}"),
        false => format!("{speaks} speaks TLS, {looks} looks for certificates in {place}"),
    };
    Some(format!(
        "{who}, and there are none: expected ca-certificates, or a bundle that SSL_CERT_FILE names"
    ))
}

/// A program looks time zones up by name, and none are there.
fn time_zones(tree: &Tree, folders: &Folders<'_>, report: &Report) -> Option<String> {
    if TIME_ZONES
        .iter()
        .any(|place| has_something(tree, folders, place))
    {
        return None;
    }
    // A C library names the place in every image, and does without.
    let programs = report.programs.iter().map(|program| program.path.as_str());
    let mut looking = programs.filter_map(|path| {
        let kept = tree.kept(path).filter(|kept| kept.is_elf())?;
        let mentions = kept.mentions();
        let content = kept.content(Vec::new())?;
        let facts = ElfFacts::read(&content).ok()?;
        let is_go = BuildInfo::of(&content, &facts).is_ok_and(|info| info.is_some());
        let looks = match is_go {
            true => mentions.go_loads_time_zones && !mentions.go_holds_time_zones,
            // A static program has the texts of its C library.
            false => !facts.needed.is_empty(),
        };
        let place = mentions.time_zones.filter(|_| looks)?;
        Some(format!(
            "{path} looks for time zones in {place}, and there are none: expected tzdata, or a program that has them in it"
        ))
    });
    looking.next()
}

/// Whether a path leads to a file that is not empty, or to a folder with something in it.
fn has_something(tree: &Tree, folders: &Folders<'_>, path: &str) -> bool {
    let Some(end) = folders.follow(path) else {
        return false;
    };
    match tree.files.get(&end).map(|node| &node.kind) {
        Some(NodeKind::File { content }) => content.length() > 0,
        Some(NodeKind::Directory) => tree.files.children(&end).next().is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
