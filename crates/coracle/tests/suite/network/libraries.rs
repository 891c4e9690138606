//! Programs that need more of a distribution than their own libraries: alternatives, converters, a shell, old names.
//! Each is built, its image started, and what it prints is looked at.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{Ended, Hermetic, tool};
use coracle_testkit::container::Bundle;

use crate::support::{Place, commit};

/// A Rust program of one file, with more of a build script and more of a configuration.
pub(super) struct Project {
    pub(super) place: Place,
    pub(super) folder: PathBuf,
}

impl Project {
    pub(super) fn new(program: &str, configuration: &str) -> Project {
        let place = Place::new();
        let folder = place.path().join("tool");
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = "[package]\nname = \"tool\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/main.rs"), program).unwrap();
        fs::write(folder.join(".gitignore"), "/target/\n/coracle.lock\n").unwrap();
        fs::write(
            folder.join("coracle.toml"),
            format!("[services.tool]\n{configuration}\n"),
        )
        .unwrap();
        tool(
            "cargo",
            &[
                "generate-lockfile",
                "--manifest-path",
                &text(&folder.join("Cargo.toml")),
            ],
        )
        .unwrap();
        Project { place, folder }
    }

    /// Links to a library of this soname that has these functions and nothing else.
    pub(super) fn link(&self, soname: &str, code: &str) {
        let libraries = self.place.path().join("libraries");
        fs::create_dir_all(&libraries).unwrap();
        let source = libraries.join("stub.c");
        fs::write(&source, code).unwrap();
        let name = soname
            .split(".so")
            .next()
            .unwrap()
            .trim_start_matches("lib");
        let output = text(&libraries.join(format!("lib{name}.so")));
        let named = format!("-Wl,-soname,{soname}");
        tool(
            "cc",
            &["-shared", "-fPIC", "-o", &output, &named, &text(&source)],
        )
        .unwrap();
        let script = format!(
            "fn main() {{\n    println!(\"cargo:rustc-link-search=native={}\");\n    \
             println!(\"cargo:rustc-link-lib=dylib={name}\");\n}}\n",
            libraries.display()
        );
        fs::write(self.folder.join("build.rs"), script).unwrap();
    }

    fn build(&self) -> Ended {
        self.build_with(&["-v"], &[])
    }

    /// Builds with more arguments and variables.
    pub(super) fn build_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Ended {
        commit(&self.folder, "all");
        let layout = text(&self.place.path().join("layout"));
        let arguments = ["-C", &text(&self.folder), "build", "--progress", "plain"];
        let suite = ["--distro", "debian/trixie", "-o", &layout];
        let arguments = [&arguments[..], &suite[..], more].concat();
        let coracle = self.place.coracle().args(arguments);
        let set = |coracle: Hermetic, (name, value): &(&str, &str)| coracle.env(name, *value);
        variables.iter().fold(coracle, set).run().unwrap()
    }

    fn built(&self) -> (Ended, Bundle) {
        let ended = self.build();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        (ended, self.unpack())
    }

    /// The image of the last build, unpacked.
    pub(super) fn unpack(&self) -> Bundle {
        let layout = self.place.path().join("layout");
        Bundle::unpack(&layout, "tool:latest", &self.place.path().join("bundle")).unwrap()
    }

    /// What the image's program prints.
    fn runs(&self) -> (Ended, Bundle, String) {
        let (ended, bundle) = self.built();
        let (code, printed) = bundle.start().unwrap().end().unwrap();
        assert_eq!(code, 0, "{printed}");
        (ended, bundle, printed)
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

const DOT: &str = "
unsafe extern \"C\" {
    fn ddot_(n: *const i32, x: *const f64, dx: *const i32, y: *const f64, dy: *const i32) -> f64;
}
fn main() {
    let (x, y) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
    println!(\"dot {}\", unsafe { ddot_(&3, x.as_ptr(), &1, y.as_ptr(), &1) });
}
";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn an_alternative_is_the_reference_implementation_with_a_link_or_the_one_that_is_named() {
    for (configuration, package) in [
        ("", "libblas3 "),
        (
            "packages = [\"libopenblas0-pthread\"]",
            "libopenblas0-pthread ",
        ),
    ] {
        let project = Project::new(DOT, configuration);
        project.link("libblas.so.3", "double ddot_(void) { return 0; }\n");
        let (built, bundle, printed) = project.runs();
        assert!(printed.contains("dot 32"), "{printed}");
        assert!(built.stderr.contains(package), "{}", built.stderr);
        let link = bundle.root().join("usr/lib/x86_64-linux-gnu/libblas.so.3");
        let target = fs::read_link(link).unwrap();
        assert!(
            target.ends_with("libblas.so.3") && target.is_relative(),
            "{target:?}"
        );
    }
}

