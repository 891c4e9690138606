//! Sysroots of little packages: what is written, how, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use coracle_distro::sysroot::{self, Error, PARTIAL, Written};
use coracle_distro::{Architecture, Deb};
use coracle_testkit::archive::TestPackage;

const HOME: &str = "usr/lib/x86_64-linux-gnu";

fn deb(package: &TestPackage) -> Deb {
    Deb::read(package.deb(Architecture::Amd64).unwrap().as_slice()).unwrap()
}

fn package(name: &str) -> TestPackage {
    TestPackage::new(name, "1")
}

fn write(packages: &[TestPackage], folder: &Path) -> Result<Written, Error> {
    let debs: Vec<Deb> = packages.iter().map(deb).collect();
    sysroot::write(&debs.iter().collect::<Vec<_>>(), folder)
}

/// Path to `-> target`, or the mode and the text.
pub(crate) fn walk(folder: &Path, below: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            into.insert(path, format!("-> {}", target.display()));
        } else if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), into);
        } else {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            let text = fs::read(entry.path()).unwrap();
            into.insert(path, format!("{mode:o} {}", String::from_utf8_lossy(&text)));
        }
    }
}

fn tree(folder: &Path) -> String {
    let mut files = BTreeMap::new();
    walk(folder, "", &mut files);
    let lines: Vec<_> = files
        .iter()
        .map(|(path, what)| format!("{path} {what}"))
        .collect();
    lines.join("\n")
}

#[test]
fn a_sysroot_holds_what_compilers_read_with_relative_links() {
    let development = package("libboat-dev")
        .file("usr/include/boat.h", "int boat;")
        .hard_link("usr/include/ship.h", "usr/include/boat.h")
        .symlink(
            &format!("{HOME}/libboat.so"),
            "/lib/x86_64-linux-gnu/libboat.so.1",
        )
        .symlink(&format!("{HOME}/libstay.so"), "libboat.so.1")
        .symlink(&format!("{HOME}/libout.so"), "../../../../../etc/passwd")
        .program("usr/bin/boat-config", "#!/bin/sh")
        .file("usr/share/doc/libboat-dev/copyright", "free")
        .file("etc/boat.conf", "");
    let library = package("libboat1")
        .program("lib/x86_64-linux-gnu/libboat.so.1", "ELF")
        .symlink("lib64/ld.so", "/lib/x86_64-linux-gnu/libboat.so.1")
        .file("usr/share/doc/libboat1/copyright", "free");
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("new/sysroot");
    let written = write(&[development, library], &folder).unwrap();
    insta::assert_snapshot!(tree(&folder), @r"
    lib -> usr/lib
    lib64 -> usr/lib64
    usr/include/boat.h 644 int boat;
    usr/include/ship.h 644 int boat;
    usr/lib/x86_64-linux-gnu/libboat.so -> libboat.so.1
    usr/lib/x86_64-linux-gnu/libboat.so.1 755 ELF
    usr/lib/x86_64-linux-gnu/libout.so -> ../../../etc/passwd
    usr/lib/x86_64-linux-gnu/libstay.so -> libboat.so.1
    usr/lib64/ld.so -> ../lib/x86_64-linux-gnu/libboat.so.1
    ");
    assert_eq!((written.files, written.links, written.bytes), (3, 6, 21));
    let mode = folder.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o755, "of the folder itself");
}

#[test]
fn links_of_alternatives_are_made_the_most_important_one_winning() {
    let blas = |name: &str, folder: &str, priority: &str| {
        package(name).file(&format!("{HOME}/{folder}/libblas.so"), folder).script(
            "postinst",
            &format!(
                "#!/bin/sh\nupdate-alternatives --install /{HOME}/libblas.so libblas.so-x \\\n /{HOME}/{folder}/libblas.so \
                 {priority} \\\n --slave /{HOME}/libblas.a libblas.a /{HOME}/{folder}/absent.a\n"
            ),
        )
    };
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("sysroot");
    write(
        &[blas("open", "open", "100"), blas("reference", "blas", "10")],
        &folder,
    )
    .unwrap();
    insta::assert_snapshot!(tree(&folder), @r"
    lib -> usr/lib
    usr/lib/x86_64-linux-gnu/blas/libblas.so 644 blas
    usr/lib/x86_64-linux-gnu/libblas.so -> open/libblas.so
    usr/lib/x86_64-linux-gnu/open/libblas.so 644 open
    ");
}

#[test]
fn what_two_packages_hold_must_be_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let one = |name: &str, text: &str| package(name).file("usr/include/boat.h", text);
    assert!(
        write(
            &[one("aa", "1"), one("bb", "1")],
            &scratch.path().join("same")
        )
        .is_ok()
    );
    let folder = scratch.path().join("other");
    let error = write(&[one("aa", "1"), one("bb", "2")], &folder).unwrap_err();
    insta::assert_snapshot!(error, @"aa and bb both hold usr/include/boat.h, and not the same");
    let through = [
        package("aa").symlink("usr/include/boat", "/tmp"),
        package("bb").file("usr/include/boat/boat.h", ""),
    ];
    let error = write(&through, &folder).unwrap_err();
    insta::assert_snapshot!(error, @"bb holds usr/include/boat/boat.h, but usr/include/boat of aa is not a folder");
    assert!(!folder.exists());
}

#[test]
fn nothing_is_left_of_what_fails_and_nothing_that_is_there_is_touched() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("sysroot");
    fs::create_dir(&folder).unwrap();
    let boat = || [package("aa").file("usr/include/boat.h", "")];
    assert!(matches!(write(&boat(), &folder), Err(Error::Exists { .. })));
    assert_eq!(tree(&folder), "");
    // Longer than any file's name may be: the disk refuses it in the middle.
    let long = [package("aa").file(
        &format!("usr/include/{}/{}", "a".repeat(90), "b".repeat(300)),
        "",
    )];
    let error = write(&long, &scratch.path().join("other")).unwrap_err();
    assert!(matches!(error, Error::Disk { .. }), "{error:?}");
    let left: Vec<_> = fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["sysroot"], "and nothing that begins with {PARTIAL}");
}
