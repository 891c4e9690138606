//! Anybody's image as policies see it: by its tree, its configuration, and what it says that it is made of.

use std::time::SystemTime;

use coracle_binary::elf::ElfFacts;
use coracle_binary::start::{Libc, ProgramReport, Report};
use coracle_oci::ImageConfig;
use coracle_oci::rootfs::{Node, NodeKind};

use super::beyond::Beyond;
use super::folders::Folders;
use super::kept::Kept;
use super::packages::Contents;
use super::tree::Tree;
use crate::policy::{self, Base, File, FileKind, Judgement, Subject};
use crate::settings::Policy;

/// One image or root filesystem, looked at.
pub(super) struct Looked<'a> {
    pub(super) tree: &'a Tree,
    /// What a folder does not have.
    pub(super) config: Option<&'a ImageConfig>,
    /// Who it runs as, where that is said.
    pub(super) uid: Option<u32>,
    pub(super) report: &'a Report,
    pub(super) contents: &'a Contents,
    pub(super) beyond: &'a Beyond,
}

/// Judges it; without a day nothing is past its end.
pub(super) fn judge(policy: &Policy, looked: &Looked<'_>, now: Option<SystemTime>) -> Judgement {
    let owners = looked.contents.owners();
    let folders = Folders::of(&looked.tree.files);
    let container = looked.config.map(|config| config.config.as_ref());
    let labels = container.map(|container| {
        let labels = container.iter().flat_map(|container| &container.labels);
        let labels = labels.filter(|(_, value)| !value.is_empty());
        labels.map(|(name, _)| name.as_str()).collect()
    });
    let packages = looked.contents.packages.iter();
    let release = looked.contents.release.as_ref();
    let real = |path: &str| folders.in_folder(path).unwrap_or_else(|| path.to_owned());
    let subject = Subject {
        unpacked_size: looked
            .tree
            .regular()
            .map(|(_, kept, _)| kept.length())
            .sum(),
        programs: looked.report.programs.iter().map(linked).collect(),
        packages: packages
            .map(|package| (package.name.as_str(), package.version.clone()))
            .collect(),
        unread: looked.contents.unread.first().map(String::as_str),
        files: looked
            .tree
            .files
            .iter()
            .map(|(path, node)| file(path, node, owners.contains_key(path)))
            .collect(),
        real: &real,
        uid: looked.uid,
        labels,
        own_programs: match policy.one_service {
            true => own_programs(looked.tree, &|path| owners.contains_key(path)),
            false => Vec::new(),
        },
        base: release.map(|release| Base {
            id: &release.id,
            version: release.version.as_deref(),
            codename: release.codename.as_deref(),
        }),
        today: now.map(policy::day).unwrap_or_default(),
        certificates: looked.beyond.certificates.clone(),
        time_zones: looked.beyond.time_zones.clone(),
    };
    policy::check(policy, &subject)
}

fn linked(program: &ProgramReport) -> (&str, bool) {
    let is_static = match program.libc {
        Libc::Static => true,
        Libc::Unknown => program.interpreter.is_none(),
        Libc::Glibc { .. } | Libc::Musl { .. } => false,
    };
    (&program.path, is_static)
}

fn file<'a>(path: &'a str, node: &Node<Kept>, is_owned: bool) -> File<'a> {
    File {
        path,
        mode: node.mode,
        kind: match node.kind {
            NodeKind::File { .. } => FileKind::Regular,
            NodeKind::Directory => FileKind::Folder,
            NodeKind::Symlink(_) | NodeKind::Other => FileKind::Other,
        },
        is_owned,
    }
}

fn own_programs(tree: &Tree, is_owned: &dyn Fn(&str) -> bool) -> Vec<String> {
    let own = tree.regular().filter(|(path, kept, node)| {
        let may_start = node.mode & 0o111 != 0 && !is_owned(path) && kept.is_elf();
        may_start && {
            let content = kept.content(Vec::new()).unwrap_or_default();
            ElfFacts::read(&content).is_ok_and(|facts| super::is_program(&facts))
        }
    });
    own.map(|(path, _, _)| format!("/{path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;
    use crate::settings::UserPolicy;

    #[test]
    fn what_the_tree_and_the_configuration_say_is_judged() {
        let mut made = Made::default();
        made.file("usr/bin/sh", "shell")
            .link("bin", "usr/bin")
            .with_mode("usr/bin/su", b"x", 0o4755)
            .file("var/lib/dpkg/status.d/own", "Package: own\nVersion: 2\n")
            .file(
                "var/lib/dpkg/status.d/own.md5sums",
                "0  etc/own/server.key\n",
            )
            .file("etc/own/server.key", "public in the package")
            .file("app/.env", "SECRET=1")
            .file("etc/os-release", "ID=debian\nVERSION_ID=10\n");
        let tree = made.tree();
        let contents = Contents::of(&tree);
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{"Labels":{"owner":"us","empty":""}}}"#;
        let config = ImageConfig::from_bytes(config).unwrap();
        let looked = Looked {
            tree: &tree,
            config: Some(&config),
            uid: Some(0),
            report: &Report::default(),
            contents: &contents,
            beyond: &Beyond::default(),
        };
        let policy = Policy {
            forbid_files: vec!["/bin/sh".to_owned()],
            forbid_packages: vec!["own".to_owned()],
            labels: vec!["owner".to_owned(), "empty".to_owned()],
            user: Some(UserPolicy::Any),
            ..Policy::default()
        };
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_000_000);
        let judgement = judge(&policy, &looked, Some(now));
        let keys = |violations: &[policy::Violation]| {
            let keys = violations.iter().map(|violation| violation.key);
            keys.collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&judgement.violations),
            ["forbid-packages", "forbid-files", "labels"]
        );
        assert_eq!(keys(&judgement.warnings), ["setuid", "secrets", "base-eol"]);
        let secret = &judgement.warnings[1].text;
        assert_eq!(secret, "a file is a secret by its name: /app/.env");
    }
}
