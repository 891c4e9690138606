//! The ar archive around a package's parts: read in order, each part bounded and unpacked.

use std::io::{self, Read};

use super::{Error, LARGEST_UNPACKED};
use crate::xz;

/// The members of a .deb, in order.
pub(super) struct Members<R> {
    from: R,
}

impl<R: Read> Members<R> {
    pub(super) fn open(mut from: R) -> Result<Self, Error> {
        let mut magic = [0; 8];
        let not_a_deb = |problem: &str| Error::NotADeb {
            problem: problem.to_owned(),
        };
        from.read_exact(&mut magic)
            .map_err(|_| not_a_deb("it is shorter than eight bytes"))?;
        if magic != *b"!<arch>\n" {
            return Err(not_a_deb("it does not begin with !<arch>"));
        }
        Ok(Self { from })
    }

    /// Hands the next member, which must have this name (and perhaps a compression's suffix), to
    /// `take`, unpacked. Members whose name begins with `_` are passed over, as deb(5) asks.
    pub(super) fn expect<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&mut dyn Read) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            let (member, size) = self.header(name)?;
            let mut body = (&mut self.from).take(size);
            if member.starts_with('_') {
                finish(name, body, size)?;
                continue;
            }
            let suffix = member
                .strip_prefix(name)
                .filter(|_| name != "debian-binary" || member == name);
            let limit = LARGEST_UNPACKED;
            let taken = match suffix {
                Some("") => take(&mut body),
                Some(".gz") => take(&mut flate2::read::MultiGzDecoder::new(&mut body).take(limit)),
                Some(".xz") => {
                    let decoder =
                        xz::reader(&mut body).map_err(|source| Error::read(name, source))?;
                    take(&mut decoder.take(limit))
                }
                Some(".zst") => {
                    let decoder = zstd::Decoder::new(&mut body)
                        .map_err(|source| Error::read(name, source))?;
                    take(&mut decoder.take(limit))
                }
                _ => {
                    return Err(Error::Member {
                        member,
                        expected: name,
                    });
                }
            }?;
            finish(name, body, size)?;
            return Ok(taken);
        }
    }

    /// Sixty bytes: name, times and owners that say nothing, size, and two that must be there.
    fn header(&mut self, wanted: &str) -> Result<(String, u64), Error> {
        let mut header = [0; 60];
        let problem = |problem: String| Error::NotADeb { problem };
        self.from
            .read_exact(&mut header)
            .map_err(|_| problem(format!("it ends before {wanted}")))?;
        let text = std::str::from_utf8(&header)
            .map_err(|_| problem("a member's header is not text".to_owned()))?;
        let field = |from: usize, to: usize| text.get(from..to).unwrap_or_default().trim_end();
        if field(58, 60) != "`" {
            return Err(problem(
                "a member's header does not end as it should".to_owned(),
            ));
        }
        let size = field(48, 58);
        let size = size
            .parse()
            .map_err(|_| problem(format!("{size:?} is not a member's size")))?;
        Ok((field(0, 16).trim_end_matches('/').to_owned(), size))
    }
}

/// An ar archive in the making.
pub(super) struct Written(Vec<u8>);

impl Written {
    pub(super) fn new() -> Self {
        Self(b"!<arch>\n".to_vec())
    }

    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) {
        let size = bytes.len();
        let header = format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
            0, 0, 0, 100_644
        );
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(bytes);
        if size % 2 == 1 {
            self.0.push(b'\n');
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what is left of a member, which must be whole, and the byte that makes it even.
fn finish(name: &str, mut body: io::Take<&mut impl Read>, size: u64) -> Result<(), Error> {
    io::copy(&mut body, &mut io::sink()).map_err(|source| Error::read(name, source))?;
    if body.limit() > 0 {
        return Err(Error::NotADeb {
            problem: format!("it ends within {name}"),
        });
    }
    if size % 2 == 1 {
        // The last member's may be missing.
        let _ = body.into_inner().read(&mut [0]);
    }
    Ok(())
}
