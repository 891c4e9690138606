//! The proof of a finished image: its layers are read back by digest, merged as overlayfs would, and handed to the
//! start-proof. The root filesystem that assembled them is not looked at: what ships is what is proven.
//!
//! Only this module makes a [`Proven`], and `publish` takes nothing else.

use std::borrow::Cow;

use coracle_binary::elf::Machine;
use coracle_binary::start::{self, Code, FileTree, Finding, Launch, Node, NodeKind, Report, User};
use coracle_distro::Suite;
use coracle_oci::layer::Limits;
use coracle_oci::{Descriptor, ImageConfig, Manifest, RootFilesystem, Store, rootfs};

/// An image that was proven to start.
#[derive(Debug, Clone)]
pub struct Proven {
    manifest: Descriptor,
    report: Report,
}

impl Proven {
    /// The proven manifest.
    pub fn manifest(&self) -> &Descriptor {
        &self.manifest
    }

    /// What was looked at.
    pub fn report(&self) -> &Report {
        &self.report
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
    #[error("{service} is not proven to start{}", findings_text(.findings))]
    NotProven {
        /// The service.
        service: String,
        /// What was found.
        findings: Vec<Finding>,
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
            Error::NotProven { .. } => None,
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

fn findings_text(findings: &[Finding]) -> String {
    findings.iter().map(finding_text).collect()
}

fn finding_text(finding: &Finding) -> String {
    let mut text = format!(
        "\n  {} [{}]: {}",
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

/// Proves the image whose manifest this is. `suite` is only for the ways out.
///
/// # Errors
/// [`Error::NotProven`] with every finding; [`Error::ReadBack`] when the store does not give back what was written.
pub fn prove(
    service: &str,
    manifest: &Descriptor,
    suite: &Suite,
    store: &Store,
) -> Result<Proven, Error> {
    let (config, tree) = read_back(manifest, store)?;
    let launch = launch(&config);
    let mut report = start::prove(&Merged(tree), &launch);
    for finding in &mut report.findings {
        add_ways_out(finding, suite);
    }
    if report.proven() {
        let manifest = manifest.clone();
        return Ok(Proven { manifest, report });
    }
    Err(Error::NotProven {
        service: service.to_owned(),
        findings: report.findings,
    })
}

fn read_back(manifest: &Descriptor, store: &Store) -> Result<(ImageConfig, RootFilesystem), Error> {
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
    Ok((config, tree))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Error {
    let what = what.to_owned();
    move |source| Error::ReadBack {
        what,
        source: Box::new(source),
    }
}

/// How a runtime would start the image.
fn launch(config: &ImageConfig) -> Launch {
    let container = config.config.clone().unwrap_or_default();
    let variable = |text: &String| {
        text.split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut launch = Launch {
        entrypoint: container.entrypoint,
        command: container.cmd,
        environment: container.env.iter().filter_map(variable).collect(),
        user: user(&container.user),
        healthcheck: container.healthcheck.map(|healthcheck| healthcheck.test),
        shell: Some(container.shell).filter(|shell| !shell.is_empty()),
        ..Launch::of(Vec::new(), machine(&config.architecture))
    };
    if !container.working_dir.is_empty() {
        launch.working_directory = container.working_dir;
    }
    launch
}

/// Our images name their user by numbers (see `plan::user`).
fn user(written: &str) -> User {
    let (user, group) = written.split_once(':').unwrap_or((written, written));
    User {
        uid: user.parse().unwrap_or(0),
        gid: group.parse().unwrap_or(0),
        groups: Vec::new(),
    }
}

fn machine(architecture: &str) -> Machine {
    match architecture {
        "arm64" => Machine::Aarch64,
        _ => Machine::X86_64,
    }
}

/// What only someone who knows the suites can advise.
fn add_ways_out(finding: &mut Finding, suite: &Suite) {
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
    let (major, minor) = suite.glibc;
    for other in Suite::all().iter().filter(|other| other.glibc >= number) {
        let (major, minor) = other.glibc;
        finding.ways_out.push(format!(
            "ship on {other}, whose glibc is {major}.{minor}: --distro {other}"
        ));
    }
    finding.ways_out.push(format!(
        "compile where glibc is {major}.{minor} or older, which is what {suite} has"
    ));
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The root folder, which no layer need name; runtimes make it like this.
const ROOT: Node = Node {
    kind: NodeKind::Directory,
    mode: 0o755,
    uid: 0,
    gid: 0,
};

/// A merged image as the start-proof sees it.
struct Merged(RootFilesystem);

impl FileTree for Merged {
    fn node(&self, path: &str) -> Option<Node> {
        let path = path.trim_start_matches('/');
        if path.is_empty() {
            return Some(ROOT);
        }
        let node = self.0.get(path)?;
        let kind = match &node.kind {
            rootfs::NodeKind::Directory => NodeKind::Directory,
            rootfs::NodeKind::File { content } => NodeKind::File {
                size: content.len() as u64,
            },
            rootfs::NodeKind::Symlink(target) => NodeKind::Symlink {
                target: target.clone(),
            },
            rootfs::NodeKind::Other => NodeKind::Other,
        };
        Some(Node {
            kind,
            mode: node.mode,
            uid: u32::try_from(node.uid).unwrap_or(u32::MAX),
            gid: u32::try_from(node.gid).unwrap_or(u32::MAX),
        })
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        match &self.0.get(path.trim_start_matches('/'))?.kind {
            rootfs::NodeKind::File { content } => Some(Cow::Borrowed(content)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use coracle_binary::start::Verdict;

    use super::*;

    fn missing_version() -> Finding {
        Finding {
            code: Code::VersionMissing,
            verdict: Verdict::DoesNotStart,
            subject: "/app/worker".to_owned(),
            chain: ["/app/worker", "libc.so.6"].map(str::to_owned).into(),
            explanation: "version `GLIBC_2.39' not found".to_owned(),
            ways_out: Vec::new(),
            missing_version: Some("GLIBC_2.39".to_owned()),
            provider: Some("libc.so.6".to_owned()),
        }
    }

    #[test]
    fn a_missing_glibc_version_is_told_with_its_chain_and_the_suites_that_have_it() {
        let bookworm = Suite::parse("debian/bookworm").unwrap();
        let mut finding = missing_version();
        add_ways_out(&mut finding, bookworm);
        let error = Error::NotProven {
            service: "worker".to_owned(),
            findings: vec![finding],
        };
        insta::assert_snapshot!(error, @r"
        worker is not proven to start
          /app/worker [version-missing]: version `GLIBC_2.39' not found
            chain: /app/worker → libc.so.6
            way out: ship on debian/trixie, whose glibc is 2.41: --distro debian/trixie
            way out: compile where glibc is 2.36 or older, which is what debian/bookworm has
        ");
    }

    #[test]
    fn a_health_check_without_its_program_is_told_with_the_ways_out() {
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{
            "Entrypoint":["/app/api"],"Shell":["/bin/ash","-c"],"Healthcheck":{"Test":["CMD","curl","-f","http://localhost/"]}}}"#;
        let launch = launch(&ImageConfig::from_bytes(config).unwrap());
        assert_eq!(launch.shell.unwrap(), ["/bin/ash", "-c"]);
        assert_eq!(launch.healthcheck.as_ref().unwrap()[1], "curl");
        let mut finding = Finding {
            code: Code::ProgramMissing,
            subject: "curl".to_owned(),
            chain: vec!["HEALTHCHECK".to_owned()],
            explanation: "no such file in PATH".to_owned(),
            missing_version: None,
            provider: None,
            ..missing_version()
        };
        add_ways_out(&mut finding, Suite::parse("trixie").unwrap());
        let error = Error::NotProven {
            service: "api".to_owned(),
            findings: vec![finding],
        };
        insta::assert_snapshot!(error, @r"
        api is not proven to start
          curl [program-missing]: no such file in PATH
            way out: let the health check run the service's own program, or leave it out
            way out: add the package that has curl: packages = […]
        ");
    }

    #[test]
    fn a_private_version_names_no_suite() {
        let mut finding = missing_version();
        finding.missing_version = Some("GLIBC_PRIVATE".to_owned());
        add_ways_out(&mut finding, Suite::parse("trixie").unwrap());
        assert!(finding.ways_out.is_empty());
    }
}
