//! What the bytes of musl's loader, which is its libc too, say about it.

use memchr::memmem;

/// The usage text, which the loader prints when it is started by hand: `musl libc (x86_64)`.
pub(super) const BANNER: &str = "musl libc (";
/// The first names of the list of functions that have a second name, which ends with 64.
const LARGE_FILES: &[u8] = b"aio_cancel\0aio_error\0";

/// What a musl loader's bytes say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::start) struct MuslLoader {
    /// `1.2.5` as three numbers.
    pub(in crate::start) release: Option<(u32, u32, u32)>,
    /// Where it looks for its path file, behind the prefix that it is in: `/etc/ld-musl-x86_64.path`.
    pub(in crate::start) path_file: String,
    /// What it searches without that file: `/lib:/usr/local/lib:/usr/lib`.
    pub(in crate::start) default_path: String,
    /// The functions whose names with 64 behind them it puts down to those without, from 1.2.4 on.
    pub(in crate::start) large_file_names: Vec<String>,
}

/// `None` when the bytes are not musl's; the reason when they are, and do not say where it looks.
pub(super) fn of(bytes: &[u8]) -> Option<Result<MuslLoader, &'static str>> {
    let at = memmem::find(bytes, BANNER.as_bytes())? + BANNER.len();
    Some(read(bytes, bytes.get(at..).unwrap_or_default()))
}

fn read(bytes: &[u8], after_banner: &[u8]) -> Result<MuslLoader, &'static str> {
    let architecture = after_banner.split(|byte| *byte == b')').next();
    let architecture = architecture
        .and_then(|name| std::str::from_utf8(name).ok())
        .filter(|name| name.len() < 32 && name.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or("it is musl, and its architecture cannot be read from it")?;
    let path_file = format!("/etc/ld-musl-{architecture}.path");
    if memmem::find(bytes, path_file.as_bytes()).is_none() {
        return Err("it is musl, and the path of its path file cannot be read from it");
    }
    let default_path = only(bytes, |text| is_path_of_libraries(text).then_some(text))
        .ok_or("it is musl, and the directories it searches cannot be read from it")?;
    Ok(MuslLoader {
        release: only(bytes, release),
        path_file,
        default_path: default_path.to_owned(),
        large_file_names: large_file_names(bytes),
    })
}

/// What all the strings agree on for which `of` says something; `None` when they differ, or none does.
fn only<'a, T: PartialEq>(bytes: &'a [u8], of: impl Fn(&'a str) -> Option<T>) -> Option<T> {
    let strings = bytes.split(|byte| *byte == 0).filter_map(|chunk| {
        // Other data may be right before the first character of a string.
        let start = chunk
            .iter()
            .rposition(|byte| !byte.is_ascii_graphic())
            .map_or(0, |at| at + 1);
        std::str::from_utf8(chunk.get(start..)?).ok()
    });
    let mut found = None;
    for one in strings.filter_map(of) {
        if found.as_ref().is_some_and(|found| *found != one) {
            return None;
        }
        found = Some(one);
    }
    found
}

/// Directories between colons, libraries among them.
fn is_path_of_libraries(text: &str) -> bool {
    text.contains(':')
        && text.contains("/lib")
        && text
            .split(':')
            .all(|directory| directory.starts_with('/') && !directory.contains('%'))
}

/// `1.2.5`, or `1.2.5-git-4-gabcdef` between releases.
fn release(text: &str) -> Option<(u32, u32, u32)> {
    let text = text.split_once("-git-").map_or(text, |(text, _)| text);
    // Random numbers may be right before it, and look like text.
    let other = |character: char| !character.is_ascii_digit() && character != '.';
    let text = text.rsplit(other).next()?;
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let release = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && release.0 == 1).then_some(release)
}

/// The list of strings, which an empty one ends.
fn large_file_names(bytes: &[u8]) -> Vec<String> {
    let lists = memmem::find_iter(bytes, LARGE_FILES).filter_map(|at| bytes.get(at..));
    let mut names = lists.map(|list| {
        list.split(|byte| *byte == 0)
            .take_while(|name| !name.is_empty())
            .map_while(|name| Some(std::str::from_utf8(name).ok()?.to_owned()))
            .collect::<Vec<String>>()
    });
    let served = |names: &Vec<String>| names.iter().any(|name| name == "versionsort");
    names.find(served).unwrap_or_default()
}
