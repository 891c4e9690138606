//! One address for several daemons, as a service in front of a cluster is: each connection goes to the first that lives.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The address. Connections that are open end with their two sides, not with it.
pub struct Forward {
    port: u16,
    ends: Arc<AtomicBool>,
}

impl Forward {
    /// Listens on loopback for these sockets, the first of which is preferred.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(sockets: Vec<PathBuf>) -> io::Result<Forward> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let ends = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ends);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                let living = sockets
                    .iter()
                    .find_map(|path| UnixStream::connect(path).ok());
                // Nobody lives: the connection is closed, as a service without end points does.
                if let Some(server) = living {
                    let _ = join(client, server);
                }
            }
        });
        Ok(Forward { port, ends })
    }

    /// `tcp://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // The listener waits for a connection to look at that.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Copies both ways until one side ends; then the other is told.
fn join(client: TcpStream, server: UnixStream) -> io::Result<()> {
    let (mut from_client, mut to_client) = (client.try_clone()?, client);
    let (mut from_server, mut to_server) = (server.try_clone()?, server);
    thread::spawn(move || {
        copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    Ok(())
}

fn copy(from: &mut impl Read, to: &mut impl Write) {
    // An end is an end, however it came.
    let _ = io::copy(from, to);
}
