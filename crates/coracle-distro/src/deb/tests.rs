//! Packages made here, honest and hostile.

use super::*;
use std::io::Write as _;

const CONTROL: &str = "Package: boat\nSource: boats (1.0)\nVersion: 1.0-1\nArchitecture: amd64\nDescription: a boat\n small\n";

fn member(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
        0,
        0,
        0,
        100_644,
        bytes.len()
    )
    .into_bytes();
    out.extend(bytes);
    out.extend(vec![b'\n'; bytes.len() % 2]);
    out
}

/// Header fields are set raw: the tar library refuses to write some of what a hostile package holds.
fn tar(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o100_755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(7);
        let is_link = kind.is_symlink() || kind.is_hard_link();
        if is_link {
            header.as_mut_bytes()[157..157 + content.len()].copy_from_slice(content.as_bytes());
        }
        let bytes = if is_link {
            &b""[..]
        } else {
            content.as_bytes()
        };
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

use tar::EntryType;

fn deb(data_name: &str, data: &[u8]) -> Vec<u8> {
    let control = tar(&[
        ("./control", EntryType::Regular, CONTROL),
        ("./postinst", EntryType::Regular, "#!/bin/sh\nldconfig\n"),
        ("./conffiles", EntryType::Regular, "/etc/boat\n"),
        ("./md5sums", EntryType::Regular, "0  bin/boat\n"),
    ]);
    [
        b"!<arch>\n".to_vec(),
        member("debian-binary", b"2.0\n"),
        member("_gpgorigin", b"passed over"),
        member("control.tar", &control),
        member(data_name, data),
    ]
    .concat()
}

fn files(entries: &[(&str, EntryType, &str)]) -> Result<Vec<PackageFile>, Error> {
    Deb::read(deb("data.tar", &tar(entries)).as_slice()).map(|deb| deb.files)
}

#[test]
fn a_package_is_taken_apart() {
    let data = tar(&[
        ("./", EntryType::Directory, ""),
        ("./lib/", EntryType::Directory, ""),
        ("./lib/boat.so", EntryType::Regular, "ELF"),
        ("./lib/boat.so.1", EntryType::Symlink, "boat.so"),
        ("./bin/boat", EntryType::Link, "./lib/boat.so"),
    ]);
    let deb = Deb::read(deb("data.tar/", &data).as_slice()).unwrap();
    let expected = |path: &str, kind: FileKind| PackageFile {
        path: path.into(),
        kind,
        mode: 0o755,
        uid: 0,
        gid: 0,
        mtime: 7,
    };
    assert_eq!(
        deb.files,
        [
            expected("usr/lib", FileKind::Directory),
            expected("usr/lib/boat.so", FileKind::File(b"ELF"[..].into())),
            expected("usr/lib/boat.so.1", FileKind::Symlink("boat.so".into())),
            expected("usr/bin/boat", FileKind::HardLink("usr/lib/boat.so".into())),
        ]
    );
    assert_eq!(
        (deb.name(), deb.source(), deb.version(), deb.architecture()),
        ("boat", "boats", "1.0-1", "amd64")
    );
    assert_eq!(
        (deb.control.as_str(), deb.field("DESCRIPTION")),
        (CONTROL, Some("a boat\nsmall"))
    );
    assert_eq!(deb.script("postinst"), Some("#!/bin/sh\nldconfig\n"));
    assert_eq!(deb.conffiles, ["/etc/boat"]);
    assert_eq!(
        deb.md5sums,
        [("usr/bin/boat".to_owned(), "0".to_owned())].into()
    );
}

#[test]
fn each_compression_unpacks_to_the_same() {
    let data = tar(&[("./usr/x", EntryType::Regular, "x")]);
    let plain = Deb::read(deb("data.tar", &data).as_slice()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&data).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(&data).unwrap();
    let zst = zstd::encode_all(data.as_slice(), 1).unwrap();
    for (suffix, packed) in [
        ("gz", gzip.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("zst", zst),
    ] {
        let name = format!("data.tar.{suffix}");
        assert_eq!(
            Deb::read(deb(&name, &packed).as_slice()).unwrap(),
            plain,
            "{suffix}"
        );
        assert!(
            Deb::read(deb(&name, &packed[..packed.len() / 2]).as_slice()).is_err(),
            "{suffix}"
        );
    }
}

#[test]
fn what_no_package_should_hold_is_refused() {
    let cases = [
        files(&[("/etc/passwd", EntryType::Regular, "x")]),
        files(&[("./usr/../../x", EntryType::Regular, "x")]),
        files(&[("./x", EntryType::Link, "../y")]),
        files(&[("./x", EntryType::Symlink, "")]),
        files(&[("./dev/null", EntryType::Char, "")]),
        files(&[("./pipe", EntryType::Fifo, "")]),
        Deb::read(&b"PK"[..]).map(|deb| deb.files),
        Deb::read(&b"!<arch>\n"[..]).map(|deb| deb.files),
        Deb::read(deb("data.tar.lz4", b"").as_slice()).map(|deb| deb.files),
        Deb::read(deb("other", b"").as_slice()).map(|deb| deb.files),
        Deb::read(&deb("data.tar", &[])[..600]).map(|deb| deb.files),
    ];
    let messages: Vec<_> = cases
        .into_iter()
        .map(|case| case.unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    it has the path "/etc/passwd", which is refused: it is absolute
    it has the path "./usr/../../x", which is refused: it climbs out with ..
    it has the path "../y", which is refused: it climbs out with ..
    it has the path "x", which is refused: it is a link to nothing
    dev/null is a character device, expected a file, a directory or a link
    pipe is a pipe, expected a file, a directory or a link
    it is not a Debian package: it is shorter than eight bytes
    it is not a Debian package: it ends before debian-binary
    its member "data.tar.lz4" is not one of data.tar, data.tar.gz, data.tar.xz, data.tar.zst
    its member "other" is not one of data.tar, data.tar.gz, data.tar.xz, data.tar.zst
    its control.tar could not be read
    "#);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(place in 0usize..4000, byte: u8, cut in 0usize..6000) {
        let mut bytes = deb("data.tar", &tar(&[("./usr/x", EntryType::Regular, "x"), ("./y", EntryType::Symlink, "x")]));
        if let Some(target) = bytes.get_mut(place) {
            *target = byte;
        }
        bytes.truncate(cut);
        let _ = Deb::read(bytes.as_slice());
    }
}
