//! A blocking reader as the body of a request. A thread of its own reads, a few pieces ahead.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::request::Open;

const PIECE: usize = 128 * 1024;

/// How far a body has come, seen from outside.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    taken: Arc<AtomicU64>,
    complete: Arc<AtomicBool>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Progress {
    /// Bytes that were handed to the connection.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Everything was.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }

    /// Why the reader failed, if it was the reader.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn fail(&self, error: io::Error) -> io::Error {
        let told = io::Error::new(error.kind(), error.to_string());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        told
    }
}

/// A body that is read as it is sent.
pub(crate) struct Upload {
    pieces: Receiver<io::Result<Bytes>>,
    remaining: u64,
    progress: Progress,
}

impl Upload {
    /// Starts the thread that opens and reads.
    pub(crate) fn start(open: Arc<Open>, length: u64, progress: Progress) -> io::Result<Upload> {
        let (sender, pieces) = channel(4);
        progress.complete.store(length == 0, Ordering::Relaxed);
        std::thread::Builder::new()
            .name("upload".to_owned())
            .spawn(move || read(&*open, length, &sender))?;
        Ok(Upload {
            pieces,
            remaining: length,
            progress,
        })
    }
}

/// Ends when everything was read, when that failed, or when nobody wants more.
fn read(open: &Open, length: u64, sender: &Sender<io::Result<Bytes>>) {
    let mut reader = match open() {
        Ok(reader) => reader.take(length),
        Err(error) => return drop(sender.blocking_send(Err(error))),
    };
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = match reader.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(Bytes::copy_from_slice(
                buffer.get(..count).unwrap_or_default(),
            )),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let last = piece.is_err();
        if sender.blocking_send(piece).is_err() || last {
            return;
        }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        let piece = match self.pieces.poll_recv(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(piece))) => piece,
            Poll::Ready(Some(Err(error))) => {
                return Poll::Ready(Some(Err(self.progress.fail(error))));
            }
            Poll::Ready(None) => {
                let missing = format!("{} bytes are missing at its end", self.remaining);
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, missing);
                return Poll::Ready(Some(Err(self.progress.fail(error))));
            }
        };
        let count = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.remaining = self.remaining.saturating_sub(count);
        self.progress.taken.fetch_add(count, Ordering::Relaxed);
        self.progress
            .complete
            .store(self.remaining == 0, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
