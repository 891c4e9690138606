//! Writes little ELF files for tests: a loader's view only, no section headers, nothing that runs.

mod symbols;

pub(crate) use symbols::{Export, Relocation};

/// A file to be written. One `PT_LOAD` holds all of it, at an address that differs from the offset.
#[derive(Clone)]
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) wide: bool,
    pub(crate) little: bool,
    /// `e_type`
    pub(crate) kind: u16,
    pub(crate) entry: u64,
    pub(crate) interpreter: Option<String>,
    /// There is a `PT_PHDR`.
    pub(crate) program_headers: bool,
    pub(crate) dynamic: bool,
    pub(crate) needed: Vec<String>,
    pub(crate) soname: Option<String>,
    pub(crate) rpath: Option<String>,
    pub(crate) runpath: Option<String>,
    pub(crate) flags_1: u64,
    pub(crate) needs: Vec<(String, Vec<(String, bool)>)>,
    pub(crate) definitions: Option<Vec<String>>,
    /// Undefined symbols: the name, whether it is weak, and which needed version it asks for (counted from 0).
    pub(crate) imports: Vec<(String, bool, Option<u16>)>,
    /// Defined symbols.
    pub(crate) exports: Vec<Export>,
    pub(crate) relocations: Vec<Relocation>,
    /// The hash table is `DT_GNU_HASH`, not `DT_HASH`.
    pub(crate) gnu_hash: bool,
    /// Further entries of the dynamic section.
    pub(crate) tags: Vec<(u64, u64)>,
    /// Bytes that nothing points at.
    pub(crate) extra: Vec<u8>,
    /// Notes: the owner, the type and the content.
    pub(crate) notes: Vec<(&'static str, u32, Vec<u8>)>,
}

pub(crate) const BASE: u64 = 0x1_0000;
const X86_64: u16 = 62;

