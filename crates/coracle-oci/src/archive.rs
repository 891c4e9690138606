//! A tar file of an image, as `docker save` and `skopeo` write it: where its members are, and their bytes. Nothing is
//! unpacked, and what the members mean is not decided here.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use tar::EntryType;

/// More members than any image archive has.
const MOST_MEMBERS: usize = 100_000;
/// Links to links, and no more.
const MOST_LINKS: usize = 8;

/// An archive whose members are known.
#[derive(Debug, Clone)]
pub struct Archive {
    path: PathBuf,
    members: BTreeMap<String, Member>,
}

#[derive(Debug, Clone)]
enum Member {
    /// Where its bytes begin, and how many there are.
    File { offset: u64, size: u64 },
    /// Another member, by name.
    Link(String),
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is a tar that was compressed afterwards.
    #[error("{} is compressed, and an image archive is read here and there", path.display())]
    Compressed {
        /// Which.
        path: PathBuf,
    },
    /// It is no tar.
    #[error("{} is no tar", path.display())]
    NoTar {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A member that must be there is not.
    #[error("{} has no `{member}`", path.display())]
    NoMember {
        /// The archive.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// A member that is read whole is too large for that.
    #[error("`{member}` of {} has {size} bytes, expected at most {limit}", path.display())]
    Large {
        /// The archive.
        path: PathBuf,
        /// The member.
        member: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        limit: u64,
    },
}

impl ArchiveError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Compressed { path } => Some(format!("gunzip it first: gunzip -k {}", path.display())),
            Self::NoTar { .. } | Self::NoMember { .. } => Some(
                "write it with `docker save`, or with `skopeo copy … docker-archive:FILE` or `oci-archive:FILE`"
                    .to_owned(),
            ),
            Self::Read { .. } | Self::Large { .. } => None,
        }
    }
}

impl Archive {
    /// Finds the members of a tar file; of members of one name the last one counts.
    ///
    /// # Errors
    /// When it cannot be read, is compressed, or is no tar.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Read {
            path: path.to_owned(),
            source,
        };
        let broken = |source| ArchiveError::NoTar {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(failed)?;
        let mut magic = [0; 2];
        if file.read_exact(&mut magic).is_ok() && magic == [0x1f, 0x8b] {
            return Err(ArchiveError::Compressed {
                path: path.to_owned(),
            });
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut tar = tar::Archive::new(file);
        let mut members = BTreeMap::new();
        for entry in tar.entries_with_seek().map_err(broken)?.take(MOST_MEMBERS) {
            let entry = entry.map_err(broken)?;
            let name = plain(&String::from_utf8_lossy(&entry.path_bytes()));
            let member = match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => Member::File {
                    offset: entry.raw_file_position(),
                    size: entry.size(),
                },
                kind @ (EntryType::Symlink | EntryType::Link) => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    let target = String::from_utf8_lossy(&target).into_owned();
                    // Symbolic links begin where they are, hard links at the top.
                    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
                    Member::Link(match kind {
                        EntryType::Symlink => plain(&format!("{parent}/{target}")),
                        _ => plain(&target),
                    })
                }
                _ => continue,
            };
            members.insert(name, member);
        }
        Ok(Self {
            path: path.to_owned(),
            members,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is such a member.
    pub fn has(&self, member: &str) -> bool {
        self.find(member).is_some()
    }

    /// How many bytes a member has.
    ///
    /// # Errors
    /// When there is none.
    pub fn size(&self, member: &str) -> Result<u64, ArchiveError> {
        let found = self.find(member).map(|(_, size)| size);
        found.ok_or_else(|| self.no_member(member))
    }

    /// The bytes of a member.
    ///
    /// # Errors
    /// When there is none, or the file cannot be read.
    pub fn read(&self, member: &str) -> Result<Take<File>, ArchiveError> {
        let (offset, size) = self.find(member).ok_or_else(|| self.no_member(member))?;
        let open = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file.take(size))
        };
        open().map_err(|source| ArchiveError::Read {
            path: self.path.clone(),
            source,
        })
    }

    /// All bytes of a small member.
    ///
    /// # Errors
    /// When there is none, it is larger than `limit`, or the file cannot be read.
    pub fn read_whole(&self, member: &str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let size = self.size(member)?;
        if size > limit {
            return Err(ArchiveError::Large {
                path: self.path.clone(),
                member: member.to_owned(),
                size,
                limit,
            });
        }
        let mut bytes = Vec::new();
        let read = self.read(member)?.read_to_end(&mut bytes);
        read.map_err(|source| ArchiveError::Read {
            path: self.path.clone(),
            source,
        })?;
        Ok(bytes)
    }

    fn find(&self, member: &str) -> Option<(u64, u64)> {
        let mut name = plain(member);
        for _ in 0..MOST_LINKS {
            match self.members.get(&name)? {
                Member::File { offset, size } => return Some((*offset, *size)),
                Member::Link(target) => name.clone_from(target),
            }
        }
        None
    }

    fn no_member(&self, member: &str) -> ArchiveError {
        ArchiveError::NoMember {
            path: self.path.clone(),
            member: member.to_owned(),
        }
    }
}

/// A name without `.` and `..`, never above the top.
fn plain(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(add: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> (tempfile::TempDir, PathBuf) {
        let mut tar = tar::Builder::new(Vec::new());
        add(&mut tar);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.tar");
        std::fs::write(&path, tar.into_inner().unwrap()).unwrap();
        (folder, path)
    }

    fn file(tar: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).unwrap();
    }

    #[test]
    fn members_are_found_by_name_and_through_links_and_the_last_of_a_name_counts() {
        let (_folder, path) = archive(|tar| {
            file(tar, "a/layer.tar", b"first");
            file(tar, "a/layer.tar", b"second");
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            tar.append_link(&mut header, "b/layer.tar", "../a/layer.tar")
                .unwrap();
        });
        let archive = Archive::open(&path).unwrap();
        for name in ["a/layer.tar", "./a/layer.tar", "b/layer.tar"] {
            assert_eq!(archive.read_whole(name, 10).unwrap(), b"second");
        }
        let error = archive.read_whole("a/layer.tar", 5).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("has 6 bytes, expected at most 5")
        );
        let error = archive.read_whole("manifest.json", 5).unwrap_err();
        assert!(error.to_string().contains("has no `manifest.json`"));
        assert!(error.hint().unwrap().contains("docker save"));
    }

    #[test]
    fn what_is_compressed_or_no_tar_is_refused() {
        let (folder, path) = archive(|_| {});
        std::fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
        let error = Archive::open(&path).unwrap_err();
        assert!(error.hint().unwrap().contains("gunzip"));
        std::fs::write(&path, vec![b'x'; 2000]).unwrap();
        assert!(matches!(
            Archive::open(&path),
            Err(ArchiveError::NoTar { .. })
        ));
        assert!(Archive::open(&folder.path().join("none")).is_err());
    }
}
