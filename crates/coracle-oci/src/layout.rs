//! Writes images out of the store as an OCI layout (image-spec, image-layout.md) in a folder of the user's, or adds them to the
//! layout that is there. `index.json` comes last: until then nobody sees anything of it.

mod source;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::Builder;

pub use self::source::LayoutSource;

use crate::descriptor::Descriptor;
use crate::graph::{self, GraphError};
use crate::store::{self, Store, StoreError, blob_path, disk};

/// Why a layout could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// There is something else in the folder.
    #[error("{} is neither empty nor an OCI layout", path.display())]
    NotALayout {
        /// The folder.
        path: PathBuf,
    },
    /// The images are not whole.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The disk, the store or the layout that is there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LayoutError {
    /// Whether the disk is at fault.
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Store(error) | Self::Graph(GraphError::Store(error)) if error.is_disk())
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotALayout { .. } => Some("choose a new or empty folder".to_owned()),
            Self::Graph(error) => error.hint(),
            Self::Store(error) => error.hint(),
        }
    }
}

/// Writes everything that these named roots need into the layout in `destination`, which is made when it is not there. An entry
/// of the same name is replaced, all others stay. Content is linked where the file system can do that, else copied and verified.
///
/// When it fails, the layout's names are as before and what was added is taken away again.
pub fn write_layout(
    store: &Store,
    roots: &[(String, Descriptor)],
    destination: &Path,
) -> Result<(), LayoutError> {
    let mut needed = Vec::new();
    for (_, root) in roots {
        needed.extend(graph::reachable(store, root)?);
    }
    let mut added = Added::default();
    prepare(destination, &mut added)?;
    // Held to the end: what fails here must not take away what somebody else relies on.
    let layout = store::lock_layout(destination)?;
    let mut added = added;
    let folder = destination.join("blobs").join("sha256");
    added.create_folder(&folder)?;
    for descriptor in &needed {
        add_blob(store, descriptor, destination, &mut added)?;
    }
    layout.put(roots)?;
    added.keep();
    Ok(())
}

/// Makes sure that the folder is a layout, or becomes one.
fn prepare(destination: &Path, added: &mut Added) -> Result<(), LayoutError> {
    added.create_folder(destination)?;
    // Looked at in this order, because somebody else may be making it a layout right now.
    let is_empty = is_empty(destination)?;
    let header = destination.join("oci-layout");
    let is_layout = header.try_exists().map_err(disk("read", &header))?;
    if !is_layout && !is_empty {
        let path = destination.to_owned();
        return Err(LayoutError::NotALayout { path });
    }
    if !is_layout {
        added.paths.push(header);
    }
    store::describe_layout(destination)?;
    Ok(())
}

/// Whether there is nothing in the folder but files of ours that are being written.
fn is_empty(folder: &Path) -> Result<bool, StoreError> {
    for entry in fs::read_dir(folder).map_err(disk("read", folder))? {
        let name = entry.map_err(disk("read", folder))?.file_name();
        if !name.to_string_lossy().starts_with(store::NEW) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn add_blob(
    store: &Store,
    descriptor: &Descriptor,
    destination: &Path,
    added: &mut Added,
) -> Result<(), StoreError> {
    let target = blob_path(destination, &descriptor.digest);
    match fs::metadata(&target) {
        Ok(found) if found.is_file() && found.len() == descriptor.size => return Ok(()),
        Ok(_) => fs::remove_file(&target).map_err(disk("replace", &target))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(disk("read", &target)(error)),
    }
    let mut blob = store.open_blob(descriptor)?;
    match fs::hard_link(store.path(&descriptor.digest), &target) {
        Ok(()) => added.paths.push(target),
        // Another process was faster, and its content is the same.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(_) => {
            let folder = destination.join("blobs").join("sha256");
            let mut file = Builder::new()
                .prefix(store::NEW)
                .tempfile_in(&folder)
                .map_err(disk("create a file in", &folder))?;
            io::copy(&mut blob, &mut file).map_err(disk("write", &target))?;
            store::make_readable(&file)?;
            file.persist(&target)
                .map_err(|error| disk("write", &target)(error.error))?;
            added.paths.push(target);
        }
    }
    Ok(())
}

/// What was made, to be taken away again unless it is kept.
#[derive(Default)]
struct Added {
    paths: Vec<PathBuf>,
}

impl Added {
    /// Like `create_dir_all`, remembering which folders are new.
    fn create_folder(&mut self, folder: &Path) -> Result<(), StoreError> {
        let missing: Vec<PathBuf> = folder
            .ancestors()
            .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(folder).map_err(disk("create", folder))?;
        self.paths.extend(missing.into_iter().rev());
        Ok(())
    }

    fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Added {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            // Nothing better can be done about a failure here; folders that others have filled stay.
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

#[cfg(test)]
mod tests;
