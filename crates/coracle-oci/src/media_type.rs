//! Media types of the image specification and of Docker's schema 2, and what they are for.

/// An OCI descriptor.
pub const DESCRIPTOR: &str = "application/vnd.oci.descriptor.v1+json";
/// The `oci-layout` file.
pub const LAYOUT_HEADER: &str = "application/vnd.oci.layout.header.v1+json";
/// An OCI image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// An OCI image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// An OCI image configuration.
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// The config of artifacts that have none: `{}`.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// A layer as plain tar.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// A layer as gzip-compressed tar.
pub const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// A layer as zstd-compressed tar.
pub const LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// Docker's manifest list.
pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker's image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's image configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Docker's plain layer.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// Docker's gzip-compressed layer.
pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// Docker's layer that registries do not hold.
pub const DOCKER_FOREIGN_LAYER_GZIP: &str =
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
/// Docker's manifest before schema 2, signed; recognised to be refused by name.
pub const DOCKER_SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// OCI layers that registries do not hold share this beginning.
const NONDISTRIBUTABLE: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";

/// What content of some media type is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An image index or manifest list.
    Index,
    /// An image manifest.
    Manifest,
    /// An image configuration.
    Config,
    /// A file-system layer, packed so.
    Layer(Packing),
    /// Anything else: an artifact's own content.
    Other,
}

/// How a layer's tar is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packing {
    /// Plain tar.
    Tar,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// Says what content of this media type is for. Parameters (`; charset=…`) and letter case do not matter.
pub fn classify(media_type: &str) -> Kind {
    let essence = media_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    match essence.as_str() {
        INDEX | DOCKER_INDEX => Kind::Index,
        MANIFEST | DOCKER_MANIFEST => Kind::Manifest,
        CONFIG | DOCKER_CONFIG => Kind::Config,
        LAYER | DOCKER_LAYER => Kind::Layer(Packing::Tar),
        LAYER_GZIP | DOCKER_LAYER_GZIP | DOCKER_FOREIGN_LAYER_GZIP => Kind::Layer(Packing::Gzip),
        LAYER_ZSTD => Kind::Layer(Packing::Zstd),
        other => match other.strip_prefix(NONDISTRIBUTABLE) {
            Some("") => Kind::Layer(Packing::Tar),
            Some("+gzip") => Kind::Layer(Packing::Gzip),
            Some("+zstd") => Kind::Layer(Packing::Zstd),
            _ => Kind::Other,
        },
    }
}

/// Whether content of this media type need not be in a registry or layout; its descriptor has `urls`.
pub fn is_nondistributable(media_type: &str) -> bool {
    media_type.starts_with(NONDISTRIBUTABLE) || media_type == DOCKER_FOREIGN_LAYER_GZIP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oci_and_docker_types_are_classified_alike() {
        for (media_type, kind) in [
            (INDEX, Kind::Index),
            (DOCKER_INDEX, Kind::Index),
            (MANIFEST, Kind::Manifest),
            (DOCKER_MANIFEST, Kind::Manifest),
            (CONFIG, Kind::Config),
            (DOCKER_CONFIG, Kind::Config),
            (LAYER, Kind::Layer(Packing::Tar)),
            (LAYER_GZIP, Kind::Layer(Packing::Gzip)),
            (LAYER_ZSTD, Kind::Layer(Packing::Zstd)),
            (DOCKER_LAYER_GZIP, Kind::Layer(Packing::Gzip)),
            (
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                Kind::Layer(Packing::Gzip),
            ),
            (
                "Application/vnd.oci.image.manifest.v1+json; charset=utf-8",
                Kind::Manifest,
            ),
            ("application/vnd.in-toto+json", Kind::Other),
            (DOCKER_SCHEMA1, Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(classify(media_type), kind, "{media_type}");
        }
        assert!(is_nondistributable(DOCKER_FOREIGN_LAYER_GZIP));
        assert!(!is_nondistributable(LAYER_GZIP));
    }
}
