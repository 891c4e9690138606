//! Bytes that were changed at random: no reader panics, and each ends.

use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::{Config, TestRunner};

use crate::elf::writer::{Elf, Export};
use crate::elf::{DynamicSymbols, ElfFacts, Name, Work};
use crate::go::BuildInfo;
use crate::inspect::Facts;

/// A file with every table in it, some bytes of it overwritten and its end cut off.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let imports = vec![
        ("dlopen".to_owned(), false, Some(0)),
        ("weak".to_owned(), true, None),
    ];
    let mut elf = Elf {
        imports,
        ..Elf::program(&["libssl.so.3", "libc.so.6"])
    };
    elf.runpath = Some("$ORIGIN".to_owned());
    elf.extra = crate::go::tests::blob("go1.24.2", "path\tx\nbuild\tGOARCH=amd64\n");
    let elf = elf
        .needing("libc.so.6", &["GLIBC_2.34", "GLIBC_2.4"])
        .defining(&["x", "V_1"])
        .exporting(Export::numbered("own", 2))
        .exporting(Export::function("other"))
        .relocating("dlopen", 7, true)
        .relocating("own", 1, false);
    let variants =
        [(true, true), (true, false), (false, true), (false, false)].map(|(wide, little)| {
            let mut elf = elf.clone();
            elf.wide = wide;
            elf.little = little;
            elf.gnu_hash = little;
            elf.build()
        });
    let edits = proptest::collection::vec((any::<u16>(), prop_byte(), 1_usize..9), 0..24);
    (
        proptest::sample::select(variants.to_vec()),
        edits,
        any::<u16>(),
        Just(()),
    )
        .prop_map(|(bytes, edits, cut, ())| {
            let mut bytes = bytes;
            for (at, value, run) in edits {
                let at = usize::from(at) % bytes.len();
                let end = (at + run).min(bytes.len());
                bytes[at..end].fill(value);
            }
            if cut < 0x2000 {
                bytes.truncate(usize::from(cut) % bytes.len());
            }
            bytes
        })
}

fn prop_byte() -> impl Strategy<Value = u8> {
    proptest::prop_oneof![Just(0), Just(0xff), Just(1), any::<u8>()]
}

/// Walks all that a search for symbols walks.
fn look_up(bytes: &[u8], facts: &ElfFacts) {
    let Ok(Some(symbols)) = DynamicSymbols::read(bytes, facts) else {
        return;
    };
    let work = Work::new(1 << 12);
    let used = symbols.wanted().count();
    assert!(used as u64 <= facts.symbol_count);
    for name in ["own", "other", "none", ""] {
        for symbol in symbols.named(Name::new(name.as_bytes()), &work) {
            assert_eq!(symbols.name(symbol), Some(name.as_bytes()));
            let _ = symbols.version(symbol);
        }
    }
}

#[test]
fn no_mutation_makes_a_reader_panic() {
    let config = Config {
        cases: 4096,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&mutated(), |bytes| {
            let facts = ElfFacts::read(&bytes);
            let _ = BuildInfo::read(&bytes);
            let _ = Facts::read(&bytes);
            match facts {
                Ok(facts) => look_up(&bytes, &facts),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn random_bytes_after_the_magic_make_no_reader_panic() {
    let config = Config {
        cases: 2048,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&proptest::collection::vec(any::<u8>(), 0..2048), |tail| {
            let bytes = [b"\x7fELF\x02\x01\x01".as_slice(), &tail].concat();
            let _ = Facts::read(&bytes);
            let _ = Facts::read(&tail);
            Ok(())
        })
        .unwrap();
}
