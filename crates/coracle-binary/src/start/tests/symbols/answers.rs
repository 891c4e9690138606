//! What a loaded object answers when a symbol is asked for: its definitions and their versions.

use super::super::{LIBRARIES, check_proven, launch, libc, loader, only, proof};
use super::{
    ADDRESS, COPY, DiesLater, DoesNotStart, SLOT, THREAD_LOCAL, caller, caller_of_version, found,
    library, missing, tree, versioned,
};
use crate::elf::writer::{Elf, Export};

#[test]
fn functions_thread_local_variables_and_indirect_functions_are_definitions() {
    // The binding (global, weak, unique) and the type (none, object, function, common, TLS, indirect function).
    for (info, value) in [
        (0x10, 1),
        (0x11, 1),
        (0x12, 1),
        (0x15, 1),
        (0x16, 0),
        (0x1a, 1),
        (0x22, 1),
        (0xa1, 1),
    ] {
        let export = Export {
            info,
            value,
            ..Export::function("foo_run")
        };
        found(caller(), library().exporting(export));
    }
    let absolute = Export {
        section: 0xfff1,
        value: 0,
        ..Export::function("foo_run")
    };
    found(caller(), library().exporting(absolute));
}

#[test]
fn local_hidden_and_undefined_symbols_are_no_definitions() {
    let function = || Export::function("foo_run");
    let with = |export: Export| library().exporting(export);
    let protected = Export {
        other: 3,
        ..function()
    };
    found(caller(), with(protected));
    for export in [
        Export {
            info: 0x02,
            ..function()
        },
        // A section's symbol.
        Export {
            info: 0x13,
            ..function()
        },
        Export {
            other: 1,
            ..function()
        },
        Export {
            other: 2,
            ..function()
        },
        Export {
            value: 0,
            ..function()
        },
        Export {
            section: 0,
            ..function()
        },
    ] {
        missing(caller(), with(export), DiesLater);
    }
}

#[test]
fn an_entry_of_a_linkage_table_answers_for_an_address_and_for_nothing_else() {
    let entry = Export {
        section: 0,
        ..Export::function("foo_run")
    };
    let library = library().exporting(entry);
    let program = Elf::program(&["libfoo.so.1"]);
    found(
        program.clone().wanting("foo_run", None, ADDRESS, false),
        library.clone(),
    );
    missing(
        program.wanting("foo_run", None, THREAD_LOCAL, false),
        library,
        DoesNotStart,
    );
}

#[test]
fn a_version_is_answered_by_the_same_version_default_or_not() {
    for number in [2, 0x8002] {
        found(
            caller_of_version(),
            versioned(&["FOO_1"]).exporting(Export::numbered("foo_run", number)),
        );
    }
    let finding = missing(
        caller_of_version(),
        versioned(&["FOO_1", "FOO_2"]).exporting(Export::numbered("foo_run", 3)),
        DiesLater,
    );
    let text = "libfoo.so.1 defines it in FOO_2";
    assert!(finding.explanation.ends_with(text), "{finding:#?}");
}

#[test]
fn a_version_is_answered_by_a_definition_without_one_unless_it_is_hidden() {
    let library = |number| versioned(&["FOO_1"]).exporting(Export::numbered("foo_run", number));
    found(caller_of_version(), library(1));
    missing(caller_of_version(), library(0x8001), DiesLater);
}

#[test]
fn a_file_without_any_versions_that_is_asked_for_one_stops_the_loader() {
    let finding = missing(
        caller_of_version(),
        library().exporting(Export::function("foo_run")),
        DiesLater,
    );
    assert!(
        finding
            .explanation
            .contains("inconsistency detected by ld.so"),
        "{finding:#?}"
    );
    // Another file without versions answers.
    let mut tree = tree(
        Elf::program(&["libbar.so.1", "libfoo.so.1"])
            .needing("libfoo.so.1", &["FOO_1"])
            .wanting("foo_run", Some(0), SLOT, true),
        versioned(&["FOO_1"]),
    );
    tree.library(
        "libbar.so.1",
        Elf::library("libbar.so.1", &[]).exporting(Export::function("foo_run")),
    );
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn without_a_version_the_oldest_or_the_only_default_answers() {
    let library = |numbers: &[u16]| {
        let exports = numbers
            .iter()
            .map(|number| Export::numbered("foo_run", *number));
        exports.fold(versioned(&["FOO_1", "FOO_2", "FOO_3"]), Elf::exporting)
    };
    for numbers in [&[1][..], &[2], &[0x8002], &[3], &[3, 0x8004], &[3, 4, 2]] {
        found(caller(), library(numbers));
    }
    for numbers in [&[0x8003][..], &[3, 4]] {
        missing(caller(), library(numbers), DiesLater);
    }
}

#[test]
fn a_copy_comes_from_another_file_than_the_program() {
    let program = Elf::program(&["libfoo.so.1"])
        .exporting(Export::function("foo_data"))
        .relocating("foo_data", COPY, false);
    let with = library().exporting(Export::function("foo_data"));
    found(program.clone(), with);
    missing(program, library(), DoesNotStart);
}

#[test]
fn before_2_30_a_version_must_be_in_the_file_it_is_asked_of() {
    let program = Elf::program(&["libfoo.so.1", "libbar.so.1"])
        .needing("libfoo.so.1", &["FOO_1"])
        .wanting("foo_run", Some(0), SLOT, true);
    let mut tree = tree(program, versioned(&["FOO_1"]));
    let bar = Elf::library("libbar.so.1", &[])
        .defining(&["libbar.so.1", "FOO_1"])
        .exporting(Export::numbered("foo_run", 2));
    tree.library("libbar.so.1", bar);
    check_proven(&tree, &launch(&["/app/worker"]));
    tree.library("libc.so.6", libc("2.28-9"));
    tree.file(
        &format!("{}/ld-linux-x86-64.so.2", LIBRARIES),
        &loader("2.28-9").build(),
    );
    let report = proof(&tree);
    let text = "not defined in file libfoo.so.1 with link time reference";
    assert!(only(&report).explanation.contains(text), "{report:#?}");
}
