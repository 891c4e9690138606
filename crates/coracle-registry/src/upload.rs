//! One blob into one repository (distribution-spec, § Pushing blobs): mounted from another
//! repository, or sent whole, or sent in chunks where a registry takes no whole.

use std::io::{self, Read};

use coracle_oci::Descriptor;
use coracle_transport::{Body, Method, Request, Response};

use crate::Error;
use crate::authorization::{Scope, percent_encoded};
use crate::push::BlobSource;
use crate::refusal::{Said, refused};
use crate::session::Session;

/// Where a chunk's size is ours to choose; below what proxies commonly take.
const CHUNK: u64 = 8 << 20;
/// A session that the registry lost is begun anew this often.
const SESSIONS: usize = 3;

/// How a blob came into the repository.
pub(crate) enum Arrived {
    Mounted,
    Uploaded,
}

/// Is the blob there? A registry that keeps blobs elsewhere says so by redirecting.
pub(crate) fn exists(
    session: &Session<'_>,
    blob: &Descriptor,
    scope: &Scope,
) -> Result<bool, Error> {
    let doing = format!(
        "look for the blob {} in {}",
        blob.digest, session.repository
    );
    let url = session.url(&format!("blobs/{}", blob.digest));
    // A redirect may lead to an address that is signed for GET alone.
    let request = Request::new(Method::Head, url).without_redirects();
    let response = session.ask(&doing, scope, &request)?;
    match response.status() {
        200 | 302 | 303 | 307 => Ok(true),
        404 => Ok(false),
        _ => Err(refused(session, &doing, response)),
    }
}

/// Mounts the blob from another repository of the registry, or uploads it.
pub(crate) fn upload(
    session: &Session<'_>,
    blob: &Descriptor,
    from: Option<&str>,
    source: &dyn BlobSource,
) -> Result<Arrived, Error> {
    let doing = format!("upload the blob {} to {}", blob.digest, session.repository);
    let upload = Upload {
        session,
        blob,
        source,
        doing,
    };
    let mut begun = None;
    if let Some(from) = from {
        match upload.mount(from)? {
            Mount::Done => return Ok(Arrived::Mounted),
            Mount::Instead(place) => begun = place,
        }
    }
    upload.send(begun)?;
    Ok(Arrived::Uploaded)
}

struct Upload<'a> {
    session: &'a Session<'a>,
    blob: &'a Descriptor,
    source: &'a dyn BlobSource,
    doing: String,
}

/// Where an upload session continues.
struct Place {
    url: String,
    /// The least a chunk may have, where the registry says.
    least_chunk: u64,
}

enum Mount {
    Done,
    /// An upload instead, perhaps in the session that the registry began.
    Instead(Option<Place>),
}

/// How far one session came.
enum Outcome {
    Done,
    /// The registry does not know the session any more.
    Lost(Response),
    /// It takes no whole blob.
    TooMuch(Response),
}

