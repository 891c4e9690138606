//! The records of images, and the archives that images come in.

use std::io::{Read as _, Write as _};

use coracle_oci::{Archive, ImageConfig, Index, Manifest};

/// The most that is read of one member.
const MOST: u64 = 1 << 20;

/// A manifest, an index or a configuration: written and read again, it is the same.
pub fn records(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::from_bytes(bytes) {
        let written = manifest.to_bytes().unwrap_or_default();
        assert_eq!(Manifest::from_bytes(&written).ok(), Some(manifest));
    }
    if let Ok(index) = Index::from_bytes(bytes) {
        let written = index.to_bytes().unwrap_or_default();
        assert_eq!(Index::from_bytes(&written).ok(), Some(index));
    }
    if let Ok(config) = ImageConfig::from_bytes(bytes) {
        let _ = config.platform().normalised();
        let written = config.to_bytes().unwrap_or_default();
        assert_eq!(ImageConfig::from_bytes(&written).ok(), Some(config));
    }
}

/// A tar file of an image: a member has as many bytes as it says, or cannot be read.
pub fn archive(bytes: &[u8]) {
    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let Ok(archive) = Archive::open(file.path()) else {
        return;
    };
    for member in [
        "manifest.json",
        "index.json",
        "oci-layout",
        "blobs/../a/./layer.tar",
    ] {
        let Ok(size) = archive.size(member) else {
            assert!(!archive.has(member));
            continue;
        };
        let mut content = Vec::new();
        if let Ok(reader) = archive.read(member) {
            let read = reader.take(MOST).read_to_end(&mut content);
            assert!(read.is_err() || content.len() as u64 <= size);
        }
        if let Ok(whole) = archive.read_whole(member, MOST) {
            assert_eq!(whole, content);
        }
    }
}
