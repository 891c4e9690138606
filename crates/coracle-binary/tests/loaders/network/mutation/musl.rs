//! Programs and libraries that musl-gcc compiles, in a root with Debian's musl: nobody packages many for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use coracle_distro::Architecture;

use crate::archive::Access;
use crate::roots;

/// Where musl is told which folders to search.
pub(super) const PATH: &str = "/etc/ld-musl-x86_64.path";

/// Each library's name, what it is made of, and the libraries that it needs.
const LIBRARIES: [(&str, &str, &[&str]); 8] = [
    (
        "libb.so.1",
        "int b(void) { return 1; } int b2(void) { return 2; }",
        &[],
    ),
    (
        "liba.so.1",
        "int b(void); int a(void) { return b(); }",
        &["libb.so.1"],
    ),
    (
        "libdata.so.1",
        "int data[4] = {1, 2, 3, 4}; int *place = data;",
        &[],
    ),
    (
        "libtls.so.1",
        "__thread int own = 3; int tls(void) { return own; }",
        &[],
    ),
    (
        "libweak.so.1",
        "int w(void) __attribute__((weak)); int weak(void) { return w ? w() : 0; }",
        &[],
    ),
    (
        "libctor.so.1",
        "int ready; __attribute__((constructor)) static void set(void) { ready = 1; }",
        &[],
    ),
    (
        "libmany.so.1",
        "#include <stdio.h>\n#include <string.h>\n#include <stdlib.h>\n\
         int many(char **words) { return printf(\"%zu\", strlen(words[0])) + atoi(words[0]) + !malloc(9); }",
        &["liba.so.1"],
    ),
    (
        "libtop.so.1",
        "int many(char **); int weak(void); int top(char **words) { return many(words) + weak(); }",
        &["libmany.so.1", "libweak.so.1"],
    ),
];

/// Each program's name, what it is made of, the libraries that it needs, and how it is linked besides.
const PROGRAMS: [(&str, &str, &[&str], &[&str]); 6] = [
    (
        "plain",
        "int a(void); int main(void) { return a(); }",
        &["liba.so.1"],
        &[],
    ),
    (
        "copy",
        "extern int data[4]; extern int *place; int main(void) { return data[0] + *place; }",
        &["libdata.so.1"],
        &["-no-pie"],
    ),
    (
        "own",
        "int tls(void); extern int ready; int main(void) { return tls() + ready; }",
        &["libtls.so.1", "libctor.so.1"],
        &[],
    ),
    (
        "top",
        "int top(char **); int main(int count, char **words) { return top(words) + count; }",
        &["libtop.so.1"],
        &[],
    ),
    (
        "fixed",
        "int b2(void); int weak(void); int main(void) { return b2() + weak(); }",
        &["libb.so.1", "libweak.so.1"],
        &["-no-pie"],
    ),
    (
        "several",
        "int a(void); int tls(void); int top(char **); int main(int c, char **w) { return a() + tls() + top(w) + c; }",
        &["liba.so.1", "libtls.so.1", "libtop.so.1"],
        &["-Wl,-z,lazy"],
    ),
];

/// Makes a root with musl of a suite and the programs in /usr/bin.
pub(super) fn make(access: &Access, suite: &str, root: &Path) {
    let archive = access.open(suite, Architecture::Amd64);
    let musl = archive.newest("musl").expect("the suite has musl");
    roots::unpack(&archive, &[musl], root);
    // Debian's two builds of musl search different folders by themselves.
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::write(root.join(PATH.trim_start_matches('/')), "/usr/lib\n").unwrap();
    let folder = root.join("usr/lib");
    fs::create_dir_all(root.join("usr/bin")).unwrap();
    for (name, source, needed) in LIBRARIES {
        let soname = format!("-Wl,-soname,{name}");
        compile(
            &folder,
            &folder.join(name),
            source,
            needed,
            &["-shared", "-fPIC", &soname],
        );
    }
    for (name, source, needed, options) in PROGRAMS {
        compile(
            &folder,
            &root.join("usr/bin").join(name),
            source,
            needed,
            options,
        );
    }
}

fn compile(folder: &Path, output: &Path, source: &str, needed: &[&str], options: &[&str]) {
    let text = tempfile::Builder::new().suffix(".c").tempfile().unwrap();
    fs::write(&text, source).unwrap();
    let libraries = needed.iter().map(|name| folder.join(name));
    let status = Command::new("musl-gcc")
        .args(options)
        .arg("-o")
        .arg(output)
        .arg(text.path())
        .args(libraries)
        .arg(format!("-Wl,-rpath-link,{}", folder.display()))
        .status();
    let status = status.expect("musl-gcc is needed: apt-get install musl-tools");
    assert!(status.success(), "musl-gcc {}", output.display());
}
