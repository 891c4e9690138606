//! Getting one file: from the store if it is there, else from the first place that serves it,
//! verified while it is read. What a file means is not known here.

use std::io::{self, Read};

use super::{ArchiveEvent, Error, Opening};
use crate::digest::{Verify, mismatch};
use crate::fetch::redact;
use crate::release::File;
use crate::{FetchError, Sha256};

/// A file whose digest a signed record names.
pub(super) struct Wanted<'a> {
    /// For messages: `libc6 2.41-12`, `the package index of debian/trixie main`.
    pub(super) what: &'a str,
    /// Its digest and size as it travels.
    pub(super) file: File,
    /// The URLs to try, in order.
    pub(super) urls: Vec<String>,
}

/// Where a reader broke: the other side, or ours.
pub(super) struct Watched<R> {
    inner: R,
    failure: Option<io::Error>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let told = io::Error::new(error.kind(), error.to_string());
            self.failure = Some(error);
            told
        })
    }
}

impl Opening<'_> {
    pub(super) fn tell(&self, event: &ArchiveEvent) {
        (self.observer)(event);
    }

    /// The kept copy of a digest.
    pub(super) fn kept(
        &self,
        what: &str,
        sha256: &Sha256,
    ) -> Result<Option<Box<dyn Read + Send>>, Error> {
        self.keep.open(sha256).map_err(|source| Error::Keep {
            what: what.to_owned(),
            source,
        })
    }

    pub(super) fn note(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.keep.note(key).map_err(|source| Error::Keep {
            what: format!("the note {key}"),
            source,
        })
    }

    pub(super) fn set_note(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.keep
            .set_note(key, value)
            .map_err(|source| Error::Keep {
                what: format!("the note {key}"),
                source,
            })
    }

    /// Streams a file from the first URL that serves it whole to `take`, which must read to the end.
    pub(super) fn stream<T>(
        &self,
        wanted: &Wanted<'_>,
        mut take: impl FnMut(&mut dyn Read) -> Result<T, TakeError>,
    ) -> Result<T, Error> {
        if self.offline {
            return Err(Error::Offline {
                what: wanted.what.to_owned(),
            });
        }
        let mut failures = Vec::new();
        for url in &wanted.urls {
            match self.stream_from(url, wanted, &mut take) {
                Ok(taken) => return Ok(taken),
                // The store's own failure does not get better elsewhere.
                Err(error) if error.is_disk() => return Err(error),
                Err(error) => failures.push(error),
            }
        }
        Err(most_telling(failures).unwrap_or_else(|| Error::Offline {
            what: wanted.what.to_owned(),
        }))
    }

    fn stream_from<T>(
        &self,
        url: &str,
        wanted: &Wanted<'_>,
        take: &mut impl FnMut(&mut dyn Read) -> Result<T, TakeError>,
    ) -> Result<T, Error> {
        let what = || wanted.what.to_owned();
        let shown = redact(url);
        let size = wanted.file.size;
        let body = self.fetch.get(url).map_err(|source| Error::Fetch {
            what: what(),
            url: shown.clone(),
            source,
        })?;
        self.tell(&ArchiveEvent::Fetching {
            what: what(),
            url: shown.clone(),
            size,
        });
        let mut watched = Watched {
            inner: Verify::new(body, wanted.file.sha256, size),
            failure: None,
        };
        let taken = take(&mut watched);
        let taken = match (taken, watched.failure.take()) {
            (_, Some(error)) => Err(match mismatch(&error) {
                Some(mismatch) => Error::Digest {
                    what: what(),
                    url: shown,
                    source: Box::new(mismatch.clone()),
                },
                None => Error::Broken {
                    what: what(),
                    url: shown,
                    source: error,
                },
            }),
            (Err(TakeError::Keep(source)), None) => Err(Error::Keep {
                what: what(),
                source,
            }),
            (Err(TakeError::Content(problem)), None) => Err(Error::Compression {
                what: what(),
                problem,
            }),
            (Ok(taken), None) => Ok(taken),
        }?;
        self.tell(&ArchiveEvent::Fetched { what: what(), size });
        Ok(taken)
    }

    /// Keeps a file as it travels and opens it.
    pub(super) fn fetch_and_keep(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<Box<dyn Read + Send>, Error> {
        let File { sha256, size } = wanted.file;
        if let Some(kept) = self.kept(wanted.what, &sha256)? {
            return Ok(kept);
        }
        self.stream(wanted, |from| {
            self.keep.keep(&sha256, size, from).map_err(TakeError::Keep)
        })?;
        self.kept(wanted.what, &sha256)?.ok_or_else(|| {
            let source = io::Error::new(io::ErrorKind::NotFound, "it was gone at once");
            Error::Keep {
                what: wanted.what.to_owned(),
                source,
            }
        })
    }

    /// Reads a small file whose digest nobody knows yet, at most `limit` bytes.
    pub(super) fn small(&self, what: &str, url: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let shown = redact(url);
        let fetched = self.fetch.get(url);
        let body = fetched.map_err(|source| Error::Fetch {
            what: what.to_owned(),
            url: shown.clone(),
            source,
        })?;
        let mut bytes = Vec::new();
        let read = body.take(limit + 1).read_to_end(&mut bytes);
        let broken = |source| Error::Broken {
            what: what.to_owned(),
            url: shown.clone(),
            source,
        };
        read.map_err(broken)?;
        if bytes.len() as u64 > limit {
            return Err(broken(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it is larger than {limit} bytes"),
            )));
        }
        Ok(bytes)
    }
}

/// Why the taker of a stream gave up, when the stream itself did not fail.
pub(super) enum TakeError {
    /// The store failed.
    Keep(io::Error),
    /// The content does not unpack.
    Content(String),
}

/// Of several failures the one to show: a wrong digest or signature before a network's, the first
/// before the later, and "no such file" last, since that is normal while several places are tried.
pub(super) fn most_telling(failures: Vec<Error>) -> Option<Error> {
    let weight = |error: &Error| match error {
        Error::Fetch { source, .. } if FetchError::is_missing(source) => 2,
        error => u8::from(!error.is_integrity()),
    };
    failures.into_iter().min_by_key(weight)
}
