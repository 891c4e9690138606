//! A root with changes over it, merged by the kernel's own overlayfs, and the changes as a layer of an image: what merging
//! layers comes to is the kernel's answer, and not ours. Needs root, for `mount`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tar::{EntryType, Header};

use crate::command::tool;

/// A root that can be changed, over one that is not.
pub struct Overlay {
    folder: tempfile::TempDir,
}

impl Overlay {
    /// Mounts a fresh one over `lower`.
    ///
    /// # Errors
    /// When it cannot be mounted.
    pub fn over(lower: &Path) -> anyhow::Result<Overlay> {
        let overlay = Overlay {
            folder: tempfile::tempdir()?,
        };
        // The folder of the test may be on an overlay itself, which takes no changes of another.
        let folder = overlay.folder.path().display().to_string();
        tool(
            "mount",
            &["-t", "tmpfs", "-o", "mode=755", "tmpfs", &folder],
        )?;
        for name in ["upper", "work", "merged"] {
            fs::create_dir(overlay.at(name))?;
        }
        let options = format!(
            "lowerdir={},upperdir={folder}/upper,workdir={folder}/work,redirect_dir=off,metacopy=off,index=off",
            lower.display()
        );
        let merged = overlay.root().display().to_string();
        tool(
            "mount",
            &["-t", "overlay", "overlay", "-o", &options, &merged],
        )?;
        Ok(overlay)
    }

    /// The merged root, to be changed and started in.
    pub fn root(&self) -> PathBuf {
        self.at("merged")
    }

    /// What was changed, as the tar of a layer: deletions are whiteouts, and a folder that hides the one below is opaque
    /// (image-spec, layer.md).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn layer(&self) -> anyhow::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut linked = BTreeMap::new();
        add_folder(&mut tar, &self.at("upper"), Path::new(""), &mut linked)?;
        Ok(tar.into_inner()?)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        // Whoever still runs in it keeps it alive, and nobody else sees it.
        let merged = self.root().display().to_string();
        let folder = self.folder.path().display().to_string();
        let _ = tool("umount", &["--lazy", &merged]);
        let _ = tool("umount", &["--lazy", &folder]);
    }
}

type Tar = tar::Builder<Vec<u8>>;

fn add_folder(
    tar: &mut Tar,
    upper: &Path,
    path: &Path,
    linked: &mut BTreeMap<u64, PathBuf>,
) -> anyhow::Result<()> {
    let mut names: Vec<_> = fs::read_dir(upper.join(path))?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    for name in names {
        let path = path.join(&name);
        let place = upper.join(&path);
        let data = fs::symlink_metadata(&place)?;
        let kind = data.file_type();
        if kind.is_char_device() && data.rdev() == 0 {
            let deleted = [b".wh.", name.as_bytes()].concat();
            let deleted = String::from_utf8(deleted).context("a name is not UTF-8")?;
            whiteout(tar, &path.with_file_name(deleted))?;
            continue;
        }
        let mut header = Header::new_gnu();
        header.set_mode(data.mode() & 0o7777);
        header.set_uid(data.uid().into());
        header.set_gid(data.gid().into());
        header.set_mtime(u64::try_from(data.mtime()).unwrap_or_default());
        header.set_size(0);
        if kind.is_dir() {
            header.set_entry_type(EntryType::Directory);
            tar.append_data(&mut header, &path, std::io::empty())?;
            if is_opaque(&place)? {
                whiteout(tar, &path.join(".wh..wh..opq"))?;
            }
            add_folder(tar, upper, &path, linked)?;
        } else if kind.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            tar.append_link(&mut header, &path, fs::read_link(&place)?)?;
        } else if let Some(first) = linked.get(&data.ino()) {
            header.set_entry_type(EntryType::Link);
            tar.append_link(&mut header, &path, first)?;
        } else {
            ensure!(kind.is_file(), "{} is no file", place.display());
            let bytes = fs::read(&place)?;
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, &path, bytes.as_slice())?;
            if data.nlink() > 1 {
                linked.insert(data.ino(), path);
            }
        }
    }
    Ok(())
}

fn whiteout(tar: &mut Tar, path: &Path) -> anyhow::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(0);
    header.set_size(0);
    tar.append_data(&mut header, path, std::io::empty())?;
    Ok(())
}

/// Whether a folder of the upper side hides the one below it.
fn is_opaque(place: &Path) -> anyhow::Result<bool> {
    let mut value = [0; 8];
    match rustix::fs::lgetxattr(place, "trusted.overlay.opaque", &mut value) {
        Ok(length) => Ok(value.get(..length) == Some(b"y")),
        Err(rustix::io::Errno::NODATA) => Ok(false),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read attributes of {}", place.display()))
        }
    }
}
