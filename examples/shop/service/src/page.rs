//! One page over TLS, whichever library speaks it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;

use crate::{Answer, Error};

/// How the first line of a page is got.
pub type StatusLine = fn(&Page) -> Result<String, Error>;

/// An https address in its parts.
pub struct Page {
    /// The server's name.
    pub host: String,
    port: u16,
    path: String,
}

impl Page {
    fn parse(url: &str) -> Result<Page, Error> {
        let rest = url.strip_prefix("https://").ok_or("not an https address")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse()?),
            None => (authority, 443),
        };
        Ok(Page { host: host.to_owned(), port, path: path.to_owned() })
    }

    /// A connection to its server, still without TLS.
    pub fn connect(&self) -> Result<TcpStream, Error> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }

    /// The first line of the answer to a GET, asked over this connection.
    pub fn status_line(&self, mut tls: impl Read + Write) -> Result<String, Error> {
        write!(tls, "GET /{} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", self.path, self.host)?;
        let mut line = String::new();
        BufReader::new(tls).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

#[derive(Deserialize)]
struct Asked {
    url: String,
}

/// `/fetch?url=`: the first line of a page.
pub fn route(status_line: StatusLine) -> Router {
    Router::new().route("/fetch", get(move |Query(asked): Query<Asked>| fetch(asked.url, status_line)))
}

async fn fetch(url: String, status_line: StatusLine) -> Answer {
    match tokio::task::spawn_blocking(move || Page::parse(&url).and_then(|page| status_line(&page))).await {
        Ok(Ok(line)) => (StatusCode::OK, format!("{line}\n")),
        Ok(Err(error)) => (StatusCode::BAD_GATEWAY, format!("{error}\n")),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn an_address_has_a_host_a_port_and_a_path() {
        let check = |url: &str, expected: (&str, u16, &str)| {
            let page = Page::parse(url).unwrap();
            assert_eq!((page.host.as_str(), page.port, page.path.as_str()), expected);
        };
        check("https://shop.test", ("shop.test", 443, ""));
        check("https://shop.test:8443/a/b?c", ("shop.test", 8443, "a/b?c"));
        assert!(Page::parse("http://shop.test").is_err());
        assert!(Page::parse("https://shop.test:none").is_err());
    }
}
