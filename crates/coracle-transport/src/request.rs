//! What to ask: method, URL, headers and a body that can be sent again. Nothing here sends.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// What to do with the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Read its headers.
    Head,
    /// Let it process the body.
    Post,
    /// Replace it by the body.
    Put,
    /// Change a part of it.
    Patch,
    /// Remove it.
    Delete,
}

impl Method {
    pub(crate) fn of_reqwest(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.of_reqwest().as_str())
    }
}

/// Opens the body anew for each try.
pub(crate) type Open = dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync;

/// What is sent.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// What a reader gives, opened anew for each try.
    Stream {
        /// Exactly this many bytes are sent; a reader that ends before is an error.
        length: u64,
        /// Opens the reader.
        open: Arc<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>,
    },
}

impl Body {
    /// A stream that can be read once: for [`crate::Client::send_fresh`], whose every try has a
    /// request of its own.
    pub fn once(length: u64, reader: Box<dyn Read + Send>) -> Body {
        let reader = Mutex::new(Some(reader));
        Body::Stream {
            length,
            open: Arc::new(move || {
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
                reader.ok_or_else(|| io::Error::other("it can be read only once"))
            }),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => write!(formatter, "no bytes"),
            Body::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
            Body::Stream { length, .. } => write!(formatter, "{length} bytes"),
        }
    }
}

/// One request.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) follow_redirects: bool,
    pub(crate) repeatable: bool,
    pub(crate) retried: bool,
}

impl Request {
    /// A request without headers or a body.
    pub fn new(method: Method, url: impl Into<String>) -> Request {
        Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            follow_redirects: true,
            repeatable: !matches!(method, Method::Post | Method::Patch),
            retried: true,
        }
    }

    /// Adds a header. One that HTTP forbids is an error when the request is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Request {
        self.body = body;
        self
    }

    /// Returns a redirect as a response instead of following it.
    #[must_use]
    pub fn without_redirects(mut self) -> Request {
        self.follow_redirects = false;
        self
    }

    /// Says that a POST or PATCH may be sent twice without harm, so that it is retried like a GET.
    #[must_use]
    pub fn repeatable(mut self) -> Request {
        self.repeatable = true;
        self
    }

    /// Sends it once, whatever comes: for asking whether something is there at all.
    #[must_use]
    pub fn without_retries(mut self) -> Request {
        self.retried = false;
        self
    }
}
