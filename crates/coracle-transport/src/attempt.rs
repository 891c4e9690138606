//! One try: the right client for the address, redirects, and an end to silence. Trying again is the
//! client's.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::address::{is_loopback, parse, same_origin};
use crate::redact::redacted;
use crate::request::{Body, Method, Request};
use crate::upload::{Progress, Upload};
use crate::{ClientOptions, Error, tls};

const MOST_REDIRECTS: u32 = 10;
/// A registry moves and hashes a blob before it answers an upload: it may be silent this many times
/// longer once it has everything.
const PATIENCE_AFTER_UPLOAD: u32 = 5;

/// The libraries below, set up once.
pub(crate) struct Engine {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    /// For loopback addresses, which no proxy could reach.
    direct: reqwest::Client,
    /// For all others, through a proxy where the environment names one.
    outward: reqwest::Client,
    authorities: usize,
    read_timeout: Duration,
}

impl Engine {
    pub(crate) fn new(
        options: &ClientOptions,
        outward: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Engine, Error> {
        let setup = |error: &dyn std::error::Error| Error::Setup {
            reason: error.to_string(),
        };
        let (tls, authorities) = tls::config()?;
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(&options.user_agent)
                .connect_timeout(options.connect_timeout)
                .redirect(Policy::none())
                .referer(false)
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(|error| setup(&error))?;
        let mut direct = builder().no_proxy();
        if let Some(socket) = &options.socket {
            direct = direct.unix_socket(socket.clone());
        }
        Ok(Engine {
            runtime: Some(runtime),
            direct: direct.build().map_err(|error| setup(&error))?,
            outward: outward(builder()).build().map_err(|error| setup(&error))?,
            authorities,
            read_timeout: options.read_timeout,
        })
    }

    /// Sends once and follows redirects: the answer, and where it came from.
    pub(crate) fn attempt(&self, request: &Request) -> Result<(reqwest::Response, Url), Error> {
        let mut hop = Hop::first(request)?;
        let start = hop.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.exchange(request, &hop)?;
            match hop.next(request, &response)? {
                Some(next) => hop = next,
                None => return Ok((response, hop.url)),
            }
        }
        Err(Error::TooManyRedirects {
            url: redacted(&start),
            limit: MOST_REDIRECTS,
        })
    }

    /// The next piece of a body; `None` at its end.
    pub(crate) fn chunk(
        &self,
        response: &mut reqwest::Response,
        url: &Url,
    ) -> Result<Option<bytes::Bytes>, Error> {
        let limit = self.read_timeout;
        match self.block_on(url, || timeout(limit, response.chunk()))? {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(Error::of_reqwest(error, url, self.authorities)),
            Err(_) => Err(Error::TimedOut {
                url: redacted(url),
                limit,
            }),
        }
    }

    /// One request, one answer.
    fn exchange(&self, request: &Request, hop: &Hop) -> Result<reqwest::Response, Error> {
        let client = match hop.url.host_str() {
            Some(host) if is_loopback(host) => &self.direct,
            _ => &self.outward,
        };
        let progress = Progress::default();
        let broken_body = |source| Error::Body {
            url: redacted(&hop.url),
            source,
        };
        let body = match &hop.body {
            Body::Empty => reqwest::Body::from(Vec::new()),
            Body::Bytes(bytes) => reqwest::Body::from(bytes.clone()),
            Body::Stream { length, open } => reqwest::Body::wrap(
                Upload::start(open.clone(), *length, progress.clone()).map_err(broken_body)?,
            ),
        };
        let built = client
            .request(hop.method.of_reqwest(), hop.url.clone())
            .headers(headers(request, hop)?)
            .body(body);
        let answer = self.block_on(&hop.url, || {
            answer(built.send(), &progress, self.read_timeout)
        })?;
        match answer {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => Err(match progress.failure() {
                Some(source) => broken_body(source),
                None => Error::of_reqwest(error, &hop.url, self.authorities),
            }),
            None => Err(Error::TimedOut {
                url: redacted(&hop.url),
                limit: self.read_timeout,
            }),
        }
    }

