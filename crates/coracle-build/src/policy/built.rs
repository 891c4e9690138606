//! An image of our own as policies see it: by the files that it was assembled from.

use std::fs::File as OpenFile;
use std::io::Read as _;

use coracle_binary::Linkage;
use coracle_binary::inspect::Facts;
use coracle_distro::Suite;
use coracle_oci::layer::{Content, EntryKind};

use super::{Base, File, FileKind, Subject, Violation};
use crate::plan::ServicePlan;
use crate::resolve::{Origin, RootFile, Rootfs};

/// What of the service's policy does not hold.
pub(crate) fn check(
    (service, suite): (&ServicePlan, &Suite),
    facts: &Facts,
    (rootfs, unpacked_size): (&Rootfs, u64),
    today: String,
) -> Vec<Violation> {
    let binary = service.binary_path();
    let installed = rootfs
        .packages
        .iter()
        .filter(|installed| installed.in_image);
    let labels = service.labels.iter();
    let labels = labels.filter(|(_, label)| !label.value.is_empty());
    let subject = Subject {
        unpacked_size,
        programs: vec![(&binary, !matches!(facts.linkage, Linkage::Dynamic { .. }))],
        packages: installed
            .map(|installed| (installed.pin.name.as_str(), installed.reason.clone()))
            .collect(),
        unread: None,
        files: rootfs.files.values().map(file).collect(),
        real: &|path| real(rootfs, path),
        uid: Some(service.user.value.user),
        labels: Some(labels.map(|(name, _)| name.as_str()).collect()),
        own_programs: rootfs
            .files
            .values()
            .filter(|file| is_own_program(file))
            .map(|file| format!("/{}", file.entry.path))
            .collect(),
        base: Some(Base {
            id: suite.distribution,
            version: Some(suite.version),
            codename: Some(suite.codename),
        }),
        today,
        certificates: None,
        time_zones: None,
    };
    super::check(&service.settings.policy, &subject).violations
}

fn file(file: &RootFile) -> File<'_> {
    File {
        path: &file.entry.path,
        mode: file.entry.mode,
        kind: match file.entry.kind {
            EntryKind::Directory => FileKind::Folder,
            EntryKind::File(_) | EntryKind::HardLink(_) => FileKind::Regular,
            EntryKind::Symlink(_) => FileKind::Other,
        },
        is_owned: file.origin.package().is_some(),
    }
}

/// Packages are unpacked into `usr` where their folders lead to it.
fn real(rootfs: &Rootfs, path: &str) -> String {
    let merged = format!("usr/{path}");
    let begins = |name: &str| path.starts_with(&format!("{name}/"));
    let is_there = !rootfs.files.contains_key(path)
        && ["bin", "sbin", "lib", "lib32", "lib64"]
            .into_iter()
            .any(begins)
        && rootfs.files.contains_key(&merged);
    if is_there { merged } else { path.to_owned() }
}

fn is_own_program(file: &RootFile) -> bool {
    let EntryKind::File(content) = &file.entry.kind else {
        return false;
    };
    if file.origin != Origin::Program || file.entry.mode & 0o111 == 0 {
        return false;
    }
    let mut magic = [0; 4];
    match content {
        Content::Bytes(bytes) => bytes.starts_with(b"\x7fELF"),
        Content::File { path, .. } => {
            let read = OpenFile::open(path).and_then(|mut file| file.read_exact(&mut magic));
            read.is_ok() && magic == *b"\x7fELF"
        }
    }
}
