//! Images in little for tests: files in layers, and a report that says what is loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use coracle_binary::start::{Libc, LoadedObject, ProgramReport, Report};
use coracle_oci::config::ContainerConfig;
use coracle_oci::rootfs::{Node, NodeKind, RootFilesystem};
use coracle_oci::{Digest, Platform};

use super::super::kept::Kept;
use super::super::tree::Tree;
use super::{Layer, Seen};

/// An image in the making.
#[derive(Default)]
pub(crate) struct Made {
    files: RootFilesystem<Kept>,
    layers: Vec<Layer>,
    programs: Vec<ProgramReport>,
    /// Its configuration.
    pub(crate) config: ContainerConfig,
}

impl Made {
    pub(crate) fn new() -> Made {
        Made::default()
    }

    /// A layer of this content and packed size, above those that are there.
    pub(crate) fn layer(mut self, content: &str, size: u64, packages: &str) -> Made {
        self.layers.push(Layer {
            digest: Some(Digest::of(content.as_bytes())),
            diff_id: Digest::of(format!("unpacked {content}").as_bytes()),
            size,
            made_by: Some(format!("RUN make {content}")),
            packages: packages
                .split(',')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
        });
        self
    }

    /// A file whose content is kept.
    pub(crate) fn file(self, layer: usize, path: &str, content: &str) -> Made {
        let content = Kept::Whole(Arc::from(content.as_bytes()));
        self.put(layer, path, 100, NodeKind::File { content })
    }

    /// A file of which the length and the sum are kept, by a number that stands for its content.
    pub(crate) fn data(self, layer: usize, path: &str, length: u64, content: u8) -> Made {
        let bytes = Vec::new();
        let sum = [content; 32];
        let content = Kept::Head { length, bytes, sum };
        self.put(layer, path, 100, NodeKind::File { content })
    }

    pub(crate) fn link(self, layer: usize, path: &str, target: &str) -> Made {
        self.put(layer, path, 100, NodeKind::Symlink(target.to_owned()))
    }

    fn put(mut self, layer: usize, path: &str, mtime: i64, kind: NodeKind<Kept>) -> Made {
        let node = |kind, mode| Node {
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime,
            xattrs: BTreeMap::new(),
            layer,
        };
        for (end, _) in path.match_indices('/') {
            let folder = path[..end].to_owned();
            if self.files.get(&folder).is_none() {
                self.files.put(folder, node(NodeKind::Directory, 0o755));
            }
        }
        self.files.put(path.to_owned(), node(kind, 0o644));
        self
    }

    /// A program that loads these files, each asked for by the one before it.
    pub(crate) fn program(mut self, path: &str, loads: &[&str]) -> Made {
        let mut needed_by = vec!["ENTRYPOINT".to_owned(), path.to_owned()];
        let mut objects = Vec::new();
        for file in loads {
            let name = file.rsplit('/').next().unwrap_or(file);
            needed_by.push(format!("{name} (NEEDED)"));
            objects.push(LoadedObject {
                path: (*file).to_owned(),
                file: (*file).to_owned(),
                soname: Some(name.to_owned()),
                needed_by: needed_by.clone(),
                why_found: "/etc/ld.so.cache".to_owned(),
            });
        }
        self.programs.push(ProgramReport {
            path: path.to_owned(),
            chain: vec!["ENTRYPOINT".to_owned(), path.to_owned()],
            interpreter: None,
            libc: Libc::Static,
            objects,
            versions_checked: 0,
            symbols_checked: 0,
            glibc_needed: None,
            levels: Vec::new(),
            opened: Vec::new(),
        });
        self
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen {
            target: "ghcr.io/acme/api:v1".to_owned(),
            platform: Platform::linux("amd64"),
            digest: None,
            config: self.config.clone(),
            history: Vec::new(),
            layers: self.layers.clone(),
            report: Report {
                programs: self.programs.clone(),
                ..Report::default()
            },
            tree: Tree {
                files: self.files.clone(),
            },
        }
    }
}
