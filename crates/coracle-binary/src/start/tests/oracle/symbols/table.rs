//! Programs, the libraries they are linked with, those they are started with, and what becomes of them.

use super::Fate;
use Fate::{Dies, Fails, Starts};

/// A library: its source, its version script (none when empty), and what else the compiler is told.
#[derive(Clone, Copy)]
pub(super) struct Library {
    pub(super) source: &'static str,
    pub(super) versions: &'static str,
    pub(super) options: &'static [&'static str],
}

/// A program that is linked with `linked` and started with `shipped`, both `libfoo.so.1`.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    pub(super) options: &'static [&'static str],
    pub(super) linked: Library,
    pub(super) shipped: Library,
    /// `libmid.so.1`, which the program is linked with and which is linked with libfoo.
    pub(super) middle: Option<Library>,
    pub(super) preload: Option<Library>,
    pub(super) environment: &'static [(&'static str, &'static str)],
    pub(super) fate: Fate,
}

const fn library(source: &'static str) -> Library {
    Library {
        source,
        versions: "",
        options: &[],
    }
}

const fn versioned(source: &'static str, versions: &'static str) -> Library {
    Library {
        versions,
        ..library(source)
    }
}

/// `foo` is called and defined, once nothing is changed.
const fn parts(name: &'static str, shipped: Library, fate: Fate) -> Parts {
    Parts {
        name,
        program: CALLS,
        options: &[],
        linked: FOO,
        shipped,
        middle: None,
        preload: None,
        environment: &[],
        fate,
    }
}

const fn of(
    program: &'static str,
    options: &'static [&'static str],
    linked: &'static str,
    parts: Parts,
) -> Parts {
    Parts {
        program,
        options,
        linked: library(linked),
        ..parts
    }
}

/// The program asks for `foo` of `FOO_1`.
const fn asked(parts: Parts) -> Parts {
    Parts {
        linked: versioned(TEXT, ONE),
        ..parts
    }
}

/// The middle library asks for it, and the program for nothing.
const fn between(middle: Library, parts: Parts) -> Parts {
    Parts {
        program: "int mid(void); int main(void) { return mid() != 7; }",
        middle: Some(middle),
        ..parts
    }
}

const TEXT: &str = "#include <stdio.h>\nint foo(void) { return puts(\"\") < 0 ? 1 : 7; }";
const FOO: Library = library(TEXT);
/// It asks libc for a version, so it has a version table.
const OTHER: Library = library("#include <stdio.h>\nint other(void) { return puts(\"\"); }");
const CALLS: &str = "int foo(void); int main(void) { return foo() != 7; }";
const ONE: &str = "FOO_1 { global: foo; other; local: *; };";
const ONE_AND_TWO: &str = "FOO_1 { global: other; local: *; }; FOO_2 { global: foo; } FOO_1;";
const OTHER_AND_FOO: &str = "#include <stdio.h>\nint other(void) { return 1; } \
    int foo(void) { return puts(\"\") < 0 ? 1 : 7; }";
/// `foo` of a version that is not the default.
const HIDDEN_ONE: &str =
    "int f(void) { return 7; } int other(void) { return 1; } asm(\".symver f, foo@FOO_1\");";
const HIDDEN_TWO: &str =
    "int f(void) { return 7; } int other(void) { return 1; } asm(\".symver f, foo@FOO_2\");";
const BOTH: &str = "int f(void) { return 7; } int g(void) { return 9; } \
    asm(\".symver f, foo@FOO_1\"); asm(\".symver g, foo@@FOO_2\");";
const VERSIONS: &str = "FOO_1 { global: other; local: f; g; }; FOO_2 { } FOO_1;";
const DATA: &str = "int foo = 7;";
const CALLS_IN_THE_MIDDLE: Library = library("int foo(void); int mid(void) { return foo(); }");
const NOW: &[&str] = &["-Wl,-z,now"];
const NO_LIBC: &[&str] = &["-nostdlib"];

