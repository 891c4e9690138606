//! What happens during a run, for whoever watches: terminal bars, plain lines, later JSON and annotations.
//!
//! Libraries never print; they say one of these. A record here holds facts, never finished sentences, except where
//! another program's own words are passed through.

use std::path::PathBuf;
use std::sync::Arc;

use coracle_oci::Platform;
use coracle_toolchain::CompileEvent;
pub use coracle_toolchain::compile::sccache::Statistics;

/// Who watches. Called from several threads, also from those of the HTTP client.
pub type Observer<'a> = &'a Arc<dyn Fn(&Event) + Send + Sync>;

/// The stages in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Finding the services.
    Discover,
    /// Deciding everything that can be decided before compiling.
    Plan,
    /// Finding what programs are compiled against.
    Provision,
    /// The user's own cargo and go.
    Compile,
    /// Reading the binary.
    Inspect,
    /// Finding the packages it needs.
    Resolve,
    /// Writing layers, config and manifest.
    Assemble,
    /// Reading them back and proving that the program starts.
    Prove,
    /// Starting what was made.
    Smoke,
    /// Naming, writing and pushing.
    Publish,
}

impl Stage {
    /// The stage's name: `compile`.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Discover => "discover",
            Stage::Plan => "plan",
            Stage::Provision => "provision",
            Stage::Compile => "compile",
            Stage::Inspect => "inspect",
            Stage::Resolve => "resolve",
            Stage::Assemble => "assemble",
            Stage::Prove => "prove",
            Stage::Smoke => "smoke",
            Stage::Publish => "publish",
        }
    }

    /// The stage's name as an act: `compiling`.
    pub fn act(self) -> &'static str {
        match self {
            Stage::Discover => "discovering",
            Stage::Plan => "planning",
            Stage::Provision => "provisioning",
            Stage::Compile => "compiling",
            Stage::Inspect => "inspecting",
            Stage::Resolve => "resolving",
            Stage::Assemble => "assembling",
            Stage::Prove => "proving",
            Stage::Smoke => "starting",
            Stage::Publish => "publishing",
        }
    }
}

/// One thing that is not in an image although a package holds it or depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What: `documentation`, or the package's name.
    pub what: String,
    /// Why it is not needed.
    pub reason: String,
    /// What it weighs, in bytes: files unpacked, packages as .deb.
    pub bytes: u64,
}

/// Who watches one of several platforms: every event says which it is of.
pub(crate) fn of_platform(
    observer: Observer<'_>,
    platform: &Platform,
) -> Arc<dyn Fn(&Event) + Send + Sync> {
    let (observer, platform) = (Arc::clone(observer), platform.clone());
    Arc::new(move |event| {
        observer(&Event::OfPlatform {
            platform: platform.clone(),
            event: Box::new(event.clone()),
        });
    })
}

/// What compiling says, of a service.
pub(crate) fn of_compiling(service: &str, event: CompileEvent) -> Option<Event> {
    let service = service.to_owned();
    let event = match event {
        CompileEvent::Command(command) => Event::Command { service, command },
        CompileEvent::Line(line) => Event::ToolLine { service, line },
        CompileEvent::Progress { done, total, what } => Event::ToolProgress {
            service,
            done,
            total,
            unit: what,
        },
        CompileEvent::Warning(text) => Event::Warning {
            service: Some(service),
            text,
        },
        _ => return None,
    };
    Some(event)
}

/// How a step of a builder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It runs.
    Started,
    /// Its result is in the builder's cache.
    Cached,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Something happened for one of several platforms.
    OfPlatform {
        /// Which.
        platform: Platform,
        /// What; never this again.
        event: Box<Event>,
    },
    /// A stage begins, for one service or for all.
    Started {
        /// Which stage.
        stage: Stage,
        /// Which service; `None` for all at once.
        service: Option<String>,
    },
    /// A command of the user's toolchain starts.
    Command {
        /// For which service.
        service: String,
        /// The command, quoted as a shell wants it.
        command: String,
    },
    /// A line that the toolchain printed.
    ToolLine {
        /// For which service.
        service: String,
        /// The line as it came.
        line: String,
    },
    /// How far the toolchain is.
    ToolProgress {
        /// For which service.
        service: String,
        /// Units compiled.
        done: usize,
        /// Units in all, when known.
        total: Option<usize>,
        /// The unit that was just finished.
        unit: String,
    },
    /// Something became of a step of the builder that compiles.
    Step {
        /// The step.
        step: String,
        /// What.
        state: StepState,
    },
    /// An archive was verified and is used.
    ArchiveUsed {
        /// `debian/trixie main`, `debian/trixie security`.
        archive: String,
        /// Its address.
        address: String,
        /// Why this address.
        origin: String,
        /// The Date of its Release file.
        date: String,
    },
    /// A file is being fetched.
    Fetching {
        /// What it is.
        what: String,
        /// Its size in bytes, when known.
        size: Option<u64>,
    },
    /// A package was added to the sysroot.
    Provisioned {
        /// For which service.
        service: String,
        /// The package.
        package: String,
        /// Why.
        reason: String,
    },
    /// A sysroot was made.
    Sysroot {
        /// The suite that it is of.
        suite: String,
        /// How many packages are in it.
        packages: usize,
        /// What its files weigh, in bytes.
        bytes: u64,
    },
    /// A suite does not serve, and another one is tried.
    SuiteMoved {
        /// The one that does not.
        from: String,
        /// The other.
        to: String,
        /// Why, in words.
        reason: String,
    },
    /// What the compiler cache did for this run.
    Sccache {
        /// Its counts.
        statistics: Statistics,
    },
    /// A request is tried again.
    Retrying {
        /// What failed and how long we wait, in words.
        reason: String,
    },
    /// Something the user should know, nothing to do.
    Note {
        /// For which service.
        service: Option<String>,
        /// What.
        text: String,
    },
    /// What packages hold or depend on and the image does not have.
    LeftOut {
        /// For which service.
        service: String,
        /// Each with its reason.
        left_out: Vec<LeftOut>,
    },
    /// Something the user should look at.
    Warning {
        /// For which service.
        service: Option<String>,
        /// What.
        text: String,
    },
    /// A finding stands against the proof of an image that is published all the same.
    Unproven {
        /// Of which service.
        service: String,
        /// The whole finding, in lines.
        text: String,
    },
    /// An image was started, or could not be on this machine.
    Smoke {
        /// Of which service.
        service: String,
        /// For which platform.
        platform: Platform,
        /// What came of it, in words.
        outcome: String,
    },
    /// An image was taken into the local store and is proven, to be joined with others.
    Joined {
        /// Where it comes from.
        image: String,
        /// Its platform.
        platform: Platform,
        /// The digest of its manifest.
        digest: String,
    },
    /// The lock file was written.
    LockWritten {
        /// Where.
        path: PathBuf,
        /// What changed, a line a change.
        changes: Vec<String>,
    },
    /// A blob was pushed, mounted or found at the registry.
    Blob {
        /// For which service.
        service: String,
        /// What became of it: `uploaded`, `exists`, `mounted`.
        outcome: &'static str,
        /// Its digest.
        digest: String,
        /// Its size in bytes.
        size: u64,
    },
}
