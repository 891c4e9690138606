//! What an ELF file says to the kernel and to the loader: headers, segments, `PT_DYNAMIC`.
//!
//! Section headers are never read: a stripped file gives the same facts, and lying ones change nothing.
//! What the facts *mean* at start is [`crate::start`]'s business, not this module's.

mod dynamic;
mod hash;
mod header;
mod imports;
mod lookup;
mod machine;
mod notes;
mod relocations;
mod symbols;
mod versions;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod writer;

use crate::bytes::{Trace, Words};

pub(crate) use hash::{Name, Work};
pub use header::{ByteOrder, Class, Kind, Segment, SegmentKind};
pub use imports::{Import, Imports};
pub(crate) use lookup::{DynamicSymbols, Symbol, Version, Wish};
pub use machine::Machine;
pub use notes::Notes;
pub(crate) use relocations::Uses;
pub use versions::{NeededVersion, VersionNeed, glibc_number};

/// What one ELF file says about itself, as the kernel (program headers) and the loader (`PT_DYNAMIC`) see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfFacts {
    /// 32 or 64 bits.
    pub class: Class,
    /// Little or big endian.
    pub byte_order: ByteOrder,
    /// `e_machine`.
    pub machine: Machine,
    /// `e_type`.
    pub kind: Kind,
    /// `e_entry`.
    pub entry: u64,
    /// `e_flags`: the float ABI of ARM and RISC-V is in here.
    pub e_flags: u32,
    /// `PT_INTERP`, without its terminating NUL. `None` when there is no such segment.
    pub interpreter: Option<String>,
    /// Every program header, in file order.
    pub segments: Vec<Segment>,
    /// There is a `PT_DYNAMIC`.
    pub is_dynamic: bool,
    /// There is a `PT_TLS`.
    pub has_tls: bool,
    /// `DT_NEEDED`, in file order.
    pub needed: Vec<String>,
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_RPATH`, as written.
    pub rpath: Option<String>,
    /// `DT_RUNPATH`, as written.
    pub runpath: Option<String>,
    /// `DT_FILTER`: loaded like NEEDED.
    pub filters: Vec<String>,
    /// `DT_AUXILIARY`: loaded when there.
    pub auxiliaries: Vec<String>,
    /// `DT_AUDIT` and `DT_DEPAUDIT`, as written.
    pub audits: Vec<String>,
    /// What `DT_FLAGS`, `DT_FLAGS_1` and their older tags switch on.
    pub flags: Flags,
    /// `DT_VERNEED`: the versions asked of each file.
    pub version_needs: Vec<VersionNeed>,
    /// `DT_VERDEF`: the versions defined, its own name (the base) included. `None` when there is no table.
    pub version_definitions: Option<Vec<String>>,
    /// There is a `DT_VERSYM`.
    pub has_versym: bool,
    /// There is a `DT_RELR`: compact relocations, which glibc knows from 2.36 on.
    pub has_relr: bool,
    /// The undefined dynamic symbols.
    pub imports: Imports,
    /// How many dynamic symbols the hash table and the relocations reach (index 0 included).
    pub symbol_count: u64,
    /// What is in the `PT_NOTE`s.
    pub notes: Notes,
}

/// Switches of the dynamic section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `DT_BIND_NOW`, `DF_BIND_NOW` or `DF_1_NOW`: all symbols are bound before the entry point.
    pub bind_now: bool,
    /// `DF_1_NODEFLIB`: the system's directories are not searched.
    pub nodeflib: bool,
    /// `DF_1_PIE`: a position-independent executable, not a library.
    pub pie: bool,
    /// `DT_TEXTREL` or `DF_TEXTREL`: relocations write into the text.
    pub textrel: bool,
    /// `DT_SYMBOLIC` or `DF_SYMBOLIC`.
    pub symbolic: bool,
    /// `DF_STATIC_TLS`.
    pub static_tls: bool,
}

/// Why a file is not an ELF file whose facts can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first four bytes are something else.
    #[error("not an ELF file: expected the magic 7f 45 4c 46, got {}", hexadecimal(.got))]
    NotElf {
        /// Up to four first bytes.
        got: Vec<u8>,
    },
    /// The file ends inside a structure.
    #[error("truncated: expected {expected} bytes for {structure} at offset {offset}, got {got}")]
    Truncated {
        /// Which structure.
        structure: &'static str,
        /// Where it begins in the file.
        offset: u64,
        /// Its size in bytes.
        expected: u64,
        /// How many of them are in the file.
        got: u64,
    },
    /// A header field holds a value that no ELF file of these machines has.
    #[error("unsupported {field}: expected {expected}, got {got}")]
    Unsupported {
        /// Which field.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: u64,
    },
    /// A segment's bytes are not all in the file.
    #[error("truncated: the {kind} segment {index} ends at offset {end}, the file at {length}")]
    SegmentBeyondFile {
        /// Which program header.
        index: usize,
        /// Its type.
        kind: SegmentKind,
        /// The offset after its last byte.
        end: u64,
        /// The file's length.
        length: u64,
    },
    /// A segment that has a place of its own lies where the program headers are.
    #[error("the {kind} segment lies in the program headers")]
    Overlap {
        /// Its type.
        kind: SegmentKind,
    },
    /// More of a segment is in the file than would be in memory.
    #[error("the {kind} segment is larger in the file than in memory")]
    LargerInFile {
        /// Its type.
        kind: SegmentKind,
    },
    /// The dynamic section points outside of every `PT_LOAD`.
    #[error("{structure} is at address {address:#x}, which no PT_LOAD holds in the file")]
    Unmapped {
        /// Which structure.
        structure: &'static str,
        /// The address.
        address: u64,
    },
    /// A string's offset is outside of the string table, or no NUL ends it there.
    #[error("{what} is at offset {offset} of the string table, which has {size} bytes")]
    BadString {
        /// Which string.
        what: &'static str,
        /// Its offset in the table.
        offset: u64,
        /// The table's size.
        size: u64,
    },
    /// A string that must be text is not UTF-8.
    #[error("{what} is not UTF-8: {}", hexadecimal(.got))]
    NotText {
        /// Which string.
        what: &'static str,
        /// Its first bytes.
        got: Vec<u8>,
    },
    /// More of something than any real file has; refused so that the work stays bounded.
    #[error("absurd: expected at most {limit} {what}, got {count}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many were reached.
        count: u64,
        /// How many are accepted.
        limit: u64,
    },
}

impl Error {
    /// What to do next, when there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotElf { got } if got.starts_with(b"#!") => {
                Some("this is a script: name the program that its first line starts".to_owned())
            }
            Self::NotElf { .. } => Some("name a program built for Linux".to_owned()),
            Self::Truncated { .. } | Self::SegmentBeyondFile { .. } => Some(
                "the file was cut short when it was copied or downloaded: build or fetch it again"
                    .to_owned(),
            ),
            Self::Unsupported { .. } => None,
            Self::Unmapped { .. }
            | Self::Overlap { .. }
            | Self::LargerInFile { .. }
            | Self::BadString { .. }
            | Self::NotText { .. }
            | Self::TooMany { .. } => Some(
                "the file is damaged, or a tool that rewrites binaries broke it: build it again"
                    .to_owned(),
            ),
        }
    }
}

impl ElfFacts {
    /// Reads the facts of one whole file.
    ///
    /// A relocatable or core file gives its header only. `ET_EXEC` and `ET_DYN` give everything.
    ///
    /// # Errors
    /// When the file is no ELF file, is cut short, or its dynamic section points at nothing; see [`Error`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        Self::trace(bytes, None)
    }

    /// The same, noting what is read.
    pub(crate) fn trace(bytes: &[u8], trace: Option<&Trace>) -> Result<Self, Error> {
        let (words, header) = header::read(bytes, trace)?;
        let mut facts = Self::of_header(&header);
        if !matches!(header.kind, Kind::Executable | Kind::SharedObject) {
            return Ok(facts);
        }
        facts.segments = header::segments(words, &header)?;
        header::check_apart(&header, &facts.segments)?;
        facts.interpreter = header::interpreter(words, &facts.segments)?;
        facts.has_tls = facts
            .segments
            .iter()
            .any(|segment| segment.kind == SegmentKind::Tls);
        facts.notes = notes::read(words, &facts.segments);
        let Some(dynamic) = dynamic::Dynamic::read(words, &facts.segments)? else {
            return Ok(facts);
        };
        facts.is_dynamic = true;
        facts.take_names(&dynamic)?;
        facts.flags = dynamic.flags();
        facts.has_versym = dynamic.value(dynamic::VERSYM).is_some();
        facts.has_relr = dynamic.value(dynamic::RELR).is_some();
        let needs = versions::needs(&dynamic)?;
        let definitions = versions::definitions(&dynamic)?;
        (facts.symbol_count, facts.imports) = symbols::imports(&dynamic, header.machine, &needs)?;
        facts.version_needs = needs
            .into_iter()
            .map(versions::IndexedNeed::forget_indexes)
            .collect();
        facts.version_definitions = definitions.map(|definitions| {
            let known = definitions
                .into_iter()
                .filter(|definition| definition.hashed);
            known.map(|definition| definition.name).collect()
        });
        Ok(facts)
    }

    /// Whether the file imports the dynamic symbol `name`, whatever its version.
    pub fn imports_symbol(&self, name: &str) -> bool {
        self.imports.has(name)
    }

    /// The highest `GLIBC_x.y` that the file asks for; `GLIBC_PRIVATE` and `GLIBC_ABI_…` are names, not numbers.
    pub fn glibc_ceiling(&self) -> Option<(u32, u32)> {
        let versions = self.version_needs.iter().flat_map(|need| &need.versions);
        versions
            .filter_map(|version| glibc_number(&version.name))
            .max()
    }

    fn of_header(header: &header::Header) -> Self {
        Self {
            class: header.class,
            byte_order: header.byte_order,
            machine: header.machine,
            kind: header.kind,
            entry: header.entry,
            e_flags: header.flags,
            interpreter: None,
            segments: Vec::new(),
            is_dynamic: false,
            has_tls: false,
            needed: Vec::new(),
            soname: None,
            rpath: None,
            runpath: None,
            filters: Vec::new(),
            auxiliaries: Vec::new(),
            audits: Vec::new(),
            flags: Flags::default(),
            version_needs: Vec::new(),
            version_definitions: None,
            has_versym: false,
            has_relr: false,
            imports: Imports::default(),
            symbol_count: 0,
            notes: Notes::default(),
        }
    }

    fn take_names(&mut self, dynamic: &dynamic::Dynamic<'_>) -> Result<(), Error> {
        self.needed = dynamic.strings("a NEEDED", dynamic::NEEDED)?;
        self.soname = dynamic.string("the SONAME", dynamic::SONAME)?;
        self.rpath = dynamic.string("the RPATH", dynamic::RPATH)?;
        self.runpath = dynamic.string("the RUNPATH", dynamic::RUNPATH)?;
        self.filters = dynamic.strings("a FILTER", dynamic::FILTER)?;
        self.auxiliaries = dynamic.strings("an AUXILIARY", dynamic::AUXILIARY)?;
        self.audits = dynamic.strings("an AUDIT", dynamic::AUDIT)?;
        self.audits
            .extend(dynamic.strings("a DEPAUDIT", dynamic::DEPAUDIT)?);
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if pairs.is_empty() {
        "no bytes".to_owned()
    } else {
        pairs.join(" ")
    }
}

/// `length` bytes of `structure` at `offset`, or the error that says how many there are.
fn take<'a>(
    words: Words<'a>,
    structure: &'static str,
    offset: u64,
    length: u64,
) -> Result<&'a [u8], Error> {
    let slice = words.slice(offset, length);
    slice.ok_or_else(|| cut(words, structure, offset, length))
}

/// The same, for bytes of which only some are going to be read.
fn take_room<'a>(
    words: Words<'a>,
    structure: &'static str,
    offset: u64,
    length: u64,
) -> Result<&'a [u8], Error> {
    let room = words.room(offset, length);
    room.ok_or_else(|| cut(words, structure, offset, length))
}

fn cut(words: Words<'_>, structure: &'static str, offset: u64, length: u64) -> Error {
    Error::Truncated {
        structure,
        offset,
        expected: length,
        got: words.length().saturating_sub(offset).min(length),
    }
}
