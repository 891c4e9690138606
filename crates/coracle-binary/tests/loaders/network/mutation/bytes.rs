//! Files with other bytes in their headers, symbols and versions.

use coracle_binary::ElfFacts;

use super::Change;
use super::files::{any, named, other};
use crate::case::Case;
use crate::chance::Chance;

pub(super) const CHANGES: &[Change] = &[
    ("another byte in a library's header", |case, _, chance| {
        let library = any(case, chance);
        header(case, &library, chance);
        Some(())
    }),
    ("another byte in the program's header", |case, _, chance| {
        let program = case.program().to_owned();
        header(case, &program, chance);
        Some(())
    }),
    (
        "a library lacks a symbol that is used",
        |case, _, chance| {
            let (library, name) = used(case, chance)?;
            undefine(case, &library, &name)
        },
    ),
    ("a library lacks any symbol", |case, _, chance| {
        let library = any(case, chance);
        let names = defined(&case.read(&library));
        let name = chance.one(&names);
        undefine(case, &library, &name)
    }),
    ("a library has no versions", |case, _, chance| {
        let library = other(case, chance).or_else(|| named(case, "libc.so.6"))?;
        let tags: &[&[u64]] = &[
            &[VERDEF],
            &[VERSYM],
            &[VERDEF, VERSYM],
            &[VERDEF, VERSYM, VERNEED],
        ];
        let mut done = None;
        let tags = chance.one(tags);
        case.note = format!("{tags:x?}");
        for tag in tags {
            done = retag(case, &library, *tag).or(done);
        }
        done
    }),
    ("a library asks for no versions", |case, _, chance| {
        let who = if chance.below(2) == 0 {
            case.program().to_owned()
        } else {
            any(case, chance)
        };
        retag(case, &who, VERNEED)
    }),
    (
        "a version that is asked for has another name",
        |case, _, chance| {
            let who = if chance.below(2) == 0 {
                case.program().to_owned()
            } else {
                any(case, chance)
            };
            let facts = ElfFacts::read(&case.read(&who)).ok()?;
            let versions: Vec<String> = facts
                .version_needs
                .iter()
                .flat_map(|need| &need.versions)
                .map(|version| version.name.clone())
                .collect();
            rename(case, &who, versions, chance)
        },
    ),
    (
        "a version that is defined has another name",
        |case, _, chance| {
            let library = any(case, chance);
            let facts = ElfFacts::read(&case.read(&library)).ok()?;
            let versions = facts.version_definitions.as_ref()?;
            let names: Vec<String> = versions.clone();
            rename(case, &library, names, chance)
        },
    ),
    (
        "a soname in the program has another letter",
        |case, _, chance| {
            let program = case.program().to_owned();
            let facts = ElfFacts::read(&case.read(&program)).ok()?;
            rename(case, &program, facts.needed.clone(), chance)
        },
    ),
    ("a dynamic entry is another one", |case, _, chance| {
        let who = if chance.below(2) == 0 {
            case.program().to_owned()
        } else {
            any(case, chance)
        };
        // FLAGS_1, FLAGS, BIND_NOW, RUNPATH, SONAME, GNU_HASH, HASH
        let tag = chance.one(&[0x6fff_fffb, 30, 24, 29, 14, 0x6fff_fef5, 4]);
        retag(case, &who, tag)
    }),
];

const VERSYM: u64 = 0x6fff_fff0;
const VERDEF: u64 = 0x6fff_fffc;
const VERNEED: u64 = 0x6fff_fffe;
/// A tag of the range that loaders pass over.
const IGNORED: u64 = 0x6fff_f800;
const DYNAMIC: u64 = 6;

