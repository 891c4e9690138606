//! One blob into one repository (distribution-spec, § Pushing blobs): mounted from another
//! repository, or sent whole, or sent in chunks where a registry takes no whole.

use std::io::{self, Read};

use coracle_oci::Descriptor;
use coracle_transport::{Body, Method, Request, Response};

use crate::Error;
use crate::authorization::{Scope, percent_encoded};
use crate::refusal::Said;
use crate::session::Session;
use crate::source::BlobSource;

/// Where a chunk's size is ours to choose; below what proxies commonly take.
const CHUNK: u64 = 8 << 20;
/// A session that the registry lost is begun anew this often.
const SESSIONS: usize = 3;

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
        _ => Err(session.refused(&doing, response)),
    }
}

/// A blob on its way into the session's repository.
pub(crate) struct Upload<'a> {
    session: &'a Session<'a>,
    blob: &'a Descriptor,
    source: &'a dyn BlobSource,
    doing: String,
}

/// Where an upload session continues.
pub(crate) struct Place {
    url: String,
    /// The least a chunk may have, where the registry says.
    least_chunk: u64,
}

/// What a registry made of a mount.
pub(crate) enum Mount {
    /// The blob is there.
    Done,
    /// An upload instead, perhaps in the session that the registry began.
    Instead(Option<Place>),
}

/// How far one session came.
enum Outcome {
    Done,
    /// The session is lost; another one may do.
    Lost(Error),
    /// The registry takes no whole blob.
    TooMuch(Error),
}

impl<'a> Upload<'a> {
    pub(crate) fn new(
        session: &'a Session<'a>,
        blob: &'a Descriptor,
        source: &'a dyn BlobSource,
    ) -> Self {
        let doing = format!("upload the blob {} to {}", blob.digest, session.repository);
        Upload {
            session,
            blob,
            source,
            doing,
        }
    }

    /// 201: it is there. 202: not mounted, but here is an upload session. Any "no", such as that of a
    /// token server that does not like the other repository: a plain upload does it.
    pub(crate) fn mount(&self, from: &str) -> Result<Mount, Error> {
        let both = self.session.push().and(&Scope::of(from, "pull"));
        let path = format!(
            "blobs/uploads/?mount={}&from={}",
            self.blob.digest,
            percent_encoded(from)
        );
        let request = Request::new(Method::Post, self.session.url(&path)).repeatable();
        let response = match self.session.ask(&self.doing, &both, &request) {
            Ok(response) => response,
            Err(error @ Error::Transport(_)) => return Err(error),
            Err(_) => return Ok(Mount::Instead(None)),
        };
        match response.status() {
            201 => Ok(Mount::Done),
            202 => Ok(Mount::Instead(Some(self.place(&response)?))),
            _ => Ok(Mount::Instead(None)),
        }
    }

    /// Sends the blob, in the session that was begun or in a new one.
    pub(crate) fn send(&self, mut begun: Option<Place>) -> Result<(), Error> {
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
                Outcome::Lost(error) | Outcome::TooMuch(error) => return Err(error),
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

    /// POST, PATCH for each chunk, PUT without a body. A PATCH is not sent twice: whoever does not
    /// know how much of it arrived begins anew.
    fn in_chunks(&self) -> Result<Outcome, Error> {
        let mut place = self.begin()?;
        let size = place.least_chunk.max(CHUNK);
        let mut reader = self
            .source
            .open(self.blob)
            .map_err(|error| self.source_error(error))?;
        let mut start = 0;
        while start < self.blob.size {
            let wanted = size.min(self.blob.size - start);
            let mut chunk = Vec::new();
            let read = reader.by_ref().take(wanted).read_to_end(&mut chunk);
            read.map_err(|error| self.source_error(error))?;
            if u64::try_from(chunk.len()) != Ok(wanted) {
                return Err(self.source_error(io::ErrorKind::UnexpectedEof.into()));
            }
            let request = Request::new(Method::Patch, &place.url)
                .header("content-type", "application/octet-stream")
                .header("content-range", format!("{start}-{}", start + wanted - 1))
                .body(Body::Bytes(chunk));
            match self
                .session
                .ask(&self.doing, &self.session.push(), &request)
            {
                Ok(response) if response.status() == 202 => place = self.place(&response)?,
                Ok(response) => return self.outcome(response),
                Err(error @ Error::Transport(_)) => return Ok(Outcome::Lost(error)),
                Err(error) => return Err(error),
            }
            start += wanted;
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
            404 | 416 | 500 | 502 | 503 | 504 => Ok(Outcome::Lost(self.refused(response))),
            405 | 411 | 413 | 415 | 501 => Ok(Outcome::TooMuch(self.refused(response))),
            _ => Err(self.refused(response)),
        }
    }

    fn refused(&self, response: Response) -> Error {
        if response.status() != 400 {
            return self.session.refused(&self.doing, response);
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
