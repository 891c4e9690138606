//! The tree as one launch sees it.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

pub(super) use super::files::FactsOf;
use super::files::Files;
use super::files::{OfMachine, SymbolsOf};
use super::room::Content;
use super::tree::{Resolved, resolve};
use super::{Finding, Launch, User};
use crate::bytes::Words;
use crate::elf::{self, ByteOrder, Class, DynamicSymbols, ElfFacts, Machine, Segment, SegmentKind};

use super::report::Code;
use super::tree::PathError;

/// The files of a tree, and the launch that they are looked at for.
pub(super) struct View<'a> {
    files: Arc<Files<'a>>,
    /// The file that was read last.
    latest: RefCell<Option<(String, Rc<Content<'a>>)>>,
    /// The symbols of the program that was looked at last.
    program: RefCell<Option<(String, SymbolsOf)>>,
    pub(super) of_machine: Arc<OfMachine>,
    pub(super) machine: Machine,
    pub(super) launch: Launch,
}

impl<'a> Deref for View<'a> {
    type Target = Files<'a>;

    fn deref(&self) -> &Files<'a> {
        &self.files
    }
}

impl<'a> View<'a> {
    pub(super) fn new(files: Arc<Files<'a>>, launch: &Launch) -> Self {
        Self {
            of_machine: files.of_machine(launch.machine),
            files,
            latest: RefCell::new(None),
            program: RefCell::new(None),
            machine: launch.machine,
            launch: launch.clone(),
        }
    }

    pub(super) fn resolve(
        &self,
        user: &User,
        directory: &str,
        path: &str,
    ) -> Result<Resolved, PathError> {
        resolve(self.tree, user, directory, path)
    }

    /// The bytes of a resolved file; empty when the tree gives none. A program's are asked for several times in a row.
    pub(super) fn content(&self, file: &str) -> Rc<Content<'a>> {
        let mut latest = self.latest.borrow_mut();
        if let Some((_, content)) = latest.as_ref().filter(|(known, _)| known == file) {
            return Rc::clone(content);
        }
        // What was read before gives its memory up first.
        *latest = None;
        let content = Rc::new(self.read(file));
        *latest = Some((file.to_owned(), Rc::clone(&content)));
        content
    }

    /// The facts of a resolved file.
    pub(super) fn facts(&self, file: &str, bytes: &[u8]) -> FactsOf {
        self.files.facts(file, || ElfFacts::read(bytes))
    }

    /// The dynamic symbols of a resolved file whose facts these are.
    pub(super) fn symbols(&self, file: &str, facts: &ElfFacts) -> SymbolsOf {
        let read = || DynamicSymbols::read(&self.content(file), facts);
        self.files.symbols(file, read)
    }

    /// The same of a program: nothing else loads it, and they are kept as long as this launch is looked at.
    pub(super) fn symbols_of_program(&self, file: &str, facts: &ElfFacts) -> SymbolsOf {
        let mut program = self.program.borrow_mut();
        if let Some((_, symbols)) = program.as_ref().filter(|(known, _)| known == file) {
            return symbols.clone();
        }
        let read = || DynamicSymbols::read(&self.content(file), facts);
        let symbols = self.files.symbols_once(file, read);
        *program = Some((file.to_owned(), symbols.clone()));
        symbols
    }

    /// Whether a library of this name comes from outside when the container starts.
    pub(super) fn is_provided(&self, name: &str) -> bool {
        self.launch.provided.contains(name)
    }

    /// The facts of a file as the kernel maps it: it looks at the magic number, the machine and the type, and takes word
    /// size, byte order and version to be the platform's.
    pub(super) fn mapped_facts(&self, file: &str) -> FactsOf {
        self.of_machine
            .mapped(file, || self.read_as_mapped(file, &self.content(file)))
    }

    fn read_as_mapped(&self, file: &str, bytes: &[u8]) -> FactsOf {
        let class = if self.machine.class() == Class::Elf64 {
            2
        } else {
            1
        };
        let little = self.machine.byte_order() == ByteOrder::Little;
        let order = if little { 1 } else { 2 };
        let expected = [class, order, 1];
        let words = Words {
            bytes,
            wide: class == 2,
            little,
            trace: None,
        };
        let of_machine = words.u16(18).map(Machine::from_number) == Some(self.machine);
        if !of_machine || bytes.get(4..7) == Some(&expected[..]) {
            return self.facts(file, bytes);
        }
        let mut mapped = bytes.to_vec();
        if let Some(place) = mapped.get_mut(4..7) {
            place.copy_from_slice(&expected);
        }
        // A file that is of another word size throughout is told as such.
        let is_load = |segment: &Segment| segment.kind == SegmentKind::Load;
        match ElfFacts::read(&mapped) {
            Ok(facts) if facts.segments.iter().any(is_load) => self.facts(file, &mapped),
            _ => self.facts(file, bytes),
        }
    }

    /// Whether the facts are of the platform: machine, word size and byte order.
    pub(super) fn fits(&self, facts: &ElfFacts) -> bool {
        facts.machine == self.machine
            && facts.class == self.machine.class()
            && facts.byte_order == self.machine.byte_order()
    }
}

/// The finding for a file whose facts cannot be read.
pub(super) fn unreadable(file: &str, error: &elf::Error) -> Finding {
    let certain = matches!(
        error,
        elf::Error::NotElf { .. } | elf::Error::Unsupported { .. }
    );
    let finding = match error {
        elf::Error::SegmentBeyondFile { end, length, .. } if same_page(*end, *length) => {
            let explanation = format!("{error}: what is missing of the last page is read as zeros");
            Finding::unproven(Code::Truncated, file, explanation)
        }
        elf::Error::Truncated { .. } | elf::Error::SegmentBeyondFile { .. } => {
            let explanation =
                format!("{error}: what is missing is read at start (SIGBUS, or file too short)");
            Finding::fails(Code::Truncated, file, explanation)
        }
        _ if certain => Finding::fails(Code::Malformed, file, error.to_string()),
        _ => Finding::unproven(Code::Malformed, file, error.to_string()),
    };
    match error.hint() {
        Some(hint) => finding.way_out(hint),
        None => finding,
    }
}

/// Whether a file that ends at `length` has the page that ends at `end` all the same, filled up with zeros.
fn same_page(end: u64, length: u64) -> bool {
    const PAGE: u64 = 4096;
    end.div_ceil(PAGE) == length.div_ceil(PAGE)
}
