//! Our unpacking of packages against `dpkg-deb -x`, and the owners and times in `dpkg-deb --fsys-tarfile`'s tar.
//!
//! The two are the same but for what a merged /usr asks: what an older suite ships as `lib/…` is at `usr/lib/…`, and a
//! relative link that led out of the moved folder is led anew. Both are asserted, by rules of this file's own.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use coracle_distro::{Architecture, Archive, Deb, FileKind, PackageFile, Suite};
use coracle_testkit::agreement::{Sample, Table, keep, opening, packages_files};
use coracle_testkit::command::Hermetic;

use super::{SUITES, client};

/// Unpacked each time: the links of a merged /usr, alternatives, links out of `lib`, thousands of files, setuid.
const ALWAYS: [&str; 11] = [
    "libc6",
    "libgcc-s1",
    "base-files",
    "zlib1g",
    "ca-certificates",
    "tzdata",
    "libpam-modules",
    "perl-base",
    "mount",
    "iproute2",
    "kmod",
];

/// A member of the package's tar, as tar lists it.
#[derive(Debug)]
struct Member {
    path: String,
    kind: char,
    mode: u32,
    owner: String,
    size: u64,
    time: String,
    target: Option<String>,
}

/// How often each rewrite was seen.
#[derive(Debug, Default)]
struct Rewrites {
    moved: usize,
    led_anew: usize,
}

/// `-rwxr-sr-x` as bits.
fn mode(letters: &str) -> u32 {
    let special = [(3, 0o4000), (6, 0o2000), (9, 0o1000)];
    let mut mode = 0;
    for (place, letter) in letters.chars().enumerate().skip(1) {
        if !"-ST".contains(letter) {
            mode |= 0o400 >> (place - 1);
        }
        for (special, bit) in special {
            if place == special && "sStT".contains(letter) {
                mode |= bit;
            }
        }
    }
    mode
}

/// The members, without the root folder: `drwxr-xr-x 0/0 0 2025-05-01 10:00:00 ./usr/`.
fn members(deb: &Path) -> Vec<Member> {
    let folder = tempfile::tempdir().unwrap();
    let list = "dpkg-deb --fsys-tarfile \"$1\" | tar --list --verbose --numeric-owner --full-time --quoting-style=literal";
    let listed = Hermetic::new("sh", folder.path())
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .args(["-c", list, "sh", deb.to_str().unwrap()]);
    let listed = listed.succeed().unwrap().stdout;
    let member = |line: &str| {
        let mut rest = line;
        let mut word = || {
            let (word, after) = rest.trim_start().split_once(' ').unwrap();
            rest = after;
            word.to_owned()
        };
        let (letters, owner, size) = (word(), word(), word());
        let time = format!("{} {}", word(), word());
        let kind = letters.chars().next().unwrap();
        let (path, target) = match kind {
            'l' => rest.split_once(" -> ").unwrap(),
            'h' => rest.split_once(" link to ").unwrap(),
            _ => (rest, ""),
        };
        Member {
            path: path
                .trim_start_matches("./")
                .trim_end_matches('/')
                .to_owned(),
            kind,
            mode: mode(&letters),
            owner,
            size: size.parse().unwrap(),
            time,
            target: (!target.is_empty()).then(|| target.to_owned()),
        }
    };
    let members = listed.lines().map(member);
    members
        .filter(|member| !member.path.is_empty() && member.path != ".")
        .collect()
}

/// Where a path is once /usr is merged; a link that is itself one of the merged folders stays.
fn merged(path: &str, kind: char) -> String {
    let top = path.split('/').next().unwrap();
    let is_merged = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"].contains(&top);
    match is_merged && !(kind == 'l' && top == path) {
        true => format!("usr/{path}"),
        false => path.to_owned(),
    }
}

/// Where a link leads, from the root; above the root is the root.
fn leads(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What is wrong with our member, if anything.
fn differs(
    theirs: &Member,
    ours: &PackageFile,
    root: &Path,
    rewrites: &mut Rewrites,
) -> Option<String> {
    let path = merged(&theirs.path, theirs.kind);
    rewrites.moved += usize::from(path != theirs.path);
    if ours.path != path {
        return Some(format!("the path is {}", ours.path));
    }
    let owner = format!("{}/{}", ours.uid, ours.gid);
    let time = jiff::Timestamp::from_second(i64::try_from(ours.mtime).unwrap()).unwrap();
    let time = time.strftime("%F %T").to_string();
    let facts = (ours.mode, owner.as_str(), time.as_str());
    if facts != (theirs.mode, theirs.owner.as_str(), theirs.time.as_str()) {
        return Some(format!("mode, owner and time are {facts:?}"));
    }
    let target = theirs.target.as_deref().unwrap_or_default();
    let on_disk = root.join(&theirs.path);
    let is_same = match (&ours.kind, theirs.kind) {
        (FileKind::Directory, 'd') => on_disk.is_dir(),
        (FileKind::File(bytes), '-') => {
            let found = std::fs::read(&on_disk).unwrap();
            let mode = std::fs::metadata(&on_disk).unwrap().permissions().mode() & 0o7777;
            bytes.len() as u64 == theirs.size && found[..] == bytes[..] && mode == ours.mode
        }
        (FileKind::HardLink(ours), 'h') => {
            *ours == merged(target.trim_start_matches("./"), 'h') && on_disk.is_file()
        }
        (FileKind::Symlink(ours), 'l') if ours == target => {
            std::fs::read_link(&on_disk).unwrap() == Path::new(target)
                // One that is kept as it is must still lead there.
                && merged(&leads(&path, ours), '-') == merged(&leads(&theirs.path, target), '-')
        }
        (FileKind::Symlink(ours), 'l') => {
            rewrites.led_anew += 1;
            path != theirs.path
                && !target.starts_with('/')
                && leads(&path, ours) == merged(&leads(&theirs.path, target), '-')
        }
        _ => false,
    };
    (!is_same).then(|| format!("it is {} of other content", theirs.kind))
}

/// What differs in a package.
fn compare(deb: &Deb, file: &Path, rewrites: &mut Rewrites) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let (file_name, root_name) = (file.to_str().unwrap(), root.to_str().unwrap());
    coracle_testkit::command::tool("dpkg-deb", &["-x", file_name, root_name]).unwrap();
    let theirs = members(file);
    if theirs.len() != deb.files.len() {
        return vec![format!(
            "{} members, ours are {}",
            theirs.len(),
            deb.files.len()
        )];
    }
    let pairs = theirs.iter().zip(&deb.files);
    pairs
        .filter_map(|(theirs, ours)| {
            let why = differs(theirs, ours, &root, rewrites)?;
            Some(format!("{}: {why}", theirs.path))
        })
        .collect()
}

