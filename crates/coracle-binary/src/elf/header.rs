//! The file header and the program headers: what the kernel reads.

use std::fmt;

use super::{Error, Machine, take};
use crate::bytes::{Trace, Words};

const MAGIC: [u8; 4] = [0x7f, b'E', b'L', b'F'];
const PF_W: u32 = 2;
/// The kernel refuses a table of program headers of more than 64 KiB.
const PROGRAM_HEADERS_LIMIT: u64 = 65_536;
/// The kernel refuses an interpreter's path longer than `PATH_MAX`.
const INTERPRETER_LIMIT: u64 = 4096;

/// The width of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 32 bits.
    Elf32,
    /// 64 bits.
    Elf64,
}

/// The order of bytes in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// `e_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ET_EXEC`: an executable at a fixed address.
    Executable,
    /// `ET_DYN`: a shared object or a position-independent executable.
    SharedObject,
    /// `ET_REL`: an object file.
    Relocatable,
    /// `ET_CORE`: a memory dump.
    Core,
    /// Anything else.
    Other(u16),
}

/// A segment's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// `PT_LOAD`
    Load,
    /// `PT_DYNAMIC`
    Dynamic,
    /// `PT_INTERP`
    Interpreter,
    /// `PT_NOTE`
    Note,
    /// `PT_TLS`
    Tls,
    /// `PT_GNU_STACK`
    Stack,
    /// `PT_GNU_RELRO`
    Relro,
    /// Any other number.
    Other(u32),
}

impl fmt::Display for SegmentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Load => "LOAD",
            Self::Dynamic => "DYNAMIC",
            Self::Interpreter => "INTERP",
            Self::Note => "NOTE",
            Self::Tls => "TLS",
            Self::Stack => "GNU_STACK",
            Self::Relro => "GNU_RELRO",
            Self::Other(number) => return write!(formatter, "{number:#x}"),
        })
    }
}

/// One program header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// `p_type`
    pub kind: SegmentKind,
    /// `p_flags`: 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// `p_offset`: where its bytes are in the file.
    pub offset: u64,
    /// `p_vaddr`
    pub address: u64,
    /// `p_filesz`: how many bytes of it are in the file.
    pub file_size: u64,
    /// `p_memsz`
    pub memory_size: u64,
    /// `p_align`
    pub alignment: u64,
}

impl Segment {
    /// Whether the segment may be written to (`PF_W`).
    pub fn is_writable(&self) -> bool {
        self.flags & PF_W != 0
    }
}

pub(super) struct Header {
    pub(super) class: Class,
    pub(super) byte_order: ByteOrder,
    pub(super) machine: Machine,
    pub(super) kind: Kind,
    pub(super) entry: u64,
    pub(super) flags: u32,
    table: u64,
    entry_size: u16,
    count: u16,
}

pub(super) fn read<'a>(
    bytes: &'a [u8],
    trace: Option<&'a Trace>,
) -> Result<(Words<'a>, Header), Error> {
    let magic = bytes.get(..4).unwrap_or(bytes);
    if magic != MAGIC {
        return Err(Error::NotElf {
            got: magic.to_vec(),
        });
    }
    let mut words = Words {
        bytes,
        wide: true,
        little: true,
        trace,
    };
    let ident = take(words, "the identification", 0, 16)?;
    let (class, byte_order) = match (ident.get(4), ident.get(5)) {
        (Some(1), Some(1)) => (Class::Elf32, ByteOrder::Little),
        (Some(1), Some(2)) => (Class::Elf32, ByteOrder::Big),
        (Some(2), Some(1)) => (Class::Elf64, ByteOrder::Little),
        (Some(2), Some(2)) => (Class::Elf64, ByteOrder::Big),
        (Some(1 | 2), got) => {
            let got = got.copied().unwrap_or_default().into();
            return Err(Error::Unsupported {
                field: "byte order",
                expected: "1 or 2",
                got,
            });
        }
        (got, _) => {
            let got = got.copied().unwrap_or_default().into();
            return Err(Error::Unsupported {
                field: "class",
                expected: "1 or 2",
                got,
            });
        }
    };
    words.wide = class == Class::Elf64;
    words.little = byte_order == ByteOrder::Little;
    let size = if words.wide { 64 } else { 52 };
    take(words, "the file header", 0, size)?;
    let header = fields(words, class, byte_order);
    let short = Error::Truncated {
        structure: "the file header",
        offset: 0,
        expected: size,
        got: words.length(),
    };
    Ok((words, header.ok_or(short)?))
}

fn fields(words: Words<'_>, class: Class, byte_order: ByteOrder) -> Option<Header> {
    // e_entry, e_phoff and e_shoff are addresses; what follows them moves by 12 bytes between the classes.
    let tail = if words.wide { 48 } else { 36 };
    Some(Header {
        class,
        byte_order,
        kind: match words.u16(16)? {
            1 => Kind::Relocatable,
            2 => Kind::Executable,
            3 => Kind::SharedObject,
            4 => Kind::Core,
            other => Kind::Other(other),
        },
        machine: Machine::from_number(words.u16(18)?),
        entry: words.word(24)?,
        table: words.word(24 + words.word_size())?,
        flags: words.u32(tail)?,
        entry_size: words.u16(tail + 6)?,
        count: words.u16(tail + 8)?,
    })
}