const CONVERT: &str = "
use std::ffi::{c_char, c_int, c_void};
unsafe extern \"C\" {
    fn iconv_open(to: *const c_char, from: *const c_char) -> *mut c_void;
    fn setlocale(category: c_int, locale: *const c_char) -> *const c_char;
}
fn main() {
    let converter = unsafe { iconv_open(c\"UTF-8\".as_ptr(), c\"SHIFT_JIS\".as_ptr()) };
    println!(\"converter {}\", converter as isize != -1);
    println!(\"locale {}\", !unsafe { setlocale(6, c\"C.UTF-8\".as_ptr()) }.is_null());
}
";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn converters_and_the_utf_8_locale_come_with_a_program_that_asks_for_them() {
    let project = Project::new(CONVERT, "");
    let (_, _, printed) = project.runs();
    assert!(
        printed.contains("converter true") && printed.contains("locale true"),
        "{printed}"
    );
    let plain = Project::new("fn main() { println!(\"plain\"); }", "");
    let (built, bundle) = plain.built();
    assert!(
        !bundle
            .root()
            .join("usr/lib/x86_64-linux-gnu/gconv")
            .exists()
    );
    assert!(!bundle.root().join("usr/lib/locale").exists());
    assert!(built.stderr.contains("gconv"), "{}", built.stderr);
    assert!(built.stderr.contains("documentation"), "{}", built.stderr);
}

const SHELL: &str = "
unsafe extern \"C\" {
    fn system(command: *const std::ffi::c_char) -> i32;
}
fn main() {
    println!(\"shell {}\", unsafe { system(c\"exit 3\".as_ptr()) });
}
";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_that_starts_a_shell_is_told_of_and_has_one_when_it_is_named() {
    let without = Project::new(SHELL, "").build();
    assert_eq!(without.code, 0, "{}", without.stderr);
    assert!(
        without.stderr.contains("packages = [\"dash\"]"),
        "{}",
        without.stderr
    );
    for shell in ["dash", "bash"] {
        let project = Project::new(SHELL, &format!("packages = [\"{shell}\"]"));
        let (built, _, printed) = project.runs();
        // A status of 3, as wait(2) has it.
        assert!(printed.contains("shell 768"), "{shell}: {printed}");
        assert!(!built.stderr.contains("starts /bin/sh"), "{}", built.stderr);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_name_from_before_the_move_to_64_bit_time_means_the_package_that_provides_it() {
    let project = Project::new("fn main() {}", "packages = [\"libssl3\"]");
    project.built();
    let lock = fs::read_to_string(project.folder.join("coracle.lock")).unwrap();
    assert!(lock.contains("name = \"libssl3t64\""), "{lock}");
    assert!(!lock.contains("name = \"libssl3\""), "{lock}");
    let misspelt = Project::new("fn main() {}", "packages = [\"libssl1.1\"]").build();
    assert_eq!(misspelt.code, 2, "{}", misspelt.stderr);
    assert!(
        misspelt.stderr.contains("libssl3t64"),
        "{}",
        misspelt.stderr
    );
}
