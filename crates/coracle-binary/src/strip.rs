//! Takes debug information, and symbols where that was asked for, out of a linked program.
//!
//! zig takes the linker's `--strip-debug` for `--strip-all`, and backtraces would name nothing; so it is told to strip
//! nothing and the sections are dropped here. What is loaded stays as the linker wrote it, byte for byte: only what
//! comes after it is written anew.
//!
//! ```text
//!  before   header, program headers, what is loaded │ .comment .debug_* .symtab .shstrtab .strtab, section headers
//!  after    the same, byte for byte                 │ .comment .symtab .shstrtab .strtab, section headers
//! ```

mod elf;

use self::elf::{Class, read, write};

/// How much is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strip {
    /// Nothing.
    Nothing,
    /// Debug information.
    DebugInformation,
    /// Symbols too.
    Symbols,
}

/// A section header.
#[derive(Debug, Clone)]
struct Section {
    /// The header's own bytes.
    header: Vec<u8>,
    name: String,
    kind: u64,
    flags: u64,
    offset: usize,
    size: usize,
    link: usize,
}

const SYMBOL_TABLE: u64 = 2;
const WITHOUT_BYTES: u64 = 8;
const EXTENDED_INDEXES: u64 = 18;
const RELOCATIONS: [u64; 2] = [4, 9];
const LOADED: u64 = 2;
const SEGMENT_LOADED: u64 = 1;
/// From here on a section's number means something else.
const RESERVED: u64 = 0xff00;

impl Section {
    fn is_loaded(&self) -> bool {
        self.flags & LOADED != 0
    }

    fn goes(&self, strip: Strip, strings_of_symbols: Option<usize>, at: usize) -> bool {
        if self.is_loaded() || strip == Strip::Nothing {
            return false;
        }
        let is_debug = [".debug_", ".zdebug_", ".gdb_index", ".stab"]
            .iter()
            .any(|start| self.name.starts_with(start));
        let is_symbols = self.kind == SYMBOL_TABLE || strings_of_symbols == Some(at);
        is_debug || (strip == Strip::Symbols && is_symbols)
    }
}

/// The program without what is taken out.
///
/// # Errors
/// What of the file is not understood, in words: it is then left alone.
pub fn strip(bytes: &[u8], strip: Strip) -> Result<Vec<u8>, &'static str> {
    let class = Class::of(bytes).ok_or("it is no little-endian ELF file")?;
    let sections = sections(bytes, &class).ok_or("its section headers cannot be read")?;
    let names = read(bytes, class.section_names, 2).unwrap_or_default();
    let strings = sections.iter().find(|section| section.kind == SYMBOL_TABLE);
    let strings = strings
        .map(|symbols| symbols.link)
        .filter(|at| *at as u64 != names);
    let goes = |at: usize, section: &Section| section.goes(strip, strings, at);
    // The number of each that stays.
    let mut numbers: Vec<Option<usize>> = Vec::new();
    let mut staying = 0;
    for (at, section) in sections.iter().enumerate() {
        let stays = !goes(at, section);
        numbers.push(stays.then_some(staying));
        staying += usize::from(stays);
        if section.is_loaded() && at + 1 != staying {
            return Err("a section that goes lies before one that is loaded");
        }
        let is_strange = section.kind == EXTENDED_INDEXES
            || (RELOCATIONS.contains(&section.kind) && !section.is_loaded());
        if stays && is_strange {
            return Err("it holds relocations or more sections than programs have");
        }
    }
    if staying == sections.len() {
        return Ok(bytes.to_vec());
    }
    written(bytes, &class, &sections, &numbers).ok_or("its parts are not where its headers say")
}

fn sections(bytes: &[u8], class: &Class) -> Option<Vec<Section>> {
    let at = usize::try_from(read(bytes, class.sections, class.word)?).ok()?;
    let count = usize::try_from(read(bytes, class.section_count, 2)?).ok()?;
    let names = usize::try_from(read(bytes, class.section_names, 2)?).ok()?;
    let header = |number: usize| {
        let start = at.checked_add(number.checked_mul(class.section_size)?)?;
        bytes.get(start..start.checked_add(class.section_size)?)
    };
    let field =
        |header: &[u8], at: usize, size: usize| usize::try_from(read(header, at, size)?).ok();
    let names = field(header(names)?, class.section_offset, class.word)?;
    let name = |offset: usize| {
        let text = bytes.get(names.checked_add(offset)?..)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(text.get(..end)?).into_owned())
    };
    let mut sections = Vec::new();
    for number in 0..count {
        let header = header(number)?;
        sections.push(Section {
            name: name(field(header, 0, 4)?)?,
            kind: read(header, 4, 4)?,
            flags: read(header, 8, class.word)?,
            offset: field(header, class.section_offset, class.word)?,
            size: field(header, class.section_bytes, class.word)?,
            link: field(header, class.section_link, 4)?,
            header: header.to_vec(),
        });
    }
    Some(sections)
}

/// Where what is loaded ends.
fn end_of_loaded(bytes: &[u8], class: &Class, sections: &[Section]) -> Option<usize> {
    let at = usize::try_from(read(bytes, class.segments, class.word)?).ok()?;
    let count = usize::try_from(read(bytes, class.segment_count, 2)?).ok()?;
    let mut end = at.checked_add(count.checked_mul(class.segment_size)?)?;
    for number in 0..count {
        let header = bytes.get(at + number * class.segment_size..)?;
        if read(header, 0, 4)? != SEGMENT_LOADED {
            continue;
        }
        let offset = usize::try_from(read(header, class.segment_offset, class.word)?).ok()?;
        let size = usize::try_from(read(header, class.segment_bytes, class.word)?).ok()?;
        end = end.max(offset.checked_add(size)?);
    }
    for section in sections {
        if section.is_loaded() && section.kind != WITHOUT_BYTES {
            end = end.max(section.offset.checked_add(section.size)?);
        }
    }
    Some(end)
}

