//! The judge is Debian's pkgconf 1.8.1: on the same files the same questions get the same answers, errors included.

mod network;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use coracle_testkit::agreement::Sample;
use coracle_testkit::command::{Hermetic, tool};

use super::super::*;
use super::{file, folder};

/// The variables of a comparison.
type Variables = BTreeMap<&'static str, String>;

/// A question and where it is asked.
struct Case<'case> {
    variables: &'case Variables,
    line: Vec<String>,
    /// pkgconf lists modules as the folder happens to hold them.
    any_order: bool,
}

impl<'case> Case<'case> {
    fn new(variables: &'case Variables, line: &[&str]) -> Case<'case> {
        Case {
            variables,
            line: line.iter().map(|word| (*word).to_owned()).collect(),
            any_order: line.iter().any(|word| word.starts_with("--list")),
        }
    }

    fn is_comparable(&self) -> bool {
        let asks = |word: &str| self.line.iter().any(|other| other.starts_with(word));
        let own_folders = asks("--variable=pc_") && asks("pkgconf");
        let mut line = self.line.clone();
        line.push("--no-provides".to_owned());
        let settings = Settings::from_variables(|name| self.variables.get(name).cloned());
        let found_by_name = || answer(&line, &settings).code == 0;
        !own_folders && (!asks("--validate") || found_by_name())
    }

    /// What is different, if anything is.
    fn difference(&self, home: &Path) -> Option<String> {
        let mut pkgconf = Hermetic::new("pkgconf", home).args(self.line.iter().cloned());
        for (name, value) in self.variables {
            pkgconf = pkgconf.env(name, value.clone());
        }
        let theirs = pkgconf.run().unwrap();
        let settings = Settings::from_variables(|name| self.variables.get(name).cloned());
        let ours = answer(&self.line, &settings);
        let sorted = |text: String| {
            if !self.any_order {
                return text;
            }
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        let theirs = (sorted(theirs.stdout), theirs.code, theirs.stderr);
        let ours = (sorted(ours.stdout), i32::from(ours.code), ours.stderr);
        (theirs != ours).then(|| {
            format!(
                "{:?} with {:?}\n  pkgconf {theirs:?}\n  coracle {ours:?}",
                self.line, self.variables
            )
        })
    }
}

/// Asks all questions of both; fails with the first differences.
///
/// | asked | pkgconf | here, on purpose |
/// |---|---|---|
/// | `pkgconf` or `pkg-config` as a module for its folders | those compiled into it | those it looks in |
/// | `--validate`, where nothing but a provider may do | warns of whatever file the folder holds before that one | of no other |
/// | `--list-all`, `--list-package-names` | in the folder's order | by name |
///
/// The first two are left out, the third is sorted.
///
/// A plain run asks a seeded quarter of the questions, `CORACLE_FULL=1` all.
fn compare(cases: &[Case<'_>]) {
    let mut sample = Sample::from_environment("pkg-config");
    let cases: Vec<&Case<'_>> = cases.iter().filter(|case| case.is_comparable()).collect();
    let cases = sample.choose(&cases, sample.count(cases.len() / 4, cases.len()));
    assert_eq!(
        tool("pkgconf", &["--version"]).unwrap().stdout.trim(),
        "1.8.1"
    );
    let home = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let mut differences: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut differences = vec![];
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                differences.extend(case.difference(home.path()));
            }
            differences
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let count = differences.len();
    differences.truncate(20);
    assert!(
        count == 0,
        "{count} of {} answers differ:\n{}",
        cases.len(),
        differences.join("\n")
    );
}

/// Questions that are put to every module.
const QUESTIONS: [&[&str]; 17] = [
    &["--cflags"],
    &["--libs"],
    &["--static", "--libs"],
    &["--static", "--cflags", "--libs"],
    &["--static", "--pure", "--libs"],
    &["--modversion"],
    &["--print-requires"],
    &["--print-requires-private"],
    &["--print-provides"],
    &["--print-variables"],
    &["--path"],
    &["--cflags-only-I", "--libs-only-l"],
    &["--cflags-only-other", "--libs-only-L"],
    &[
        "--libs-only-other",
        "--keep-system-libs",
        "--keep-system-cflags",
        "--cflags",
    ],
    &["--exists", "--print-errors"],
    &["--validate"],
    &["--uninstalled"],
];

/// The questions that are put to every module, and its variables.
fn about<'case>(variables: &'case Variables, name: &str) -> Vec<Case<'case>> {
    let mut cases: Vec<Case<'case>> = vec![];
    let mut ask = |line: &[&str]| cases.push(Case::new(variables, line));
    for question in QUESTIONS {
        ask(&[question, &[name]].concat());
    }
    let settings = Settings::from_variables(|name| variables.get(name).cloned());
    let own = |question: &str| answer(&[question.to_owned(), name.to_owned()], &settings).stdout;
    for variable in own("--print-variables")
        .lines()
        .chain(["pc_sysrootdir", "none"])
    {
        ask(&[&format!("--variable={variable}"), name]);
    }
    cases
}

