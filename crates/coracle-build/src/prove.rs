//! The proof of a finished image: its layers are read back by digest, merged as overlayfs would, and handed to the
//! start-proof. The root filesystem that assembled them is not looked at: what ships is what is proven.
//!
//! Only this module makes a [`Proven`], and `publish` takes nothing else.

mod launch;
mod machines;
pub(crate) mod merged;
mod root;
mod unproven;
mod user;

use std::collections::BTreeSet;

use coracle_binary::start::{self, Code, Finding, Report};
use coracle_distro::Suite;
use coracle_oci::layer::Limits;
use coracle_oci::{Descriptor, ImageConfig, Manifest, Platform, RootFilesystem, Store, media_type};

pub(crate) use self::launch::of as launch;
use self::merged::Merged;
pub use self::root::{ProvenRoot, RootError};

/// An image that was proven to start.
#[derive(Debug, Clone)]
pub struct Proven {
    manifest: Descriptor,
    platform: Platform,
    report: Report,
    allowed: Vec<Finding>,
}

impl Proven {
    /// The proven manifest.
    pub fn manifest(&self) -> &Descriptor {
        &self.manifest
    }

    /// What its configuration says that it runs on.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What was looked at.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What stands against it and the user allowed; the manifest says so too.
    pub fn allowed(&self) -> &[Finding] {
        &self.allowed
    }
}

/// What is asked of an image besides that it starts, and what may stand against it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The service, for messages.
    pub service: &'a str,
    /// The suite, for ways out, where it is known.
    pub suite: Option<&'a Suite>,
    /// What its program opens while it runs and must find.
    pub dlopen: &'a [String],
    /// What comes from outside when a container starts.
    pub provided: &'a BTreeSet<String>,
    /// Findings of these codes do not stop it, where it is not certain that it does not start.
    pub allowed: &'a BTreeSet<Code>,
}

impl<'a> Question<'a> {
    /// Whether it starts, and nothing else.
    pub fn new(service: &'a str, suite: Option<&'a Suite>) -> Self {
        const NO_NAMES: &BTreeSet<String> = &BTreeSet::new();
        const NO_CODES: &BTreeSet<Code> = &BTreeSet::new();
        Self {
            service,
            suite,
            dlopen: &[],
            provided: NO_NAMES,
            allowed: NO_CODES,
        }
    }
}

/// The most that the layers of one image may unpack to, in bytes: they are merged in memory.
const MOST: u64 = 4 << 30;
/// The most that a manifest or config may weigh, in bytes (the distribution specification's minimum to accept).
const MOST_RECORD: u64 = 4 << 20;

/// Why an image is not proven.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It would not start, or that cannot be decided.
    #[error("{service} is not proven to start{}", findings_text(.findings, .allowed))]
    NotProven {
        /// The service.
        service: String,
        /// What was found.
        findings: Vec<Finding>,
        /// The codes that the user allowed.
        allowed: BTreeSet<Code>,
    },
    /// The manifest with what was allowed cannot be written.
    #[error("cannot write the manifest of {service} with what was allowed of its proof")]
    Record {
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What it runs on is nothing that the proof knows.
    #[error("{service} is for {platform}, and nobody here knows how programs start there")]
    Platform {
        /// The service.
        service: String,
        /// As its configuration says.
        platform: Platform,
    },
    /// A blob of the image cannot be read back.
    #[error("cannot read back the {what}")]
    ReadBack {
        /// Manifest, config or layer.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What to do next; the ways out of findings are in the message, each beside its finding.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotProven { findings, .. } => allowing(findings),
            Error::Record { .. } | Error::Platform { .. } => None,
            Error::ReadBack { .. } => Some(
                "build again: a blob of the local store was damaged after it was written"
                    .to_owned(),
            ),
        }
    }
}

/// Whether a finding says that the suite lacks something, so that another suite may serve.
pub fn is_of_the_suite(code: start::Code) -> bool {
    matches!(
        code,
        start::Code::VersionMissing | start::Code::LibraryMissing | start::Code::SymbolMissing
    )
}

/// How to publish all the same, where all that was found may be allowed.
fn allowing(findings: &[Finding]) -> Option<String> {
    let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.code).collect();
    let codes: Vec<&str> = codes.into_iter().map(Code::as_str).collect();
    findings.iter().all(Finding::may_be_allowed).then(|| {
        format!(
            "to publish it all the same, with this written into its manifest: --allow-unproven {}",
            codes.join(",")
        )
    })
}

fn findings_text(findings: &[Finding], allowed: &BTreeSet<Code>) -> String {
    let text = |finding: &Finding| {
        let mut text = format!("\n{}", finding_text(finding));
        if allowed.contains(&finding.code) && !finding.may_be_allowed() {
            text.push_str(&format!(
                "\n    --allow-unproven {} does not allow this one: it is certain that it does not start",
                finding.code
            ));
        }
        text
    };
    findings.iter().map(text).collect()
}

