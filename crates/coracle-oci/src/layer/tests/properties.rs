//! What holds for every layer: the order of the entries does not matter, and what is written is read again.

use proptest::prelude::*;

use super::*;

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let path = "[a-c]{1,2}(/[a-c\u{151}]{1,60}){0,4}";
    let kind = prop_oneof![
        Just(EntryKind::Directory),
        proptest::collection::vec(any::<u8>(), 0..1100)
            .prop_map(|bytes| EntryKind::File(Content::bytes(bytes))),
        "[a-z/.]{1,150}".prop_map(EntryKind::Symlink),
    ];
    let metadata = (
        0u32..0o10000,
        0u64..u64::MAX,
        0u64..4_000_000,
        -1i64 << 40..1i64 << 40,
    );
    let entry = (path, kind, metadata).prop_map(|(path, kind, (mode, uid, gid, mtime))| Entry {
        path,
        kind,
        mode,
        uid,
        gid,
        mtime,
    });
    // Those that cannot stand together are left out, so that every case is a layer.
    proptest::collection::vec(entry, 0..12).prop_map(|entries| {
        let mut kept: Vec<Entry> = Vec::new();
        for entry in entries {
            let is_below = |lower: &Entry, upper: &Entry| {
                lower.path.starts_with(&format!("{}/", upper.path))
                    && upper.kind != EntryKind::Directory
            };
            if !kept.iter().any(|other| {
                other.path == entry.path || is_below(other, &entry) || is_below(&entry, other)
            }) {
                kept.push(entry);
            }
        }
        kept
    })
}

proptest! {
    #[test]
    fn the_order_of_the_entries_does_not_matter(entries in entries(), seed in any::<u64>()) {
        let tar = tar_of(&entries);
        let mut shuffled = entries;
        shuffled.sort_by_cached_key(|entry| Digest::of(format!("{seed}{}", entry.path).as_bytes()));
        prop_assert!(tar_of(&shuffled) == tar);
    }

    #[test]
    fn what_is_written_is_read_again(entries in entries()) {
        let tar = tar_of(&entries);
        let mut reader = LayerReader::new(&tar[..], media_type::LAYER, Limits::default()).unwrap();
        let mut found = BTreeMap::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            prop_assert!(entry.adjustments.is_empty());
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            found.insert(entry.path.clone(), (entry, content));
        }
        prop_assert_eq!(reader.finish().unwrap(), (Digest::of(&tar), tar.len() as u64));
        for entry in &entries {
            let (read, content) = &found[&entry.path];
            prop_assert_eq!((read.mode, read.uid, read.gid, read.mtime), (entry.mode, entry.uid, entry.gid, entry.mtime));
            match (&entry.kind, &read.kind) {
                (EntryKind::Directory, ReadKind::Directory) => {}
                (EntryKind::Symlink(target), ReadKind::Symlink(read)) => prop_assert_eq!(target, read),
                (EntryKind::File(Content::Bytes(bytes)), ReadKind::File { length }) => {
                    prop_assert_eq!(bytes.len() as u64, *length);
                    prop_assert_eq!(&bytes[..], &content[..]);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