/// Questions in which the module's version, another module beside it, or other options matter.
fn more_about<'case>(variables: &'case Variables, name: &str, other: &str) -> Vec<Case<'case>> {
    let mut cases: Vec<Case<'case>> = vec![];
    let mut ask = |line: &[&str]| cases.push(Case::new(variables, line));
    let settings = Settings::from_variables(|name| variables.get(name).cloned());
    let question = ["--modversion".to_owned(), name.to_owned()];
    let version = answer(&question, &settings).stdout.trim().to_owned();
    for sign in ["=", "!=", "<", ">", "<=", ">=", "=="] {
        ask(&[
            "--exists",
            "--print-errors",
            &format!("{name} {sign} {version}"),
        ]);
    }
    ask(&["--libs", "--cflags", name, &format!("{name} >= 0.1")]);
    ask(&["--cflags", "--libs", name, ">=", &version, other]);
    ask(&["--libs", "--", other, name]);
    ask(&["--modversion", "--short-errors", name, ">", "99999", other]);
    for option in ["--atleast-version", "--exact-version", "--max-version"] {
        ask(&[&format!("{option}={version}"), name]);
        ask(&[option, "1.2", name, "--print-errors"]);
    }
    ask(&[
        "--define-variable=prefix=/else where",
        "--cflags",
        "--libs",
        name,
    ]);
    ask(&[
        "--define-prefix",
        "--cflags",
        "--libs",
        "--variable=prefix",
        name,
    ]);
    ask(&["--env=X", "--cflags", "--libs", name]);
    ask(&["--fragment-filter=lD", "--cflags", "--libs", name]);
    cases
}

