//! What musl binds, and what it says when it cannot.

use super::super::{Tree, check_proven, launch, only, proof};
use super::{MUSL, library, loader, musl, program, with};
use crate::elf::writer::{Elf, Export};
use crate::start::{Code, Finding, Verdict};

const ADDRESS: u32 = 1;
const COPY: u32 = 5;
const GLOBAL_DATA: u32 = 6;
const SLOT: u32 = 7;
const THREAD_LOCAL: u32 = 16;
const INDIRECT: u32 = 37;

fn tree(program: Elf, library: Elf) -> Tree {
    let mut tree = musl();
    tree.program("/app/worker", program);
    tree.program("/usr/lib/libfoo.so.1", library);
    tree
}

fn wanting(kind: u32) -> Elf {
    program(&["libfoo.so.1"]).wanting("foo_run", None, kind, kind == SLOT)
}

fn weakly(kind: u32) -> Elf {
    let mut program = program(&["libfoo.so.1"]);
    program.imports.push(("foo_run".to_owned(), true, None));
    program.relocating("foo_run", kind, false)
}

#[track_caller]
fn found(program: &Elf, library: &Elf) {
    for gnu_hash in [false, true] {
        let library = Elf {
            gnu_hash,
            ..library.clone()
        };
        check_proven(&tree(program.clone(), library), &launch(&["/app/worker"]));
    }
}

#[track_caller]
fn missing(program: &Elf, library: &Elf) -> Finding {
    let mut last = None;
    for gnu_hash in [false, true] {
        let library = Elf {
            gnu_hash,
            ..library.clone()
        };
        let report = proof(&tree(program.clone(), library));
        let finding = only(&report);
        let fails = (Code::SymbolMissing, Verdict::DoesNotStart);
        assert_eq!((finding.code, finding.verdict), fails, "{finding:#?}");
        last = Some(finding.clone());
    }
    last.unwrap()
}

#[test]
fn a_call_that_nothing_defines_stops_the_start_however_it_is_bound() {
    let finding = missing(&wanting(SLOT), &library(&[]));
    let said = "it does not start: Error relocating /app/worker: foo_run: symbol not found; \
                /usr/lib/libfoo.so.1 does not define it";
    assert_eq!(finding.explanation, said);
    assert_eq!(finding.chain, ["ENTRYPOINT", "/app/worker"]);
    for kind in [ADDRESS, COPY, GLOBAL_DATA, THREAD_LOCAL] {
        missing(&wanting(kind), &library(&[]));
    }
}

#[test]
fn a_weak_symbol_may_be_missing_unless_it_is_thread_local() {
    found(&weakly(GLOBAL_DATA), &library(&[]));
    missing(&weakly(THREAD_LOCAL), &library(&[]));
}

#[test]
fn versions_do_not_count_but_the_default_of_them_does() {
    let asking = program(&["libfoo.so.1"])
        .needing("libfoo.so.1", &["FOO_9"])
        .wanting("foo_run", Some(0), SLOT, true);
    let defining = |number| {
        let versions = ["libfoo.so.1", "FOO_1"];
        library(&[])
            .defining(&versions)
            .exporting(Export::numbered("foo_run", number))
    };
    found(&asking, &defining(2));
    let finding = missing(&asking, &defining(0x8002));
    let text = "defines it in a version that is not the default, and musl knows no other";
    assert!(finding.explanation.ends_with(text), "{finding:#?}");
}

