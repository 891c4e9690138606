//! Whole answers over folders of `.pc` files; in `oracle`, beside those of Debian's own pkgconf.

mod oracle;

use std::path::Path;

use proptest::prelude::*;

use super::*;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A file that is complete but for this.
fn file(version: &str, rest: &str) -> String {
    format!("prefix=/usr\nName: n\nDescription: d\nVersion: {version}\n{rest}\n")
}

fn ask(folder: &Path, line: &[&str]) -> Answer {
    let settings = Settings {
        search: vec![folder.to_owned()],
        ..Settings::default()
    };
    let arguments: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    answer(&arguments, &settings)
}

fn world() -> tempfile::TempDir {
    folder(&[
        (
            "base.pc",
            &file(
                "1.5",
                "Libs: -L${prefix}/x -lbase\nLibs.private: -lm\nCflags: -I${prefix}/include/base",
            ),
        ),
        (
            "top.pc",
            &file("2.0", "Requires: base >= 1.0\nLibs: -ltop\nCflags: -DTOP"),
        ),
        (
            "lacking.pc",
            &file("1", "Requires: base >= 2\nRequires.private: gone"),
        ),
        (
            "hidden.pc",
            &file("1", "Requires.private: gone\nLibs: -lhidden"),
        ),
        ("bad.pc", "Name: bad\n"),
    ])
}

#[test]
fn go_and_cargo_get_their_flags() {
    let folder = world();
    let go = ask(folder.path(), &["--cflags", "--", "top"]);
    assert_eq!(
        (go.stdout.as_str(), go.code),
        ("-DTOP -I/usr/include/base \n", 0)
    );
    let cargo = ask(folder.path(), &["--libs", "--cflags", "top", "top >= 2.0"]);
    assert_eq!(
        cargo.stdout,
        "-I/usr/include/base -DTOP -L/usr/x -ltop -lbase \n"
    );
    assert_eq!(
        ask(folder.path(), &["--static", "--libs", "top"]).stdout,
        "-ltop -L/usr/x -lbase -lm \n"
    );
    assert_eq!(
        ask(folder.path(), &["--modversion", "top", "base"]).stdout,
        "2.0\n1.5\n"
    );
    assert_eq!(
        ask(folder.path(), &["--variable=prefix", "top"]).stdout,
        "/usr\n"
    );
}

#[test]
fn what_was_asked_for_is_told_with_what_became_of_it() {
    let folder = world();
    let told = |line: &[&str]| -> Vec<String> {
        let told = |asked: &Asked| match &asked.outcome {
            Outcome::Found { version } => format!("{} {version}", asked.module),
            Outcome::Missing => format!("{} is missing", asked.module),
            Outcome::TooOld { wanted, got } => format!("{} is {got}, not {wanted}", asked.module),
            Outcome::Unfit { wanted, got } => {
                format!("{} is {got} and unfit for {wanted}", asked.module)
            }
        };
        ask(folder.path(), line).asked.iter().map(told).collect()
    };
    assert_eq!(told(&["--libs", "top", "top"]), ["top 2.0", "base 1.5"]);
    assert_eq!(
        told(&["--exists", "lacking"]),
        ["lacking 1", "base is 1.5, not >= 2"]
    );
    assert_eq!(told(&["--libs", "hidden"]), ["hidden 1"]);
    assert_eq!(
        told(&["--cflags", "hidden"]),
        ["hidden 1", "gone is missing"]
    );
    assert_eq!(
        told(&["--exists", "gone", "bad"]),
        ["gone is missing", "bad is missing"]
    );
    assert_eq!(
        told(&["--exists", "base < 1"]),
        ["base is 1.5 and unfit for < 1"]
    );
    assert_eq!(
        told(&["--atleast-version=3", "top"]),
        ["top is 2.0, not >= 3"]
    );
    assert_eq!(told(&["--version"]), Vec::<String>::new());
}

#[test]
fn errors_are_pkgconf_s_and_only_where_they_are_wanted() {
    let folder = world();
    let loud = ask(folder.path(), &["--libs", "gone"]);
    assert_eq!(
        loud.stderr,
        "Package gone was not found in the pkg-config search path.\n\
         Perhaps you should add the directory containing `gone.pc'\n\
         to the PKG_CONFIG_PATH environment variable\n\
         Package 'gone', required by 'virtual:world', not found\n"
    );
    assert_eq!((loud.stdout.as_str(), loud.code), ("", 1));
    let on_stdout = ask(
        folder.path(),
        &[
            "--exists",
            "--print-errors",
            "--short-errors",
            "--errors-to-stdout",
            "gone",
        ],
    );
    assert_eq!(
        on_stdout.stdout,
        "Package 'gone', required by 'virtual:world', not found\n"
    );
    assert_eq!(ask(folder.path(), &["--exists", "gone"]).stderr, "");
    assert_eq!(
        ask(folder.path(), &["--nothing"]).stderr,
        "pkgconf: unknown option -- nothing\n"
    );
}

#[test]
fn circles_of_requirements_end() {
    let folder = folder(&[
        ("a.pc", &file("1", "Requires: b\nLibs: -la")),
        (
            "b.pc",
            &file("1", "Requires: a b\nRequires.private: a\nLibs: -lb"),
        ),
    ]);
    let answer = ask(folder.path(), &["--static", "--libs", "--cflags", "a"]);
    assert_eq!((answer.stdout.as_str(), answer.code), ("-la -lb \n", 0));
}

#[test]
fn modules_that_all_require_each_other_are_no_endless_walk() {
    let names: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
    let all = names.join(" ");
    let files: Vec<(String, String)> = names
        .iter()
        .map(|name| {
            (
                format!("{name}.pc"),
                file("1", &format!("Requires: {all}\nLibs: -l{name}")),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&files);
    let answer = ask(folder.path(), &["--libs", "m0"]);
    assert_eq!(
        (answer.stdout.split_whitespace().count(), answer.code),
        (12, 0)
    );
}

#[test]
fn a_chain_deeper_than_any_stack_is_walked() {
    let files: Vec<(String, String)> = (0..3000)
        .map(|number| {
            (
                format!("m{number}.pc"),
                file("1", &format!("Requires: m{}", number + 1)),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&files);
    assert_eq!(
        ask(folder.path(), &["--exists", "m0"]).code,
        0,
        "2000 is as far as anybody looks"
    );
    assert_eq!(
        ask(
            folder.path(),
            &["--exists", "--maximum-traverse-depth=0", "m0"]
        )
        .code,
        1
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_file_and_no_question_makes_it_panic(
        texts in prop::collection::vec(
            "((Requires|Requires.private|Libs|Cflags|Provides|Conflicts|a|b)(: ?|=)[ab,<=>1 $}{/\\\\\"-]{0,16}\n){0,6}", 3),
        line in prop::collection::vec(
            "--(libs|cflags|static|exists|print-requires|print-variables|validate|variable=a|list-all|env=A|path)|[ab/. >=1]{1,6}|.{0,6}",
            0..5),
    ) {
        let texts: Vec<String> = texts.iter().map(|rest| file("1", rest)).collect();
        let folder = folder(&[("a.pc", &texts[0]), ("b.pc", &texts[1]), ("a-uninstalled.pc", &texts[2])]);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let _ = ask(folder.path(), &line);
    }
}