impl Upload<'_> {
    /// 201: it is there. 202: not mounted, but here is an upload session. Anything else, such as "no"
    /// from a token server that does not like the other repository: a plain upload does it.
    fn mount(&self, from: &str) -> Result<Mount, Error> {
        let both = self.session.push().and(&Scope::of(from, "pull"));
        let path = format!(
            "blobs/uploads/?mount={}&from={}",
            self.blob.digest,
            percent_encoded(from)
        );
        let request = Request::new(Method::Post, self.session.url(&path)).repeatable();
        let response = match self.session.ask(&self.doing, &both, &request) {
            Ok(response) => response,
            Err(error) if error.is_authentication() => return Ok(Mount::Instead(None)),
            Err(error) => return Err(error),
        };
        match response.status() {
            201 => Ok(Mount::Done),
            202 => Ok(Mount::Instead(Some(self.place(&response)?))),
            _ => Ok(Mount::Instead(None)),
        }
    }

    fn send(&self, mut begun: Option<Place>) -> Result<(), Error> {
        let mut chunked = false;
        let mut sessions = 0;
        loop {
            let outcome = if chunked {
                self.in_chunks()?
            } else {
                self.whole(begun.take())?
            };
            sessions += 1;
            match outcome {
                Outcome::Done => return Ok(()),
                Outcome::TooMuch(_) if !chunked => chunked = true,
                Outcome::Lost(_) if sessions < SESSIONS => {}
                Outcome::Lost(response) | Outcome::TooMuch(response) => {
                    return Err(self.refused(response));
                }
            }
        }
    }

    /// POST then PUT. Each try has a session of its own: what a broken one left behind in the
    /// registry would come before what is sent next.
    fn whole(&self, mut begun: Option<Place>) -> Result<Outcome, Error> {
        let scope = self.session.push();
        let response = self.session.ask_fresh(&self.doing, &scope, &mut || {
            let place = match begun.take() {
                Some(place) => place,
                None => self.begin()?,
            };
            let reader = self
                .source
                .open(self.blob)
                .map_err(|error| self.source_error(error))?;
            Ok(self.put(&place).body(Body::once(self.blob.size, reader)))
        });
        match response {
            Ok(response) => self.outcome(response),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    /// POST, PATCH for each chunk, PUT without a body.
    fn in_chunks(&self) -> Result<Outcome, Error> {
        let mut place = self.begin()?;
        let mut reader = self
            .source
            .open(self.blob)
            .map_err(|error| self.source_error(error))?;
        let mut start = 0;
        while start < self.blob.size {
            let mut chunk = Vec::new();
            let wanted = place.least_chunk.max(CHUNK).min(self.blob.size - start);
            reader
                .by_ref()
                .take(wanted)
                .read_to_end(&mut chunk)
                .map_err(|error| self.source_error(error))?;
            let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if length != wanted {
                return Err(self.source_error(io::ErrorKind::UnexpectedEof.into()));
            }
            let request = Request::new(Method::Patch, &place.url)
                .header("content-type", "application/octet-stream")
                .header("content-range", format!("{start}-{}", start + length - 1))
                .body(Body::Bytes(chunk));
            let response = self
                .session
                .ask(&self.doing, &self.session.push(), &request)?;
            if response.status() != 202 {
                return self.outcome(response);
            }
            place = self.place(&response)?;
            start += length;
        }
        let response = self
            .session
            .ask(&self.doing, &self.session.push(), &self.put(&place))?;
        self.outcome(response)
    }

    fn begin(&self) -> Result<Place, Error> {
        let url = self.session.url("blobs/uploads/");
        let request = Request::new(Method::Post, url).repeatable();
        let response = self
            .session
            .ask(&self.doing, &self.session.push(), &request)?;
        let response = self.session.expect(&self.doing, &[202], response)?;
        self.place(&response)
    }

    fn place(&self, response: &Response) -> Result<Place, Error> {
        let url = response.location();
        let url = url.ok_or_else(|| {
            self.session
                .protocol(&self.doing, "an upload without a Location")
        })?;
        if self.session.endpoint.is_encrypted() && !url.starts_with("https://") {
            return Err(self
                .session
                .protocol(&self.doing, "it wants the upload without encryption"));
        }
        let least_chunk = response
            .header("oci-chunk-min-length")
            .and_then(|least| least.parse().ok());
        Ok(Place {
            url,
            least_chunk: least_chunk.unwrap_or(0).min(512 << 20),
        })
    }

    fn put(&self, place: &Place) -> Request {
        let mark = if place.url.contains('?') { '&' } else { '?' };
        let url = format!(
            "{}{mark}digest={}",
            place.url,
            percent_encoded(&self.blob.digest.to_string())
        );
        Request::new(Method::Put, url)
            .header("content-type", "application/octet-stream")
            .without_redirects()
    }

    fn outcome(&self, response: Response) -> Result<Outcome, Error> {
        match response.status() {
            // The specification says 201; some say it otherwise.
            200 | 201 | 204 => Ok(Outcome::Done),
            404 | 416 => Ok(Outcome::Lost(response)),
            405 | 411 | 413 | 415 | 501 => Ok(Outcome::TooMuch(response)),
            _ => Err(self.refused(response)),
        }
    }

    fn refused(&self, response: Response) -> Error {
        if response.status() != 400 {
            return refused(self.session, &self.doing, response);
        }
        let registry = self.session.endpoint.registry.clone();
        let said = Said::read(response);
        match said.has("DIGEST_INVALID") {
            true => Error::DigestRefused {
                registry,
                digest: self.blob.digest.to_string(),
                said,
            },
            false => Error::Refused {
                registry,
                doing: self.doing.clone(),
                status: 400,
                said,
            },
        }
    }

    fn source_error(&self, source: io::Error) -> Error {
        Error::Source {
            digest: self.blob.digest,
            source,
        }
    }

    /// A body that could not be read is no failure of the network.
    fn unreadable(&self, error: Error) -> Error {
        match error {
            Error::Transport(coracle_transport::Error::Body { source, .. }) => {
                self.source_error(source)
            }
            other => other,
        }
    }
}