    fn block_on<F: Future>(
        &self,
        url: &Url,
        start: impl FnOnce() -> F,
    ) -> Result<F::Output, Error> {
        let Some(runtime) = &self.runtime else {
            let reason = "the client is closed".to_owned();
            return Err(Error::Broken {
                url: redacted(url),
                reason,
            });
        };
        // A timer finds its runtime when it is made, so it is made inside.
        let _inside = runtime.enter();
        Ok(runtime.block_on(start()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Without this the drop would wait for a name that is still being looked up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The answer; `None` when nothing moved for too long.
async fn answer(
    sending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    progress: &Progress,
    limit: Duration,
) -> Option<reqwest::Result<reqwest::Response>> {
    let mut sending = pin!(sending);
    let mut seen = 0;
    let mut quiet = 0;
    loop {
        if let Ok(answer) = timeout(limit, &mut sending).await {
            return Some(answer);
        }
        let taken = progress.taken();
        quiet = if taken == seen { quiet + 1 } else { 0 };
        seen = taken;
        let uploaded = taken > 0 && progress.is_complete();
        if quiet >= if uploaded { PATIENCE_AFTER_UPLOAD } else { 1 } {
            return None;
        }
    }
}

/// One step on the way to the answer.
struct Hop {
    method: Method,
    url: Url,
    body: Body,
    /// Still at the origin that the caller's credentials are for.
    at_origin: bool,
}

impl Hop {
    fn first(request: &Request) -> Result<Hop, Error> {
        let url = parse(&request.url)?;
        if !matches!(url.scheme(), "http" | "https") {
            let reason = format!("{}: is not spoken here", url.scheme());
            return Err(Error::BadUrl {
                url: redacted(&url),
                reason,
            });
        }
        Ok(Hop {
            method: request.method,
            url,
            body: request.body.clone(),
            at_origin: true,
        })
    }

    /// Where a redirect leads (RFC 9110, 15.4); `None` when this is the answer.
    fn next(&self, request: &Request, response: &reqwest::Response) -> Result<Option<Hop>, Error> {
        let status = response.status();
        let keeps_method = match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method != Method::Post,
            StatusCode::SEE_OTHER => matches!(self.method, Method::Get | Method::Head),
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
            _ => return Ok(None),
        };
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok());
        let (true, Some(location)) = (request.follow_redirects, location) else {
            return Ok(None);
        };
        let bad = |reason: String| Error::BadUrl {
            url: redacted(&self.url),
            reason,
        };
        let url = self
            .url
            .join(location)
            .map_err(|error| bad(format!("redirects to no URL: {error}")))?;
        match (self.url.scheme(), url.scheme()) {
            (_, "https") | ("http", "http") => {}
            ("https", "http") => {
                return Err(Error::InsecureRedirect {
                    url: redacted(&self.url),
                    to: redacted(&url),
                });
            }
            (_, other) => return Err(bad(format!("redirects to {other}:"))),
        }
        let (method, body) = match keeps_method {
            true => (self.method, self.body.clone()),
            false => (Method::Get, Body::Empty),
        };
        let at_origin = self.at_origin && same_origin(&self.url, &url);
        Ok(Some(Hop {
            method,
            url,
            body,
            at_origin,
        }))
    }
}

fn headers(request: &Request, hop: &Hop) -> Result<HeaderMap, Error> {
    let bad = |reason: String| Error::BadRequest {
        url: redacted(&hop.url),
        reason,
    };
    let mut headers = HeaderMap::new();
    let sends = matches!(hop.method, Method::Post | Method::Put | Method::Patch);
    if sends && matches!(hop.body, Body::Empty) {
        // RFC 9110, 8.6: a method that may have a body says when it has none.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    for (name, value) in &request.headers {
        let header =
            HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(error.to_string()))?;
        let secret = matches!(header.as_str(), "authorization" | "cookie");
        if secret && !hop.at_origin {
            continue;
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| bad(format!("header {header} holds a forbidden character")))?;
        value.set_sensitive(secret);
        headers.append(header, value);
    }
    Ok(headers)
}
