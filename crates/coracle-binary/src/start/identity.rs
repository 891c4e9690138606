//! Which loader a file is, from its own bytes: the paths it searches are plain strings in it.
//!
//! Debian's glibc, Fedora's, Nix's and others search different directories, and each says so itself.
//! A loader whose strings cannot be told apart with certainty is unknown.

mod musl;

use memchr::memmem;

use crate::elf::ElfFacts;

pub(super) use musl::MuslLoader;

/// A loader that is known, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loader {
    Glibc(GlibcLoader),
    Musl(MuslLoader),
    /// gcompat's, which starts programs of glibc with musl's.
    Gcompat,
    /// With the reason why it is not known.
    Unknown(&'static str),
}

/// What a glibc loader's bytes say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GlibcLoader {
    pub(super) release: Option<Release>,
    /// The directories that are searched last, without a trailing slash.
    pub(super) system_directories: Vec<String>,
    /// `/etc/ld.so.cache`
    pub(super) cache: String,
    /// `/etc/ld.so.preload`
    pub(super) preload: Option<String>,
    /// What `$LIB` stands for.
    pub(super) lib: Option<String>,
}

/// Which build of glibc a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// `2.36` as two numbers.
    pub(super) number: (u32, u32),
    /// What stands in the parentheses: `Debian GLIBC 2.36-9+deb12u14`; `None` when only a file's
    /// name says the release.
    pub(super) build: Option<String>,
}

/// `e_ehsize`, which the loader asserts of itself.
fn has_usual_header(bytes: &[u8]) -> bool {
    let wide = bytes.get(4) == Some(&2);
    let at = if wide { 52 } else { 40 };
    let size = bytes.get(at..at + 2);
    let (little, big): ([u8; 2], [u8; 2]) = if wide {
        ([64, 0], [0, 64])
    } else {
        ([52, 0], [0, 52])
    };
    size == Some(&little[..]) || size == Some(&big[..])
}

/// Texts that only loaders and libcs hold, from which their directories and releases are read.
pub(crate) const MARKS: [&str; 4] = [musl::BANNER, GCOMPAT, LIBC_BANNER, LOADER_BANNER];
const GCOMPAT: &str = "gcompat ELF interpreter stub";
/// How glibc's `libc.so.6` says its release.
pub(super) const LIBC_BANNER: &str = "GNU C Library (";
/// How glibc's loader does.
const LOADER_BANNER: &str = "ld.so (";
/// The version that every part of glibc defines or wants.
const PRIVATE: &str = "GLIBC_PRIVATE";

/// Whether a file defines versions as parts of glibc do.
pub(crate) fn is_of_glibc(facts: &ElfFacts) -> bool {
    let mut versions = facts.version_definitions.iter().flatten();
    versions.any(|version| version == PRIVATE)
}

/// Tells which loader the file at a path is.
pub(super) fn of(file: &str, bytes: &[u8], facts: &ElfFacts) -> Loader {
    if let Some(loader) = musl::of(bytes) {
        return loader.map_or_else(Loader::Unknown, Loader::Musl);
    }
    if !has_usual_header(bytes) {
        return Loader::Unknown(
            "its header has another size than glibc's loader takes itself to have",
        );
    }
    if !is_of_glibc(facts) {
        return match memmem::find(bytes, GCOMPAT.as_bytes()) {
            Some(_) => Loader::Gcompat,
            None => Loader::Unknown("it defines no GLIBC_PRIVATE, as every glibc loader does"),
        };
    }
    let Some(system_directories) = system_directories(bytes) else {
        return Loader::Unknown("the directories it searches cannot be read from it");
    };
    let Some(cache) = path_ending(bytes, "/ld.so.cache") else {
        return Loader::Unknown("the path of its cache cannot be read from it");
    };
    Loader::Glibc(GlibcLoader {
        release: release(bytes, LOADER_BANNER).or_else(|| release_of_name(file)),
        lib: lib(bytes, &system_directories),
        system_directories,
        cache,
        preload: path_ending(bytes, "/ld.so.preload"),
    })
}

