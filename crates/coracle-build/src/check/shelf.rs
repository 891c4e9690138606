//! A file of the local store with what was kept of one layer: what is in its files first, one behind the other, then which
//! file has what. An image's files are many times what a question reads of them, so that they stay there until then.
//!
//! ```text
//! content of a file, or its parts as postcard ┊ … ┊ the index as postcard ┊ where that begins, eight bytes, the lowest first
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use coracle_binary::Mentions;
use coracle_binary::reduce::{self, Lent};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::kept::{HEADER, Kept, Sum};

/// What is smaller is nearer at hand in the index.
const SMALLEST: u64 = 2048;
/// The place of the index is the last of the file.
const PLACE: u64 = 8;

/// What was kept of a file, where it lies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Shelved {
    #[serde(skip)]
    file: Option<Arc<File>>,
    at: u64,
    size: u64,
    /// It is all of the file, as it is; else of an ELF file what a proof reads.
    is_whole: bool,
    /// Of the whole file, in bytes.
    pub(super) length: u64,
    /// Of the whole file.
    pub(super) sum: Sum,
    /// Its first bytes.
    #[serde(with = "serde_bytes")]
    pub(super) head: Vec<u8>,
}

impl Shelved {
    /// What is known of the bytes, in `room`; all that is not is zero. `None` where the disk has it no more.
    pub(super) fn content(&self, mut room: Vec<u8>) -> Option<Vec<u8>> {
        if !self.is_whole {
            let bytes = self.bytes()?;
            return Some(reduced(&bytes)?.fill(room));
        }
        room.resize(usize::try_from(self.size).ok()?, 0);
        self.file.as_ref()?.read_exact_at(&mut room, self.at).ok()?;
        Some(room)
    }

    /// What its texts show.
    pub(super) fn mentions(&self) -> Option<Mentions> {
        Some(match self.is_whole {
            true => Mentions::find(&self.content(Vec::new())?),
            false => reduced(&self.bytes()?)?.mentions(),
        })
    }

    /// As they lie on the shelf.
    fn bytes(&self) -> Option<Vec<u8>> {
        read(self.file.as_ref()?, self.at, self.size).ok()
    }
}

fn reduced(bytes: &[u8]) -> Option<Lent<'_>> {
    postcard::from_bytes(bytes).ok()
}

/// A shelf that is being filled.
pub(super) struct Shelf {
    writer: BufWriter<NamedTempFile>,
    reading: Arc<File>,
    at: u64,
}

impl Shelf {
    /// An empty one, in a folder that is made where it is missing.
    pub(super) fn new(folder: &Path) -> io::Result<Shelf> {
        fs::create_dir_all(folder)?;
        let file = NamedTempFile::new_in(folder)?;
        let reading = Arc::new(file.reopen()?);
        Ok(Shelf {
            writer: BufWriter::new(file),
            reading,
            at: 0,
        })
    }

    /// Puts what was kept of a file there, unless it is small. It can be fetched when the shelf is closed.
    pub(super) fn put(&mut self, kept: Kept) -> io::Result<Kept> {
        let (size, is_whole) = match &kept {
            Kept::Whole(bytes) if kept.length() >= SMALLEST => {
                self.writer.write_all(bytes)?;
                (bytes.len() as u64, true)
            }
            Kept::Elf { reduced, .. } if kept.length() >= SMALLEST => {
                (write(&**reduced, &mut self.writer)?, false)
            }
            _ => return Ok(kept),
        };
        let Some(sum) = kept.sum() else {
            return Ok(kept);
        };
        let at = self.at;
        self.at += size;
        let head = kept.head();
        Ok(Kept::Shelved(Shelved {
            file: Some(Arc::clone(&self.reading)),
            at,
            size,
            is_whole,
            length: kept.length(),
            sum,
            head: head.get(..HEADER).unwrap_or(&head).to_vec(),
        }))
    }

    /// Writes the index, and gives the whole its place.
    pub(super) fn close(mut self, index: &impl Serialize, place: &Path) -> io::Result<()> {
        write(index, &mut self.writer)?;
        self.writer.write_all(&self.at.to_le_bytes())?;
        let file = self
            .writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.persist(place)?;
        Ok(())
    }
}

