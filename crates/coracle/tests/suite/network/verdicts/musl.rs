//! Roots with Debian's musl, and programs and libraries in them that are compiled here: each finds its libraries in
//! another way, and some find them nowhere.

use std::fs;
use std::path::Path;

use coracle_testkit::command::tool;

use super::base::{AMD64, ARM64, Base, Make, Root, Tree};
use super::change::{Change, library};
use crate::support::Place;

/// A library: its name, the folder that it is in (`MUSL` is the libc's), what it needs, and what else the linker is told.
type Library = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const LIBRARIES: [Library; 6] = [
    ("libone.so.1", "MUSL", &[], &[]),
    ("libtwo.so.1", "MUSL", &["libone.so.1"], &[]),
    ("libthree.so.1", "/opt/lib", &["libone.so.1"], &[]),
    ("libfour.so.1", "/app/lib", &["libthree.so.1"], &[]),
    ("libsix.so.1", "/app/lib/deep", &[], &[]),
    (
        "libfive.so.1",
        "/app/lib",
        &["libsix.so.1", "libtwo.so.1"],
        &["-Wl,-rpath,$ORIGIN/deep"],
    ),
];

/// A program: its name, what it needs, and what else the linker is told.
type Source = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const PROGRAMS: [Source; 10] = [
    ("flat", &["libone.so.1"], &[]),
    ("two-levels", &["libtwo.so.1"], &[]),
    ("runpath", &["libthree.so.1"], &["-Wl,-rpath,/opt/lib"]),
    (
        "rpath",
        &["libthree.so.1", "libtwo.so.1"],
        &["-Wl,--disable-new-dtags", "-Wl,-rpath,/nowhere:/opt/lib"],
    ),
    // musl takes the program's RUNPATH for what its libraries need, too.
    (
        "inherited",
        &["libfour.so.1"],
        &["-Wl,-rpath,/app/lib:/opt/lib"],
    ),
    (
        "origin",
        &["libfive.so.1"],
        &["-Wl,-rpath,$ORIGIN/../../app/lib"],
    ),
    ("fixed-address", &["libtwo.so.1"], &["-no-pie"]),
    (
        "lazy",
        &["libfive.so.1", "libone.so.1"],
        &["-Wl,-z,lazy", "-Wl,-rpath,/app/lib"],
    ),
    ("without-runpath", &["libthree.so.1"], &[]),
    (
        "other-token",
        &["libthree.so.1"],
        &["-Wl,-rpath,$LIB:/opt/lib"],
    ),
];

/// The program that needs a library of glibc's by mistake.
const MISTAKEN: &str = "mistaken";

/// Both suites for amd64; in full arm64, too.
pub(super) fn bases(place: &Place, full: bool) -> Vec<Base> {
    let architectures: &[&'static str] = if full {
        &["amd64", "arm64"]
    } else {
        &["amd64"]
    };
    let both = [("trixie", "bookworm"), ("bookworm", "trixie")];
    let suites = if full { 2 } else { 1 };
    both[..suites]
        .iter()
        .flat_map(|suites| {
            architectures
                .iter()
                .map(|architecture| base(place, *suites, architecture))
        })
        .collect()
}

fn base(
    place: &Place,
    (suite, other): (&'static str, &'static str),
    architecture: &'static str,
) -> Base {
    let machine = Machine::of(architecture);
    let made = Root::made(place, suite, architecture, "musl");
    let other = Root::made(place, other, architecture, "musl");
    let glibc = Root::made(place, suite, architecture, "libc6,zlib1g");
    let foreign = Machine::of(if architecture == "amd64" {
        "arm64"
    } else {
        "amd64"
    });
    let foreign_root = Root::made(place, suite, foreign.architecture, "musl");
    let tree = Tree::new(place, &format!("musl-{suite}-{architecture}"));
    let older = Tree::new(place, &format!("musl-{suite}-{architecture}-older"));
    machine.libraries(&made, &tree, "#define MORE 1\n");
    machine.libraries(&made, &older, "");
    let libc = format!("{}/libc.so", machine.folder());
    older.put(&other.folder.join(&libc[1..]), &libc);
    machine.programs(&made, &tree);
    machine.mistaken(&made, &glibc, &tree);
    let (root, layers) = tree.over(&made.folder, &[made.tar]);
    Base {
        make: Make::Musl,
        suite,
        architecture,
        root,
        layers,
        programs: "/usr/bin",
        libraries: machine.folder(),
        libc: "libc.so",
        other: older.folder,
        foreign: foreign_root.folder.join(&foreign.folder()[1..]),
    }
}

/// How is compiled for a machine.
struct Machine {
    architecture: &'static str,
    name: &'static str,
    glibc: &'static str,
}

