//! The client: sends, and sends again where that can help.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use crate::address::{parse, redacted};
use crate::attempt::Engine;
use crate::download::Download;
use crate::request::Request;
use crate::response::Response;
use crate::retry::again;
use crate::{Error, Method};

/// How to speak HTTP.
#[derive(Clone)]
pub struct ClientOptions {
    /// Whom we say we are.
    pub user_agent: String,
    /// Tries after the first; also how often in a row a download is resumed without any progress.
    pub retries: u32,
    /// About how long to wait before the second try, doubled for each further one, where the server
    /// does not say.
    pub first_wait: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long nothing may move on a connection.
    pub read_timeout: Duration,
    /// Told about what happens between the caller's request and its answer.
    pub observer: Arc<dyn Fn(&TransportEvent) + Send + Sync>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            user_agent: concat!("coracle/", env!("CARGO_PKG_VERSION")).to_owned(),
            retries: 4,
            first_wait: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(60),
            observer: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientOptions")
            .field("user_agent", &self.user_agent)
            .field("retries", &self.retries)
            .field("first_wait", &self.first_wait)
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .finish_non_exhaustive()
    }
}

/// What happens between a request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportEvent {
    /// A try failed and another one follows.
    Retrying {
        /// Where to, redacted.
        url: String,
        /// Which try failed, from 1.
        attempt: u32,
        /// How long until the next.
        wait: Duration,
        /// Why it failed.
        reason: String,
    },
}

/// An HTTP client. Clones share connections.
#[derive(Clone)]
pub struct Client {
    engine: Arc<Engine>,
    options: Arc<ClientOptions>,
}

impl Client {
    /// Sets up TLS and proxies.
    ///
    /// # Errors
    /// [`Error::Setup`] where the system gives no threads, or a proxy variable is no URL.
    pub fn new(options: ClientOptions) -> Result<Client, Error> {
        Client::with_outward(options, |builder| builder)
    }

    /// As [`Client::new`], with a say in how other machines are reached: for tests.
    pub(crate) fn with_outward(
        options: ClientOptions,
        outward: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Client, Error> {
        let engine = Arc::new(Engine::new(&options, outward)?);
        Ok(Client {
            engine,
            options: Arc::new(options),
        })
    }

    /// Sends a request; an answer of whatever status is `Ok`.
    ///
    /// Redirects are followed (at most ten; never from https to http; `Authorization` goes only to
    /// the first origin). A failed connection, 408, 429, 500, 502, 503 and 504 are tried again, as
    /// long as that repeats nothing with an effect: see [`Request::repeatable`]. A server that says
    /// how long to wait (`Retry-After`) is obeyed up to two minutes; if it wants more, or the tries
    /// are used up, its last answer is returned.
    ///
    /// # Errors
    /// No answer: see [`Error`].
    pub fn send(&self, request: Request) -> Result<Response, Error> {
        self.send_fresh(|| Ok(request.clone()))
    }

    /// As [`Client::send`], with a new request for each try: for what a failed try spoils, such as
    /// the address of an upload session.
    ///
    /// # Errors
    /// No answer, or the caller's own error while making a request.
    pub fn send_fresh<E: From<Error>>(
        &self,
        mut make: impl FnMut() -> Result<Request, E>,
    ) -> Result<Response, E> {
        let mut attempt = 0;
        loop {
            let request = make()?;
            let outcome = self.once(&request);
            let Some(again) = again(&self.options, &request, attempt, &outcome) else {
                return outcome.map_err(E::from);
            };
            attempt += 1;
            self.pause(&request.url, attempt, again.wait, again.reason);
        }
    }

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

    pub(crate) fn options(&self) -> &ClientOptions {
        &self.options
    }

    fn once(&self, request: &Request) -> Result<Response, Error> {
        let (response, url) = self.engine.attempt(request)?;
        Ok(Response::new(self.engine.clone(), response, url))
    }

    /// Tells the observer and waits.
    pub(crate) fn pause(&self, url: &str, attempt: u32, wait: Duration, reason: String) {
        let url = parse(url).map_or_else(|_| String::new(), |url| redacted(&url));
        (self.options.observer)(&TransportEvent::Retrying {
            url,
            attempt,
            wait,
            reason,
        });
        std::thread::sleep(wait);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Client")
            .field(&self.options)
            .finish()
    }
}

/// The error for an answer that is not the file.
pub(crate) fn refused(url: &reqwest::Url, response: Response) -> Error {
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

#[cfg(test)]
mod tests;
