//! A folder served over HTTP on loopback, for tests that need real URLs. GET and HEAD, one answer a
//! connection, nothing else of HTTP.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Serves a folder until it is dropped.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `folder` on a free port of 127.0.0.1.
    pub fn start(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("listening on loopback")?;
        listener.set_nonblocking(true)?;
        let (address, stop) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (folder, told) = (folder.to_path_buf(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((connection, _)) => {
                        let folder = folder.clone();
                        // A client that hangs up is its own business.
                        std::thread::spawn(move || drop(answer(&connection, &folder)));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Ok(Self {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(connection: &TcpStream, folder: &Path) -> io::Result<()> {
    connection.set_nonblocking(false)?;
    let mut lines = BufReader::new(connection).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head says nothing that matters here, but must be read before answering.
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let mut words = request.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (status, body) = match file(folder, target).map(fs::read) {
        Some(Ok(bytes)) if ["GET", "HEAD"].contains(&method) => ("200 OK", bytes),
        _ => ("404 Not Found", b"no such file\n".to_vec()),
    };
    let mut connection = connection;
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method == "GET" {
        connection.write_all(&body)?;
    }
    connection.flush()
}

fn file(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target
        .trim_start_matches('/')
        .replace("%2b", "+")
        .replace("%25", "%");
    let climbs = path.split('/').any(|part| part == "..");
    (!climbs).then(|| folder.join(path))
}