/// Writes a record; gives its size.
fn write(record: &impl Serialize, writer: &mut impl io::Write) -> io::Result<u64> {
    let mut telling = Telling {
        writer,
        size: 0,
        failed: None,
    };
    match postcard::to_io(record, &mut telling) {
        Ok(_) => Ok(telling.size),
        Err(error) => Err(telling.failed.unwrap_or_else(|| io::Error::other(error))),
    }
}

/// A writer that says afterwards how much was written and why it could not be, which postcard does not.
struct Telling<W> {
    writer: W,
    size: u64,
    failed: Option<io::Error>,
}

impl<W: io::Write> io::Write for Telling<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.writer.write(bytes) {
            Ok(written) => {
                self.size += written as u64;
                Ok(written)
            }
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Opens a shelf: its index, and the file that its contents are in.
pub(super) fn open<T: DeserializeOwned>(place: &Path) -> Option<(T, Arc<File>)> {
    let file = File::open(place).ok()?;
    let end = file.metadata().ok()?.len().checked_sub(PLACE)?;
    let at = read(&file, end, PLACE).ok()?;
    let at = u64::from_le_bytes(at.try_into().ok()?);
    let index = read(&file, at, end.checked_sub(at)?).ok()?;
    let index = postcard::from_bytes(&index).ok()?;
    Some((index, Arc::new(file)))
}

impl Kept {
    /// Says where the content is that an index speaks of.
    pub(super) fn lies_in(&mut self, file: &Arc<File>) {
        if let Kept::Shelved(shelved) = self {
            shelved.file = Some(Arc::clone(file));
        }
    }
}

fn read(file: &File, at: u64, size: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    if at.checked_add(size).is_none_or(|end| end > length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let size = usize::try_from(size).map_err(io::Error::other)?;
    let mut bytes = vec![0; reduce::capacity(size)];
    bytes.truncate(size);
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_there_is_fetched_now_and_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("shelf");
        let mut shelf = Shelf::new(folder.path()).unwrap();
        let texts = ["a".repeat(5000), "small".to_owned(), "b".repeat(9000)];
        let whole = |text: &String| Kept::Whole(Arc::from(text.as_bytes()));
        let kept: Vec<Kept> = texts
            .iter()
            .map(|text| shelf.put(whole(text)).unwrap())
            .collect();
        assert!(matches!(kept[0], Kept::Shelved(_)) && matches!(kept[1], Kept::Whole(_)));
        shelf.close(&kept, &place).unwrap();
        let (mut again, file) = open::<Vec<Kept>>(&place).unwrap();
        again.iter_mut().for_each(|kept| kept.lies_in(&file));
        for kept in [kept, again] {
            for (kept, text) in kept.iter().zip(&texts) {
                assert_eq!(&*kept.content(vec![1]).unwrap(), text.as_bytes());
                assert_eq!(kept.length(), text.len() as u64);
                assert_eq!(kept.sum(), whole(text).sum());
                assert_eq!(kept.head(), &text.as_bytes()[..HEADER.min(text.len())]);
            }
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_cut_or_says_nonsense_of_itself_is_no_shelf() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("shelf");
        let mut shelf = Shelf::new(folder.path()).unwrap();
        let kept = shelf.put(Kept::Whole(Arc::from(vec![7; 5000]))).unwrap();
        shelf.close(&vec![kept], &place).unwrap();
        let bytes = fs::read(&place).unwrap();
        for end in [0, 4, 8, 5000, bytes.len() - 1] {
            fs::write(&place, &bytes[..end]).unwrap();
            assert!(open::<Vec<Kept>>(&place).is_none(), "cut at {end}");
        }
        let mut nonsense = bytes.clone();
        let place_of_index = nonsense.len() - 1;
        nonsense[place_of_index] = 0x7f;
        fs::write(&place, nonsense).unwrap();
        assert!(open::<Vec<Kept>>(&place).is_none());
    }
}
