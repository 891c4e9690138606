//! Debian's own archive, through the host's apt entries, judged by the host's own dpkg.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use coracle_distro::solve::Request;
use coracle_distro::version::Version;
use coracle_distro::{Architecture, Archive, Deb, FileKind, Opening, Sources, Suite};
use coracle_testkit::archive::MemoryKeep;
use coracle_transport::{Client, ClientOptions};

fn sources() -> Vec<Sources> {
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

/// Path, mode and content, with everything that an unmerged package has outside `usr` moved there.
type Tree = BTreeMap<String, (u32, Vec<u8>)>;

fn unpacked_by_us(deb: &Deb) -> Tree {
    let entry = |file: &coracle_distro::PackageFile| match &file.kind {
        FileKind::File(bytes) => Some((file.path.clone(), (file.mode, bytes.to_vec()))),
        FileKind::Symlink(target) => Some((file.path.clone(), (0, target.clone().into_bytes()))),
        FileKind::HardLink(_) | FileKind::Directory => None,
    };
    deb.files.iter().filter_map(entry).collect()
}

fn walk(folder: &Path, below: &str, tree: &mut Tree) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), tree);
            continue;
        }
        let moved =
            path.starts_with("lib") || path.starts_with("bin/") || path.starts_with("sbin/");
        let path = if moved { format!("usr/{path}") } else { path };
        let content = if kind.is_symlink() {
            (
                0,
                std::fs::read_link(entry.path())
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes(),
            )
        } else {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            (mode, std::fs::read(entry.path()).unwrap())
        };
        tree.insert(path, content);
    }
}