pub(super) fn segments(words: Words<'_>, header: &Header) -> Result<Vec<Segment>, Error> {
    if header.count == 0 {
        return Ok(Vec::new());
    }
    let (expected, text) = if words.wide { (56, "56") } else { (32, "32") };
    if header.entry_size != expected {
        let got = header.entry_size.into();
        return Err(Error::Unsupported {
            field: "program header size",
            expected: text,
            got,
        });
    }
    let (size, count) = (u64::from(expected), u64::from(header.count));
    if size * count > PROGRAM_HEADERS_LIMIT {
        return Err(Error::TooMany {
            what: "program headers",
            count,
            limit: PROGRAM_HEADERS_LIMIT / size,
        });
    }
    let table = take(words, "the program headers", header.table, size * count)?;
    let mut segments = Vec::with_capacity(header.count.into());
    for (index, raw) in table.chunks_exact(expected.into()).enumerate() {
        let Some(segment) = segment(Words {
            bytes: raw,
            trace: None,
            ..words
        }) else {
            continue;
        };
        check_extent(index, &segment, words.length())?;
        segments.push(segment);
    }
    Ok(segments)
}

/// Nothing that a start depends on lies in the program headers: a count that is too high would have made it of what
/// follows them. Notes are left out: tools that rewrite files write longer headers over them.
pub(super) fn check_apart(header: &Header, segments: &[Segment]) -> Result<(), Error> {
    let table = u64::from(header.entry_size) * u64::from(header.count);
    let end = header.table.saturating_add(table);
    let larger = |segment: &&Segment| {
        let mapped = matches!(segment.kind, SegmentKind::Load | SegmentKind::Tls);
        mapped && segment.file_size > segment.memory_size
    };
    if let Some(segment) = segments.iter().find(larger) {
        return Err(Error::LargerInFile { kind: segment.kind });
    }
    let counts = |kind| {
        matches!(
            kind,
            SegmentKind::Dynamic | SegmentKind::Interpreter | SegmentKind::Tls
        )
    };
    let within = |segment: &&Segment| {
        let ends = segment.offset.saturating_add(segment.file_size);
        segment.file_size > 0 && segment.offset < end && ends > header.table
    };
    let mut others = segments.iter().filter(|segment| counts(segment.kind));
    match others.find(within) {
        Some(segment) => Err(Error::Overlap { kind: segment.kind }),
        None => Ok(()),
    }
}

fn segment(raw: Words<'_>) -> Option<Segment> {
    let word = raw.word_size();
    // p_flags stands second in 64 bits and last but one in 32 bits.
    let (flags, offset) = if raw.wide { (4, 8) } else { (24, 4) };
    let sizes = offset + 3 * word;
    Some(Segment {
        kind: match raw.u32(0)? {
            1 => SegmentKind::Load,
            2 => SegmentKind::Dynamic,
            3 => SegmentKind::Interpreter,
            4 => SegmentKind::Note,
            7 => SegmentKind::Tls,
            0x6474_e551 => SegmentKind::Stack,
            0x6474_e552 => SegmentKind::Relro,
            other => SegmentKind::Other(other),
        },
        flags: raw.u32(flags)?,
        offset: raw.word(offset)?,
        address: raw.word(offset + word)?,
        file_size: raw.word(sizes)?,
        memory_size: raw.word(sizes + word)?,
        alignment: raw.word(sizes + 2 * word + if raw.wide { 0 } else { 4 })?,
    })
}

/// Segments whose bytes somebody reads must be in the file; GNU_STACK and the like have none.
fn check_extent(index: usize, segment: &Segment, length: u64) -> Result<(), Error> {
    use SegmentKind::{Dynamic, Interpreter, Load};
    let end = segment.offset.saturating_add(segment.file_size);
    if segment.file_size > 0 && end > length && matches!(segment.kind, Load | Dynamic | Interpreter)
    {
        return Err(Error::SegmentBeyondFile {
            index,
            kind: segment.kind,
            end,
            length,
        });
    }
    Ok(())
}

/// The first `PT_INTERP`, which is the one that the kernel takes.
pub(super) fn interpreter(words: Words<'_>, segments: &[Segment]) -> Result<Option<String>, Error> {
    let what = "the interpreter's path";
    let Some(segment) = segments
        .iter()
        .find(|segment| segment.kind == SegmentKind::Interpreter)
    else {
        return Ok(None);
    };
    if segment.file_size > INTERPRETER_LIMIT {
        let count = segment.file_size;
        return Err(Error::TooMany {
            what: "bytes of interpreter path",
            count,
            limit: INTERPRETER_LIMIT,
        });
    }
    let raw = take(words, what, segment.offset, segment.file_size)?;
    // The kernel wants at least one character and a NUL as the last byte of the segment.
    if raw.len() < 2 || raw.last() != Some(&0) {
        return Err(Error::BadString {
            what,
            offset: 0,
            size: segment.file_size,
        });
    }
    let path = raw.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(path).map_err(|_| Error::NotText {
        what,
        got: path.to_vec(),
    })?;
    Ok(Some(text.to_owned()))
}
