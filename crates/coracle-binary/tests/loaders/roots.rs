//! Whole roots on the disk: unpacked by our own hand, and made by mmdebstrap.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use coracle_distro::{Archive, Deb, FileKind, Package};

/// The links of a merged /usr, where the packages bring none: base-files, which has them in trixie, is nobody's dependency.
const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// Writes the files of these packages into a folder, a later one over an earlier one's; nothing else is done.
pub(crate) fn unpack(archive: &Archive<'_>, packages: &[&Package], folder: &Path) {
    fs::create_dir_all(folder.join("usr")).unwrap();
    for package in packages {
        let deb = archive.fetch(&package.pin());
        let deb = deb.unwrap_or_else(|error| panic!("{}: {error}", package.name));
        write(&deb, folder);
    }
    merge(folder);
}

fn merge(folder: &Path) {
    for name in MERGED {
        let there = folder.join("usr").join(name).exists();
        if there && folder.join(name).symlink_metadata().is_err() {
            symlink(format!("usr/{name}"), folder.join(name)).unwrap();
        }
    }
}

fn write(deb: &Deb, folder: &Path) {
    let mut modes = BTreeMap::new();
    for file in &deb.files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
        }
        if !matches!(file.kind, FileKind::Directory) {
            let _ = fs::remove_file(&path);
        }
        match &file.kind {
            FileKind::Directory => fs::create_dir_all(&path).unwrap(),
            FileKind::File(bytes) => fs::write(&path, bytes).unwrap(),
            FileKind::Symlink(target) => symlink(target, &path).unwrap(),
            FileKind::HardLink(other) => fs::hard_link(folder.join(other), &path).unwrap(),
        }
        if !matches!(file.kind, FileKind::Symlink(_)) {
            let owner = |number: u64| u32::try_from(number).ok();
            std::os::unix::fs::chown(&path, owner(file.uid), owner(file.gid)).unwrap();
            modes.insert(path, file.mode);
        }
    }
    for (path, mode) in modes {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// A root that mmdebstrap makes of these packages with all that they depend on: unpacked, no script run.
pub(crate) fn mmdebstrap(suite: &str, architecture: &str, packages: &[&str], folder: &Path) {
    let output = Command::new("mmdebstrap")
        .args(["--quiet", "--variant=extract"])
        .arg(format!("--architectures={architecture}"))
        .arg(format!("--include={}", packages.join(",")))
        .arg(suite)
        .arg(folder)
        .output()
        .expect("mmdebstrap is needed: apt-get install mmdebstrap");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "mmdebstrap {suite}: {said}");
    merge(folder);
}
