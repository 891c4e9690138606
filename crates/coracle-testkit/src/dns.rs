//! A name server on loopback that knows one name: whether a program in a container resolves names at all.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;

/// The server, stopped when it is dropped.
pub struct NameServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Its address on loopback, port 53.
    pub address: String,
}

impl NameServer {
    /// Answers `A` questions for any name below `.test` with 127.0.0.1, and every other question with nothing.
    /// Needs root: resolvers ask port 53 only.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub fn start() -> anyhow::Result<NameServer> {
        // Tests run side by side, and resolvers ask port 53 only: each server has an address of its own.
        let addresses = (1..=250).map(|last| format!("127.0.53.{last}"));
        let bound =
            addresses.map(|address| Some((UdpSocket::bind((&*address, 53)).ok()?, address)));
        let (socket, address) = bound
            .flatten()
            .next()
            .context("cannot listen on port 53 of loopback: root is needed")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut buffer)
                    && let Some(answer) = buffer.get(..length).and_then(answer)
                {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        Ok(NameServer {
            stop,
            thread: Some(thread),
            address,
        })
    }
}

/// The answer to a question (RFC 1035, section 4): the same header and question, and one address for an `A` question.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let mut end = 12;
    while *question.get(end)? != 0 {
        end += usize::from(*question.get(end)?) + 1;
    }
    let is_address = question.get(end + 1..end + 5)? == [0, 1, 0, 1];
    let mut answer = question.get(..end + 5)?.to_vec();
    // Response, recursion desired and available; one question, no authority, no additional records.
    answer.get_mut(2..12)?.copy_from_slice(&[
        0x81,
        0x80,
        0,
        1,
        0,
        u8::from(is_address),
        0,
        0,
        0,
        0,
    ]);
    if is_address {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