/// A finding in lines, the first indented by two.
pub(crate) fn finding_text(finding: &Finding) -> String {
    let mut text = format!(
        "  {} [{}]: {}",
        finding.subject, finding.code, finding.explanation
    );
    if finding.chain.len() > 1 {
        text.push_str(&format!("\n    chain: {}", finding.chain.join(" → ")));
    }
    for way_out in &finding.ways_out {
        text.push_str(&format!("\n    way out: {way_out}"));
    }
    text
}

/// The annotation of a manifest that lists what stands against its proof and was allowed, as JSON.
pub const UNPROVEN: &str = "build.coracle.unproven";

/// Proves the image whose manifest this is. Where findings are allowed, what is proven is that manifest with one
/// annotation more, which lists them.
///
/// # Errors
/// [`Error::NotProven`] with every finding; [`Error::ReadBack`] when the store does not give back what was written.
pub fn prove(
    question: &Question<'_>,
    manifest: &Descriptor,
    store: &Store,
) -> Result<Proven, Error> {
    let (record, config, tree) = read_back(manifest, store)?;
    let tree = Merged(tree);
    let (launch, unknown) = launch::of(question, &config, &tree)?;
    let mut report = start::prove(&tree, &launch);
    report.findings.splice(0..0, unknown);
    let of = (launch.machine, launch.level);
    let others = machines::findings(&tree.0, of, &report.findings);
    report.findings.extend(others);
    for finding in &mut report.findings {
        add_ways_out(finding, question.suite);
    }
    let is_allowed =
        |finding: &Finding| finding.may_be_allowed() && question.allowed.contains(&finding.code);
    if report.programs.is_empty() || !report.findings.iter().all(is_allowed) {
        return Err(Error::NotProven {
            service: question.service.to_owned(),
            findings: report.findings,
            allowed: question.allowed.clone(),
        });
    }
    let allowed = report.findings.clone();
    let manifest = match allowed.is_empty() {
        true => manifest.clone(),
        false => {
            let written = annotate(record, &allowed, store);
            written.map_err(|source| Error::Record {
                service: question.service.to_owned(),
                source,
            })?
        }
    };
    Ok(Proven {
        manifest,
        platform: platform(&config),
        report,
        allowed,
    })
}

/// The one spelling of what a configuration says: `arm64` has no variant, `arm` always has one.
fn platform(config: &ImageConfig) -> Platform {
    config.platform().normalised()
}

/// Writes a manifest of the same config and layers that says what was allowed.
fn annotate(
    mut record: Manifest,
    allowed: &[Finding],
    store: &Store,
) -> Result<Descriptor, Box<dyn std::error::Error + Send + Sync>> {
    let text = unproven::to_json(allowed)?;
    record.annotations.insert(UNPROVEN.to_owned(), text);
    let bytes = record.to_bytes()?;
    let digest = store.put_bytes(&bytes)?;
    let size = bytes.len() as u64;
    Ok(Descriptor::new(media_type::MANIFEST, digest, size))
}

fn read_back(
    manifest: &Descriptor,
    store: &Store,
) -> Result<(Manifest, ImageConfig, RootFilesystem), Error> {
    let bytes = store
        .read(manifest, MOST_RECORD)
        .map_err(failed("manifest"))?;
    let manifest = Manifest::from_bytes(&bytes).map_err(failed("manifest"))?;
    let bytes = store
        .read(&manifest.config, MOST_RECORD)
        .map_err(failed("config"))?;
    let config = ImageConfig::from_bytes(&bytes).map_err(failed("config"))?;
    let limits = Limits {
        bytes: MOST,
        ..Limits::default()
    };
    let tree =
        RootFilesystem::from_store(store, &manifest, &config, limits).map_err(failed("layers"))?;
    Ok((manifest, config, tree))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Error {
    let what = what.to_owned();
    move |source| Error::ReadBack {
        what,
        source: Box::new(source),
    }
}

/// What only someone who knows the suites can advise.
pub(crate) fn add_ways_out(finding: &mut Finding, suite: Option<&Suite>) {
    let origin = finding.chain.first().map(String::as_str);
    if finding.code == Code::ProgramMissing && origin == Some("HEALTHCHECK") {
        let program = "let the health check run the service's own program, or leave it out";
        finding.ways_out.push(program.to_owned());
        let package = format!(
            "add the package that has {}: packages = […]",
            finding.subject
        );
        finding.ways_out.push(package);
    }
    let Some(version) = &finding.missing_version else {
        return;
    };
    let Some(number) = version.strip_prefix("GLIBC_").and_then(parse_version) else {
        return;
    };
    for other in Suite::all().iter().filter(|other| other.glibc >= number) {
        let (major, minor) = other.glibc;
        finding.ways_out.push(format!(
            "ship on {other}, whose glibc is {major}.{minor}: --distro {other}"
        ));
    }
    let Some(suite) = suite else {
        return;
    };
    let (major, minor) = suite.glibc;
    finding.ways_out.push(format!(
        "compile where glibc is {major}.{minor} or older, which is what {suite} has"
    ));
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests;
