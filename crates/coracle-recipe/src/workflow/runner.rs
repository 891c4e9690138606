//! The machines that GitHub runs jobs on, as their labels name them. What is installed there is not known here.

/// A machine of GitHub's.
///
/// ```
/// use coracle_recipe::workflow::{Architecture, Hosted, System};
///
/// let runner = Hosted::of("ubuntu-24.04-arm").unwrap();
/// assert_eq!(runner.system, System::Ubuntu);
/// assert_eq!(runner.version.as_deref(), Some("24.04"));
/// assert_eq!(runner.architecture, Architecture::Arm64);
/// assert_eq!(Hosted::of("ubuntu-24.04-16core"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosted {
    /// The system.
    pub system: System,
    /// Its version; `None` for `latest` and `slim`, which move.
    pub version: Option<String>,
    /// The processor.
    pub architecture: Architecture,
}

/// The system of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// Ubuntu.
    Ubuntu,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// The processor of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Architecture {
    /// `linux/amd64` and its like.
    Amd64,
    /// `linux/arm64` and its like.
    Arm64,
}

impl Hosted {
    /// The machine of a label; `None` where it is none of GitHub's own, as those of larger runners and of one's own
    /// machines, which may have any name.
    pub fn of(label: &str) -> Option<Hosted> {
        let label = label.to_ascii_lowercase();
        let (system, rest) = label.split_once('-')?;
        let (version, suffix) = rest.split_once('-').unwrap_or((rest, ""));
        let version = match version {
            "latest" | "slim" => None,
            version => Some(version.to_owned()),
        };
        let is_numeric = |dots: usize| {
            let version = version.as_deref().unwrap_or("0");
            let is_part =
                |part: &str| !part.is_empty() && part.bytes().all(|one| one.is_ascii_digit());
            version.split('.').all(is_part) && version.matches('.').count() <= dots
        };
        let (system, architecture) = match (system, suffix) {
            ("ubuntu", "") if is_numeric(1) => (System::Ubuntu, Architecture::Amd64),
            ("ubuntu", "arm") if is_numeric(1) => (System::Ubuntu, Architecture::Arm64),
            ("windows", "") if is_numeric(0) => (System::Windows, Architecture::Amd64),
            ("windows", "arm") if is_numeric(0) => (System::Windows, Architecture::Arm64),
            ("macos", "large" | "intel") if is_numeric(0) => (System::MacOs, Architecture::Amd64),
            ("macos", "xlarge") if is_numeric(0) => (System::MacOs, Architecture::Arm64),
            ("macos", "") if is_numeric(0) => {
                let is_old = version
                    .as_deref()
                    .and_then(|version| version.parse::<u32>().ok());
                match is_old.is_some_and(|version| version < 14) {
                    true => (System::MacOs, Architecture::Amd64),
                    false => (System::MacOs, Architecture::Arm64),
                }
            }
            _ => return None,
        };
        Some(Hosted {
            system,
            version,
            architecture,
        })
    }
}
