//! Building against Debian's own -dev packages: found, resolved, unpacked, and linked with by gcc.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use coracle_distro::solve::Request;
use coracle_distro::sysroot::{self, NOT_NEEDED, Written};
use coracle_distro::{
    Architecture, Archive, ArchiveId, Deb, DevelopmentFile, Fetch, Opening, Suite,
};
use coracle_testkit::archive::MemoryKeep;
use coracle_transport::Client;
use jiff::{SignedDuration, Timestamp};

use crate::real::{client, opening, sources, timed};
use crate::sysroot::walk;

const SUITES: [&str; 2] = ["debian/trixie", "debian/bookworm"];

/// `-lz`, `<zlib.h>` or `zlib.pc`, and the package; `N` stands for gcc's version.
const OWNERS: [(&str, &str); 26] = [
    ("zlib.pc", "zlib1g-dev"),
    ("openssl.pc", "libssl-dev"),
    ("libpq.pc", "libpq-dev"),
    ("libcurl.pc", "libcurl4-openssl-dev"),
    ("xproto.pc", "x11proto-dev"),
    ("gtk+-3.0.pc", "libgtk-3-dev"),
    ("libwebp.pc", "libwebp-dev"),
    ("krb5.pc", "libkrb5-dev"),
    ("-lz", "zlib1g-dev"),
    ("-lwebp", "libwebp-dev"),
    ("-lssl", "libssl-dev"),
    ("-lc", "libc6-dev"),
    ("-lpthread", "libc6-dev"),
    ("-lstdc++", "libstdc++-N-dev"),
    ("-lgomp", "libgcc-N-dev"),
    ("-lreadline", "libreadline-dev"),
    ("-lblas", "libblas-dev"),
    ("<webp/encode.h>", "libwebp-dev"),
    ("<openssl/opensslconf.h>", "libssl-dev"),
    ("<curl/curl.h>", "libcurl4-openssl-dev"),
    ("<rapidjson/document.h>", "rapidjson-dev"),
    ("<linux/types.h>", "linux-libc-dev"),
    ("<sys/socket.h>", "libc6-dev"),
    ("<vector>", "libstdc++-N-dev"),
    ("<stddef.h>", "libgcc-N-dev"),
    ("<libpq-fe.h>", "libpq-dev"),
];

fn file(text: &str) -> DevelopmentFile {
    match (text.strip_prefix("-l"), text.strip_suffix(".pc")) {
        (Some(library), _) => DevelopmentFile::Library(library.to_owned()),
        (None, Some(module)) => DevelopmentFile::PkgConfig(module.to_owned()),
        (None, None) => DevelopmentFile::Header(text.trim_matches(['<', '>']).to_owned()),
    }
}

