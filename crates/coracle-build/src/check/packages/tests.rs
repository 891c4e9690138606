//! Databases in little, as the package managers write them.

use super::super::made::Made;
use super::*;

const STATUS: &str = "Package: libz1
Status: install ok installed
Architecture: amd64
Version: 1:1.2
Depends: libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0
Provides: zlib (= 1)
Description: compression
 in two lines

Package: gone
Status: deinstall ok config-files
Version: 1

Package: tools
Status: hold ok installed
Version: 2
";

fn told(contents: &Contents) -> Vec<String> {
    let one = |package: &Package| {
        format!(
            "{} {} {} bytes: {}",
            package.name,
            package.version,
            package.bytes,
            package.files.join(" ")
        )
    };
    contents.packages.iter().map(one).collect()
}

#[test]
fn dpkg_says_what_is_installed_and_files_are_found_through_links_of_folders() {
    let mut made = Made::default();
    made.file("var/lib/dpkg/status", STATUS)
        .file(
            "var/lib/dpkg/info/libz1:amd64.list",
            "/.\n/lib\n/lib/libz.so.1.2\n/lib/libz.so.1\n/usr/share/doc/gone\n",
        )
        .file(
            "var/lib/dpkg/info/tools.list",
            "/usr/bin/tool\n/usr/bin/tool\n",
        )
        .file("usr/lib/libz.so.1.2", "12345")
        .link("usr/lib/libz.so.1", "libz.so.1.2")
        .file("usr/bin/tool", "abc")
        .link("lib", "usr/lib");
    let contents = Contents::of(&made.tree());
    let expected = [
        "libz1 1:1.2 5 bytes: usr/lib/libz.so.1.2",
        "tools 2 3 bytes: usr/bin/tool",
    ];
    assert_eq!(told(&contents), expected);
    let libz = &contents.packages[0];
    assert_eq!(libz.depends, ["libc6", "debconf", "debconf-2.0"]);
    assert_eq!(libz.provides, ["zlib"]);
    assert_eq!(contents.owners()["usr/bin/tool"].name, "tools");
}

#[test]
fn records_one_by_one_are_read_with_their_sums_as_lists() {
    let mut made = Made::default();
    made.file(
        "var/lib/dpkg/status.d/base",
        "Package: base-files\nVersion: 12.4\n",
    )
    .file(
        "var/lib/dpkg/status.d/base.md5sums",
        "d41d8cd98f00b204e9800998ecf8427e  etc/issue\nbroken\n",
    )
    .file("etc/issue", "hello");
    let contents = Contents::of(&made.tree());
    assert_eq!(told(&contents), ["base-files 12.4 5 bytes: etc/issue"]);
}

#[test]
fn apk_says_folders_and_the_files_in_them() {
    let installed = "C:Q1xx=\nP:musl\nV:1.2.5-r0\np:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\nP:zlib\nV:1.3\nD:so:libc.musl-x86_64.so.1 !old a>=2\nF:usr/lib\nR:libz.so.1\n";
    for place in ["lib/apk/db/installed", "usr/lib/apk/db/installed"] {
        let mut made = Made::default();
        made.file(place, installed)
            .file("lib/ld-musl-x86_64.so.1", "1234567")
            .file("usr/lib/libz.so.1", "123");
        let contents = Contents::of(&made.tree());
        let expected = [
            "musl 1.2.5-r0 7 bytes: lib/ld-musl-x86_64.so.1",
            "zlib 1.3 3 bytes: usr/lib/libz.so.1",
        ];
        assert_eq!(told(&contents), expected, "{place}");
        let depends = &contents.packages[1].depends;
        assert_eq!(*depends, ["so:libc.musl-x86_64.so.1", "a"]);
        assert_eq!(contents.packages[0].provides, ["so:libc.musl-x86_64.so.1"]);
    }
}

#[test]
fn a_database_of_rpm_that_cannot_be_read_is_told() {
    let mut made = Made::default();
    made.file("var/lib/rpm/rpmdb.sqlite", "SQLite");
    let contents = Contents::of(&made.tree());
    assert_eq!(contents.unread, ["/var/lib/rpm/rpmdb.sqlite"]);
    assert!(contents.packages.is_empty());
}

#[test]
fn the_release_is_read_through_its_link_and_without_its_quotes() {
    let mut made = Made::default();
    made.file(
        "usr/lib/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\nVERSION_CODENAME=bookworm\n",
    )
    .link("etc/os-release", "../usr/lib/os-release");
    let release = Contents::of(&made.tree()).release.unwrap();
    assert_eq!(release.id, "debian");
    assert_eq!(release.version.as_deref(), Some("12"));
    assert_eq!(release.codename.as_deref(), Some("bookworm"));
    assert_eq!(Contents::of(&Made::default().tree()), Contents::default());
}
