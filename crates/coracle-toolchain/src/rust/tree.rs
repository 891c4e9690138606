//! What cargo says a program is made of (`cargo tree`), for who judges files that do not decide it. Nothing is downloaded and
//! no lock is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::{Error, Features};
use crate::toolchain::Toolchain;

/// Which program, and how it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Its package.
    pub package: String,
    /// The packages that are built with it, whose features count, too; cargo's default where none is named.
    pub packages: Vec<String>,
    /// All packages of the workspace are.
    pub workspace: bool,
    /// The features.
    pub features: Features,
    /// The target triple.
    pub target: String,
}

/// cargo only reads here, but may wait for its own locks.
const PATIENCE: Duration = Duration::from_secs(120);

/// Names and versions of packages, with the features that each is built with.
pub type Built = BTreeMap<(String, String), BTreeSet<String>>;

/// The packages that are linked into a program, its own among them; procedural macros and what build scripts use are not.
///
/// # Errors
/// See [`Error`]. What would have to be downloaded is an error, too.
pub fn tree(question: &Question, workspace: &Path, toolchain: &Toolchain) -> Result<Built, Error> {
    let options = [
        "tree",
        "--locked",
        "--offline",
        "--color=never",
        "--edges=normal,no-proc-macro",
        "--prefix=depth",
        "--format={p}|{f}",
    ];
    let mut cargo = toolchain
        .cargo()
        // rustup would download a toolchain that the repository asks for and that is not there.
        .env("RUSTUP_AUTO_INSTALL", "0")
        .args(options)
        .arg(format!("--target={}", question.target));
    for package in &question.packages {
        cargo = cargo.arg(format!("--package={package}"));
    }
    if !question.packages.is_empty() && !question.packages.contains(&question.package) {
        cargo = cargo.arg(format!("--package={}", question.package));
    }
    if !question.features.on.is_empty() {
        cargo = cargo.arg(format!("--features={}", question.features.on.join(",")));
    }
    for (wanted, flag) in [
        (question.workspace, "--workspace"),
        (question.features.all, "--all-features"),
        (question.features.no_default, "--no-default-features"),
    ] {
        cargo = if wanted { cargo.arg(flag) } else { cargo };
    }
    let package = question.package.clone();
    let output = match cargo.directory(workspace).timeout(PATIENCE).output() {
        Ok(output) => output,
        Err(source) => return Err(Error::Ask { package, source }),
    };
    Ok(linked(&String::from_utf8_lossy(&output.stdout), &package))
}

/// What hangs below a package in the trees. A package whose tree was shown already is shown without it again.
fn linked(trees: &str, package: &str) -> Built {
    let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut above: Vec<&str> = Vec::new();
    for line in trees.lines() {
        let rest = line.trim_start_matches(|one: char| one.is_ascii_digit());
        let digits = line.get(..line.len() - rest.len()).unwrap_or_default();
        let Ok(depth) = digits.parse::<usize>() else {
            continue;
        };
        let shown = rest.trim_end_matches(" (*)");
        above.truncate(depth);
        if let Some(parent) = above.last() {
            below.entry(parent).or_default().insert(shown);
        }
        below.entry(shown).or_default();
        above.push(shown);
    }
    let is_it = |shown: &&&str| shown.split(' ').next() == Some(package);
    let mut waiting: Vec<&str> = below.keys().filter(is_it).copied().take(1).collect();
    let mut seen = BTreeSet::new();
    while let Some(shown) = waiting.pop() {
        if seen.insert(shown) {
            waiting.extend(below.get(shown).into_iter().flatten());
        }
    }
    let mut built = Built::new();
    for shown in seen {
        let (package, features) = shown.rsplit_once('|').unwrap_or((shown, ""));
        let mut words = package.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        let version = version.trim_start_matches('v');
        let own = built
            .entry((name.to_owned(), version.to_owned()))
            .or_default();
        let features = features.split(',').filter(|feature| !feature.is_empty());
        own.extend(features.map(ToOwned::to_owned));
    }
    built
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn a_program_is_made_of_what_hangs_below_it_wherever_that_is_shown() {
        let trees = "0api v0.1.0 (/w/api)|\n1client v1.2.0|default,http\n2tls v3.0.0|vendored\n\n0web v0.2.0 (/w/web)|x\n1client v1.2.0|default,http (*)\n1log v0.4.1|\n";
        let names = |package: &str| -> Vec<String> {
            let found = linked(trees, package);
            found
                .iter()
                .map(|((name, version), features)| {
                    let features: Vec<&str> = features.iter().map(String::as_str).collect();
                    format!("{name} {version} {}", features.join("+"))
                })
                .collect()
        };
        assert_eq!(
            names("web"),
            [
                "client 1.2.0 default+http",
                "log 0.4.1 ",
                "tls 3.0.0 vendored",
                "web 0.2.0 x"
            ]
        );
        assert_eq!(
            names("api"),
            [
                "api 0.1.0 ",
                "client 1.2.0 default+http",
                "tls 3.0.0 vendored"
            ]
        );
        assert!(names("none").is_empty());
    }
}
