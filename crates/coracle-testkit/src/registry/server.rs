//! As much of HTTP/1.1 as registries and their clients use: keep-alive, lengths, chunks, 100-continue. It knows nothing
//! of registries.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::lock;

const MOST_HEAD_BYTES: u64 = 64 * 1024;

/// The server; it stops when dropped.
pub(super) struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

/// A request whose body has not been read yet.
pub(super) struct Request<'a> {
    pub(super) method: String,
    pub(super) target: String,
    /// Names in lower case; the last one of a name counts.
    pub(super) headers: BTreeMap<String, String>,
    body: Body<'a>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Only so much of the body is said before the connection is closed.
    pub(super) breaks_after: Option<usize>,
}

impl Server {
    pub(super) fn start(
        handler: impl Fn(&mut Request<'_>) -> Option<Answer> + Send + Sync + 'static,
    ) -> anyhow::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(Mutex::new(Vec::new()));
        let (stop, open, handler) = (stopped.clone(), connections.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                if let Ok(copy) = stream.try_clone() {
                    lock(&open).push(copy);
                }
                let handler = handler.clone();
                thread::spawn(move || serve(stream, &*handler));
            }
        });
        Ok(Server {
            address,
            stopped,
            connections,
        })
    }

    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
        for connection in lock(&self.connections).iter() {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn serve(stream: TcpStream, handler: &dyn Fn(&mut Request<'_>) -> Option<Answer>) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Ok(true) = exchange(&mut reader, handler) {}
    // Whatever the client still sends is read for a while: a reset would take the answer from it.
    let stream = reader.get_ref();
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let _ = io::copy(&mut reader.take(256 << 20), &mut io::sink());
}

/// One request and its answer; true if another may follow.
fn exchange(
    reader: &mut BufReader<TcpStream>,
    handler: &dyn Fn(&mut Request<'_>) -> Option<Answer>,
) -> io::Result<bool> {
    let Some((method, target, headers)) = head(reader)? else {
        return Ok(false);
    };
    let body = Body::of(&headers, reader)?;
    let mut request = Request {
        method,
        target,
        headers,
        body,
    };
    let Some(answer) = handler(&mut request) else {
        return Ok(false);
    };
    let is_head = request.method == "HEAD";
    let close = request
        .headers
        .get("connection")
        .is_some_and(|value| value.eq_ignore_ascii_case("close"));
    // A small rest is read so that the connection can be used again.
    let read = request.body.waits_for_go_ahead || !request.body.skip(64 * 1024)?;
    let go_on = !close && !read && answer.breaks_after.is_none();
    answer.write(reader.get_mut(), is_head, go_on)?;
    Ok(go_on)
}

type Head = (String, String, BTreeMap<String, String>);

fn head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Head>> {
    let mut lines = reader.by_ref().take(MOST_HEAD_BYTES).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            return Ok(Some((method.to_owned(), target.to_owned(), headers)));
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

struct Body<'a> {
    reader: &'a mut BufReader<TcpStream>,
    rest: Rest,
    waits_for_go_ahead: bool,
}

#[derive(Clone, Copy)]
enum Rest {
    Bytes(u64),
    /// So much of the current chunk, and whether another one follows.
    Chunk {
        bytes: u64,
        begun: bool,
    },
    Nothing,
}

impl<'a> Body<'a> {
    fn of(
        headers: &BTreeMap<String, String>,
        reader: &'a mut BufReader<TcpStream>,
    ) -> io::Result<Body<'a>> {
        let header = |name: &str| headers.get(name).map(String::as_str);
        let rest = match (header("transfer-encoding"), header("content-length")) {
            (Some(encoding), _) if encoding.eq_ignore_ascii_case("chunked") => Rest::Chunk {
                bytes: 0,
                begun: false,
            },
            (None, Some(length)) => {
                Rest::Bytes(length.parse().map_err(|_| io::ErrorKind::InvalidData)?)
            }
            (None, None) => Rest::Nothing,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let waits_for_go_ahead =
            header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        Ok(Body {
            reader,
            rest,
            waits_for_go_ahead,
        })
    }

    /// Reads and forgets; true if that was all of it.
    fn skip(&mut self, most: u64) -> io::Result<bool> {
        io::copy(&mut self.by_ref().take(most), &mut io::sink())?;
        Ok(match self.rest {
            Rest::Bytes(bytes) => bytes == 0,
            Rest::Nothing => true,
            Rest::Chunk { .. } => false,
        })
    }

    fn next_chunk(&mut self, begun: bool) -> io::Result<()> {
        let mut line = String::new();
        if begun {
            self.reader.read_line(&mut line)?;
            line.clear();
        }
        self.reader.read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let bytes = u64::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        self.rest = Rest::Chunk { bytes, begun: true };
        if bytes == 0 {
            // Trailers, then an empty line.
            while {
                line.clear();
                self.reader.read_line(&mut line)? > 2
            } {}
            self.rest = Rest::Nothing;
        }
        Ok(())
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.waits_for_go_ahead) {
            self.reader
                .get_mut()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if let Rest::Chunk { bytes: 0, begun } = self.rest {
            self.next_chunk(begun)?;
        }
        let (Rest::Bytes(left) | Rest::Chunk { bytes: left, .. }) = self.rest else {
            return Ok(0);
        };
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if most == 0 {
            // A buffered reader asked for nothing would wait for the next request.
            return Ok(0);
        }
        let count = self.reader.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let left = left - count as u64;
        self.rest = match self.rest {
            Rest::Chunk { begun, .. } => Rest::Chunk { bytes: left, begun },
            _ => Rest::Bytes(left),
        };
        Ok(count)
    }
}

impl Request<'_> {
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// All values of a query parameter, decoded.
    pub(super) fn queries(&self, name: &str) -> Vec<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        fields(query)
            .into_iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .collect()
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        self.queries(name).into_iter().next()
    }

    /// The whole body.
    pub(super) fn body(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        self.body.by_ref().take(most + 1).read_to_end(&mut body)?;
        if body.len() as u64 > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(body)
    }

    pub(super) fn has_body(&self) -> bool {
        !matches!(self.body.rest, Rest::Nothing | Rest::Bytes(0))
    }
}

/// A query or a form.
pub(super) fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Answer {
    pub(super) fn new(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::default()
        }
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn body(self, media_type: &str, body: Vec<u8>) -> Answer {
        Answer {
            body,
            ..self.header("Content-Type", media_type)
        }
    }

    /// As the specification wants errors.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Answer::new(status).body("application/json", body.to_string().into_bytes())
    }

    fn write(&self, stream: &mut TcpStream, is_head: bool, go_on: bool) -> io::Result<()> {
        let mut text = format!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            if self.status < 400 { "OK" } else { "No" }
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str(if go_on {
            "\r\n"
        } else {
            "Connection: close\r\n\r\n"
        });
        stream.write_all(text.as_bytes())?;
        if !is_head {
            let said = self.breaks_after.unwrap_or(usize::MAX).min(self.body.len());
            stream.write_all(&self.body[..said])?;
        }
        stream.flush()
    }
}