impl Machine {
    fn of(architecture: &str) -> Machine {
        match architecture {
            "arm64" => Machine {
                architecture: "arm64",
                name: "aarch64",
                glibc: ARM64,
            },
            _ => Machine {
                architecture: "amd64",
                name: "x86_64",
                glibc: AMD64,
            },
        }
    }

    /// Where the libc is.
    fn folder(&self) -> String {
        format!("/usr/lib/{}-linux-musl", self.name)
    }

    fn place(&self, folder: &str) -> String {
        match folder {
            "MUSL" => self.folder(),
            other => other.to_owned(),
        }
    }

    fn library(&self, tree: &Tree, name: &str) -> String {
        let (_, folder, ..) = LIBRARIES.iter().find(|(known, ..)| *known == name).unwrap();
        let path = tree.at(&format!("{}/{name}", self.place(folder)));
        path.display().to_string()
    }

    fn libraries(&self, root: &Root, tree: &Tree, head: &str) {
        for (name, _, needs, more) in LIBRARIES {
            let function = function(name);
            let mut text = format!(
                "{head}int {function}_value = 1;\n#ifdef MORE\nint {function}_more(void) {{ return 2; }}\n#endif\n"
            );
            let calls = calls(needs, false);
            text += &format!(
                "{}int {function}(void) {{ return 1{}; }}\n",
                calls.0, calls.1
            );
            let soname = format!("-Wl,-soname,{name}");
            let mut words = vec!["-shared".to_owned(), "-fPIC".to_owned(), soname];
            words.extend(needs.iter().map(|need| self.library(tree, need)));
            words.extend(more.iter().map(|word| (*word).to_owned()));
            self.compile(root, tree, &text, &self.library(tree, name), &words);
        }
    }

    fn programs(&self, root: &Root, tree: &Tree) {
        for (name, needs, more) in PROGRAMS {
            let calls = calls(needs, true);
            let text = format!(
                "{}int main(void) {{ return puts(\"here\"){}; }}\n",
                calls.0, calls.1
            );
            let mut words: Vec<String> =
                needs.iter().map(|need| self.library(tree, need)).collect();
            words.extend(more.iter().map(|word| (*word).to_owned()));
            let target = tree.at(&format!("/usr/bin/{name}"));
            self.compile(root, tree, &text, target.to_str().unwrap(), &words);
        }
    }

    /// A library that was built for glibc, with its libc, and a program that needs it.
    fn mistaken(&self, root: &Root, glibc: &Root, tree: &Tree) {
        let from = glibc.folder.join(self.glibc);
        for name in ["libz.so.1", "libc.so.6"] {
            tree.put(&from.join(name), &format!("/{}/{name}", self.glibc));
        }
        let zlib = from.join("libz.so.1").display().to_string();
        let runpath = format!("-Wl,-rpath,/{}", self.glibc);
        let unresolved = "-Wl,--allow-shlib-undefined".to_owned();
        let text = "int puts(const char *);\nconst char *zlibVersion(void);\nint main(void) { return puts(zlibVersion()); }\n";
        let target = tree.at(&format!("/usr/bin/{MISTAKEN}"));
        self.compile(
            root,
            tree,
            text,
            target.to_str().unwrap(),
            &[zlib, runpath, unresolved],
        );
    }

    /// musl-gcc for this machine's own; for another one clang, and an entry point that nobody needs to return from.
    fn compile(&self, root: &Root, tree: &Tree, text: &str, target: &str, more: &[String]) {
        let source = tree.folder.with_extension("c");
        let libc = root.folder.join(&self.folder()[1..]).display().to_string();
        let indirect = LIBRARIES.map(|(name, ..)| {
            let path = self.library(tree, name);
            format!(
                "-Wl,-rpath-link,{}",
                Path::new(&path).parent().unwrap().display()
            )
        });
        let mut words: Vec<String> = vec!["-O1".to_owned(), "-o".to_owned(), target.to_owned()];
        words.push(source.display().to_string());
        words.extend(more.iter().cloned().chain(indirect));
        let (program, text) = if self.architecture == "amd64" {
            ("musl-gcc", text.to_owned())
        } else {
            let is_library = more.iter().any(|word| word == "-shared");
            let target = format!("--target={}-linux-musl", self.name);
            let bare = [
                "-fuse-ld=lld",
                "-nostdlib",
                "-fno-builtin",
                "-Wl,--allow-shlib-undefined",
            ];
            words.extend(bare.map(str::to_owned));
            // By a path it would be needed by that path: it has no name of its own.
            words.extend([target, format!("-L{libc}"), "-l:libc.so".to_owned()]);
            if is_library {
                ("clang", text.to_owned())
            } else {
                let loader = format!("-Wl,--dynamic-linker=/lib/ld-musl-{}.so.1", self.name);
                words.push(loader);
                if !more.iter().any(|word| word == "-no-pie") {
                    words.extend(["-fPIE", "-pie"].map(str::to_owned));
                }
                (
                    "clang",
                    format!("{text}void _start(void) {{ main(); for (;;); }}\n"),
                )
            }
        };
        fs::write(&source, text).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        tool(program, &words).unwrap();
    }
}