fn written(
    bytes: &[u8],
    class: &Class,
    sections: &[Section],
    numbers: &[Option<usize>],
) -> Option<Vec<u8>> {
    let mut out = bytes
        .get(..end_of_loaded(bytes, class, sections)?)?
        .to_vec();
    let mut headers = Vec::new();
    for (section, _) in sections
        .iter()
        .zip(numbers)
        .filter(|(_, number)| number.is_some())
    {
        let mut header = section.header.clone();
        if !section.is_loaded() && section.kind != 0 {
            let data = bytes.get(section.offset..section.offset.checked_add(section.size)?)?;
            let align = usize::try_from(read(&header, class.section_align, class.word)?).ok()?;
            pad(&mut out, align);
            write(&mut header, class.section_offset, class.word, out.len())?;
            if section.kind == SYMBOL_TABLE {
                let (data, local) = symbols(data, class, numbers)?;
                write(&mut header, class.section_bytes, class.word, data.len())?;
                write(&mut header, class.section_link + 4, 4, local)?;
                out.extend(data);
            } else {
                out.extend(data);
            }
        }
        let link = numbers.get(section.link).copied().flatten().unwrap_or(0);
        write(&mut header, class.section_link, 4, link)?;
        headers.push(header);
    }
    pad(&mut out, class.word);
    let at = out.len();
    write(&mut out, class.sections, class.word, at)?;
    write(&mut out, class.section_count, 2, headers.len())?;
    let names = usize::try_from(read(bytes, class.section_names, 2)?).ok()?;
    let names = numbers.get(names).copied().flatten()?;
    write(&mut out, class.section_names, 2, names)?;
    out.extend(headers.into_iter().flatten());
    Some(out)
}

/// The symbols without those of sections that go, the others with their sections' new numbers; and how many of them are
/// local, which come first.
fn symbols(table: &[u8], class: &Class, numbers: &[Option<usize>]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut local = 0;
    for symbol in table.chunks_exact(class.symbol_size) {
        let mut symbol = symbol.to_vec();
        let section = read(&symbol, class.symbol_section, 2)?;
        if section != 0 && section < RESERVED {
            let section = usize::try_from(section).ok()?;
            let Some(number) = numbers.get(section).copied()? else {
                continue;
            };
            write(&mut symbol, class.symbol_section, 2, number)?;
        }
        let is_local = read(&symbol, class.symbol_info, 1)? >> 4 == 0;
        local += usize::from(is_local);
        out.extend(symbol);
    }
    Some((out, local))
}

fn pad(out: &mut Vec<u8>, align: usize) {
    let to = out.len().next_multiple_of(align.max(1));
    out.resize(to, 0);
}

#[cfg(test)]
mod tests {
    use coracle_testkit::command::tool;

    use super::*;

    /// The names of a program's sections.
    fn names(bytes: &[u8]) -> Vec<String> {
        let class = Class::of(bytes).unwrap();
        let sections = sections(bytes, &class).unwrap();
        sections.into_iter().map(|section| section.name).collect()
    }

    /// This test's own program, which has everything.
    fn own() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    /// What the program says when it is started.
    fn started(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, bytes).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
        let words = ["--list", "strip::tests"];
        tool(path.to_str().unwrap(), &words).unwrap().stdout
    }

    #[test]
    fn a_program_without_debug_information_starts_and_keeps_its_symbols() {
        let whole = own();
        assert!(names(&whole).contains(&".debug_info".to_owned()));
        let stripped = strip(&whole, Strip::DebugInformation).unwrap();
        let expected: Vec<String> = names(&whole)
            .into_iter()
            // This one is loaded, whatever its name says.
            .filter(|name| !name.starts_with(".debug_") || name == ".debug_gdb_scripts")
            .collect();
        assert_eq!(names(&stripped), expected);
        assert!(stripped.len() < whole.len());
        assert!(started(&stripped).contains("keeps_its_symbols: test"));
        assert_eq!(strip(&stripped, Strip::DebugInformation).unwrap(), stripped);
        assert_eq!(strip(&whole, Strip::Nothing).unwrap(), whole);
    }

    #[test]
    fn a_program_without_symbols_starts_and_is_smaller_still() {
        let whole = own();
        let debug = strip(&whole, Strip::DebugInformation).unwrap();
        let stripped = strip(&whole, Strip::Symbols).unwrap();
        assert!(
            !names(&stripped)
                .iter()
                .any(|name| name == ".symtab" || name == ".strtab")
        );
        assert!(names(&stripped).contains(&".shstrtab".to_owned()));
        assert!(stripped.len() < debug.len());
        assert!(started(&stripped).contains("smaller_still: test"));
    }

    #[test]
    fn every_symbol_of_what_stays_is_there_and_points_where_it_did() {
        let whole = own();
        let nm = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            tool("nm", &["-p", file.path().to_str().unwrap()])
                .unwrap()
                .stdout
        };
        let stripped = strip(&whole, Strip::DebugInformation).unwrap();
        let (before, after) = (nm(&whole), nm(&stripped));
        assert!(before.len() > 1000);
        assert!(before == after);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(0_u8.., 0..400)) {
            let _ = strip(&bytes, Strip::Symbols);
            for class in [1, 2] {
                let start = [0x7f, b'E', b'L', b'F', class, 1];
                for (byte, start) in bytes.iter_mut().zip(start) {
                    *byte = start;
                }
                let _ = strip(&bytes, Strip::Symbols);
            }
        }
    }
}
