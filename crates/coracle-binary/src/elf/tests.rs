//! Facts of files written by the tests' own writer: whole, cut short, lying.

mod hostile;
mod oracle;

use super::writer::{BASE, Elf};
use super::{ByteOrder, Class, ElfFacts, Error, Import, Kind, Machine, SegmentKind, glibc_number};
use crate::{Linkage, Packer};

fn read(elf: &Elf) -> ElfFacts {
    ElfFacts::read(&elf.build()).unwrap()
}

#[test]
fn the_machine_is_known_from_the_header_alone() {
    let bytes = Elf::fixed().build();
    assert_eq!(Machine::of_file(&bytes[..64]), Some(Machine::X86_64));
    assert_eq!(Machine::of_file(&bytes[..20]), None);
    assert_eq!(Machine::of_file(b"#!/bin/sh\n"), None);
}

#[test]
fn a_program_says_its_interpreter_and_what_it_needs() {
    let elf = Elf {
        soname: Some("self".to_owned()),
        rpath: Some("/old".to_owned()),
        runpath: Some("$ORIGIN/../lib".to_owned()),
        ..Elf::program(&["libssl.so.3", "libc.so.6"])
    };
    let facts = read(
        &elf.needing("libc.so.6", &["GLIBC_2.34", "GLIBC_2.2.5"])
            .defining(&["self", "V_1"]),
    );
    assert_eq!(
        facts.interpreter.as_deref(),
        Some("/lib64/ld-linux-x86-64.so.2")
    );
    assert_eq!(facts.needed, ["libssl.so.3", "libc.so.6"]);
    assert_eq!(facts.soname.as_deref(), Some("self"));
    assert_eq!(facts.rpath.as_deref(), Some("/old"));
    assert_eq!(facts.runpath.as_deref(), Some("$ORIGIN/../lib"));
    assert_eq!(
        facts.version_definitions,
        Some(vec!["self".to_owned(), "V_1".to_owned()])
    );
    let [need] = facts.version_needs.as_slice() else {
        panic!("{:?}", facts.version_needs)
    };
    assert_eq!(need.file, "libc.so.6");
    let names: Vec<&str> = need
        .versions
        .iter()
        .map(|version| version.name.as_str())
        .collect();
    assert_eq!(names, ["GLIBC_2.34", "GLIBC_2.2.5"]);
    assert_eq!(facts.glibc_ceiling(), Some((2, 34)));
    assert!(facts.is_dynamic && facts.has_versym && facts.flags.pie && !facts.flags.bind_now);
    let interpreter = "/lib64/ld-linux-x86-64.so.2".to_owned();
    assert_eq!(Linkage::of(&facts), Linkage::Dynamic { interpreter });
}

#[test]
fn all_classes_and_byte_orders_give_the_same_names() {
    for (wide, little, machine) in [
        (true, true, 62),
        (true, false, 22),
        (false, true, 40),
        (false, false, 8),
    ] {
        let imports = vec![
            ("dlopen".to_owned(), false, Some(0)),
            ("maybe".to_owned(), true, None),
        ];
        // The 64-bit s390 hash table has wider words; the relocations-only path is taken there.
        let machine = if machine == 22 { 21 } else { machine };
        let elf = Elf {
            wide,
            little,
            machine,
            imports,
            ..Elf::program(&["libc.so.6"])
        };
        let facts = read(&elf.needing("libc.so.6", &["GLIBC_2.34"]));
        assert_eq!(facts.class, if wide { Class::Elf64 } else { Class::Elf32 });
        assert_eq!(
            facts.byte_order,
            if little {
                ByteOrder::Little
            } else {
                ByteOrder::Big
            }
        );
        assert_eq!(facts.needed, ["libc.so.6"]);
        assert_eq!(facts.symbol_count, 3);
        let imports: Vec<Import<'_>> = facts.imports.iter().collect();
        let [first, second] = imports.as_slice() else {
            panic!("{imports:?}")
        };
        assert_eq!(
            (first.name, first.version, first.weak),
            ("dlopen", Some("GLIBC_2.34"), false)
        );
        assert_eq!(first.file, Some("libc.so.6"));
        assert_eq!(
            (second.name, second.version, second.weak),
            ("maybe", None, true)
        );
        assert!(facts.imports_symbol("dlopen") && !facts.imports_symbol("system"));
    }
}

#[test]
fn section_headers_change_nothing_even_when_they_lie() {
    let mut elf = Elf::program(&["libc.so.6"]);
    elf.extra = vec![0xff; 640];
    let honest = elf.build();
    let mut lying = honest.clone();
    let offset = (lying.len() - 640) as u64;
    lying[40..48].copy_from_slice(&offset.to_le_bytes());
    lying[58..64].copy_from_slice(&[64, 0, 10, 0, 9, 0]);
    assert_eq!(
        ElfFacts::read(&lying).unwrap(),
        ElfFacts::read(&honest).unwrap()
    );
}

#[test]
fn a_static_program_has_no_loader_and_no_dynamic_section() {
    let facts = read(&Elf::fixed());
    assert_eq!((facts.kind, facts.is_dynamic), (Kind::Executable, false));
    assert_eq!(Linkage::of(&facts), Linkage::Static);
    assert_eq!(Linkage::of(&read(&Elf::default())), Linkage::StaticPie);
}