/// The packages to unpack: those that are always, and so many of the others that are not too large.
fn chosen(
    sample: &mut Sample,
    archive: &Archive<'_>,
    keep: &dyn coracle_distro::Keep,
) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let listed = packages_files(archive, keep, folder.path()).unwrap();
    let largest = sample.count(1 << 20, 16 << 20) as u64;
    let names: BTreeMap<&str, u64> = listed
        .iter()
        .map(|package| (package.name(), package.field("Size").parse().unwrap()))
        .collect();
    let names: Vec<&str> = names
        .into_iter()
        .filter(|(name, size)| *size <= largest && !ALWAYS.contains(name))
        .map(|(name, _)| name)
        .collect();
    let count = sample.count(12, 120);
    let drawn = sample.choose(&names, count);
    ALWAYS.into_iter().chain(drawn).map(str::to_owned).collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn files_of_packages_agree_with_dpkg_deb() {
    let (client, keep) = (client(), keep());
    let mut sample = Sample::from_environment("unpacking");
    let dpkg = coracle_testkit::command::tool("dpkg-query", &["-Wf${Version}", "dpkg"]).unwrap();
    let mut table = Table::new(
        "unpacking",
        "files_of_packages_agree_with_dpkg_deb",
        "The files of packages",
        &format!(
            "`dpkg-deb -x` and `dpkg-deb --fsys-tarfile` of dpkg {}",
            dpkg.stdout
        ),
        &sample,
    );
    let mut differing = Vec::new();
    for suite in SUITES {
        let suite = Suite::parse(suite).unwrap();
        let archive = Archive::open(opening(suite, Architecture::Amd64, &client, &keep)).unwrap();
        let (mut members, mut rewrites, mut wrong) = (0, Rewrites::default(), 0);
        let names = chosen(&mut sample, &archive, &keep);
        for name in &names {
            let pin = archive.newest(name).unwrap().pin();
            let deb = archive.fetch(&pin).unwrap();
            members += deb.files.len();
            let found = compare(&deb, &keep.path(&pin.sha256), &mut rewrites);
            keep.forget(&pin.sha256);
            wrong += usize::from(!found.is_empty());
            differing.extend(
                found
                    .into_iter()
                    .map(|what| format!("{suite} {name} {what}")),
            );
        }
        table.releases(&archive);
        table.say(&format!(
            "{} packages, {} the same: {members} members with the same kind, mode, owner, time, size, bytes and link. \
             {} of them were moved from an unmerged folder into usr/, {} links were led anew for that.",
            names.len(),
            names.len() - wrong,
            rewrites.moved,
            rewrites.led_anew
        ));
    }
    eprintln!("{}", table.finish().unwrap());
    assert_eq!(differing, Vec::<String>::new());
}

/// Few packages of the archive have such links, so dpkg-deb makes one that has them all.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn links_out_of_a_moved_folder_lead_where_dpkg_deb_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let make = "mkdir -p t/DEBIAN t/sbin t/bin t/lib/x86_64-linux-gnu t/etc t/usr/share && cd t && \
        printf 'Package: boat\\nVersion: 1\\nArchitecture: amd64\\nMaintainer: N <n@example.org>\\nDescription: x\\n' \
        >DEBIAN/control && echo one >bin/ip && ln bin/ip sbin/again && chmod 4755 bin/ip && echo two >'etc/with space' && \
        ln -s ../bin/ip sbin/ip && ln -s ../../etc/conf lib/x86_64-linux-gnu/conf && ln -s /lib/here lib/absolute && \
        ln -s x86_64-linux-gnu/conf lib/beside && ln -s ../../lib/x usr/share/x && cd .. && dpkg-deb --build t boat.deb";
    let made = Hermetic::new("sh", folder.path())
        .args(["-c", make])
        .directory(folder.path());
    made.succeed().unwrap();
    let file = folder.path().join("boat.deb");
    let deb = Deb::read(std::fs::File::open(&file).unwrap()).unwrap();
    let mut rewrites = Rewrites::default();
    assert_eq!(compare(&deb, &file, &mut rewrites), Vec::<String>::new());
    // bin, sbin, lib, lib/x86_64-linux-gnu and all seven in them.
    assert_eq!((rewrites.moved, rewrites.led_anew), (10, 2));
}
