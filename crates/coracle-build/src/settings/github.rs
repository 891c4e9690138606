//! How workflows for GitHub are to be: `[github]` of `coracle.toml`.

use std::collections::BTreeMap;

use super::Platform;

/// What ejected workflows do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Github {
    /// The branches whose images are pushed and get the tag `latest`.
    pub branches: Vec<String>,
    /// Labels of runners by platform, over GitHub's own. Platforms of one runner are compiled in one job; one that has no
    /// runner is compiled in the first.
    pub runners: BTreeMap<Platform, String>,
    /// Where compiled crates are kept, in place of the target folder.
    pub sccache: Option<Sccache>,
    /// How coracle comes onto a runner.
    pub coracle: Origin,
    /// The command that tests the repository, which gets a workflow of its own.
    pub test: Option<String>,
}

impl Default for Github {
    fn default() -> Github {
        Github {
            branches: vec!["main".to_owned()],
            runners: BTreeMap::new(),
            sccache: None,
            coracle: Origin::Version,
            test: None,
        }
    }
}

/// What sccache keeps crates in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sccache {
    /// GitHub's own cache, a scope a branch.
    Gha,
    /// A bucket, by the repository's variables and secrets.
    S3,
    /// A Redis, by the repository's secrets.
    Redis,
}

/// Where a runner's coracle comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The tag of the version that ejects.
    Version,
    /// A commit of coracle's repository.
    Revision(String),
    /// A cargo package of the repository itself, which is coracle's then.
    Package(String),
}
