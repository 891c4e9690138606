//! An answer: status, headers, and a body to read once.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use reqwest::Url;

use crate::Error;
use crate::attempt::Engine;
use crate::redact::redacted;

/// A server's answer, whatever its status. Its body is read with [`Read`] or [`Response::bytes`]; a
/// body that ends before its announced length is an error.
pub struct Response {
    engine: Arc<Engine>,
    inner: reqwest::Response,
    url: Url,
    /// Received but not read yet.
    rest: Bytes,
}

impl Response {
    pub(crate) fn new(engine: Arc<Engine>, inner: reqwest::Response, url: Url) -> Response {
        Response {
            engine,
            inner,
            url,
            rest: Bytes::new(),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// A header's first value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// All values of a header that are text.
    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.inner
            .headers()
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }

    /// Where the answer came from, after redirects; not redacted: do not show it.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The `Location` header as a whole URL; not redacted: do not show it.
    pub fn location(&self) -> Option<String> {
        let location = self.header("location")?;
        self.url.join(location).ok().map(String::from)
    }

    /// The announced length of the body.
    pub fn length(&self) -> Option<u64> {
        self.header("content-length")
            .and_then(|length| length.parse().ok())
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if it is longer than `limit` bytes; what breaks a connection.
    pub fn bytes(mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let length = u64::try_from(bytes.len().saturating_add(self.rest.len()));
            if length.is_ok_and(|length| length > limit) {
                return Err(Error::TooLarge {
                    url: redacted(&self.url),
                    limit,
                });
            }
            bytes.extend_from_slice(&self.rest);
            match self.engine.chunk(&mut self.inner, &self.url)? {
                Some(piece) => self.rest = piece,
                None => return Ok(bytes),
            }
        }
    }
}

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !buffer.is_empty() {
            match self.engine.chunk(&mut self.inner, &self.url)? {
                Some(piece) => self.rest = piece,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.rest.len());
        if let Some(buffer) = buffer.get_mut(..count) {
            self.rest.copy_to_slice(buffer);
        }
        Ok(count)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Response({} from {})",
            self.status(),
            redacted(&self.url)
        )
    }
}