/// `one` of `libone.so.1`.
fn function(library: &str) -> &str {
    let name = library.strip_prefix("lib").unwrap_or(library);
    name.split('.').next().unwrap_or_default()
}

/// Declarations of what is called of libraries, and the calls. What the older build lacks is called, too, and a variable
/// is read.
fn calls(needs: &[&str], is_program: bool) -> (String, String) {
    let mut declared = "int puts(const char *);\n".to_owned();
    let mut called = String::new();
    for need in needs {
        let name = function(need);
        declared +=
            &format!("int {name}(void);\nint {name}_more(void);\nextern int {name}_value;\n");
        called += &format!(" + {name}() + {name}_value");
        if is_program {
            called += &format!(" + {name}_more()");
        }
    }
    (declared, called)
}

/// What only musl has.
pub(super) const CHANGES: [(&str, Change); 9] = [
    ("musl: the path file is deleted", |case, _| {
        let file = path_file(case.base);
        case.remove(&file);
    }),
    ("musl: the path file is made anew", |case, sample| {
        let texts = [
            format!("{}\n", case.base.libraries),
            format!("/nowhere:{}:/opt/lib", case.base.libraries),
            "/opt/lib\n/app/lib\n".to_owned(),
            "\n".to_owned(),
            String::new(),
            format!("# musl\n{}", case.base.libraries),
            format!("{} \n", case.base.libraries),
        ];
        let text = &texts[sample.below(texts.len())];
        case.note = format!("{text:?}");
        let file = path_file(case.base);
        case.write(&file, text.as_bytes(), 0o644);
    }),
    ("musl: the path file's mode", |case, sample| {
        let mode = [0o600, 0o444][sample.below(2)];
        case.note = format!("{mode:o}");
        let file = path_file(case.base);
        case.mode(&file, mode);
    }),
    ("musl: the path file is a folder", |case, _| {
        let file = path_file(case.base);
        case.remove(&file);
        fs::create_dir(case.at(&file)).unwrap();
    }),
    ("musl: the libc is copied over its link", |case, _| {
        let libc = case.read(&case.program.loader);
        let name = Machine::of(case.base.architecture).name;
        case.write(&format!("/usr/lib/ld-musl-{name}.so.1"), &libc, 0o755);
    }),
    (
        "musl: the first file of a library's name",
        |case, sample| {
            let name = super::base::name(&library(case, sample)).to_owned();
            let bytes: [&[u8]; 4] = [
                b"",
                b"not a library",
                &[0x7f; 4096],
                b"/* GNU ld script */\n",
            ];
            let bytes = bytes[sample.below(bytes.len())];
            case.note += &format!(" of {} bytes", bytes.len());
            let mode = [0o644, 0o600][sample.below(2)];
            case.write(&format!("/opt/first/{name}"), bytes, mode);
            case.environment
                .insert("LD_LIBRARY_PATH".to_owned(), "/opt/first".to_owned());
        },
    ),
    ("musl: a library is preloaded", |case, sample| {
        let preloaded = [
            "/opt/lib/libthree.so.1",
            "libone.so.1",
            "/nowhere.so",
            "/app/lib/libfive.so.1",
        ];
        let preloaded = preloaded[sample.below(preloaded.len())];
        case.note = preloaded.to_owned();
        case.environment
            .insert("LD_PRELOAD".to_owned(), preloaded.to_owned());
    }),
    (
        "musl: glibc's library in the place of one",
        |case, sample| {
            let library = library(case, sample);
            let glibc = Machine::of(case.base.architecture).glibc;
            let bytes = case.read(&format!("/{glibc}/libz.so.1"));
            case.write(&library, &bytes, 0o644);
        },
    ),
    ("musl: a library of glibc's by mistake", |case, sample| {
        case.program.path = format!("/usr/bin/{MISTAKEN}");
        case.arguments = vec![case.program.path.clone()];
        if sample.below(2) == 0 {
            let glibc = Machine::of(case.base.architecture).glibc;
            case.note = "without it".to_owned();
            case.remove(&format!("/{glibc}/libz.so.1"));
        }
    }),
];

fn path_file(base: &Base) -> String {
    let name = Machine::of(base.architecture).name;
    format!("/etc/ld-musl-{name}.path")
}

/// Everything that is changed in such a root.
pub(super) fn changes() -> Vec<(&'static str, Change)> {
    super::change::CHANGES.into_iter().chain(CHANGES).collect()
}
