//! What makes two findings the same, for services that follow one through several versions of an image.

use coracle_binary::start::Finding;
use coracle_oci::Digest;

use super::Verdict;

impl Verdict {
    /// The same for the next version of the image with the same finding: tag and digest are not part of it.
    pub fn fingerprint(&self, finding: &Finding) -> String {
        let image = without_version(&self.target);
        let (platform, code) = (&self.platform, finding.code);
        let program = finding.chain.first().map_or("", String::as_str);
        let words = format!(
            "{image}\n{platform}\n{code}\n{program}\n{}\n",
            finding.subject
        );
        Digest::of(words.as_bytes()).hex()
    }
}

/// A target without what changes from one version to the next: `ghcr.io/acme/api` of `ghcr.io/acme/api:v1@sha256:…`.
fn without_version(target: &str) -> &str {
    let named = target
        .split_once("@sha256:")
        .map_or(target, |(name, _)| name);
    match named.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') && name.contains(['/', ':']) => name,
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_digests_are_no_part_of_an_image_s_name() {
        let check = |target: &str, expected: &str| assert_eq!(without_version(target), expected);
        check("ghcr.io/acme/api:v1", "ghcr.io/acme/api");
        check("localhost:5000/api", "localhost:5000/api");
        check("localhost:5000/api:v1@sha256:aa", "localhost:5000/api");
        check("oci:out:ghcr.io/acme/api:v1", "oci:out:ghcr.io/acme/api");
        check("docker-archive:image.tar", "docker-archive:image.tar");
        check("rootfs:/srv/root", "rootfs:/srv/root");
    }
}
