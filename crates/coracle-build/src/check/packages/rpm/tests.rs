//! Headers and databases in little, and those that rpm makes.

use std::fs;
use std::path::Path;

use coracle_testkit::command::tool;
use proptest::prelude::*;

use super::super::super::made::Made;
use super::super::super::tree::Tree;
use super::super::{Contents, Package};
use super::{bdb, header, ndb, sqlite};

/// A header with these texts and numbers.
fn header_of(texts: &[(u32, &[&str])], numbers: &[(u32, &[u32])]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    let mut entry = |tag: u32, kind: u32, at: usize, count: usize| {
        for number in [
            tag,
            kind,
            u32::try_from(at).unwrap(),
            u32::try_from(count).unwrap(),
        ] {
            entries.extend(number.to_be_bytes());
        }
    };
    for (tag, texts) in texts {
        entry(*tag, 8, data.len(), texts.len());
        for text in *texts {
            data.extend(text.bytes().chain([0]));
        }
    }
    for (tag, numbers) in numbers {
        entry(*tag, 4, data.len(), numbers.len());
        data.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    }
    let counts = [entries.len() / 16, data.len()].map(|one| u32::try_from(one).unwrap());
    let counts = counts.iter().flat_map(|count| count.to_be_bytes());
    counts.chain(entries).chain(data).collect()
}

fn bash() -> Vec<u8> {
    header_of(
        &[
            (1000, &["bash"]),
            (1001, &["5.2"]),
            (1002, &["1.fc40"]),
            (1047, &["bash", "/bin/sh"]),
            (1049, &["libc.so.6()(64bit)", "rpmlib(BuiltInLuaScripts)"]),
            (1117, &["bash", "sh"]),
            (1118, &["/usr/bin/", "/bin/"]),
        ],
        &[(1003, &[2]), (1116, &[0, 1])],
    )
}

/// The simplest of the three kinds.
fn ndb_of(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0; 4096];
    file[..4].copy_from_slice(b"RpmP");
    file[12] = 1;
    for (number, header) in headers.iter().enumerate() {
        let slot = 32 + number * 16;
        let place = u32::try_from(file.len() / 16).unwrap();
        file[slot..slot + 4].copy_from_slice(b"Slot");
        file[slot + 8..slot + 12].copy_from_slice(&place.to_le_bytes());
        file.extend(b"BlbS\0\0\0\0\0\0\0\0");
        file.extend(u32::try_from(header.len()).unwrap().to_le_bytes());
        file.extend(header);
        file.resize(file.len().next_multiple_of(16), 0);
    }
    file
}

#[test]
fn a_header_says_what_a_package_is() {
    let expected = Package {
        name: "bash".to_owned(),
        version: "2:5.2-1.fc40".to_owned(),
        files: vec!["usr/bin/bash".to_owned(), "bin/sh".to_owned()],
        bytes: 0,
        depends: vec!["libc.so.6()(64bit)".to_owned()],
        provides: vec!["bash".to_owned(), "/bin/sh".to_owned()],
    };
    assert_eq!(header::package(&bash()), Some(expected));
    assert_eq!(header::package(b"12345678"), None);
}

#[test]
fn rpm_says_what_is_installed_but_for_its_keys() {
    let key = header_of(
        &[(1000, &["gpg-pubkey"]), (1001, &["a"]), (1002, &["b"])],
        &[],
    );
    let mut made = Made::default();
    made.with_mode(
        "usr/lib/sysimage/rpm/Packages.db",
        &ndb_of(&[key, bash()]),
        0o644,
    )
    .link("var/lib/rpm", "../../usr/lib/sysimage/rpm")
    .file("usr/bin/bash", "12345");
    let contents = Contents::of(&made.tree());
    let told: Vec<_> = contents
        .packages
        .iter()
        .map(|one| (&*one.name, one.bytes))
        .collect();
    assert_eq!(told, [("bash", 5)]);
    assert!(contents.unread.is_empty());
}

proptest! {
    #[test]
    fn damaged_databases_stop_nothing(
        mut changes in proptest::collection::vec((0usize..5000, any::<u8>()), 0..20),
        rest in proptest::collection::vec(any::<u8>(), 0..3000),
    ) {
        let mut file = ndb_of(&[bash(), bash()]);
        for (at, byte) in changes.drain(..) {
            let at = at % file.len();
            file[at] = byte;
        }
        for header in ndb::headers(&file).unwrap_or_default() {
            let _ = header::package(&header);
        }
        let mut table = b"SQLite format 3\0\x02\0\0\0\0".to_vec();
        table.resize(100, 0);
        table.extend(&rest);
        table.resize(table.len().next_multiple_of(512), 0);
        let _ = sqlite::rows(&table, "Packages");
        let mut hash = vec![0; 512];
        hash[12..16].copy_from_slice(&0x0006_1561u32.to_le_bytes());
        hash[20..24].copy_from_slice(&512u32.to_le_bytes());
        hash.extend(&rest);
        hash.resize(hash.len().next_multiple_of(512), 13);
        let _ = bdb::values(&hash);
        let _ = header::package(&rest);
    }
}

