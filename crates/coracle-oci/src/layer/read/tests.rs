//! Tests of reading layers that others have made, some of them with bad intentions.

use proptest::prelude::*;

use super::super::{Content, Entry, write_tar};
use super::*;
use crate::media_type;

/// A header with nothing checked, and its content.
fn raw(name: &[u8], kind: u8, content: &[u8], link: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    let old = header.as_old_mut();
    old.name[..name.len()].copy_from_slice(name);
    old.linkname[..link.len()].copy_from_slice(link);
    old.linkflag = [kind];
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_mtime(9);
    header.set_uid(1);
    header.set_gid(2);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut text = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = (rest + 1..)
            .find(|length| rest + length.to_string().len() == *length)
            .unwrap();
        text.extend(format!("{length} {key}={value}\n").bytes());
    }
    raw(b"PaxHeaders/x", b'x', &text, b"")
}

fn read_all(bytes: &[u8]) -> Result<Vec<(ReadEntry, Vec<u8>)>, ReadError> {
    let mut reader = LayerReader::new(bytes, media_type::LAYER, Limits::default())?;
    let mut found = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        found.push((entry, content));
    }
    reader.finish()?;
    Ok(found)
}

fn only(parts: &[Vec<u8>]) -> (ReadEntry, Vec<u8>) {
    let mut found = read_all(&parts.concat()).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn fails(parts: &[Vec<u8>], expected: &str) {
    assert_eq!(read_all(&parts.concat()).unwrap_err().to_string(), expected);
}

#[test]
fn names_stay_inside_the_root_and_it_is_reported() {
    use Adjustment::{Absolute, NotUtf8, Parent};
    let check = |name: &[u8], path: &str, adjustments: &[Adjustment]| {
        let (entry, _) = only(&[raw(name, b'0', b"", b"")]);
        assert_eq!(
            (entry.path.as_str(), &entry.adjustments[..]),
            (path, adjustments)
        );
    };
    check(b"a/b", "a/b", &[]);
    check(b"./a//b/./c", "a/b/c", &[]);
    check(b"/etc/passwd", "etc/passwd", &[Absolute]);
    check(b"../../etc/passwd", "etc/passwd", &[Parent]);
    check(b"/a/../../b/..", "", &[Absolute, Parent]);
    check(b"caf\xe9", "caf\u{fffd}", &[NotUtf8]);
    check(b"ok\0/../hidden", "ok", &[]);
    let (link, _) = only(&[raw(b"a", b'1', b"", b"../../etc/shadow")]);
    assert_eq!(link.kind, ReadKind::HardLink("etc/shadow".to_owned()));
    assert_eq!(link.adjustments, [Parent]);
    let (link, _) = only(&[raw(b"a", b'2', b"", b"/../x")]);
    assert_eq!(
        link.kind,
        ReadKind::Symlink("/../x".to_owned()),
        "targets of symbolic links are as they are"
    );
}

#[test]
fn gnus_long_names_and_pax_records_are_understood() {
    let long = "l/".repeat(300) + "x";
    let (entry, content) = only(&[
        raw(b"././@LongLink", b'L', format!("{long}\0").as_bytes(), b""),
        raw(b"l/l/l", b'0', b"content", b""),
    ]);
    assert_eq!((entry.path, content), (long.clone(), b"content".to_vec()));
    let (entry, _) = only(&[
        raw(b"././@LongLink", b'K', format!("{long}\0").as_bytes(), b""),
        raw(b"a", b'2', b"", b"l"),
    ]);
    assert_eq!(entry.kind, ReadKind::Symlink(long.clone()));
    let (entry, content) = only(&[
        pax(&[
            ("path", &long),
            ("mtime", "-1.5"),
            ("uid", "5000000000"),
            ("size", "3"),
            ("SCHILY.xattr.security.capability", "a\n1\n"),
        ]),
        raw(b"short", b'0', b"abc", b""),
    ]);
    assert_eq!(
        (entry.path, entry.mtime, entry.uid, entry.gid),
        (long, -2, 5_000_000_000, 2)
    );
    assert_eq!(content, b"abc");
    assert_eq!(entry.xattrs["security.capability"], b"a\n1\n");
}

#[test]
fn global_records_are_skipped_as_the_runtimes_do() {
    let global = raw(b"pax_global_header", b'g', b"14 path=hidden\n", b"");
    assert_eq!(only(&[global, raw(b"a", b'0', b"", b"")]).0.path, "a");
}

#[test]
fn kinds_are_those_of_the_runtimes() {
    let kind = |flag, name: &[u8]| only(&[raw(name, flag, b"", b"")]).0.kind;
    assert_eq!(kind(0, b"old/"), ReadKind::Directory, "before USTAR");
    assert_eq!(kind(b'7', b"contiguous"), ReadKind::File { length: 0 });
    for flag in [b'3', b'4', b'6'] {
        assert_eq!(kind(flag, b"device"), ReadKind::Other);
    }
    fails(
        &[raw(b"a", b'V', b"", b"")],
        "the tar is wrong at byte 0: entries of type `V` are not supported",
    );
    // A directory that claims a size has no content: what follows is the next header.
    let mut directory = raw(b"d/", b'5', b"", b"");
    let mut header = tar::Header::from_byte_slice(&directory).clone();
    header.set_size(512);
    header.set_cksum();
    directory.copy_from_slice(header.as_bytes());
    assert_eq!(
        read_all(&[directory, raw(b"a", b'0', b"x", b"")].concat())
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn sparse_files_are_refused_by_name() {
    fails(
        &[raw(b"old.img", b'S', b"", b"")],
        "the layer has the sparse file `old.img`, which is not supported",
    );
    fails(
        &[
            pax(&[("GNU.sparse.major", "1")]),
            raw(b"new.img", b'0', b"", b""),
        ],
        "the layer has the sparse file `new.img`, which is not supported",
    );
}

#[test]
fn damage_is_named_with_its_place() {
    let mut wrong = raw(b"a", b'0', b"", b"");
    wrong[0] ^= 1;
    let error = read_all(&[raw(b"b", b'0', b"x", b""), wrong].concat())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the tar is wrong at byte 1024: expected the header's checksum "),
        "{error}"
    );
    fails(
        &[vec![0; 512], raw(b"a", b'0', b"", b"")],
        "the tar is wrong at byte 0: a single block of zeros between entries",
    );
    fails(
        &[raw(b"a", b'0', b"", b"")[..100].to_vec()],
        "the tar is wrong at byte 100: it ends in the middle",
    );
    let cut = raw(b"a", b'0', &[1; 600], b"");
    let mut reader = LayerReader::new(&cut[..700], media_type::LAYER, Limits::default()).unwrap();
    reader.next_entry().unwrap();
    assert_eq!(
        reader.next_entry().unwrap_err().to_string(),
        "the tar is wrong at byte 700: it ends in the middle"
    );
    fails(
        &[pax(&[("path", "a\0b")]), raw(b"a", b'0', b"", b"")],
        "the tar is wrong at byte 0: the PAX record `path` has a NUL in it",
    );
}

#[test]
fn an_archive_ends_at_two_blocks_of_zeros_and_is_hashed_to_its_last_byte() {
    let bytes = [
        raw(b"a", b'0', b"x", b""),
        vec![0; 1024],
        b"anything".to_vec(),
    ]
    .concat();
    let mut reader = LayerReader::new(&bytes[..], media_type::LAYER, Limits::default()).unwrap();
    assert!(reader.next_entry().unwrap().is_some());
    assert!(reader.next_entry().unwrap().is_none() && reader.next_entry().unwrap().is_none());
    assert_eq!(
        reader.finish().unwrap(),
        (Digest::of(&bytes), bytes.len() as u64)
    );
    assert!(read_all(b"").unwrap().is_empty());
}

#[test]
fn reading_costs_no_more_than_it_may() {
    let bytes = [raw(b"a", b'0', &[0; 5000], b""), raw(b"b", b'0', b"", b"")].concat();
    let read = |limits| {
        let mut reader = LayerReader::new(&bytes[..], media_type::LAYER, limits)?;
        while reader.next_entry()?.is_some() {}
        reader.finish()
    };
    let enough = Limits {
        bytes: bytes.len() as u64,
        entries: 2,
    };
    read(enough).unwrap();
    assert_eq!(
        read(Limits {
            bytes: 4000,
            ..enough
        })
        .unwrap_err()
        .to_string(),
        "the layer has more than 4000 bytes"
    );
    assert_eq!(
        read(Limits {
            entries: 1,
            ..enough
        })
        .unwrap_err()
        .to_string(),
        "the layer has more than 1 entries"
    );
    let long = raw(b"././@LongLink", b'L', &vec![b'x'; (1 << 20) + 1], b"");
    fails(
        &[long],
        "the tar is wrong at byte 0: expected at most 1048576 bytes of names and attributes, got 1048577",
    );
    // Claims a terabyte: nothing is set aside for it.
    let mut header = tar::Header::new_gnu();
    header.set_size(1 << 40);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    let error = read_all(header.as_bytes()).unwrap_err();
    assert!(
        matches!(error, ReadError::Read(source) if source.kind() == io::ErrorKind::UnexpectedEof)
    );
}

#[test]
fn gzip_may_have_several_members_and_damage_is_found() {
    let zip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    let tar = [raw(b"a", b'0', b"x", b""), vec![0; 1024]].concat();
    let (one, two) = tar.split_at(700);
    let mut zipped = [zip(one), zip(two)].concat();
    let read = |bytes: &[u8]| {
        let mut reader = LayerReader::new(bytes, media_type::DOCKER_LAYER_GZIP, Limits::default())?;
        while reader.next_entry()?.is_some() {}
        reader.finish()
    };
    assert_eq!(read(&zipped).unwrap().0, Digest::of(&tar));
    let last = zipped.len() - 5;
    zipped[last] ^= 1;
    assert!(matches!(read(&zipped), Err(ReadError::Read(_))));
    assert!(matches!(read(&zipped[..last]), Err(ReadError::Read(_))));
}

#[test]
fn zstd_may_have_several_frames_and_damage_is_found() {
    let tar = [raw(b"a", b'0', b"x", b""), vec![0; 1024]].concat();
    let (one, two) = tar.split_at(700);
    let zip = |bytes: &[u8]| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut zipped = [zip(one), zip(two)].concat();
    let read = |bytes: &[u8]| {
        let mut reader = LayerReader::new(bytes, media_type::LAYER_ZSTD, Limits::default())?;
        while reader.next_entry()?.is_some() {}
        reader.finish()
    };
    assert_eq!(read(&zipped).unwrap().0, Digest::of(&tar));
    let last = zipped.len() - 1;
    assert!(matches!(read(&zipped[..last]), Err(ReadError::Read(_))));
    zipped[last] ^= 1;
    assert!(matches!(read(&zipped), Err(ReadError::Read(_))));
}

#[test]
fn what_is_not_supported_is_said_at_once() {
    let media_type = media_type::CONFIG;
    let error = LayerReader::new(io::empty(), media_type, Limits::default());
    assert_eq!(
        error.err().unwrap().to_string(),
        format!("layers of media type {media_type} are not supported")
    );
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read_all(&bytes);
    }

    #[test]
    fn reading_a_damaged_layer_never_panics_and_stays_inside(
        places in proptest::collection::vec((0usize..6000, any::<u8>()), 1..6),
        fix in any::<bool>(),
    ) {
        let long = "d".repeat(90);
        let mut bytes = Vec::new();
        let entries = [
            Entry::file(&format!("{long}/{long}/\u{151}"), Content::bytes(vec![7; 600]), 0o644, -1),
            Entry::symlink("a/b", &long.repeat(2), 0),
        ];
        write_tar(&entries, 0, &mut bytes).unwrap();
        for (place, value) in places {
            let place = place % bytes.len();
            bytes[place] = value;
        }
        if fix {
            // With right checksums the damage gets further.
            for block in bytes.chunks_exact_mut(512) {
                let mut header = tar::Header::from_byte_slice(block).clone();
                if header.as_ustar().is_some() {
                    header.set_cksum();
                    block.copy_from_slice(header.as_bytes());
                }
            }
        }
        for (entry, _) in read_all(&bytes).unwrap_or_default() {
            prop_assert!(!entry.path.starts_with('/'));
            prop_assert!(!entry.path.split('/').any(|component| component == ".."));
        }
    }
}
