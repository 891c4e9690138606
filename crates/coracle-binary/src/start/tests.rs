//! Proofs over trees written in the tests: one file a part of the proof.

mod cache;
mod dlopen;
mod environment;
mod kernel;
mod levels;
mod libraries;
mod lone;
mod musl;
mod oracle;
mod programs;
mod provided;
mod reading;
mod root;
mod search;
mod settled;
mod symbols;
mod versions;
mod wrappers;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Code, FileTree, Finding, Launch, Node, NodeKind, Report, User, Verdict};
use crate::Machine;
use crate::elf::writer::Elf;
use crate::reduce::Reduced;

pub(super) const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu";

/// A tree in memory. Directories appear with the files in them.
#[derive(Clone, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<String, (Node, Vec<u8>)>,
}

impl FileTree for Tree {
    fn node(&self, path: &str) -> Option<Node> {
        assert!(
            path.starts_with('/') && !path.contains("//") && !path.contains("/."),
            "{path}"
        );
        self.nodes.get(path).map(|(node, _)| node.clone())
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let (node, bytes) = self.nodes.get(path)?;
        matches!(node.kind, NodeKind::File { .. }).then_some(Cow::Borrowed(bytes))
    }
}

impl Tree {
    /// Debian bookworm in little: a loader, libc and their links.
    pub(super) fn debian() -> Self {
        let mut tree = Self::default();
        tree.link("/lib", "usr/lib").link("/lib64", "usr/lib64");
        tree.link(
            "/usr/lib64/ld-linux-x86-64.so.2",
            "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        );
        tree.file(
            &format!("{LIBRARIES}/ld-linux-x86-64.so.2"),
            &loader("2.36-9").build(),
        );
        tree.library("libc.so.6", libc("2.36-9"));
        tree
    }

    pub(super) fn file(&mut self, path: &str, bytes: &[u8]) -> &mut Self {
        self.directories(path);
        let kind = NodeKind::File {
            size: bytes.len() as u64,
        };
        let node = Node {
            kind,
            mode: 0o755,
            uid: 0,
            gid: 0,
        };
        self.nodes.insert(path.to_owned(), (node, bytes.to_vec()));
        self
    }

    pub(super) fn program(&mut self, path: &str, elf: Elf) -> &mut Self {
        self.file(path, &elf.build())
    }

    pub(super) fn library(&mut self, name: &str, elf: Elf) -> &mut Self {
        self.file(&format!("{LIBRARIES}/{name}"), &elf.build())
    }

    pub(super) fn link(&mut self, path: &str, target: &str) -> &mut Self {
        self.directories(path);
        let kind = NodeKind::Symlink {
            target: target.to_owned(),
        };
        self.nodes.insert(
            path.to_owned(),
            (
                Node {
                    kind,
                    mode: 0o777,
                    uid: 0,
                    gid: 0,
                },
                Vec::new(),
            ),
        );
        self
    }

    pub(super) fn directories(&mut self, path: &str) -> &mut Self {
        for (at, _) in path.match_indices('/') {
            let directory = if at == 0 { "/" } else { &path[..at] };
            let node = Node {
                kind: NodeKind::Directory,
                mode: 0o755,
                uid: 0,
                gid: 0,
            };
            self.nodes
                .entry(directory.to_owned())
                .or_insert((node, Vec::new()));
        }
        self
    }

    fn reduced(&self) -> Self {
        let mut tree = self.clone();
        for (_, bytes) in tree.nodes.values_mut() {
            if let Some(reduced) = Reduced::of(bytes) {
                *bytes = reduced.fill(vec![0xff; 9]);
            }
        }
        tree
    }

    pub(super) fn mode(&mut self, path: &str, mode: u32) -> &mut Self {
        self.nodes.get_mut(path).unwrap().0.mode = mode;
        self
    }

    pub(super) fn remove(&mut self, path: &str) -> &mut Self {
        self.nodes.remove(path).unwrap();
        self
    }
}

/// A loader of glibc as far as its strings and versions go.
pub(super) fn loader(build: &str) -> Elf {
    let number = build.split('-').next().unwrap();
    let banner =
        format!("\0ld.so (Debian GLIBC {build}) stable release version {number}.\nCopyright");
    let directories = "\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0";
    let paths = "\0/etc/ld.so.cache\0/etc/ld.so.preload\0lib/x86_64-linux-gnu\0";
    let extra = [banner.as_bytes(), directories.as_bytes(), paths.as_bytes()].concat();
    let elf = Elf {
        extra,
        entry: 0x1_0040,
        ..Elf::library("ld-linux-x86-64.so.2", &[])
    };
    elf.defining(&[
        "ld-linux-x86-64.so.2",
        "GLIBC_2.2.5",
        "GLIBC_2.3",
        "GLIBC_PRIVATE",
    ])
}

pub(super) fn libc(build: &str) -> Elf {
    let number = build.split('-').next().unwrap();
    let banner =
        format!("\0GNU C Library (Debian GLIBC {build}) stable release version {number}.\n\0");
    let extra = banner.into_bytes();
    let elf = Elf {
        extra,
        ..Elf::library("libc.so.6", &["ld-linux-x86-64.so.2"])
    };
    elf.needing("ld-linux-x86-64.so.2", &["GLIBC_PRIVATE"])
        .defining(&[
            "libc.so.6",
            "GLIBC_2.2.5",
            "GLIBC_2.34",
            "GLIBC_2.36",
            "GLIBC_PRIVATE",
        ])
}

pub(super) fn launch(words: &[&str]) -> Launch {
    Launch::of(
        words.iter().map(|word| (*word).to_owned()).collect(),
        Machine::X86_64,
    )
}

/// Proves, and once more where of each file only what is kept of a reduced one is there.
pub(super) fn prove(tree: &Tree, launch: &Launch) -> Report {
    let report = super::prove(tree, launch);
    assert_eq!(super::prove(&tree.reduced(), launch), report, "reduced");
    report
}

/// Proves `/app/worker`.
pub(super) fn proof(tree: &Tree) -> Report {
    prove(tree, &launch(&["/app/worker"]))
}

/// The report's only finding.
#[track_caller]
pub(super) fn only(report: &Report) -> &Finding {
    let [finding] = report.findings.as_slice() else {
        panic!("expected one finding, got {:#?}", report.findings);
    };
    assert!(!report.proven());
    finding
}

#[track_caller]
pub(super) fn check(tree: &Tree, code: Code, verdict: Verdict, explanation: &str) {
    check_launch(tree, &launch(&["/app/worker"]), code, verdict, explanation);
}

/// Proves and expects one finding, whose explanation holds this text.
#[track_caller]
pub(super) fn check_launch(
    tree: &Tree,
    launch: &Launch,
    code: Code,
    verdict: Verdict,
    explanation: &str,
) {
    let report = prove(tree, launch);
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.verdict),
        (code, verdict),
        "{finding:#?}"
    );
    assert!(finding.explanation.contains(explanation), "{finding:#?}");
}

#[track_caller]
pub(super) fn check_proven(tree: &Tree, launch: &Launch) -> Report {
    let report = prove(tree, launch);
    assert!(report.proven(), "{report:#?}");
    report
}

pub(super) fn root() -> User {
    User {
        uid: 0,
        gid: 0,
        groups: Vec::new(),
    }
}

#[test]
fn codes_have_distinct_kebab_case_names_and_a_meaning() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(
        names
            .iter()
            .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')),
        "{names:?}"
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|code| code.meaning().ends_with('.')));
    assert_eq!(Code::LibraryMissing.to_string(), "library-missing");
    assert_eq!(
        Code::GlibcOnMusl.meaning(),
        "A file that is built for glibc is loaded by musl or by gcompat."
    );
}
