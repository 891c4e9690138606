//! A little root with a real loader, libc, a program and two libraries that the C compiler makes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
pub(super) const LOADER: &str = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

/// What the compiler made, to be copied into as many roots as there are cases.
pub(super) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// `worker` needs `liba.so.1`, which needs `libb.so.1`.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Self { folder };
        fixture.write("b.c", "int b(void) { return 7; }");
        fixture.write("a.c", "int b(void); int a(void) { return b(); }");
        fixture.write(
            "main.c",
            "int a(void); int main(void) { return a() == 7 ? 0 : 1; }",
        );
        fixture.write(
            "alone.c",
            "#include <stdio.h>\nint main(void) { return puts(\"alone\") < 0; }",
        );
        fixture.compile(&[
            "-shared",
            "-fPIC",
            "-Wl,-soname,libb.so.1",
            "-o",
            "libb.so.1",
            "b.c",
        ]);
        fixture.compile(&[
            "-shared",
            "-fPIC",
            "-Wl,-soname,liba.so.1",
            "-o",
            "liba.so.1",
            "a.c",
            "./libb.so.1",
        ]);
        fixture.compile(&["-static", "-o", "static", "alone.c"]);
        fixture.compile(&["-static-pie", "-o", "static-pie", "alone.c"]);
        fixture.weak();
        fixture.link("worker", &[]);
        fixture.link("rpath", &["-Wl,--disable-new-dtags,-rpath,/opt/lib"]);
        fixture.link("runpath", &["-Wl,--enable-new-dtags,-rpath,/opt/lib"]);
        fixture.link(
            "origin",
            &["-Wl,--disable-new-dtags,-rpath,$ORIGIN/../opt/lib"],
        );
        fixture.link("lib", &["-Wl,--disable-new-dtags,-rpath,/opt/$LIB"]);
        fixture.link("nodeflib", &["-Wl,-z,nodefaultlib"]);
        fixture.link("fixed", &["-no-pie"]);
        fixture
    }

    /// A program with a weak symbol of a version that its library had when it was linked, and has no more.
    fn weak(&self) {
        self.write(
            "w.c",
            "int w1(void) { return 7; } int w2(void) { return 7; }",
        );
        self.write(
            "new.map",
            "W_1 { global: w1; local: *; }; W_2 { global: w2; } W_1;",
        );
        self.write("old.map", "W_1 { global: w1; local: *; };");
        let functions = "int w1(void); int w2(void) __attribute__((weak));";
        self.write(
            "weak.c",
            &format!("{functions} int main(void) {{ return w2 && w1() == w2(); }}"),
        );
        let library = |versions: &str| {
            let options = format!("-Wl,-soname,libw.so.1,--version-script,{versions}");
            self.compile(&["-shared", "-fPIC", &options, "-o", "libw.so.1", "w.c"]);
        };
        library("new.map");
        self.compile(&["-o", "weak", "weak.c", "./libw.so.1"]);
        library("old.map");
    }

    /// A file of the folder that the compiler works in.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn link(&self, name: &str, options: &[&str]) {
        let usual = ["-o", name, "main.c", "./liba.so.1", "-Wl,-rpath-link,."];
        self.compile(&[options, &usual].concat());
    }

    pub(super) fn compile(&self, arguments: &[&str]) {
        let status = Command::new("cc")
            .args(arguments)
            .current_dir(self.folder.path())
            .status();
        assert!(
            status
                .expect("a C compiler is needed: apt-get install gcc")
                .success(),
            "cc {arguments:?}"
        );
    }

    /// A fresh root in which `program` is `/app/worker` and starts, if it finds its libraries.
    pub(super) fn root(&self, program: &str) -> Case {
        let case = Case::empty();
        for directory in ["", LIBRARIES, "usr/lib64", "app", "opt/lib", "etc", "env"] {
            fs::create_dir_all(case.path(directory)).unwrap();
            fs::set_permissions(case.path(directory), fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink("usr/lib", case.path("lib")).unwrap();
        symlink("usr/lib64", case.path("lib64")).unwrap();
        symlink(
            "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            case.path("usr/lib64/ld-linux-x86-64.so.2"),
        )
        .unwrap();
        // The loader reads this link for $ORIGIN; a container has /proc.
        std::fs::create_dir_all(case.path("proc/self")).unwrap();
        symlink("/app/worker", case.path("proc/self/exe")).unwrap();
        case.copy(Path::new("/lib64/ld-linux-x86-64.so.2"), LOADER);
        case.copy(
            Path::new("/lib/x86_64-linux-gnu/libc.so.6"),
            &format!("{LIBRARIES}/libc.so.6"),
        );
        for library in ["liba.so.1", "libb.so.1", "libw.so.1"] {
            case.copy(
                &self.folder.path().join(library),
                &format!("{LIBRARIES}/{library}"),
            );
        }
        case.copy(&self.folder.path().join(program), "app/worker");
        case
    }
}

/// One root to be changed. Paths are relative to it.
pub(super) struct Case {
    pub(super) root: PathBuf,
    _folder: tempfile::TempDir,
}

impl Case {
    /// A root that is not even a folder yet.
    pub(super) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            root: folder.path().join("root"),
            _folder: folder,
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(super) fn copy(&self, from: &Path, to: &str) {
        fs::copy(from, self.path(to)).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        fs::set_permissions(self.path(to), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(super) fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn link(&self, path: &str, target: &str) {
        let _ = fs::remove_file(self.path(path));
        symlink(target, self.path(path)).unwrap();
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        fs::write(self.path(path), bytes).unwrap();
        self.mode(path, 0o755);
    }

    /// Changes the bytes of a file.
    pub(super) fn edit(&self, path: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path(path)).unwrap();
        edit(&mut bytes);
        self.write(path, &bytes);
    }

    pub(super) fn ldconfig(&self) {
        let status = Command::new("/sbin/ldconfig")
            .arg("-r")
            .arg(&self.root)
            .status();
        assert!(
            status
                .expect("ldconfig is needed: apt-get install libc-bin")
                .success()
        );
    }
}
