//! The least of an HTTP client, one GET or POST to loopback, and of a server. Not coracle's own client, which is what is tested.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::Context;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// A server on loopback that says the same to whoever asks whatever, as a proxy is asked, too; until the process ends.
#[derive(Debug)]
pub struct Saying {
    port: u16,
}

impl Saying {
    /// Starts one with a body to say.
    ///
    /// # Errors
    /// Loopback gives no port.
    pub fn start(body: &str) -> anyhow::Result<Saying> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let head = BufReader::new(&stream).lines().map_while(Result::ok);
                head.take_while(|line| !line.is_empty()).for_each(drop);
                // Who went away needs no answer.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Ok(Saying { port })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

/// Asks a server on loopback.
///
/// # Errors
/// When it does not answer, or not in HTTP.
pub fn get(port: u16, path: &str) -> anyhow::Result<Answer> {
    exchange(port, &format!("GET {path}"), "", b"").map(text)
}

/// Asks for what is not text: the status and the body's bytes.
///
/// # Errors
/// As [`get`].
pub fn get_bytes(port: u16, path: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    exchange(port, &format!("GET {path}"), "", b"")
}

/// Sends a body of a media type.
///
/// # Errors
/// As [`get`].
pub fn post(port: u16, path: &str, media_type: &str, body: &[u8]) -> anyhow::Result<Answer> {
    let length = body.len();
    let headers = format!("Content-Type: {media_type}\r\nContent-Length: {length}\r\n");
    exchange(port, &format!("POST {path}"), &headers, body).map(text)
}

fn text((status, body): (u16, Vec<u8>)) -> Answer {
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status, body }
}

fn exchange(port: u16, what: &str, headers: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
    const END: &[u8] = b"\r\n\r\n";
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "{what} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer
        .windows(END.len())
        .position(|window| window == END)
        .context("no end of the header")?;
    let body = answer.split_off(end + END.len());
    let status = String::from_utf8_lossy(&answer)
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("no status")?;
    Ok((status, body))
}

/// A port of loopback that nobody uses now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
