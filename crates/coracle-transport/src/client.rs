//! The client: sends, and sends again where that can help.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::address::parse;
use crate::attempt::Engine;
use crate::redact::redacted;
use crate::request::Request;
use crate::response::Response;
use crate::retry::again;
use crate::{ClientOptions, Error, TransportEvent};

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

#[cfg(test)]
mod tests;
