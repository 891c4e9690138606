//! An apt of its own in a folder: a suite's archives as we opened them, nothing installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coracle_distro::{Archive, Keep};
use coracle_testkit::agreement::{Listed, packages_files};
use coracle_testkit::command::{Ended, Hermetic};

/// apt, with the archives of one suite and architecture.
pub(super) struct Apt {
    folder: tempfile::TempDir,
    pub(super) listed: Vec<Listed>,
}

/// What apt says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// `name=version` of what it would install.
    Installs(BTreeSet<String>),
    /// Why it installs nothing, in its words.
    Refuses(String),
}

/// The keys that we embed are the ones that apt gets.
fn keys() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys");
    let entries = std::fs::read_dir(folder).unwrap();
    let keys = entries.map(|entry| entry.unwrap().path());
    let keys = keys.filter(|path| path.extension().is_some_and(|extension| extension == "asc"));
    let keys: Vec<String> = keys.map(|path| path.display().to_string()).collect();
    keys.join(",")
}

impl Apt {
    /// Gives apt what an archive was opened with, and lets it check that itself.
    pub(super) fn of(archive: &Archive<'_>, keep: &dyn Keep) -> Apt {
        let folder = tempfile::tempdir().unwrap();
        let at = |below: &str| folder.path().join(below);
        let listed = packages_files(archive, keep, &at("debian")).unwrap();
        let archives = archive.suite().archives().into_iter();
        let entries = archives.map(|id| {
            format!(
                "deb [arch={} by-hash=no signed-by={}] file:{} {} {}\n",
                archive.architecture(),
                keys(),
                at("debian").display(),
                id.path,
                id.directory
            )
        });
        for below in [
            "state/lists/partial",
            "cache/archives/partial",
            "etc/apt.conf.d",
        ] {
            std::fs::create_dir_all(at(below)).unwrap();
        }
        std::fs::write(at("sources.list"), entries.collect::<String>()).unwrap();
        std::fs::write(at("status"), "").unwrap();
        // Read before any other, so that nothing of the host's configuration is.
        let settings = format!(
            "APT::Architecture \"{architecture}\";\nAPT::Architectures {{ \"{architecture}\"; }};\n\
             APT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n\
             Acquire::IndexTargets::deb::Packages::CompressionTypes \"uncompressed\";\n\
             Dir::Etc \"{folder}/etc\";\nDir::Etc::sourcelist \"{folder}/sources.list\";\n\
             Dir::State \"{folder}/state\";\nDir::State::status \"{folder}/status\";\n\
             Dir::Cache \"{folder}/cache\";\nDir::Log \"{folder}\";\n",
            architecture = archive.architecture(),
            folder = folder.path().display(),
        );
        std::fs::write(at("apt.conf"), settings).unwrap();
        let apt = Apt { folder, listed };
        let updated = apt.run(&["update"]);
        assert_eq!(updated.code, 0, "{}{}", updated.stdout, updated.stderr);
        // Also makes its caches, which several may read at once.
        let checked = apt.run(&["check"]);
        assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
        apt
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let at = |below: &str| -> PathBuf { self.folder.path().join(below) };
        let apt = Hermetic::new("apt-get", self.folder.path())
            .env("APT_CONFIG", at("apt.conf").display().to_string())
            .env("LC_ALL", "C")
            .args(["-q"])
            .args(arguments.iter().copied());
        apt.run().unwrap()
    }

    /// What it would install of these, and with them.
    pub(super) fn simulate(&self, packages: &[String]) -> Answer {
        let mut arguments = vec!["-s", "install", "--no-install-recommends"];
        arguments.extend(packages.iter().map(String::as_str));
        let ended = self.run(&arguments);
        if ended.code == 0 {
            // Inst libc6 (2.41-12 Debian:13/stable [amd64])
            let installed = ended.stdout.lines().filter_map(|line| {
                let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
                Some(format!("{name}={}", rest.split(' ').next()?))
            });
            return Answer::Installs(installed.collect());
        }
        const REFUSALS: [&str; 4] = [
            "Unable to locate package",
            "has no installation candidate",
            "you have held broken packages",
            "pkgProblemResolver::Resolve generated breaks",
        ];
        let refusal = REFUSALS
            .iter()
            .find(|refusal| ended.stderr.contains(**refusal));
        let refusal = refusal.unwrap_or_else(|| panic!("{packages:?}: {}", ended.stderr));
        Answer::Refuses((*refusal).to_owned())
    }
}

/// apt's own version, for the table.
pub(super) fn version() -> String {
    let said = coracle_testkit::command::tool("apt-get", &["--version"]).unwrap();
    let mut words = said.stdout.split_whitespace();
    format!("apt {}", words.nth(1).unwrap_or_default())
}
