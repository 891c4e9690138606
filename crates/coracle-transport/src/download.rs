//! A file being read, over connections that may break.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use reqwest::Url;

use crate::address::redacted;
use crate::client::refused;
use crate::response::Response;
use crate::retry::backoff;
use crate::{Client, Error, Request};

/// A file being read. Its errors are [`Error`]s inside [`io::Error`]s.
pub struct Download {
    source: Source,
    url: Url,
    /// Of the whole file.
    length: Option<u64>,
    position: u64,
}

enum Source {
    File(File),
    Http(Box<Http>),
}

struct Http {
    client: Client,
    /// Repeated for the rest.
    request: Request,
    response: Response,
    /// What names this very content: a strong ETag, or else when it was last modified.
    validator: Option<String>,
    /// Failures since the last progress.
    failures: u32,
}

impl Download {
    pub(crate) fn of_file(url: &Url) -> Result<Download, Error> {
        let path = url.to_file_path().map_err(|()| Error::BadUrl {
            url: redacted(url),
            reason: "it names no file of this machine".to_owned(),
        })?;
        let file = File::open(&path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
        let metadata = file.metadata().map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
        if metadata.is_dir() {
            return Err(Error::File {
                path,
                source: io::ErrorKind::IsADirectory.into(),
            });
        }
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Download {
            source: Source::File(file),
            url: url.clone(),
            length,
            position: 0,
        })
    }

    pub(crate) fn of_response(
        client: Client,
        url: Url,
        request: Request,
        response: Response,
    ) -> Download {
        let length = response.length();
        let validator = validator(&response);
        let http = Http {
            client,
            request,
            response,
            validator,
            failures: 0,
        };
        Download {
            source: Source::Http(Box::new(http)),
            url,
            length,
            position: 0,
        }
    }

    /// The length of the whole file, where it was announced.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.source {
            Source::File(file) => file.read(buffer)?,
            Source::Http(http) => http.read(buffer, &self.url, self.position, self.length)?,
        };
        self.position = self
            .position
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

impl Http {
    fn read(
        &mut self,
        buffer: &mut [u8],
        url: &Url,
        position: u64,
        length: Option<u64>,
    ) -> io::Result<usize> {
        loop {
            let broken = match self.response.read(buffer) {
                Ok(count) if count > 0 || buffer.is_empty() => {
                    self.failures = 0;
                    return Ok(count);
                }
                Ok(_) if length.is_none_or(|length| position >= length) => return Ok(0),
                Ok(_) => Error::Broken {
                    url: redacted(url),
                    reason: "it ended early".to_owned(),
                }
                .into(),
                Err(error) => error,
            };
            self.failures += 1;
            if self.failures > self.client.options().retries {
                return Err(broken);
            }
            let wait = backoff(self.client.options().first_wait, self.failures - 1);
            self.client
                .pause(url.as_str(), self.failures, wait, broken.to_string());
            self.response = self.resume(url, position, length)?;
        }
    }

    /// RFC 9110, 14 and 13.1.5: asks for the rest, on the condition that it is the rest of this.
    fn resume(&self, url: &Url, position: u64, length: Option<u64>) -> Result<Response, Error> {
        let mut request = self.request.clone();
        if position > 0 {
            request = request.header("range", format!("bytes={position}-"));
            if let Some(validator) = &self.validator {
                request = request.header("if-range", validator);
            }
        }
        let mut response = self.client.send(request)?;
        let changed = || Error::Changed {
            url: redacted(url),
            position,
        };
        match response.status() {
            206 => {
                let range = response.header("content-range").and_then(content_range);
                let (start, total) = range.ok_or_else(changed)?;
                let is_the_rest =
                    start == position && (total.is_none() || length.is_none() || total == length);
                is_the_rest.then_some(response).ok_or_else(changed)
            }
            // The whole: of something else, or from a server that knows no ranges.
            200 => {
                if validator(&response) != self.validator || response.length() != length {
                    return Err(changed());
                }
                let skipped = io::copy(&mut response.by_ref().take(position), &mut io::sink());
                match skipped {
                    Ok(skipped) if skipped == position => Ok(response),
                    Ok(_) => Err(changed()),
                    Err(error) => Err(Error::Broken {
                        url: redacted(url),
                        reason: error.to_string(),
                    }),
                }
            }
            416 => Err(changed()),
            _ => Err(refused(url, response)),
        }
    }
}

fn validator(response: &Response) -> Option<String> {
    let strong = response.header("etag").filter(|tag| !tag.starts_with("W/"));
    strong
        .or_else(|| response.header("last-modified"))
        .map(str::to_owned)
}

/// `bytes 5-9/10` is 5 and 10; the total may be `*`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total == "*" {
        None
    } else {
        Some(total.parse().ok()?)
    };
    Some((start.trim().parse().ok()?, total))
}

impl fmt::Debug for Download {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Download({} at {})",
            redacted(&self.url),
            self.position
        )
    }
}

#[cfg(test)]
mod tests;