impl Default for Elf {
    fn default() -> Self {
        Self {
            machine: X86_64,
            wide: true,
            little: true,
            kind: 3,
            entry: BASE + 0x40,
            interpreter: None,
            program_headers: false,
            dynamic: true,
            needed: Vec::new(),
            soname: None,
            rpath: None,
            runpath: None,
            flags_1: 0,
            needs: Vec::new(),
            definitions: None,
            imports: Vec::new(),
            exports: Vec::new(),
            relocations: Vec::new(),
            gnu_hash: false,
            tags: Vec::new(),
            extra: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Elf {
    /// A program of glibc that needs these libraries.
    pub(crate) fn program(needed: &[&str]) -> Self {
        Self {
            interpreter: Some("/lib64/ld-linux-x86-64.so.2".to_owned()),
            needed: strings(needed),
            flags_1: 0x0800_0000,
            ..Self::default()
        }
    }

    /// A library that needs these libraries.
    pub(crate) fn library(soname: &str, needed: &[&str]) -> Self {
        Self {
            soname: Some(soname.to_owned()),
            needed: strings(needed),
            entry: 0,
            ..Self::default()
        }
    }

    /// A program without a loader.
    pub(crate) fn fixed() -> Self {
        Self {
            kind: 2,
            dynamic: false,
            ..Self::default()
        }
    }

    pub(crate) fn defining(mut self, versions: &[&str]) -> Self {
        self.definitions = Some(strings(versions));
        self
    }

    pub(crate) fn needing(mut self, file: &str, versions: &[&str]) -> Self {
        let versions = versions
            .iter()
            .map(|version| ((*version).to_owned(), false))
            .collect();
        self.needs.push((file.to_owned(), versions));
        self
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let optional = [
            self.interpreter.is_some(),
            self.program_headers,
            self.dynamic,
            !self.notes.is_empty(),
        ];
        let headers = 1 + optional.into_iter().map(u64::from).sum::<u64>();
        let (header, entry) = if self.wide { (64, 56) } else { (52, 32) };
        let mut writer = Writer {
            bytes: vec![0; header],
            wide: self.wide,
            little: self.little,
        };
        writer
            .bytes
            .resize(header + usize::try_from(headers).unwrap() * entry, 0);
        let interpreter = self
            .interpreter
            .as_ref()
            .map(|path| writer.block(&[path.as_bytes(), b"\0"].concat()));
        let dynamic = self.dynamic.then(|| self.dynamic_section(&mut writer));
        writer.block(&self.extra);
        let notes = (!self.notes.is_empty()).then(|| self.note_segment(&mut writer));
        let size = writer.bytes.len() as u64;
        let mut at = header;
        if self.program_headers {
            at = writer.program_header(at, 6, header as u64, headers * entry as u64);
        }
        if let Some((offset, size)) = interpreter {
            at = writer.program_header(at, 3, offset, size);
        }
        at = writer.program_header(at, 1, 0, size);
        for (kind, block) in [(2, dynamic), (4, notes)] {
            if let Some((offset, size)) = block {
                at = writer.program_header(at, kind, offset, size);
            }
        }
        self.file_header(
            &mut writer,
            header as u64,
            u16::try_from(entry).unwrap(),
            u16::try_from(headers).unwrap(),
        );
        writer.bytes
    }

    fn file_header(&self, writer: &mut Writer, table: u64, entry: u16, headers: u16) {
        let mut head = Writer {
            bytes: Vec::new(),
            ..*writer
        };
        let class = if self.wide { 2 } else { 1 };
        let order = if self.little { 1 } else { 2 };
        head.bytes.extend([
            0x7f, b'E', b'L', b'F', class, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        head.u16(self.kind);
        head.u16(self.machine);
        head.u32(1);
        head.word(self.entry);
        head.word(table);
        head.word(0);
        head.u32(0);
        head.u16(u16::try_from(table).unwrap());
        head.u16(entry);
        head.u16(headers);
        head.u16(0);
        head.u16(0);
        head.u16(0);
        writer.bytes[..head.bytes.len()].copy_from_slice(&head.bytes);
    }

    /// A note that the instructions of these levels are needed (`GNU_PROPERTY_X86_ISA_1_NEEDED`).
    pub(crate) fn needing_isa(mut self, bits: u32) -> Self {
        let property = [0xc000_8002_u32, 4, bits, 0];
        let content = property.into_iter().flat_map(u32::to_le_bytes).collect();
        self.notes.push(("GNU", 5, content));
        self
    }

    fn note_segment(&self, writer: &mut Writer) -> (u64, u64) {
        let mut out = writer.empty();
        for (owner, kind, content) in &self.notes {
            out.u32(u32::try_from(owner.len() + 1).unwrap());
            out.u32(u32::try_from(content.len()).unwrap());
            out.u32(*kind);
            out.bytes.extend(owner.as_bytes());
            out.bytes.push(0);
            out.block(content);
            out.block(&[]);
        }
        writer.block(&out.bytes)
    }

    /// Writes everything that the dynamic section points at, and then itself.
    fn dynamic_section(&self, writer: &mut Writer) -> (u64, u64) {
        let mut table = Strings(vec![0]);
        let mut tags: Vec<(u64, u64)> = Vec::new();
        tags.extend(self.needed.iter().map(|name| (1, table.add(name))));
        let named = [(14, &self.soname), (15, &self.rpath), (29, &self.runpath)];
        tags.extend(
            named
                .into_iter()
                .filter_map(|(tag, text)| Some((tag, table.add(text.as_ref()?)))),
        );
        if self.flags_1 != 0 {
            tags.push((0x6fff_fffb, self.flags_1));
        }
        self.symbols(writer, &mut table, &mut tags);
        if !self.needs.is_empty() {
            tags.push((0x6fff_fffe, BASE + self.version_needs(writer, &mut table)));
            tags.push((0x6fff_ffff, self.needs.len() as u64));
        }
        if let Some(definitions) = &self.definitions {
            tags.push((
                0x6fff_fffc,
                BASE + version_definitions(writer, &mut table, definitions),
            ));
            tags.push((0x6fff_fffd, definitions.len() as u64));
        }
        let (offset, size) = writer.block(&table.0);
        tags.extend([(5, BASE + offset), (10, size)]);
        tags.extend(&self.tags);
        tags.push((0, 0));
        let mut section = Writer {
            bytes: Vec::new(),
            ..*writer
        };
        for (tag, value) in tags {
            section.word(tag);
            section.word(value);
        }
        writer.block(&section.bytes)
    }

    fn version_needs(&self, writer: &mut Writer, table: &mut Strings) -> u64 {
        let mut out = Writer {
            bytes: Vec::new(),
            ..*writer
        };
        let mut number = self.first_needed();
        for (index, (file, versions)) in self.needs.iter().enumerate() {
            let count = u16::try_from(versions.len()).unwrap();
            let last = index + 1 == self.needs.len();
            out.u16(1);
            out.u16(count);
            out.u32(u32::try_from(table.add(file)).unwrap());
            out.u32(16);
            out.u32(if last { 0 } else { 16 + 16 * u32::from(count) });
            for (index, (name, weak)) in versions.iter().enumerate() {
                out.u32(hash_of(name));
                out.u16(if *weak { 2 } else { 0 });
                out.u16(number);
                out.u32(u32::try_from(table.add(name)).unwrap());
                out.u32(if index + 1 == versions.len() { 0 } else { 16 });
                number += 1;
            }
        }
        writer.block(&out.bytes).0
    }
}

fn version_definitions(writer: &mut Writer, table: &mut Strings, definitions: &[String]) -> u64 {
    let mut out = Writer {
        bytes: Vec::new(),
        ..*writer
    };
    for (index, name) in definitions.iter().enumerate() {
        out.u16(1);
        out.u16(u16::from(index == 0));
        out.u16(u16::try_from(index + 1).unwrap());
        out.u16(1);
        out.u32(hash_of(name));
        out.u32(20);
        out.u32(if index + 1 == definitions.len() {
            0
        } else {
            28
        });
        out.u32(u32::try_from(table.add(name)).unwrap());
        out.u32(0);
    }
    writer.block(&out.bytes).0
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The System V hash of a version's name.
pub(crate) fn hash_of(name: &str) -> u32 {
    name.bytes().fold(0_u32, |hash, byte| {
        let hash = (hash << 4).wrapping_add(byte.into());
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> u64 {
        let at = self.0.len() as u64;
        self.0.extend(text.as_bytes());
        self.0.push(0);
        at
    }
}

struct Writer {
    bytes: Vec<u8>,
    wide: bool,
    little: bool,
}

impl Writer {
    /// Another of the same class and byte order.
    fn empty(&self) -> Self {
        Self {
            bytes: Vec::new(),
            ..*self
        }
    }

    /// Appends bytes at a multiple of eight; gives their offset and size.
    fn block(&mut self, bytes: &[u8]) -> (u64, u64) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len() as u64;
        self.bytes.extend(bytes);
        (offset, bytes.len() as u64)
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        });
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        });
    }

    fn word(&mut self, value: u64) {
        if self.wide {
            self.bytes.extend(if self.little {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            });
        } else {
            self.u32(u32::try_from(value).unwrap());
        }
    }

    /// Fills in a program header; gives where the next one goes.
    fn program_header(&mut self, at: usize, kind: u32, offset: u64, size: u64) -> usize {
        let mut out = Self {
            bytes: Vec::new(),
            ..*self
        };
        out.u32(kind);
        if self.wide {
            out.u32(5);
        }
        for value in [offset, BASE + offset, BASE + offset, size, size] {
            out.word(value);
        }
        if !self.wide {
            out.u32(5);
        }
        out.word(if kind == 1 { 0x1000 } else { 8 });
        self.bytes[at..at + out.bytes.len()].copy_from_slice(&out.bytes);
        at + out.bytes.len()
    }
}
