//! What `musl-gcc` makes: a program and its libraries in many forms, and roots with one of two musls.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use super::super::archive::Package;
use super::super::fixture::Case;
use super::{A, B, MUSL, PROGRAM, SUITES};

const MAIN: &str = r#"
#include <unistd.h>
int a(void);
int main(void) { return a() == 7 && write(1, "reached\n", 8) == 8 ? 0 : 1; }
"#;

/// Does what it is compiled for, and says so.
const ALONE: &str = r#"
#include <unistd.h>
#ifndef DECLARED
#define DECLARED
#endif
#ifndef DONE
#define DONE 1
#endif
DECLARED
int main(void) { return (DONE) && write(1, "reached\n", 8) == 8 ? 0 : 1; }
"#;

/// Name, source and further words to the compiler.
type Part = (&'static str, &'static str, &'static [&'static str]);

const LIBRARIES: [Part; 13] = [
    ("libb.so.1", "int b(void) { return 7; }", &[]),
    (
        "liba.so.1",
        "int b(void); int a(void) { return b(); }",
        &["./libb.so.1"],
    ),
    (
        "runpath-a",
        "int b(void); int a(void) { return b(); }",
        &["./libb.so.1", "-Wl,-soname,liba.so.1,-rpath,/none"],
    ),
    (
        "without-b",
        "int c(void) { return 7; }",
        &["-Wl,-soname,libb.so.1"],
    ),
    (
        "needy",
        "int d(void); int e(void) { return d(); }",
        &["./without-b", "-Wl,-soname,needy"],
    ),
    (
        "compact-b",
        "static int seven = 7; static int *volatile p[] = {&seven, &seven}; int b(void) { return *p[1]; }",
        &["-Wl,-z,pack-relative-relocs,-soname,libb.so.1"],
    ),
    (
        "indirect-b",
        "static int seven(void) { return 7; } static void *choose(void) { return seven; }\
         int b(void) __attribute__((ifunc(\"choose\")));",
        &["-Wl,-soname,libb.so.1"],
    ),
    (
        "old-b",
        "int seven(void) { return 7; } __asm__(\".symver seven, b@V_1\");",
        &["-Wl,-soname,libb.so.1,--version-script,versions.map"],
    ),
    (
        "versioned-b",
        "int seven(void) { return 7; } __asm__(\".symver seven, b@@V_1\");",
        &["-Wl,-soname,libb.so.1,--version-script,versions.map"],
    ),
    (
        "weak-b",
        "int none(void) __attribute__((weak)); int b(void) { return none ? none() : 7; }",
        &["-Wl,-soname,libb.so.1"],
    ),
    (
        "thread-b",
        "extern __thread int none __attribute__((weak)); int *volatile p; int b(void) { if (p) p = &none; return 7; }",
        &["-Wl,-soname,libb.so.1"],
    ),
    (
        "tls-b",
        "__thread int seven = 7; int b(void) { return seven; }",
        &["-ftls-model=initial-exec", "-Wl,-soname,libb.so.1"],
    ),
    ("libd.so.1", "int data[4] = {7, 7, 7, 7};", &[]),
];

const PROGRAMS: [Part; 21] = [
    ("worker", MAIN, &["./liba.so.1"]),
    (
        "runpath",
        MAIN,
        &["./liba.so.1", "-Wl,--enable-new-dtags,-rpath,/opt/lib"],
    ),
    (
        "rpath",
        MAIN,
        &["./liba.so.1", "-Wl,--disable-new-dtags,-rpath,/opt/lib"],
    ),
    (
        "origin",
        MAIN,
        &["./liba.so.1", "-Wl,-rpath,$ORIGIN/../opt/lib"],
    ),
    (
        "braces",
        MAIN,
        &["./liba.so.1", "-Wl,-rpath,/none:${ORIGIN}/../opt/lib"],
    ),
    (
        "lib",
        MAIN,
        &["./liba.so.1", "-Wl,-rpath,/opt/lib:/opt/$LIB"],
    ),
    ("fixed", MAIN, &["./liba.so.1", "-no-pie"]),
    ("sysv", MAIN, &["./liba.so.1", "-Wl,--hash-style=sysv"]),
    ("now", MAIN, &["./liba.so.1", "-Wl,-z,now"]),
    (
        "elsewhere",
        MAIN,
        &[
            "./liba.so.1",
            "-Wl,--dynamic-linker=/opt/musl/lib/ld-musl-x86_64.so.1",
        ],
    ),
    (
        "compact",
        ALONE,
        &[
            "-DDECLARED=int seven = 7; int *p[] = {&seven, &seven};",
            "-Wl,-z,pack-relative-relocs",
        ],
    ),
    ("math", ALONE, &["-Wl,--no-as-needed", "./libm.so.6"]),
    (
        "alpine",
        ALONE,
        &["-Wl,--no-as-needed", "./libc.musl-x86_64.so.1"],
    ),
    ("crypt", ALONE, &["-Wl,--no-as-needed", "./libcrypt.so.1"]),
    (
        "twice",
        ALONE,
        &["-Wl,--no-as-needed", "./twice-b", "./libb.so.1"],
    ),
    (
        "open64",
        ALONE,
        &[
            "-DDECLARED=int open64(const char *, int, ...);",
            "-DDONE=open64(\"/none\", 0) < 0",
        ],
    ),
    (
        "fallocate64",
        ALONE,
        &[
            "-DDECLARED=int posix_fallocate64(int, long, long);",
            "-DDONE=posix_fallocate64(-1, 0, 1) != 0",
        ],
    ),
    (
        "preadv2",
        ALONE,
        &[
            "-DDECLARED=long preadv2(int, void *, int, long, int);",
            "-DDONE=preadv2(-1, 0, 0, 0, 0) < 0",
            "./newer",
        ],
    ),
    (
        "copy",
        ALONE,
        &[
            "-DDECLARED=extern int data[4];",
            "-DDONE=data[2] == 7",
            "-fno-pie",
            "-no-pie",
            "./libd.so.1",
        ],
    ),
    (
        "text",
        ALONE,
        &[
            "-DDECLARED=extern int value; int value = 7;",
            "-DDONE=value == 7",
            "text.s",
            "-Wl,-z,notext",
        ],
    ),
    ("exports", ALONE, &["-Wl,--no-as-needed", "./other"]),
];