#[test]
fn numbers_of_machines_go_both_ways() {
    let numbers = (0..300).chain([u16::MAX]);
    for number in numbers {
        assert_eq!(Machine::from_number(number).number(), number);
    }
    let names = [
        "amd64", "arm64", "arm", "386", "riscv64", "ppc64le", "s390x",
    ];
    let shown: Vec<String> = names
        .iter()
        .map(|name| Machine::from_architecture(name).unwrap().to_string())
        .collect();
    assert_eq!(
        shown,
        [
            "x86-64", "aarch64", "arm", "i386", "riscv64", "ppc64le", "s390x"
        ]
    );
    assert_eq!(Machine::from_architecture("wasm"), None);
    assert_eq!(Machine::from_number(8).to_string(), "machine 8");
}

#[test]
fn a_file_cut_short_anywhere_is_an_error_that_says_where() {
    let bytes = Elf::program(&["libc.so.6"]).build();
    for length in 0..bytes.len() {
        let error = ElfFacts::read(&bytes[..length]).unwrap_err();
        match (length, error) {
            (0..4, Error::NotElf { got }) => assert_eq!(got, &bytes[..length]),
            (4..64, Error::Truncated { got, .. }) => assert_eq!(got, length as u64),
            (
                64..232,
                Error::Truncated {
                    structure,
                    got,
                    expected,
                    ..
                },
            ) => {
                assert_eq!(
                    (structure, expected, got),
                    ("the program headers", 168, length as u64 - 64)
                );
            }
            (
                232..,
                Error::SegmentBeyondFile {
                    length: got, end, ..
                },
            ) => {
                assert_eq!(got, length as u64);
                assert!(end > got);
            }
            (length, error) => panic!("{length}: {error:?}"),
        }
    }
}

#[test]
fn errors_give_both_sides() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(ElfFacts::read(bytes).unwrap_err().to_string(), expected);
    };
    check(
        b"#!/bin/sh\n",
        "not an ELF file: expected the magic 7f 45 4c 46, got 23 21 2f 62",
    );
    check(
        b"",
        "not an ELF file: expected the magic 7f 45 4c 46, got no bytes",
    );
    let bytes = Elf::program(&[]).build();
    check(
        &bytes[..20],
        "truncated: expected 64 bytes for the file header at offset 0, got 20",
    );
    let mut class = bytes.clone();
    class[4] = 3;
    check(&class, "unsupported class: expected 1 or 2, got 3");
    let bad_string = Elf {
        tags: vec![(1, 1 << 20)],
        ..Elf::program(&[])
    };
    check(
        &bad_string.build(),
        "a NEEDED is at offset 1048576 of the string table, which has 1 bytes",
    );
    let unmapped = Elf {
        tags: vec![(0x6fff_fffe, 0x9_0000)],
        ..Elf::program(&[])
    };
    check(
        &unmapped.build(),
        "the version needs is at address 0x90000, which no PT_LOAD holds in the file",
    );
    let script = ElfFacts::read(b"#!/bin/sh\n").unwrap_err();
    assert_eq!(
        script.hint().unwrap(),
        "this is a script: name the program that its first line starts"
    );
}

#[test]
fn a_version_table_whose_records_overlap_is_refused_after_a_while() {
    // Each record is a need and a needed version at once, and every one leads to the next.
    let mut elf = Elf::program(&["libc.so.6", "libm.so.6"]);
    elf.extra = [0_u32, 0, 16, 16]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect::<Vec<u8>>()
        .repeat(1 << 17);
    let probe = elf.build();
    elf.tags = vec![(0x6fff_fffe, BASE + (probe.len() - (1 << 21)) as u64 + 16)];
    let error = ElfFacts::read(&elf.build()).unwrap_err();
    assert_eq!(
        error,
        Error::TooMany {
            what: "version needs",
            count: 65_537,
            limit: 65_536
        }
    );
}

#[test]
fn only_names_with_numbers_have_a_number() {
    let check = |name: &str, expected: Option<(u32, u32)>| {
        assert_eq!(glibc_number(name), expected, "{name}")
    };
    check("GLIBC_2.34", Some((2, 34)));
    check("GLIBC_2.2.5", Some((2, 2)));
    check("GLIBC_PRIVATE", None);
    check("GLIBC_ABI_DT_RELR", None);
    check("GLIBCXX_3.4.30", None);
    check("GLIBC_2.x", None);
}

#[test]
fn a_program_packed_by_upx_is_told_from_a_static_one() {
    let mut packed = Elf {
        extra: b"....UPX!....".to_vec(),
        ..Elf::fixed()
    };
    let bytes = packed.build();
    assert_eq!(Packer::of(&bytes, &read(&packed)), Some(Packer::Upx));
    // UPX itself and scanners hold the magic somewhere in their data, not at the end.
    packed.extra = b"UPX!".iter().copied().chain([0; 5000]).collect();
    assert_eq!(Packer::of(&packed.build(), &read(&packed)), None);
    let dynamic = Elf {
        extra: b"UPX!".to_vec(),
        ..Elf::program(&["libc.so.6"])
    };
    assert_eq!(Packer::of(&dynamic.build(), &read(&dynamic)), None);
}

#[test]
fn the_kind_of_a_segment_has_a_name() {
    assert_eq!(SegmentKind::Load.to_string(), "LOAD");
    assert_eq!(SegmentKind::Other(0x7000_0000).to_string(), "0x70000000");
}