/// The release of glibc's `libc.so.6` (`GNU C Library (…`) or of its loader (`ld.so (…`).
pub(super) fn release(bytes: &[u8], opening: &str) -> Option<Release> {
    const LONGEST: usize = 200;
    memmem::find_iter(bytes, opening).find_map(|at| {
        let start = at + opening.len();
        let rest = bytes.get(start..bytes.len().min(start + LONGEST))?;
        let text: &[u8] = rest.split(|byte| *byte == 0 || *byte == b'\n').next()?;
        let (build, rest) = std::str::from_utf8(text).ok()?.split_once(") ")?;
        let mut numbers = rest.split_once("release version ")?.1.split('.');
        let number = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        Some(Release {
            number,
            build: Some(build.to_owned()),
        })
    })
}

/// Before 2.33 a loader says its release only in its file's name: `ld-2.31.so`.
fn release_of_name(file: &str) -> Option<Release> {
    let name = file.rsplit_once("/ld-")?.1.strip_suffix(".so")?;
    let (major, minor) = name.split_once('.')?;
    let number = (major.parse().ok()?, minor.parse().ok()?);
    Some(Release {
        number,
        build: None,
    })
}

/// The packed list of directories: strings that begin and end with a slash, one NUL between them.
fn system_directories(bytes: &[u8]) -> Option<Vec<String>> {
    let mut lists: Vec<Vec<&str>> = Vec::new();
    let mut list: Vec<&str> = Vec::new();
    for chunk in bytes.split(|byte| *byte == 0) {
        match directory(chunk, list.is_empty()) {
            Some(path) => list.push(path),
            None if list.is_empty() => {}
            None => lists.push(std::mem::take(&mut list)),
        }
    }
    lists.push(list);
    let longest = lists
        .iter()
        .max_by_key(|list| list.len())
        .filter(|list| !list.is_empty())?;
    let agree = |list: &Vec<&str>| list.iter().all(|path| longest.contains(path));
    if !lists.iter().all(agree) {
        return None;
    }
    Some(
        longest
            .iter()
            .map(|path| path.trim_end_matches('/').to_owned())
            .collect(),
    )
}

/// The directory in a NUL-ended chunk. The first of a list may have other data right before it.
fn directory(chunk: &[u8], first: bool) -> Option<&str> {
    let printable = |byte: &u8| byte.is_ascii_graphic();
    let start = chunk
        .iter()
        .rposition(|byte| !printable(byte))
        .map_or(0, |at| at + 1);
    if start > 0 && !first {
        return None;
    }
    let path = std::str::from_utf8(chunk.get(start..)?).ok()?;
    let whole =
        path.len() > 2 && path.starts_with('/') && path.ends_with('/') && !path.contains("//");
    (whole && path.contains("/lib")).then_some(path)
}

/// The only string that ends with `ending`; `None` when there is none, or several that differ.
fn path_ending(bytes: &[u8], ending: &str) -> Option<String> {
    let mut found: Option<&str> = None;
    for at in memmem::find_iter(bytes, ending) {
        let end = at + ending.len();
        if bytes.get(end) != Some(&0) {
            continue;
        }
        let before = bytes.get(..at)?;
        let start = before
            .iter()
            .rposition(|byte| !byte.is_ascii_graphic())
            .map_or(0, |at| at + 1);
        let path = std::str::from_utf8(bytes.get(start..end)?).ok()?;
        if !path.starts_with('/') || found.is_some_and(|found| found != path) {
            return None;
        }
        found = Some(path);
    }
    found.map(str::to_owned)
}

/// What `$LIB` stands for: the longest system directory's name that is in the bytes without its slashes.
fn lib(bytes: &[u8], directories: &[String]) -> Option<String> {
    let names = directories.iter().map(|path| path.trim_start_matches('/'));
    let there = |name: &&str| {
        let string: Vec<u8> = [b"\0", name.as_bytes(), b"\0"].concat();
        memmem::find(bytes, &string).is_some()
    };
    names
        .filter(there)
        .max_by_key(|name| name.len())
        .map(str::to_owned)
}
