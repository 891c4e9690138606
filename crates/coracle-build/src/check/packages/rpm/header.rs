//! A package's header as rpm keeps it (rpm's `format/header.md`): how many entries and bytes, the entries, the bytes.

use super::Package;

/// The numbers of what is read.
const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const PROVIDES: u32 = 1047;
const REQUIRES: u32 = 1049;
const FOLDER_OF_FILE: u32 = 1116;
const FILES: u32 = 1117;
const FOLDERS: u32 = 1118;

const ENTRY: usize = 16;

/// What is true of rpm itself, and no package.
const OF_RPM: &str = "rpmlib(";

/// Reads one; `None` where it is none.
pub(super) fn package(header: &[u8]) -> Option<Package> {
    let header = Header::of(header)?;
    let version = header.text(VERSION)?;
    let release = header.text(RELEASE)?;
    let epoch = header.numbers(EPOCH).first().copied().unwrap_or_default();
    let version = match epoch {
        0 => format!("{version}-{release}"),
        epoch => format!("{epoch}:{version}-{release}"),
    };
    let depends = header.texts(REQUIRES).into_iter();
    let depends = depends.filter(|name| !name.starts_with(OF_RPM));
    Some(Package {
        name: header.text(NAME)?,
        version,
        files: header.files(),
        bytes: 0,
        depends: depends.collect(),
        provides: header.texts(PROVIDES),
    })
}

struct Header<'a> {
    entries: &'a [u8],
    data: &'a [u8],
}

impl<'a> Header<'a> {
    fn of(bytes: &'a [u8]) -> Option<Header<'a>> {
        let count = usize::try_from(number(bytes, 0)?).ok()?;
        let length = usize::try_from(number(bytes, 4)?).ok()?;
        let (_, rest) = bytes.split_at_checked(8)?;
        let (entries, rest) = rest.split_at_checked(count.checked_mul(ENTRY)?)?;
        Some(Header {
            entries,
            data: rest.get(..length)?,
        })
    }

    /// The bytes from where an entry's content begins, and how many of its kind there are.
    fn find(&self, tag: u32) -> Option<(&'a [u8], usize)> {
        let mut entries = self.entries.chunks_exact(ENTRY);
        let entry = entries.find(|entry| number(entry, 0) == Some(tag))?;
        let at = usize::try_from(number(entry, 8)?).ok()?;
        let count = usize::try_from(number(entry, 12)?).ok()?;
        Some((self.data.get(at..)?, count))
    }

    fn text(&self, tag: u32) -> Option<String> {
        self.texts(tag).into_iter().next()
    }

    fn texts(&self, tag: u32) -> Vec<String> {
        let Some((data, count)) = self.find(tag) else {
            return Vec::new();
        };
        let texts = data.split(|byte| *byte == 0).take(count);
        texts
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .collect()
    }

    fn numbers(&self, tag: u32) -> Vec<u32> {
        let Some((data, count)) = self.find(tag) else {
            return Vec::new();
        };
        let numbers = data.chunks_exact(4).take(count);
        numbers.filter_map(|four| number(four, 0)).collect()
    }

    /// Names, and for each the number of its folder.
    fn files(&self) -> Vec<String> {
        let folders = self.texts(FOLDERS);
        let names = self
            .texts(FILES)
            .into_iter()
            .zip(self.numbers(FOLDER_OF_FILE));
        let path = |(name, folder): (String, u32)| {
            let folder = folders.get(usize::try_from(folder).ok()?)?;
            Some(format!("{}{name}", folder.trim_start_matches('/')))
        };
        names.filter_map(path).collect()
    }
}

/// A number at a place, the highest byte first.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}
