//! Gzip in parallel blocks: one member (RFC 1952) whose bytes depend on the input and the level alone, never on how many
//! threads made it.
//!
//! The input is cut into blocks of 1 MiB. Each block is compressed on its own with the last 32 KiB before it as dictionary and
//! ended by a sync flush, so that the outputs can be joined; an empty last block ends the stream. The checksums are combined.
//! At most a few blocks a thread are in memory.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use flate2::{Compress, Crc, FlushCompress, Status};

/// What made the bytes of a compressed layer, for cache keys: another compressor makes another digest of the same layer.
pub const COMPRESSOR: &str = "zlib-rs 0.6.8, 1 MiB blocks, 32 KiB dictionary";

const BLOCK: usize = 1 << 20;
const DICTIONARY: usize = 32 << 10;

/// Deflate, no flags, time 0, no extra flags, unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// A last block of deflate with nothing in it.
const LAST: [u8; 2] = [0x03, 0x00];

/// A block on its way to a thread.
struct Job {
    block: Vec<u8>,
    dictionary: Vec<u8>,
    done: SyncSender<io::Result<Compressed>>,
}

struct Compressed {
    bytes: Vec<u8>,
    crc: Crc,
}

/// Runs `produce`, and writes what it writes to `output` as gzip of this level (0–9), on this many threads.
///
/// Errors of `produce` and of `output` are returned as they are.
pub(super) fn compress<E: From<io::Error> + Send>(
    output: &mut (dyn Write + Send),
    level: u32,
    threads: usize,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send,
) -> Result<(), E> {
    output.write_all(&HEADER)?;
    let mut joiner = Joiner {
        output,
        crc: Crc::new(),
        length: 0,
    };
    if threads <= 1 {
        let mut cutter =
            Cutter::new(|block, dictionary| joiner.add(deflate(block, dictionary, level)?));
        produce(&mut cutter)?;
        cutter.end()?;
    } else {
        in_parallel(&mut joiner, level, threads, produce)?;
    }
    joiner.finish()?;
    Ok(())
}

fn in_parallel<E: From<io::Error> + Send>(
    joiner: &mut Joiner<'_>,
    level: u32,
    threads: usize,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send,
) -> Result<(), E> {
    let (jobs, waiting) = sync_channel::<Job>(threads);
    // The results in the order of the blocks; how many may be under way bounds the memory.
    let (order, results) = sync_channel::<Receiver<io::Result<Compressed>>>(2 * threads);
    let waiting = Arc::new(Mutex::new(waiting));
    thread::scope(|scope| {
        for _ in 0..threads {
            let waiting = Arc::clone(&waiting);
            scope.spawn(move || work(&waiting, level));
        }
        drop(waiting);
        let producer = scope.spawn(move || {
            let mut cutter = Cutter::new(|block: &[u8], dictionary: &[u8]| {
                let (done, result) = sync_channel(1);
                let job = Job {
                    block: block.to_vec(),
                    dictionary: dictionary.to_vec(),
                    done,
                };
                order.send(result).map_err(|_| stopped())?;
                jobs.send(job).map_err(|_| stopped())
            });
            produce(&mut cutter)?;
            cutter.end()?;
            Ok(())
        });
        let joined = join(joiner, results);
        // When writing has failed, that is the error; the producer then only knows that it was stopped.
        let produced = producer.join().unwrap_or_else(|_| Err(stopped().into()));
        joined.map_err(E::from).and(produced)
    })
}

fn join(
    joiner: &mut Joiner<'_>,
    results: Receiver<Receiver<io::Result<Compressed>>>,
) -> io::Result<()> {
    for result in results {
        joiner.add(result.recv().map_err(|_| stopped())??)?;
    }
    Ok(())
}

fn work(waiting: &Mutex<Receiver<Job>>, level: u32) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = next else {
            return;
        };
        // Nobody waits for the result when writing has failed.
        let _ = job.done.send(deflate(&job.block, &job.dictionary, level));
    }
}

fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "compressing was stopped")
}

/// One block as raw deflate, ended by a sync flush.
fn deflate(block: &[u8], dictionary: &[u8], level: u32) -> io::Result<Compressed> {
    let mut crc = Crc::new();
    crc.update(block);
    let mut compress = Compress::new(flate2::Compression::new(level), false);
    if !dictionary.is_empty() {
        compress
            .set_dictionary(dictionary)
            .map_err(io::Error::other)?;
    }
    let mut bytes = Vec::with_capacity(zlib_rs::compress_bound(block.len()) + 16);
    loop {
        let consumed = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = block.get(consumed..).unwrap_or_default();
        let status = compress
            .compress_vec(rest, &mut bytes, FlushCompress::Sync)
            .map_err(io::Error::other)?;
        // Flushed, once all is taken in and room is left.
        if compress.total_in() == block.len() as u64 && bytes.len() < bytes.capacity() {
            return Ok(Compressed { bytes, crc });
        }
        if matches!(status, Status::StreamEnd) {
            return Err(io::Error::other("the compressor ended too early"));
        }
        bytes.reserve(DICTIONARY);
    }
}

/// Cuts what is written into blocks, and hands each on with the end of what was before it.
struct Cutter<F> {
    block: Vec<u8>,
    dictionary: Vec<u8>,
    next: F,
}

impl<F: FnMut(&[u8], &[u8]) -> io::Result<()>> Cutter<F> {
    fn new(next: F) -> Self {
        Self {
            block: Vec::with_capacity(BLOCK),
            dictionary: Vec::new(),
            next,
        }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        (self.next)(&self.block, &self.dictionary)?;
        let tail = self.block.len().saturating_sub(DICTIONARY);
        self.dictionary.clear();
        self.dictionary
            .extend_from_slice(self.block.get(tail..).unwrap_or_default());
        self.block.clear();
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            Ok(())
        } else {
            self.hand_on()
        }
    }
}

impl<F: FnMut(&[u8], &[u8]) -> io::Result<()>> Write for Cutter<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block
            .extend_from_slice(bytes.get(..count).unwrap_or_default());
        if self.block.len() == BLOCK {
            self.hand_on()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the blocks in order and combines their checksums.
struct Joiner<'output> {
    output: &'output mut (dyn Write + Send),
    crc: Crc,
    length: u64,
}

impl Joiner<'_> {
    fn add(&mut self, compressed: Compressed) -> io::Result<()> {
        self.crc.combine(&compressed.crc);
        self.length += u64::from(compressed.crc.amount());
        self.output.write_all(&compressed.bytes)
    }

    fn finish(self) -> io::Result<()> {
        self.output.write_all(&LAST)?;
        self.output.write_all(&self.crc.sum().to_le_bytes())?;
        // RFC 1952 counts the length modulo 2^32.
        let length = (self.length & u64::from(u32::MAX)).to_le_bytes();
        self.output.write_all(length.get(..4).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