#[test]
fn hidden_symbols_answer_and_indirect_functions_do_not() {
    let with = |export: Export| library(&[]).exporting(export);
    let function = || Export::function("foo_run");
    for other in [1, 2, 3] {
        found(
            &wanting(SLOT),
            &with(Export {
                other,
                ..function()
            }),
        );
    }
    let zero = Export {
        section: 0xfff1,
        value: 0,
        ..function()
    };
    missing(&wanting(SLOT), &with(zero));
    let local = Export {
        info: 0x02,
        ..function()
    };
    missing(&wanting(SLOT), &with(local));
    let indirect = Export {
        info: 0x1a,
        ..function()
    };
    let finding = missing(&wanting(SLOT), &with(indirect.clone()));
    let text = "defines it as an indirect function (IFUNC), which musl does not know";
    assert!(finding.explanation.ends_with(text), "{finding:#?}");
    // One's own is looked up by its name too.
    let own = with(indirect).relocating("foo_run", SLOT, true);
    let finding = missing(&program(&["libfoo.so.1"]), &own);
    assert_eq!(finding.chain.last().unwrap(), "libfoo.so.1 (NEEDED)");
}

#[test]
fn an_entry_of_a_linkage_table_answers_for_an_address_only() {
    let entry = Export {
        section: 0,
        ..Export::function("foo_run")
    };
    let with = library(&[]).exporting(entry);
    found(&wanting(ADDRESS), &with);
    missing(&wanting(SLOT), &with);
}

#[test]
fn a_type_of_relocation_that_musl_does_not_know_stops_the_start() {
    let finding = missing(
        &program(&["libfoo.so.1"]),
        &library(&[])
            .exporting(Export::function("x"))
            .relocating("x", INDIRECT, false),
    );
    let said = "Error relocating /usr/lib/libfoo.so.1: unsupported relocation type 37";
    assert_eq!(finding.explanation, said);
}

#[test]
fn large_file_names_are_served_by_the_loader_from_1_2_4_on() {
    let asking = |name: &str| {
        // Nobody asks for libc, and it serves them all the same.
        let mut tree = musl();
        tree.program("/app/worker", program(&[]).wanting(name, None, SLOT, true));
        tree
    };
    for name in ["open64", "readdir64_r"] {
        let mut tree = asking(name);
        check_proven(&tree, &launch(&["/app/worker"]));
        tree.file(MUSL, &loader("1.2.3").build());
        assert_eq!(only(&proof(&tree)).code, Code::SymbolMissing);
    }
    for name in [
        "open",
        "open65",
        "stdin64",
        "posix_fallocate64",
        "versionsort64",
    ] {
        let report = proof(&asking(name));
        assert_eq!(only(&report).code, Code::SymbolMissing, "{name}");
    }
}

#[test]
fn libc_answers_where_it_stands_in_the_list_and_only_there() {
    let asking = |needed: &[&str]| {
        let mut tree = musl();
        tree.program(
            "/app/worker",
            program(needed).wanting("open", None, SLOT, true),
        );
        tree
    };
    check_proven(&asking(&["libc.so"]), &launch(&["/app/worker"]));
    check_proven(&asking(&[]), &with("LD_PRELOAD", "libm.so.6"));
    assert_eq!(only(&proof(&asking(&[]))).code, Code::SymbolMissing);
}

#[test]
fn compact_relocations_want_a_musl_that_knows_them() {
    let compact = Elf {
        tags: vec![(36, 0x1_0000), (35, 8), (37, 8)],
        ..library(&[])
    };
    let mut tree = tree(program(&["libfoo.so.1"]), compact);
    check_proven(&tree, &launch(&["/app/worker"]));
    for (release, verdict, text) in [
        ("1.2.4", None, ""),
        (
            "1.2.3",
            Some(Verdict::NotProven),
            "musl 1.2.3 passes over them",
        ),
        (
            "1.2.2",
            Some(Verdict::DoesNotStart),
            "musl 1.2.2 passes over them",
        ),
        (
            "unknown",
            Some(Verdict::NotProven),
            "does not say of which release",
        ),
    ] {
        tree.file(MUSL, &loader(release).build());
        let report = proof(&tree);
        let Some(verdict) = verdict else {
            assert!(report.proven(), "{report:#?}");
            continue;
        };
        let finding = only(&report);
        assert_eq!((finding.code, finding.verdict), (Code::Malformed, verdict));
        assert!(finding.explanation.contains(text), "{finding:#?}");
    }
}
