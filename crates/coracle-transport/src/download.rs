//! A file being read, over connections that may break.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use reqwest::Url;

use crate::address::parse;
use crate::redact::redacted;
use crate::response::Response;
use crate::retry::backoff;
use crate::{Client, Error, Method, Request};

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

impl Client {
    /// Reads a file, `https://`, `http://` or `file://`. The body is resumed where a connection
    /// breaks, as long as the server still has the same file.
    ///
    /// # Errors
    /// [`Error::Status`] for any answer but 200; no answer: see [`Error`].
    pub fn download(&self, url: &str) -> Result<Download, Error> {
        let parsed = parse(url)?;
        if parsed.scheme() == "file" {
            return Download::of_file(&parsed);
        }
        let request = Request::new(Method::Get, url);
        let response = self.send(request.clone())?;
        if response.status() != 200 {
            return Err(refused(&parsed, response));
        }
        self.resumable(request, response)
    }

    /// Reads on what a GET was answered with, and resumes it by the same request where the
    /// connection breaks: for downloads that need headers.
    ///
    /// # Errors
    /// [`Error::BadUrl`], if the request's is none.
    pub fn resumable(&self, request: Request, response: Response) -> Result<Download, Error> {
        let url = parse(&request.url)?;
        Ok(Download::of_response(self.clone(), url, request, response))
    }
}

impl Download {
    fn of_file(url: &Url) -> Result<Download, Error> {
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

    fn of_response(client: Client, url: Url, request: Request, response: Response) -> Download {
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

/// The error for an answer that is not the file.
fn refused(url: &Url, response: Response) -> Error {
    let status = response.status();
    let mut start = String::new();
    // What it says is a courtesy: a body that breaks here changes nothing.
    let is_text = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/plain"));
    if is_text {
        let _ = response.take(300).read_to_string(&mut start);
    }
    let reason = start.lines().next().unwrap_or_default().trim().to_owned();
    Error::Status {
        url: redacted(url),
        status,
        reason,
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