fn variables(given: &[(&'static str, &str)]) -> Variables {
    given
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// The names of the modules in these folders.
fn names(folders: &[&Path]) -> Vec<String> {
    let mut names = vec![];
    for folder in folders {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            names.extend(name.strip_suffix(".pc").map(str::to_owned));
        }
    }
    names.sort();
    names.dedup();
    names
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn odd_files_are_answered_for_as_pkgconf_does() {
    let odd: Vec<(&str, String)> = vec![
        ("quotes.pc", file("1", "q=\"a 'b'\"\nr='x \\'y\\''\nCflags: -DA=\\\"x\\ y\\\" '-DB=c d' -I\"${q}\" \"a\\nb\"\nLibs: -L'/a b' -l${r}")),
        ("open.pc", file("1", "Cflags: -DA='b\nLibs: -la \\")),
        ("together.pc", file("1", "Cflags: -isystem /usr/include/x -include /usr//y.h -pthread -DX -pthread\nLibs: -Wl,-z,defs -Wl,--as-needed -la -framework Foo -framework Bar -Wl,-z,defs -Wl,--as-needed -lib:x /usr/lib/libz.a -pthread -L -l")),
        ("order.pc", file("1", "Requires: together, base\nLibs: -lbase -L/usr/lib -L/usr/x -lorder -lbase -pthread\nCflags: -DX -DY -DX -I/usr/include -I/usr/include/base -I/usr//include/base")),
        ("base.pc", file("1.5~rc1", "Libs: -L${prefix}/x -lbase\nLibs.private: -lm -lpthread\nCflags: -I${prefix}/include/base\nCflags.private: -DSTATIC")),
        ("private.pc", file("2", "Requires.private: base order\nRequires.internal: together base\nLibs: -lprivate\nLibs.private: -lm")),
        ("nested.pc", file("2", "Requires.private: private base private\nLibs: -lnested -lprivate\nRequires: pkg-config >= 0.9")),
        ("circle.pc", file("2", "Requires: elcric\nLibs: -lcircle")),
        ("elcric.pc", file("2", "Requires: circle base\nRequires.private: circle\nLibs: -lelcric")),
        ("lacking.pc", file("1", "Requires: base >= 2, gone\nRequires.private: gone")),
        ("hidden.pc", file("1", "Requires.private: gone = 3\nLibs: -lhidden")),
        ("conflicts.pc", file("1", "Requires: base together\nConflicts: base > 1 together")),
        ("provider.pc", file("1", "Provides: virtual = 1.2, other, ranged >= 3\nLibs: -lprovider")),
        ("wants.pc", file("1", "Requires: virtual >= 1\nLibs: -lwants")),
        ("wants-range.pc", file("1", "Requires: ranged > 4 virtual < 1.3")),
        ("wants-too-much.pc", file("1", "Requires: virtual >= 2 other")),
        ("spaces.pc", " prefix = /usr \nexec_prefix=\nName : a\nDescription:\n\tVersion: 1 beta\nLIBS : -la \nuRL: x\nRequires:   base   \n".to_owned()),
        ("lines.pc", file("1", "# comment \\\nLibs: -la \\\n   -lb # -lc\nCflags: -DA\\#B \\\n\t-DC\n")),
        ("windows.pc", file("1", "Libs: -la\nCflags: -DA").replace('\n', "\r\n")),
        ("variables.pc", file("1", "a=${a}/x\na=${a}/y\nb=${a}${none}$c$${a}$$\nd=/opt//x/${b}\npc_sysrootdir=/r\ne=${pc_sysrootdir}/usr\nf=${pcfiledir} ${pc_top_builddir}\nCflags: -I${d} -I${e} -I${pc_sysrootdir}${prefix}/z -I$(top)/y\nLibs: ${d}/lib.a -L${e}/lib")),
        ("slash.pc", file("1", "libdir=/usr/lib\nLibs: /usr/lib/libslash.so -L${libdir}/sub\nRequires: base")),
        ("escapes.pc", file("1", "Cflags: -DA=\\$x -DB=(y) -DC=[z] -DD={u};v&w|`q`*?<>!%^~ -DE=#f")),
        ("no-version.pc", "Name: a\nDescription: b\n".to_owned()),
        ("empty.pc", String::new()),
        ("built.pc", file("1", "Libs: -linstalled")),
        ("built-uninstalled.pc", file("2", "Libs: -lbuilt")),
        ("wants-built.pc", file("1", "Requires: built")),
    ];
    let files: Vec<(&str, &str)> = odd
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder(&files);
    let path = folder.path().display().to_string();
    let worlds = [
        variables(&[("PKG_CONFIG_LIBDIR", &path)]),
        variables(&[
            ("PKG_CONFIG_PATH", &format!("{path}//:/nowhere")),
            ("PKG_CONFIG_LIBDIR", ""),
            ("PKG_CONFIG_SYSROOT_DIR", &path),
        ]),
        variables(&[
            ("PKG_CONFIG_LIBDIR", &path),
            ("PKG_CONFIG_SYSROOT_DIR", "/sys"),
            ("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1"),
        ]),
        variables(&[
            ("PKG_CONFIG_LIBDIR", &path),
            ("PKG_CONFIG_SYSROOT_DIR", "/"),
            ("CPATH", "/usr/include/base"),
        ]),
        variables(&[
            ("PKG_CONFIG_LIBDIR", &path),
            ("PKG_CONFIG_SYSROOT_DIR", &path),
            ("PKG_CONFIG_FDO_SYSROOT_RULES", "1"),
            ("PKG_CONFIG_DISABLE_UNINSTALLED", "1"),
        ]),
        variables(&[
            ("PKG_CONFIG_LIBDIR", &path),
            ("PKG_CONFIG_TOP_BUILD_DIR", "/top"),
            ("PKG_CONFIG_ALLOW_SYSTEM_CFLAGS", ""),
            ("PKG_CONFIG_IGNORE_CONFLICTS", "1"),
            ("PKG_CONFIG_SYSTEM_LIBRARY_PATH", "/usr/x"),
        ]),
    ];
    let mut names: Vec<String> = odd
        .iter()
        .map(|(name, _)| name.strip_suffix(".pc").unwrap().to_owned())
        .collect();
    names.extend([
        "gone".to_owned(),
        "virtual".to_owned(),
        "pkgconf".to_owned(),
        format!("{path}/base.pc"),
    ]);
    let mut cases = vec![];
    for world in &worlds {
        for (name, other) in names.iter().zip(
            names
                .iter()
                .skip(1)
                .chain(["base"].map(str::to_owned).iter()),
        ) {
            cases.extend(about(world, name));
            cases.extend(more_about(world, name, other));
        }
        for line in [
            "--version",
            "--atleast-pkgconfig-version=0.29",
            "--atleast-pkgconfig-version 1.9",
            "--list-all",
            "--list-package-names",
            "--lib base",
            "--foo",
            "--variable",
            "--libs=x base",
            "",
            "--libs",
            "base , together",
            "--exists base >=2",
            "--cflags --variable=prefix base",
            "--relocate=/a//b",
            "--exists --cflags hidden",
            "--libs --silence-errors gone",
            "--libs --errors-to-stdout gone lacking",
            "--no-provides --libs wants",
            "--internal-cflags --cflags private",
            "--maximum-traverse-depth=1 --libs order",
            "--no-uninstalled --libs built",
            "--ignore-conflicts --libs conflicts",
            "-libs base",
            "--libs - base",
            "--cflags base,together order",
        ] {
            cases.push(Case::new(
                world,
                &line.split_whitespace().collect::<Vec<_>>(),
            ));
        }
    }
    compare(&cases);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn this_machine_s_own_files_are_answered_for_as_pkgconf_does() {
    let world = Variables::new();
    let settings = Settings::default();
    let folders: Vec<&Path> = settings
        .search
        .iter()
        .map(std::path::PathBuf::as_path)
        .collect();
    let names = names(&folders);
    let mut cases = vec![Case::new(&world, &["--list-package-names"])];
    for (name, other) in names.iter().zip(names.iter().skip(1)) {
        cases.extend(about(&world, name));
        cases.extend(more_about(&world, name, other));
    }
    compare(&cases);
}
