//! The name of an image as a Dockerfile writes it, taken apart. Not resolved, and not checked beyond its form.

/// `registry/name:tag@digest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name as the table has it: Docker Hub's own images (also by their mirrors) by the last word, others whole.
    pub name: String,
    /// Behind the `:`.
    pub tag: Option<String>,
    /// Behind the `@`.
    pub digest: Option<String>,
}

/// What stands before the names of Docker Hub's own images, there and where they are mirrored.
const HUBS: [&str; 5] = [
    "docker.io/",
    "index.docker.io/",
    "registry-1.docker.io/",
    "public.ecr.aws/docker/",
    "mirror.gcr.io/",
];

impl Reference {
    /// Reads one. Variables must have been expanded.
    pub fn parse(written: &str) -> Reference {
        let (rest, digest) = match written.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (written, None),
        };
        let last = rest.rfind('/').map_or(0, |at| at + 1);
        let colon = rest.get(last..).and_then(|name| name.find(':'));
        let (name, tag) = match colon {
            Some(at) => (
                rest.get(..last + at).unwrap_or_default(),
                rest.get(last + at + 1..).map(ToOwned::to_owned),
            ),
            None => (rest, None),
        };
        let name = name.to_ascii_lowercase();
        let hub = HUBS.iter().find_map(|hub| name.strip_prefix(hub));
        let bare = hub.unwrap_or(&name);
        Reference {
            name: bare.strip_prefix("library/").unwrap_or(bare).to_owned(),
            tag,
            digest,
        }
    }

    /// Its tag, or the one that is meant where there is none.
    pub fn tag(&self) -> &str {
        self.tag.as_deref().unwrap_or("latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart_and_hubs_are_one() {
        let check = |written: &str, name: &str, tag: Option<&str>, digest: bool| {
            let got = Reference::parse(written);
            assert_eq!(
                (got.name.as_str(), got.tag.as_deref()),
                (name, tag),
                "{written}"
            );
            assert_eq!(got.digest.is_some(), digest, "{written}");
        };
        check("rust", "rust", None, false);
        check("docker.io/library/rust:1.90", "rust", Some("1.90"), false);
        check(
            "public.ecr.aws/docker/library/golang:1",
            "golang",
            Some("1"),
            false,
        );
        check("localhost:5000/a/b", "localhost:5000/a/b", None, false);
        check(
            "localhost:5000/a/b:c@sha256:0",
            "localhost:5000/a/b",
            Some("c"),
            true,
        );
        check(
            "gcr.io/distroless/cc-debian12",
            "gcr.io/distroless/cc-debian12",
            None,
            false,
        );
        assert_eq!(Reference::parse("rust").tag(), "latest");
    }
}