/// Libraries that are only linked with: what the compiler calls them, what they call themselves, what they have.
const NAMES: [(&str, &str, &str); 6] = [
    ("libm.so.6", "libm.so.6", NOTHING),
    ("libc.musl-x86_64.so.1", "libc.musl-x86_64.so.1", NOTHING),
    ("libcrypt.so.1", "libcrypt.so.1", NOTHING),
    ("twice-b", "/opt/lib/libb.so.1", NOTHING),
    ("other", "libother.so", NOTHING),
    ("newer", "libm.so.6", "long preadv2(void) { return 0; }"),
];
const NOTHING: &str = "int nothing;";

pub(super) struct Fixture {
    folder: tempfile::TempDir,
    packages: Vec<Package>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
            packages: SUITES
                .map(|(suite, ..)| Package::fetch(suite, "musl"))
                .into(),
        };
        fixture.write("versions.map", "V_1 { };");
        // A pointer in the text, which a relocation must fill in.
        fixture.write(
            "text.s",
            ".text\n.quad value\n.section .note.GNU-stack,\"\",@progbits\n",
        );
        for (name, soname, source) in NAMES {
            fixture.library((name, source, &[]), soname);
        }
        for part in LIBRARIES {
            fixture.library(part, part.0);
        }
        for (name, source, words) in PROGRAMS {
            fixture.write("main.c", source);
            let usual = ["-pie", "-fPIE", "-o", name, "main.c", "-Wl,-rpath-link,."];
            fixture.compile(&[&usual, words].concat());
        }
        fixture
    }

    fn library(&self, (name, source, words): Part, soname: &str) {
        self.write("library.c", source);
        let soname = format!("-Wl,-soname,{soname}");
        let usual = ["-shared", "-fPIC", &soname, "-o", name, "library.c"];
        self.compile(&[&usual, words].concat());
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn compile(&self, words: &[&str]) {
        let output = Command::new("musl-gcc")
            .args(words)
            .current_dir(self.folder.path())
            .output()
            .expect("musl-gcc is needed: apt-get install musl-tools");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "musl-gcc {words:?}: {text}");
    }

    /// A fresh root in which `program` is `/app/worker` and starts, if it finds its libraries.
    pub(super) fn root(&self, program: &str, suite: usize) -> Case {
        let case = Case::empty();
        let directories = [
            "",
            "lib",
            "usr/lib",
            "usr/local/lib",
            "usr/lib64",
            "app",
            "opt/lib",
            "opt/musl/lib",
            "opt/musl/etc",
            "etc",
            "env",
            "parts",
            "proc/self",
        ];
        for directory in directories {
            fs::create_dir_all(case.path(directory)).unwrap();
            let mut at = case.path(directory);
            while at.starts_with(&case.root) {
                fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
                at.pop();
            }
        }
        // The loader reads this link for $ORIGIN; a container has /proc.
        symlink("/app/worker", case.path("proc/self/exe")).unwrap();
        let (_, folder, _) = SUITES[suite];
        let package = &self.packages[suite];
        case.copy(&package.file(folder).join("libc.so"), MUSL);
        case.copy(&self.file("liba.so.1"), A);
        case.copy(&self.file("libb.so.1"), B);
        case.copy(&self.file("libd.so.1"), "usr/lib/libd.so.1");
        for (name, ..) in LIBRARIES {
            case.copy(&self.file(name), &format!("parts/{name}"));
        }
        case.copy(&self.file(program), PROGRAM);
        case
    }
}