#[expect(clippy::disallowed_methods, reason = "dpkg is the oracle")]
fn dpkg(program: &str, arguments: &[&str]) -> bool {
    std::process::Command::new(program)
        .args(arguments)
        .status()
        .unwrap()
        .success()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn packages_unpack_as_dpkg_unpacks_them() {
    for suite in ["debian/trixie", "debian/bookworm"] {
        let (client, keep) = (client(), MemoryKeep::default());
        let archive = Archive::open(opening(suite, &client, &keep)).unwrap();
        for name in [
            "libc6",
            "libgcc-s1",
            "zlib1g",
            "ca-certificates",
            "tzdata",
            "netbase",
            "libpam-modules",
            "perl-base",
        ] {
            let pin = archive.newest(name).unwrap().pin();
            let deb = archive.fetch(&pin).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let (file, root) = (
                folder.path().join("package.deb"),
                folder.path().join("root"),
            );
            let mut bytes = coracle_distro::Keep::open(&keep, &pin.sha256)
                .unwrap()
                .unwrap();
            std::io::copy(&mut bytes, &mut std::fs::File::create(&file).unwrap()).unwrap();
            assert!(dpkg(
                "dpkg-deb",
                &["-x", file.to_str().unwrap(), root.to_str().unwrap()]
            ));
            let mut theirs = Tree::new();
            walk(&root, "", &mut theirs);
            let ours = unpacked_by_us(&deb);
            let links = deb
                .files
                .iter()
                .filter(|file| matches!(file.kind, FileKind::HardLink(_)))
                .count();
            assert_eq!(ours.len() + links, theirs.len(), "{suite} {name}");
            for (path, ours) in ours {
                assert!(theirs.get(&path) == Some(&ours), "{suite} {name} {path}");
            }
        }
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn versions_stand_as_dpkg_compares_them() {
    let parts = [
        "0", "1", "10", "9", "00", "a", "~", "+", ".", "-", "~~", "b1", "rc", "1:", "deb13u",
    ];
    // A small generator of its own: the same cases each time.
    let mut state = 41u64;
    let mut next = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut pairs: Vec<(Version, Version)> = Vec::new();
    while pairs.len() < 400 {
        // dpkg wants a digit first; so do all real versions. The two differ in one part, so that
        // most of what they say must be compared.
        let words: Vec<&str> = (0..=next(6)).map(|_| parts[next(parts.len())]).collect();
        let mut others = words.clone();
        let place = next(others.len());
        others[place] = parts[next(parts.len())];
        let text = |words: &[&str]| format!("1{}", words.concat()).replace(':', "");
        let epoch = ["", "0:", "1:"][next(3)];
        let parsed =
            [text(&words), format!("{epoch}{}", text(&others))].map(|text| text.parse::<Version>());
        if let [Ok(left), Ok(right)] = parsed {
            pairs.push((left, right));
        }
    }
    for (left, right) in pairs {
        let sign = match left.cmp(&right) {
            std::cmp::Ordering::Less => "lt",
            std::cmp::Ordering::Equal => "eq",
            std::cmp::Ordering::Greater => "gt",
        };
        assert!(
            dpkg(
                "dpkg",
                &["--compare-versions", left.as_str(), sign, right.as_str()]
            ),
            "{left} {right}"
        );
    }
}

/// An apt of its own in a folder: the suite's archives, nothing installed.
fn apt(folder: &Path, suite: &str, arguments: &[&str]) -> String {
    let codename = suite.rsplit('/').next().unwrap();
    let lines = sources()
        .into_iter()
        .filter(|sources| !sources.main.is_empty() && sources.origin != "default");
    let lines = lines.map(|sources| {
        let (main, security) = (&sources.main[0], sources.security.first().unwrap_or(&sources.main[0]));
        format!("deb {main} {codename} main\ndeb {main} {codename}-updates main\ndeb {security} {codename}-security main\n")
    });
    std::fs::write(folder.join("sources.list"), lines.collect::<String>()).unwrap();
    std::fs::create_dir_all(folder.join("state/lists/partial")).unwrap();
    std::fs::create_dir_all(folder.join("cache/archives/partial")).unwrap();
    std::fs::write(folder.join("status"), "").unwrap();
    let place =
        |option: &str, below: &str| format!("-oDir::{option}={}", folder.join(below).display());
    #[expect(clippy::disallowed_methods, reason = "apt is the oracle")]
    let output = std::process::Command::new("apt-get")
        .args([
            place("State", "state"),
            place("Cache", "cache"),
            place("State::status", "status"),
        ])
        .args([
            place("Etc::sourcelist", "sources.list"),
            place("Etc::sourceparts", "none"),
            place("Etc::preferencesparts", "none"),
        ])
        .args([
            "-qq",
            "-oAPT::Sandbox::User=root",
            "--no-install-recommends",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The packages whose closure is not the one that apt finds, with both.
pub(crate) fn differing_closures(suite: &str, names: &[&str]) -> Vec<String> {
    let (client, keep, folder) = (
        client(),
        MemoryKeep::default(),
        tempfile::tempdir().unwrap(),
    );
    let archive = Archive::open(opening(suite, &client, &keep)).unwrap();
    apt(folder.path(), suite, &["update"]);
    let mut differing = Vec::new();
    for name in names {
        let packages = [(*name).to_owned()];
        let request = Request {
            packages: &packages,
            ..Request::default()
        };
        let ours = timed(&format!("{suite} {name}"), || archive.closure(&request));
        let ours: BTreeSet<String> = ours
            .unwrap()
            .iter()
            .map(|package| format!("{} {}", package.name, package.version))
            .collect();
        // Inst libc6 (2.41-12 Debian:13/stable [amd64])
        let simulated = apt(folder.path(), suite, &["-s", "install", name]);
        let theirs = simulated.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
            Some(format!("{name} {}", rest.split(' ').next()?))
        });
        let theirs: BTreeSet<String> = theirs.collect();
        // Where a transitional package and the one that replaced it and provides its name are both
        // good, apt takes what it came upon first: whether that empty one is there says nothing.
        let provided = |package: &String| {
            let names = package
                .split(' ')
                .next()
                .map(|name| archive.providers(name));
            names.into_iter().flatten().any(|provider| {
                let provider = format!("{} {}", provider.name, provider.version);
                provider != *package && ours.contains(&provider) && theirs.contains(&provider)
            })
        };
        let only = |left: &BTreeSet<String>, right| -> Vec<String> {
            let differing = left.difference(right);
            differing
                .filter(|package| !provided(package))
                .cloned()
                .collect()
        };
        if !only(&ours, &theirs).is_empty() || !only(&theirs, &ours).is_empty() {
            differing.push(format!(
                "{suite} {name}: only ours {:?}, only apt's {:?}",
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
    differing
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn closures_are_what_apt_would_install() {
    let names = [
        "libc6",
        "ca-certificates",
        "libpq-dev",
        "nginx-light",
        "git",
        "mumble-server",
        "ffmpeg",
    ];
    for suite in ["debian/trixie", "debian/bookworm"] {
        assert_eq!(differing_closures(suite, &names), Vec::<String>::new());
    }
}
