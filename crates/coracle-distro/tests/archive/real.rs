//! Debian's own archive, through the host's apt entries. Whether we agree with apt and dpkg about it is asked by the
//! tests in `agreement`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use coracle_distro::{Architecture, Archive, Deb, Opening, Sources, Suite};
use coracle_testkit::archive::MemoryKeep;
use coracle_transport::{Client, ClientOptions};

pub(crate) fn sources() -> Vec<Sources> {
    let mut sources = Sources::host(Path::new("/etc/apt"));
    sources.push(Sources::project());
    sources
}

#[expect(
    clippy::disallowed_methods,
    reason = "a real archive is valid now and not at a made-up time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the table is about time"
)]
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    eprintln!("{what}: {:?}", start.elapsed());
    done
}

pub(crate) fn client() -> Client {
    Client::new(ClientOptions::default()).unwrap()
}

pub(crate) fn opening<'a>(suite: &str, client: &'a Client, keep: &'a MemoryKeep) -> Opening<'a> {
    Opening {
        suite: Suite::parse(suite).unwrap(),
        architecture: Architecture::Amd64,
        sources: sources(),
        fetch: client,
        keep,
        now: now(),
        offline: false,
        allow_older: false,
        signed_by: None,
        lock: None,
        locked: false,
        observer: Arc::new(|_| {}),
    }
}

/// Asks a suite for sonames whose packages are known, and gives libc6's bytes, fetched.
fn check(suite: &str, expected: &[(&str, &str)]) -> Deb {
    let (client, keep) = (client(), MemoryKeep::default());
    drop(timed("cold", || {
        Archive::open(opening(suite, &client, &keep)).unwrap()
    }));
    let archive = timed("warm", || {
        Archive::open(opening(suite, &client, &keep)).unwrap()
    });
    for (soname, package) in expected {
        let owners = timed(soname, || archive.owners_of_soname(soname).unwrap());
        assert_eq!(
            owners.first().map(String::as_str),
            Some(*package),
            "{soname} in {owners:?}"
        );
    }
    let major_minor = format!("{}.{}", archive.suite().glibc.0, archive.suite().glibc.1);
    assert_eq!(archive.glibc_version(), Some(major_minor.as_str()));
    archive
        .fetch(&archive.newest("libc6").unwrap().pin())
        .unwrap()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn trixie_opens_and_its_libraries_are_found() {
    let libc = check(
        "debian/trixie",
        &[
            ("libc.so.6", "libc6"),
            ("libgcc_s.so.1", "libgcc-s1"),
            ("libssl.so.3", "libssl3t64"),
            ("libz.so.1", "zlib1g"),
        ],
    );
    assert!(libc.file("usr/lib64/ld-linux-x86-64.so.2").is_some());
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn bookworm_opens_and_its_libraries_are_found() {
    let libc = check(
        "debian/bookworm",
        &[
            ("libc.so.6", "libc6"),
            ("libgcc_s.so.1", "libgcc-s1"),
            ("libssl.so.3", "libssl3"),
            ("libz.so.1", "zlib1g"),
        ],
    );
    assert!(libc.file("usr/lib64/ld-linux-x86-64.so.2").is_some());
    assert!(
        libc.files.iter().all(|file| !file.path.starts_with("lib")),
        "nothing is left outside usr"
    );
}
