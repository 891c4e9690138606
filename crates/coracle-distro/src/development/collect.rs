//! Contents on its way past: the lines that matter are put aside, whoever else reads them.

use std::io::{self, BufRead, Read, Write as _};

use crate::suite::Architecture;

/// Longer lines are not collected: the longest path that Linux takes is 4096 bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// Level 3 makes 1.6 MB of trixie's 16 MB in 50 ms; level 9 saves a tenth and takes four times as long.
const LEVEL: i32 = 3;

/// Collects the lines about pkg-config files, link-time libraries and headers.
pub(crate) struct Collector {
    libraries: Vec<String>,
    compiler: String,
    line: Vec<u8>,
    note: zstd::Encoder<'static, Vec<u8>>,
}

impl Collector {
    pub(crate) fn new(architecture: Architecture) -> io::Result<Self> {
        let merged = architecture.loader_directories();
        let unmerged = merged
            .iter()
            .filter_map(|directory| directory.strip_prefix("usr/"));
        let mut libraries: Vec<String> = unmerged.map(str::to_owned).collect();
        libraries.extend(merged);
        Ok(Self {
            libraries,
            compiler: format!("usr/lib/gcc/{}/", architecture.triplet()),
            line: Vec::new(),
            note: zstd::Encoder::new(Vec::new(), LEVEL)?,
        })
    }

    /// The next bytes, whatever lines they begin or end in.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            if self.line.is_empty() {
                self.take(line);
            } else {
                self.line.extend(line);
                let line = std::mem::take(&mut self.line);
                self.take(&line);
            }
            bytes = rest.get(1..).unwrap_or_default();
        }
        if self.line.len() < LONGEST_LINE {
            self.line.extend(bytes);
        }
    }

    /// The note.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        self.take(&line);
        self.note.finish()
    }

    fn take(&mut self, line: &[u8]) {
        // Most of a million lines end here, before anything is looked at closely.
        if !(line.starts_with(b"usr/include/")
            || line.starts_with(b"usr/lib/")
            || line.starts_with(b"lib/")
            || line.starts_with(b"usr/share/pkgconfig/"))
        {
            return;
        }
        let Some((path, owners)) = std::str::from_utf8(line).ok().and_then(path_and_owners) else {
            return;
        };
        if self.matters(path) {
            // Into memory, so that it cannot fail but for the encoder's own errors, which `finish` tells.
            let _ = writeln!(self.note, "{path} {owners}");
        }
    }

    fn matters(&self, path: &str) -> bool {
        if path.starts_with("usr/include/") {
            return true;
        }
        if let Some(below) = path.strip_prefix(&self.compiler) {
            let mut parts = below.split('/').skip(1);
            let next = parts.next().unwrap_or_default();
            return next == "include" || (is_library(next) && parts.next().is_none());
        }
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.ends_with(".pc") {
            return directory.ends_with("/pkgconfig");
        }
        is_library(name) && self.libraries.iter().any(|known| known == directory)
    }
}

fn is_library(name: &str) -> bool {
    name.starts_with("lib") && (name.ends_with(".so") || name.ends_with(".a"))
}

/// `PATH<spaces>OWNERS`, neither with a space in it.
fn path_and_owners(line: &str) -> Option<(&str, &str)> {
    let (path, owners) = line.trim_end().rsplit_once([' ', '\t'])?;
    let path = path.trim_end();
    (!path.contains(char::is_whitespace)).then_some((path, owners))
}

/// Reads on for somebody else and shows the collector what was read.
pub(crate) struct Tee<'c, R> {
    inner: R,
    collector: &'c mut Collector,
}

impl<'c, R: BufRead> Tee<'c, R> {
    pub(crate) fn new(inner: R, collector: &'c mut Collector) -> Self {
        Self { inner, collector }
    }
}

impl<R: BufRead> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Tee<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // Filled already, so this reads nothing; a failure shows at the next `fill_buf`.
        if let Some(read) = self
            .inner
            .fill_buf()
            .ok()
            .and_then(|bytes| bytes.get(..count))
        {
            self.collector.feed(read);
        }
        self.inner.consume(count);
    }
}