fn header(case: &mut Case, file: &str, chance: &mut Chance) {
    // Magic, class, byte order, version, ABI, type, machine, version, sizes and counts.
    let places = [
        0, 1, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 52, 54, 56, 57, 58, 60, 62,
    ];
    let at = chance.one(&places);
    let value = chance.one(&[0, 1, 2, 3, 4, 0xff]);
    case.edit(file, |bytes| bytes[at] = value);
    case.note = format!("byte {at} is {value}");
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = &bytes[at..at + length];
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// The dynamic section's entries: where each lies in the file, its tag and its value.
fn dynamic(bytes: &[u8]) -> Vec<(usize, u64, u64)> {
    let (table, count) = (place(number(bytes, 32, 8)), place(number(bytes, 56, 2)));
    let headers = (0..count).map(|index| table + index * 56);
    let header = headers.into_iter().find(|at| number(bytes, *at, 4) == 2);
    let Some(at) = header else {
        return Vec::new();
    };
    let (start, size) = (
        place(number(bytes, at + 8, 8)),
        place(number(bytes, at + 32, 8)),
    );
    let entries = (start..start + size).step_by(16);
    let entries = entries.map(|at| (at, number(bytes, at, 8), number(bytes, at + 8, 8)));
    entries.take_while(|(_, tag, _)| *tag != 0).collect()
}

/// The address of the file's first byte.
fn base(bytes: &[u8]) -> u64 {
    let (table, count) = (place(number(bytes, 32, 8)), place(number(bytes, 56, 2)));
    let mut headers = (0..count).map(|index| table + index * 56);
    let load = headers.find(|at| number(bytes, *at, 4) == 1);
    load.map_or(0, |at| number(bytes, at + 16, 8) - number(bytes, at + 8, 8))
}

/// Makes the loader pass over an entry.
fn retag(case: &Case, file: &str, tag: u64) -> Option<()> {
    let bytes = case.read(file);
    let (at, ..) = dynamic(&bytes)
        .into_iter()
        .find(|(_, known, _)| *known == tag)?;
    case.edit(file, |bytes| {
        bytes[at..at + 8].copy_from_slice(&IGNORED.to_le_bytes())
    });
    Some(())
}

/// The dynamic symbols: where each lies in the file, its name, and whether it is defined.
fn symbols(bytes: &[u8]) -> Vec<(usize, String, bool)> {
    let entries = dynamic(bytes);
    let value = |tag| {
        entries
            .iter()
            .find(|(_, known, _)| *known == tag)
            .map(|(.., value)| *value)
    };
    let (Some(table), Some(names)) = (value(DYNAMIC), value(5)) else {
        return Vec::new();
    };
    // The first segment holds both; the names follow the symbols in every file of Debian.
    let base = base(bytes);
    let (table, names) = (place(table - base), place(names - base));
    let places = (table..names.max(table)).step_by(24);
    let read = |at: usize| {
        let start = names + place(number(bytes, at, 4));
        let end = start + bytes.get(start..)?.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8_lossy(&bytes[start..end]).into_owned();
        Some((at, name, number(bytes, at + 6, 2) != 0))
    };
    places
        .filter_map(read)
        .filter(|(_, name, _)| !name.is_empty())
        .collect()
}

fn defined(bytes: &[u8]) -> Vec<String> {
    let symbols = symbols(bytes).into_iter();
    symbols
        .filter(|(.., defined)| *defined)
        .map(|(_, name, _)| name)
        .collect()
}

/// A symbol that the program or a library wants, with a library that has it.
fn used(case: &Case, chance: &mut Chance) -> Option<(String, String)> {
    let who = if chance.below(2) == 0 {
        case.program().to_owned()
    } else {
        any(case, chance)
    };
    let wanted: Vec<String> = symbols(&case.read(&who))
        .into_iter()
        .filter(|(.., defined)| !defined)
        .map(|(_, name, _)| name)
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let name = chance.one(&wanted);
    let has = |library: &&String| defined(&case.read(library)).contains(&name);
    let library = case.libraries.iter().find(has)?.clone();
    Some((library, name))
}

/// Makes all definitions of a name in a library references.
fn undefine(case: &Case, library: &str, name: &str) -> Option<()> {
    let bytes = case.read(library);
    let places: Vec<usize> = symbols(&bytes)
        .into_iter()
        .filter(|(_, known, defined)| *defined && known == name)
        .map(|(at, ..)| at)
        .collect();
    case.edit(library, |bytes| {
        for at in &places {
            bytes[at + 6..at + 8].fill(0);
        }
    });
    (!places.is_empty()).then_some(())
}

/// Changes the last letter of one of the names, wherever it stands in the file.
fn rename(case: &Case, file: &str, mut names: Vec<String>, chance: &mut Chance) -> Option<()> {
    names.retain(|name| name.len() > 3);
    if names.is_empty() {
        return None;
    }
    let name = chance.one(&names);
    let text = format!("\0{name}\0");
    let bytes = case.read(file);
    let at = memchr::memmem::find(&bytes, text.as_bytes())?;
    case.edit(file, |bytes| bytes[at + name.len()] ^= 1);
    Some(())
}
