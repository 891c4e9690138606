//! The text inside the blob: tab-separated lines of `path`, `mod`, `dep`, `=>` and `build`.

use super::{BuildInfo, Module};

/// The sentinels around the text have 16 bytes each, and the text ends with a line feed.
const SENTINEL: usize = 16;

/// The text between its sentinels; empty when they are not there (as `go version -m` has it).
pub(super) fn unwrap(raw: &[u8]) -> &[u8] {
    let end = raw.len().saturating_sub(SENTINEL);
    match raw.get(SENTINEL..end) {
        Some(text) if text.last() == Some(&b'\n') => text,
        _ => &[],
    }
}

pub(super) fn parse(text: &str) -> Result<BuildInfo, &'static str> {
    let mut info = BuildInfo::default();
    let mut replaceable = Replaceable::Nothing;
    for line in text.lines() {
        let (kind, rest) = line.split_once('\t').unwrap_or((line, ""));
        match kind {
            "path" => info.path = Some(rest.to_owned()),
            "mod" => {
                info.main = Some(module(rest)?);
                replaceable = Replaceable::Main;
            }
            "dep" => {
                info.deps.push(module(rest)?);
                replaceable = Replaceable::Dependency;
            }
            "=>" => {
                let target = match replaceable {
                    Replaceable::Nothing => None,
                    Replaceable::Main => info.main.as_mut(),
                    Replaceable::Dependency => info.deps.last_mut(),
                };
                let target = target.ok_or("a replacement of nothing")?;
                target.replace = Some(Box::new(module(rest)?));
                replaceable = Replaceable::Nothing;
            }
            "build" => {
                let (name, value) = setting(rest)?;
                info.settings.insert(name, value);
            }
            // Later toolchains may add kinds of lines; Go's own reader skips them.
            _ => {}
        }
    }
    Ok(info)
}

enum Replaceable {
    Nothing,
    Main,
    Dependency,
}

fn module(line: &str) -> Result<Module, &'static str> {
    let mut fields = line.split('\t');
    let path = fields
        .next()
        .filter(|path| !path.is_empty())
        .ok_or("a module without a path")?;
    let version = fields.next().unwrap_or_default();
    let sum = fields.next().unwrap_or_default();
    Ok(Module {
        path: path.to_owned(),
        version: version.to_owned(),
        sum: sum.to_owned(),
        replace: None,
    })
}

/// `KEY=VALUE`, either of them quoted as a Go string when it holds something awkward.
fn setting(line: &str) -> Result<(String, String), &'static str> {
    let (name, rest) = if line.starts_with(['"', '`']) {
        unquote(line)?
    } else {
        let end = line.find('=').ok_or("a build setting without =")?;
        (
            line.get(..end).unwrap_or_default().to_owned(),
            line.get(end..).unwrap_or_default(),
        )
    };
    let value = rest.strip_prefix('=').ok_or("a build setting without =")?;
    if !value.starts_with(['"', '`']) {
        return Ok((name, value.to_owned()));
    }
    let (value, rest) = unquote(value)?;
    if rest.is_empty() {
        Ok((name, value))
    } else {
        Err("text after a quoted build setting")
    }
}

/// A Go string literal at the start of `text`, and what follows it.
fn unquote(text: &str) -> Result<(String, &str), &'static str> {
    const UNENDED: &str = "a quoted build setting without an end";
    if let Some(raw) = text.strip_prefix('`') {
        let (value, rest) = raw.split_once('`').ok_or(UNENDED)?;
        return Ok((value.to_owned(), rest));
    }
    let mut characters = text.char_indices().skip(1);
    let mut value = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            '\\' => {
                let (_, escape) = characters.next().ok_or(UNENDED)?;
                value.push(unescape(escape, &mut characters)?);
            }
            other => value.push(other),
        }
    }
    Err(UNENDED)
}

fn unescape(
    escape: char,
    rest: &mut impl Iterator<Item = (usize, char)>,
) -> Result<char, &'static str> {
    let digits = match escape {
        'n' => return Ok('\n'),
        't' => return Ok('\t'),
        'r' => return Ok('\r'),
        'a' => return Ok('\u{7}'),
        'b' => return Ok('\u{8}'),
        'f' => return Ok('\u{c}'),
        'v' => return Ok('\u{b}'),
        '\\' | '"' | '\'' => return Ok(escape),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return Err("an unknown escape in a build setting"),
    };
    let code: String = rest.take(digits).map(|(_, digit)| digit).collect();
    let number =
        u32::from_str_radix(&code, 16).map_err(|_| "a broken escape in a build setting")?;
    char::from_u32(number).ok_or("a broken escape in a build setting")
}
