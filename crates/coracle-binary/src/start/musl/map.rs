//! How musl maps a file that it has opened (`map_library`): it believes nearly everything.
//!
//! It looks at neither the magic number nor the machine, and what it refuses ends the program.

use std::sync::Arc;

use super::relocations;
use super::search::{Failure, Found};
use crate::bytes::Words;
use crate::elf::{ByteOrder, Class, DynamicSymbols, ElfFacts, Kind, SegmentKind};
use crate::start::object::{View, unreadable};
use crate::start::report::{Code, Finding, Verdict};
use crate::start::tree::NodeKind;

const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const PT_DYNAMIC: u32 = 2;

/// The facts of a file that can be mapped as a library.
pub(super) fn map(
    view: &View<'_>,
    found: &Found,
    content: &[u8],
) -> Result<Arc<ElfFacts>, Failure> {
    let file = &found.file.path;
    match found.file.node.kind {
        NodeKind::File { .. } => {}
        NodeKind::Directory => return Err(Failure::Unusable("Is a directory", file.clone())),
        NodeKind::Symlink { .. } | NodeKind::Other => {
            let explanation = "it is no regular file".to_owned();
            return Err(told(Finding::unproven(
                Code::LibraryUnusable,
                file,
                explanation,
            )));
        }
    }
    let words = Words {
        bytes: content,
        wide: view.machine.class() == Class::Elf64,
        little: view.machine.byte_order() == ByteOrder::Little,
        trace: None,
    };
    if executable(words).is_none() {
        return Err(Failure::Unusable("Exec format error", file.clone()));
    }
    if !is_marked(words) {
        let explanation = "its first bytes are not those of an ELF file of the platform, which musl's loader does \
                           not look at";
        let finding = Finding::unproven(Code::Malformed, file, explanation.to_owned());
        return Err(told(finding));
    }
    let facts = view
        .facts(file, content)
        .map_err(|error| told(unreadable(file, &error)))?;
    let loads = |facts: &ElfFacts| {
        let mut segments = facts.segments.iter();
        segments.any(|segment| segment.kind == SegmentKind::Load)
    };
    let odd = match facts.kind {
        Kind::Executable => "it is loaded only where the addresses it is linked to are free",
        _ if !loads(&facts) => "it has no loadable segment",
        _ => return Ok(facts),
    };
    Err(told(Finding::unproven(
        Code::LibraryUnusable,
        file,
        odd.to_owned(),
    )))
}

/// The magic number, the width and the byte order are right.
fn is_marked(words: Words<'_>) -> bool {
    let class = if words.wide { 2 } else { 1 };
    let order = if words.little { 1 } else { 2 };
    words.slice(0, 6) == Some(&[0x7f, b'E', b'L', b'F', class, order])
}

fn told(finding: Finding) -> Failure {
    Failure::Told(Box::new(finding))
}

/// What the loader wants of a file: a header of the right length and type, and a dynamic section somewhere.
fn executable(words: Words<'_>) -> Option<()> {
    let header = if words.wide { 64 } else { 52 };
    words.slice(0, header)?;
    let tail = header - 10;
    if ![ET_EXEC, ET_DYN].contains(&words.u16(16)?) {
        return None;
    }
    let table = words.word(24 + words.word_size())?;
    let (size, count) = (u64::from(words.u16(tail)?), words.u16(tail + 2)?);
    words.slice(table, size * u64::from(count))?;
    let address = if words.wide { 16 } else { 8 };
    let mut dynamic = 0;
    for index in 0..u64::from(count) {
        let at = table + index * size;
        if words.u32(at)? == PT_DYNAMIC {
            dynamic = words.word(at + address)?;
        }
    }
    (dynamic != 0).then_some(())
}

/// A file of another machine is mapped all the same: its relocations are what stops it, if it has any.
pub(super) fn foreign(view: &View<'_>, found: &Found, content: &[u8], facts: &ElfFacts) -> Finding {
    let file = &found.file.path;
    let symbols = DynamicSymbols::read(content, facts).ok().flatten();
    let unknown = symbols.and_then(|symbols| {
        relocations::unsupported(view.machine, None, symbols.relocation_types())
    });
    let made = format!(
        "it is made for {}, and the platform is {}",
        facts.machine, view.machine
    );
    let (verdict, explanation) = match unknown {
        Some(number) => {
            let said = relocations::says(&found.path, number);
            (Verdict::DoesNotStart, format!("{said}; {made}"))
        }
        None => (
            Verdict::NotProven,
            format!("{made}, which musl's loader does not look at"),
        ),
    };
    Finding::new(Code::WrongMachine, verdict, file, explanation)
        .way_out(format!("build or package it for {}", view.machine))
}