pub(super) const PARTS: [Parts; 43] = [
    parts("nothing is missing", FOO, Starts),
    parts("a function is missing", OTHER, Dies),
    of(
        CALLS,
        NOW,
        TEXT,
        parts("a function is missing now", OTHER, Fails),
    ),
    of(
        CALLS,
        &["-fno-plt"],
        TEXT,
        parts("a function is called without a slot", OTHER, Fails),
    ),
    of(
        "int foo(void); int (*volatile at)(void) = foo; int main(void) { return at() != 7; }",
        &[],
        TEXT,
        parts("the address of a function is in data", OTHER, Fails),
    ),
    of(
        "extern int foo; int main(void) { return foo != 7; }",
        &[],
        DATA,
        parts("a variable that is copied is missing", OTHER, Fails),
    ),
    of(
        "extern int foo; int main(void) { return foo != 7; }",
        &[],
        DATA,
        parts("a variable is copied", library(DATA), Starts),
    ),
    of(
        "extern int foo; int main(void) { return foo != 7; }",
        &["-fPIC"],
        DATA,
        parts("a variable in the table is missing", OTHER, Fails),
    ),
    of(
        "extern __thread int foo; int main(void) { return foo != 7; }",
        &[],
        "__thread int foo = 7;",
        parts("a thread's variable is missing", OTHER, Fails),
    ),
    of(
        "extern __thread int foo; int main(void) { return foo != 7; }",
        &[],
        "__thread int foo = 7;",
        parts(
            "a thread's variable is there",
            library("__thread int foo = 7;"),
            Starts,
        ),
    ),
    between(
        Library {
            options: &["-mtls-dialect=gnu2"],
            ..library("extern __thread int foo; int mid(void) { return foo; }")
        },
        Parts {
            linked: library("__thread int foo = 7;"),
            ..parts(
                "a thread's variable is missing, by descriptor",
                OTHER,
                Fails,
            )
        },
    ),
    of(
        "int foo(void) __attribute__((weak)); int main(void) { return foo && foo() != 7; }",
        &[],
        TEXT,
        parts("a weak function is missing", OTHER, Starts),
    ),
    of(
        "int main(void) { return 0; }",
        &["-Wl,-u,foo,--no-as-needed"],
        TEXT,
        parts("what nobody calls is missing", OTHER, Starts),
    ),
    parts(
        "the definition is local",
        versioned(OTHER_AND_FOO, "{ global: other; local: *; };"),
        Dies,
    ),
    parts(
        "the definition is protected",
        library("__attribute__((visibility(\"protected\"))) int foo(void) { return 7; }"),
        Starts,
    ),
    parts(
        "the definition is weak",
        library("__attribute__((weak)) int foo(void) { return 7; }"),
        Starts,
    ),
    parts(
        "the definition is chosen at start",
        library(
            "static int f(void) { return 7; } static void *choose(void) { return f; } \
             int foo(void) __attribute__((ifunc(\"choose\")));",
        ),
        Starts,
    ),
    of(
        "extern int foo; int main(void) { return foo != 7; }",
        &["-fPIC"],
        DATA,
        parts(
            "the definition is unique",
            library(
                "asm(\".data\\n.globl foo\\n.type foo, @gnu_unique_object\\n.size foo, 4\\nfoo: .long 7\\n.text\");",
            ),
            Starts,
        ),
    ),
    parts(
        "it is there by the old hash table",
        Library {
            options: &["-Wl,--hash-style=sysv"],
            ..FOO
        },
        Starts,
    ),
    parts(
        "it is missing by the old hash table",
        Library {
            options: &["-Wl,--hash-style=sysv"],
            ..OTHER
        },
        Dies,
    ),
    asked(parts(
        "the version is the same",
        versioned(OTHER_AND_FOO, ONE),
        Starts,
    )),
    asked(parts(
        "the version is there without the symbol",
        versioned(OTHER.source, ONE),
        Dies,
    )),
    asked(parts(
        "the symbol is of another version",
        versioned(OTHER_AND_FOO, ONE_AND_TWO),
        Dies,
    )),
    asked(parts(
        "the symbol is of both versions",
        versioned(BOTH, VERSIONS),
        Starts,
    )),
    asked(parts(
        "the symbol has no version, and libc's are asked for",
        FOO,
        Starts,
    )),
    asked(parts(
        "there are no versions at all",
        Library {
            options: NO_LIBC,
            ..library("int foo(void) { return 7; }")
        },
        Dies,
    )),
    Parts {
        options: NOW,
        ..asked(parts(
            "there are no versions at all, now",
            Library {
                options: NO_LIBC,
                ..library("int foo(void) { return 7; }")
            },
            Fails,
        ))
    },
    parts(
        "no version is asked for, and there is one",
        versioned(OTHER_AND_FOO, ONE),
        Starts,
    ),
    parts(
        "no version is asked for, and the second is the only",
        versioned(OTHER_AND_FOO, ONE_AND_TWO),
        Starts,
    ),
    parts(
        "no version is asked for, and the first is hidden",
        versioned(HIDDEN_ONE, VERSIONS),
        Starts,
    ),
    parts(
        "no version is asked for, and the second is hidden",
        versioned(HIDDEN_TWO, VERSIONS),
        Dies,
    ),
    parts(
        "no version is asked for, and there are both",
        versioned(BOTH, VERSIONS),
        Starts,
    ),
    Parts {
        preload: Some(FOO),
        ..parts("a preload has it", OTHER, Starts)
    },
    Parts {
        preload: Some(versioned(TEXT, ONE)),
        ..asked(parts(
            "a preload has it in the version",
            versioned(OTHER.source, ONE),
            Starts,
        ))
    },
    Parts {
        preload: Some(versioned(OTHER_AND_FOO, ONE_AND_TWO)),
        ..asked(parts(
            "a preload has it in another version",
            versioned(OTHER.source, ONE),
            Dies,
        ))
    },
    Parts {
        environment: &[("LD_BIND_NOW", "")],
        ..parts("the environment says nothing of now", OTHER, Dies)
    },
    between(
        CALLS_IN_THE_MIDDLE,
        parts("a library misses a function", OTHER, Dies),
    ),
    between(
        Library {
            options: NOW,
            ..CALLS_IN_THE_MIDDLE
        },
        parts("a library that binds now misses a function", OTHER, Fails),
    ),
    between(
        library("extern int foo; int mid(void) { return foo; }"),
        Parts {
            linked: library(DATA),
            ..parts("a library misses a variable", OTHER, Fails)
        },
    ),
    between(
        Library {
            options: &["-Wl,-Bsymbolic"],
            ..CALLS_IN_THE_MIDDLE
        },
        parts(
            "a library that looks in itself first misses a function",
            OTHER,
            Dies,
        ),
    ),
    between(
        Library {
            options: &["-Wl,-Bsymbolic", "-Wl,--no-as-needed"],
            ..library("int foo(void) { return 7; } int mid(void) { return foo(); }")
        },
        parts("a library that looks in itself first has it", OTHER, Starts),
    ),
    Parts {
        program: "int foo(void); int (*volatile at)(void); int mid(void); \
            int main(void) { at = foo; return mid() != 7; }",
        options: &["-fno-pie", "-no-pie"],
        ..between(
            library(
                "int foo(void); int (*volatile at)(void) = foo; int mid(void) { return at(); }",
            ),
            parts("the program's own slot answers for an address", OTHER, Dies),
        )
    },
    of(
        "int foo(void); int back(void) { return 7; } int main(void) { return foo() != 7; }",
        &[],
        TEXT,
        parts(
            "the program does not export what a library calls back",
            library("int back(void); int foo(void) { return back(); }"),
            Dies,
        ),
    ),
];