const SPEC: &str = "\
Summary: nothing
License: MIT
Release: 7
BuildArch: noarch
Provides: something = 1
%description
Nothing.
%install
mkdir -p %{buildroot}/usr/share/%{name} %{buildroot}/etc
for n in $(seq 400); do echo $n >%{buildroot}/usr/share/%{name}/a-file-with-a-long-name-$n; done
echo 1 >%{buildroot}/etc/%{name}.conf
%files
/usr/share/%{name}
/etc/%{name}.conf
";

const COUNT: usize = 12;

/// Puts packages into a root, and gives what rpm says of them. Debian's rpm writes SQLite and no other kind.
fn installed(folder: &Path) -> String {
    let root = folder.join("root");
    let place = "_dbpath /var/lib/rpm";
    for number in 0..COUNT {
        let name = format!("pack{number}");
        let text = format!(
            "Name: {name}\nVersion: {number}.5\nEpoch: {}\n{SPEC}",
            number % 3
        );
        let spec = folder.join("pack.spec");
        fs::write(&spec, text).unwrap();
        let top = format!("_topdir {}", folder.join("build").display());
        let rpm = folder.join(format!("build/RPMS/noarch/{name}-{number}.5-7.noarch.rpm"));
        let spec = spec.to_str().unwrap();
        tool("rpmbuild", &["-bb", "--quiet", "-D", &top, spec]).unwrap();
        let root = root.to_str().unwrap();
        let words = ["--root", root, "-D", place, "--nodeps", "-i", "--noscripts"];
        tool("rpm", &[&words[..], &[rpm.to_str().unwrap()]].concat()).unwrap();
    }
    let format = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} [%{FILENAMES} ]\n";
    let root = root.to_str().unwrap();
    let words = ["--root", root, "-D", place, "-qa", "--qf", format];
    tool("rpm", &words).unwrap().stdout
}

fn told(tree: &Tree) -> Vec<String> {
    let packages = super::packages(&super::Folders::of(&tree.files));
    let super::Read::Packages(packages) = packages else {
        panic!("the database cannot be read");
    };
    let line = |one: &Package| {
        let files = one.files.iter().map(|file| format!("/{file} "));
        format!("{} {} {}", one.name, one.version, files.collect::<String>())
    };
    let mut lines: Vec<String> = packages.iter().map(line).collect();
    lines.sort();
    lines
}

fn sorted(said: &str) -> Vec<String> {
    // An epoch of zero is none.
    let mut lines: Vec<String> = said
        .lines()
        .map(|line| line.replacen(" 0:", " ", 1))
        .collect();
    lines.sort();
    lines
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn databases_that_rpm_makes_say_what_rpm_says_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let said = sorted(&installed(folder.path()));
    assert_eq!(said.len(), COUNT);
    let tree = Tree::of_folder(&folder.path().join("root")).unwrap();
    assert_eq!(told(&tree), said);
    // rpm writes the oldest kind no more. Berkeley DB does, from the same headers: a key and a header, each in hexadecimal.
    let file = fs::read(folder.path().join("root/var/lib/rpm/rpmdb.sqlite")).unwrap();
    let mut text =
        "VERSION=3\nformat=bytevalue\ntype=hash\nh_nelem=40\ndb_pagesize=4096\nHEADER=END\n"
            .to_owned();
    let hexadecimal = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    for (number, header) in sqlite::rows(&file, "Packages").unwrap().iter().enumerate() {
        let key = u32::try_from(number + 1).unwrap().to_le_bytes();
        text += &format!(" {}\n {}\n", hexadecimal(&key), hexadecimal(header));
    }
    text += " 00000000\n 1f000000\nDATA=END\n";
    let old = folder.path().join("old/var/lib/rpm");
    fs::create_dir_all(&old).unwrap();
    let dump = folder.path().join("dump");
    fs::write(&dump, text).unwrap();
    let place = old.join("Packages");
    tool(
        "db5.3_load",
        &["-f", dump.to_str().unwrap(), place.to_str().unwrap()],
    )
    .unwrap();
    let tree = Tree::of_folder(&folder.path().join("old")).unwrap();
    assert_eq!(told(&tree), said);
}
