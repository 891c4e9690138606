//! ELF facts beside what the `object` crate reads of the same bytes: where both read something, they read the same.

use coracle_binary::ElfFacts;
use coracle_binary::elf::{ByteOrder, Class};
use object::Endianness;
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

pub(crate) fn elf(bytes: &[u8], facts: &ElfFacts) {
    match facts.class {
        Class::Elf32 => of_class::<FileHeader32<Endianness>>(bytes, facts),
        Class::Elf64 => of_class::<FileHeader64<Endianness>>(bytes, facts),
    }
}

fn of_class<Header: FileHeader<Endian = Endianness>>(bytes: &[u8], facts: &ElfFacts) {
    let Ok(header) = Header::parse(bytes) else {
        return;
    };
    let Ok(endian) = header.endian() else {
        return;
    };
    assert_eq!(
        endian == Endianness::Little,
        facts.byte_order == ByteOrder::Little
    );
    assert_eq!(header.e_machine(endian).0, facts.machine.number());
    assert_eq!(Into::<u64>::into(header.e_entry(endian)), facts.entry);
    assert_eq!(header.e_flags(endian).0, facts.e_flags);
    // Where `object` sees none, or takes their number from a section header, the kernel reads them all the same.
    let offset: u64 = header.e_phoff(endian).into();
    if facts.segments.is_empty() || offset == 0 || header.e_phnum(endian) == u16::MAX {
        return;
    }
    let Ok(headers) = header.program_headers(endian, bytes) else {
        return;
    };
    let theirs: Vec<[u64; 6]> = headers.iter().map(|each| numbers(each, endian)).collect();
    let ours: Vec<[u64; 6]> = facts
        .segments
        .iter()
        .map(|each| {
            [
                each.flags.into(),
                each.offset,
                each.address,
                each.file_size,
                each.memory_size,
                each.alignment,
            ]
        })
        .collect();
    assert_eq!(ours, theirs, "program headers");
}

fn numbers<P: ProgramHeader<Endian = Endianness>>(header: &P, endian: Endianness) -> [u64; 6] {
    [
        header.p_flags(endian).0.into(),
        header.p_offset(endian).into(),
        header.p_vaddr(endian).into(),
        header.p_filesz(endian).into(),
        header.p_memsz(endian).into(),
        header.p_align(endian).into(),
    ]
}
