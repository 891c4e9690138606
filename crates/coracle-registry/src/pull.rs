//! Reading manifests and blobs. Nothing is believed that does not hash to what was asked for.

use std::io::Read;

use coracle_oci::digest::VerifyingReader;
use coracle_oci::manifest::MOST_BYTES;
use coracle_oci::{Descriptor, Digest, Reference, media_type};
use coracle_transport::{Method, Request};
use serde::Deserialize;

use crate::Error;
use crate::registry::Registry;

/// What is understood, the most telling first.
const ACCEPTED: [&str; 4] = [
    media_type::INDEX,
    media_type::MANIFEST,
    media_type::DOCKER_INDEX,
    media_type::DOCKER_MANIFEST,
];

impl Registry {
    /// Reads a manifest or index: the bytes, and a descriptor made from them. A reference by tag
    /// (`latest` where there is none) takes what the registry has; one by digest only those bytes.
    ///
    /// # Errors
    /// [`Error::WrongDigest`] where the bytes are not what was asked for or announced; see [`Error`].
    pub fn pull_manifest(&self, reference: &Reference) -> Result<(Descriptor, Vec<u8>), Error> {
        let session = self.session(reference)?;
        let name = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, tag) => tag.unwrap_or("latest").to_owned(),
        };
        let doing = format!("read the manifest {name} of {}", session.repository);
        let request = manifest_request(Method::Get, session.url(&format!("manifests/{name}")));
        let response = session.ask(&doing, &session.pull(), &request)?;
        let response = session.expect(&doing, &[200], response)?;
        let announced = response.header("docker-content-digest").map(str::to_owned);
        let content_type = response.header("content-type").map(str::to_owned);
        let bytes = response.bytes(MOST_BYTES)?;

        let digest = Digest::of(&bytes);
        // A digest made with something else than sha256 says nothing to us.
        let announced = announced.and_then(|text| text.parse::<Digest>().ok());
        for expected in reference.digest().copied().into_iter().chain(announced) {
            if digest != expected {
                let got = format!("{digest} over {} bytes", bytes.len());
                return Err(Error::WrongDigest {
                    registry: session.endpoint.registry,
                    doing,
                    expected,
                    got,
                });
            }
        }
        let media_type = stated_type(&bytes).or(content_type);
        let media_type =
            media_type.ok_or_else(|| session.protocol(&doing, "it says no media type"))?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok((Descriptor::new(essence, digest, size), bytes))
    }

    /// Reads a blob of the reference's repository; the connection is resumed where it breaks.
    ///
    /// The reader refuses before its end what has another digest or size than the descriptor says.
    ///
    /// # Errors
    /// See [`Error`]; while reading, transport errors inside [`std::io::Error`]s.
    pub fn pull_blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
    ) -> Result<impl Read + Send + use<>, Error> {
        let session = self.session(reference)?;
        let digest = descriptor.digest;
        let doing = format!("read the blob {digest} of {}", session.repository);
        let request = Request::new(Method::Get, session.url(&format!("blobs/{digest}")));
        let response = session.ask(&doing, &session.pull(), &request)?;
        let response = session.expect(&doing, &[200], response)?;
        // Signed in as it was for this answer, which is as long as the token lasts.
        let request = match session.authorizer.known(&session.endpoint, &session.pull()) {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let download = self.client.resumable(request, response)?;
        Ok(VerifyingReader::new(download, digest, descriptor.size))
    }
}

pub(crate) fn manifest_request(method: Method, url: String) -> Request {
    Request::new(method, url).header("accept", ACCEPTED.join(", "))
}

/// The type that the manifest itself states: it is under the digest, the header is not.
fn stated_type(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stated {
        media_type: Option<String>,
    }
    serde_json::from_slice::<Stated>(bytes).ok()?.media_type
}