fn check_owners(suite: &str, gcc: u32, boost: &str) {
    let (client, keep) = (client(), MemoryKeep::default());
    let archive = Archive::open(opening(suite, &client, &keep)).unwrap();
    assert_eq!(archive.gcc_version(), Some(gcc));
    let mut files: Vec<DevelopmentFile> = OWNERS.iter().map(|(text, _)| file(text)).collect();
    files.push(file("<boost/version.hpp>"));
    let look_up = |files| archive.owners_of_development_files(files).unwrap();
    timed("sonames and note", || {
        archive.owners_of_soname("libz.so.1").unwrap()
    });
    timed("one, noted", || look_up(&files[..1]));
    let found = timed("with the list for all", || look_up(&files));
    timed("again, all noted", || look_up(&files));
    for key in keep.notes() {
        let note = coracle_distro::Keep::note(&keep, &key).unwrap().unwrap();
        timed(&format!("{} bytes of {key}", note.len()), || ());
    }
    for (owners, (text, package)) in found.iter().zip(OWNERS.iter().chain(&[("boost", boost)])) {
        let package = package.replace('N', &gcc.to_string());
        assert_eq!(owners.packages, [package], "{suite} {text}: {owners:?}");
        let exact = *text != "<libpq-fe.h>";
        assert_eq!(owners.exact, exact, "{suite} {text}: {owners:?}");
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_packages_that_hold_a_header_a_library_or_a_pkg_config_file_are_found_in_trixie() {
    check_owners("debian/trixie", 14, "libboost1.83-dev");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_packages_that_hold_a_header_a_library_or_a_pkg_config_file_are_found_in_bookworm() {
    check_owners("debian/bookworm", 12, "libboost1.74-dev");
}

/// Writes the sysroot of these packages and gcc's own, and looks at its links.
fn sysroot_of(suite: &str, packages: &[&str], folder: &Path) -> Written {
    let (client, keep) = (client(), MemoryKeep::default());
    let archive = Archive::open(opening(suite, &client, &keep)).unwrap();
    let gcc = archive.gcc_version().unwrap();
    let mut packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
    packages.extend(["libc6-dev".to_owned(), format!("libgcc-{gcc}-dev")]);
    let request = Request {
        packages: &packages,
        without: NOT_NEEDED,
        ..Request::default()
    };
    let chosen = archive.closure(&request).unwrap();
    let size: u64 = chosen.iter().map(|package| package.size).sum();
    let debs: Vec<Deb> = timed(
        &format!(
            "{suite}: {} packages, {size} bytes, fetched and read",
            chosen.len()
        ),
        || {
            chosen
                .iter()
                .map(|package| archive.fetch(&package.pin()).unwrap())
                .collect()
        },
    );
    let debs: Vec<&Deb> = debs.iter().collect();
    let written = timed("written", || sysroot::write(&debs, folder).unwrap());
    timed(&format!("{written:?}"), || ());
    let mut files = BTreeMap::new();
    walk(folder, "", &mut files);
    let absolute: Vec<_> = files
        .iter()
        .filter(|(_, what)| what.starts_with("-> /"))
        .collect();
    assert!(absolute.is_empty(), "{absolute:?}");
    written
}

#[expect(
    clippy::disallowed_methods,
    reason = "compilers and readelf are the oracles"
)]
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

/// `acospi` came with glibc 2.41, trixie's: it links only with that one's libm.
const PROGRAM: &str = "\
#include <cblas.h>
#include <math.h>
#include <openssl/ssl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zlib.h>
#if __GLIBC_PREREQ(2, 41)
#define OF_THE_SUITE acospi
#else
#define OF_THE_SUITE acos
#endif
int main(int count, char **words) {
    double one[1] = {count};
    printf(\"%s %s %p %f %f\\n\", zlibVersion(), sqlite3_libversion(), (void *)SSL_CTX_new(TLS_method()),
        cblas_ddot(1, one, 1, one, 1), OF_THE_SUITE(1.0 / count));
    return 0;
}
";

/// Links the program with gcc and says what it needs at start.
fn linked(root: &Path, linker: &str, folder: &Path) -> String {
    let (source, program) = (folder.join("program.c"), folder.join(linker));
    std::fs::write(&source, PROGRAM).unwrap();
    let (source, program) = (source.to_str().unwrap(), program.to_str().unwrap());
    let libraries = root.join(Architecture::Amd64.loader_directories()[0].as_str());
    let options = [
        format!("--sysroot={}", root.display()),
        format!("-B{}/", libraries.display()),
        format!("-L{}", libraries.display()),
        format!("-fuse-ld={linker}"),
    ];
    let mut arguments: Vec<&str> = options.iter().map(String::as_str).collect();
    arguments.extend(["-D_GNU_SOURCE", "-Wl,--trace", "-o", program, source]);
    arguments.extend(["-lssl", "-lcrypto", "-lsqlite3", "-lz", "-lblas", "-lm"]);
    let trace = timed(&format!("gcc with {linker}"), || run("gcc", &arguments));
    // gcc names its host's folder so: `/usr/lib/gcc/…/12/../../../x86_64-linux-gnu/Scrt1.o`.
    let of_host: Vec<&str> = trace.lines().filter(|line| line.contains("/../")).collect();
    assert!(of_host.is_empty(), "{linker}: {of_host:?}");
    run("readelf", &["-dVW", program])
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_c_program_links_with_the_shared_libraries_of_each_suites_sysroot() {
    let packages = ["libssl-dev", "zlib1g-dev", "libsqlite3-dev", "libblas-dev"];
    for (suite, version) in SUITES.into_iter().zip(["GLIBC_2.41", "GLIBC_2.34"]) {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("root");
        sysroot_of(suite, &packages, &root);
        let mut linkers = vec!["bfd"];
        linkers.extend(Path::new("/usr/bin/ld.lld").exists().then_some("lld"));
        for linker in linkers {
            let needed = linked(&root, linker, scratch.path());
            for soname in [
                "libssl.so.3",
                "libsqlite3.so.0",
                "libz.so.1",
                "libblas.so.3",
                "libm.so.6",
                "libc.so.6",
            ] {
                let soname = format!("Shared library: [{soname}]");
                assert!(needed.contains(&soname), "{suite} {linker}: {needed}");
            }
            assert!(needed.contains(version), "{suite} {linker}: {needed}");
        }
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_desktop_librarys_two_hundred_packages_do_not_collide() {
    for suite in SUITES {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("root");
        let written = sysroot_of(suite, &["libgtk-3-dev", "libpq-dev"], &root);
        assert!(written.files > 4_000, "{written:?}");
        let header = root.join("usr/include/gtk-3.0/gtk/gtk.h");
        assert!(header.is_file(), "{suite}");
    }
}

/// At the time that their own InReleases say, so that a mirror which stands still is no failure of ours.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_is_not_released_is_signed_by_the_keys_that_are_embedded() {
    for suite in Suite::readable().filter(|suite| !suite.is_released()) {
        let (client, keep) = (client(), MemoryKeep::default());
        let newest = suite.archives().iter().map(|id| date(id, &client)).max();
        let archive = Archive::open(Opening {
            suite,
            // It is signed a little after it is dated.
            now: (newest.unwrap() + SignedDuration::from_hours(1)).into(),
            ..opening("debian/trixie", &client, &keep)
        });
        let archive = archive.unwrap();
        assert_eq!(archive.releases().len(), suite.archives().len());
        let owners = archive.owners_of_soname("libssl.so.3").unwrap();
        assert_eq!(owners.first().map(String::as_str), Some("libssl3t64"));
        let glibc = archive.glibc_version().unwrap();
        let minor: u32 = glibc.strip_prefix("2.").unwrap().parse().unwrap();
        assert!(minor >= suite.glibc.1, "{suite} has glibc {glibc}");
    }
}

/// When an archive's InRelease was made.
fn date(id: &ArchiveId, client: &Client) -> Timestamp {
    let sources = sources();
    let mut roots = sources.iter().flat_map(|sources| sources.roots(id.name));
    let served = roots.find_map(|root| {
        let root = root.trim_end_matches('/');
        Fetch::get(client, &format!("{root}/dists/{}/InRelease", id.path)).ok()
    });
    let mut text = String::new();
    served.unwrap().read_to_string(&mut text).unwrap();
    let date = text.lines().find_map(|line| line.strip_prefix("Date: "));
    let zoned = date.unwrap().replace(" UTC", " +0000");
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(&zoned).unwrap()
}
