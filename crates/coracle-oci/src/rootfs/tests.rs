//! Tests of merged layers; the cases are those of the image specification (layer.md) and of what runtimes are known to do.

use proptest::prelude::*;

use super::*;
use crate::descriptor::Descriptor;
use crate::layer::{Compression, Content, Entry, EntryKind, write_layer, write_tar};
use crate::media_type;
use crate::platform::Platform;

/// A layer in words: `d path`, `f path content`, `l path target`, `h path target`, `p path`, and any name, `.wh.` too.
fn layer(lines: &[&str]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (path, rest) = (words[1], words.get(2).copied().unwrap_or_default());
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_mode(if words[0] == "d" { 0o711 } else { 0o640 });
        header.set_size(if words[0] == "f" {
            rest.len() as u64
        } else {
            0
        });
        let (kind, link) = match words[0] {
            "d" => (tar::EntryType::Directory, ""),
            "l" => (tar::EntryType::Symlink, rest),
            "h" => (tar::EntryType::Link, rest),
            "p" => (tar::EntryType::Fifo, ""),
            _ => (tar::EntryType::Regular, ""),
        };
        header.set_entry_type(kind);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        let content = if words[0] == "f" { rest } else { "" };
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn try_merge(layers: &[&[&str]]) -> Result<RootFilesystem, RootFilesystemError> {
    let tars: Vec<Vec<u8>> = layers.iter().map(|lines| layer(lines)).collect();
    let parts = tars
        .iter()
        .map(|tar| (&tar[..], media_type::LAYER, Digest::of(tar)));
    RootFilesystem::read(parts, Limits::default())
}

/// The merged tree in words: `path layer`, with content or target.
fn check(layers: &[&[&str]], expected: &[&str]) {
    let root = try_merge(layers).unwrap();
    let found: Vec<String> = root
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, node)| match &node.kind {
            NodeKind::Directory => format!("{path}/ {}", node.layer),
            NodeKind::File { content } => {
                format!("{path} {} {}", node.layer, String::from_utf8_lossy(content))
            }
            NodeKind::Symlink(target) => format!("{path} {} -> {target}", node.layer),
            NodeKind::Other => format!("{path} {} !", node.layer),
        })
        .collect();
    assert_eq!(found, expected);
}

fn fails(layers: &[&[&str]], expected: &str) {
    assert_eq!(try_merge(layers).unwrap_err().to_string(), expected);
}

#[test]
fn upper_layers_win_and_directories_are_joined() {
    check(
        &[&["d a", "f a/x 1", "f a/y 1"], &["d a", "f a/y 2", "p a/z"]],
        &["a/ 1", "a/x 0 1", "a/y 1 2", "a/z 1 !"],
    );
}

#[test]
fn a_whiteout_deletes_what_is_below_it_and_never_its_own_layers_files() {
    check(
        &[&["f a/x 1", "f a/y 1"], &["f a/.wh.x "]],
        &["a/ 0", "a/y 0 1"],
    );
    check(
        &[&["f a/x/y 1", "f a/xy 1"], &["f a/.wh.x "]],
        &["a/ 0", "a/xy 0 1"],
    );
    check(&[&["f a/x 1"], &["f .wh.a "]], &[]);
    check(&[&["f x 1"], &["f .wh.x ", "f x 2"]], &["x 1 2"]);
    check(&[&["f x 1"], &["f x 2", "f .wh.x "]], &["x 1 2"]);
    check(
        &[&["f d/old 1"], &["d d", "f .wh.d ", "f d/new 2"]],
        &["d/ 1", "d/new 1 2"],
    );
    check(&[&[], &["f a/.wh.nothing "]], &["a/ 1"]);
}

#[test]
fn an_opaque_directory_hides_everything_below_it_wherever_the_marker_stands() {
    for upper in [
        ["f a/.wh..wh..opq ", "f a/new 2"],
        ["f a/new 2", "f a/.wh..wh..opq "],
    ] {
        check(
            &[&["d a", "f a/old 1", "f a/b/c 1", "f ab 1"], &upper],
            &["a/ 0", "a/new 1 2", "ab 0 1"],
        );
    }
    check(&[&["f x 1"], &["f .wh..wh..opq ", "f y 2"]], &["y 1 2"]);
    check(
        &[&["f x 1"], &["d .wh..wh.plnk", "f .wh..wh.aufs "]],
        &["x 0 1"],
    );
}

#[test]
fn files_replace_directories_and_directories_replace_files() {
    check(&[&["f a/b/c 1"], &["f a 2"]], &["a 1 2"]);
    check(&[&["f a 1"], &["f a/b 2"]], &["a/ 1", "a/b 1 2"]);
    check(&[&["f a/b 1"], &["l a target"], &["d a"]], &["a/ 2"]);
    check(&[&["f a 1", "d a", "f a/b 2"]], &["a/ 0", "a/b 0 2"]);
    check(&[&["d a", "f a/b 2", "f a 1"]], &["a 0 1"]);
}

#[test]
fn a_directory_over_a_link_hides_the_link_as_overlayfs_does() {
    check(
        &[&["d usr/lib", "l lib usr/lib"], &["f lib/x 2"]],
        &["lib/ 1", "lib/x 1 2", "usr/ 0", "usr/lib/ 0"],
    );
}

#[test]
fn links_in_front_of_a_name_are_followed_inside_their_own_layer() {
    check(
        &[&["l lib usr/lib", "f lib/x 1"]],
        &["lib 0 -> usr/lib", "usr/ 0", "usr/lib/ 0", "usr/lib/x 0 1"],
    );
    check(
        &[&["l a /../../b", "f a/x 1"]],
        &["a 0 -> /../../b", "b/ 0", "b/x 0 1"],
    );
    check(
        &[&["l d/a ../b", "f d/a/x 1"]],
        &["b/ 0", "b/x 0 1", "d/ 0", "d/a 0 -> ../b"],
    );
    fails(
        &[&["l a b", "l b a", "f a/x 1"]],
        "layer 0 has `a/x`, which cannot be unpacked: there are too many symbolic links above it",
    );
    fails(
        &[&["f a 1", "f a/x 1"]],
        "layer 0 has `a/x`, which cannot be unpacked: `a` is not a directory",
    );
}

#[test]
fn directories_have_the_metadata_of_the_top_layer_that_names_them() {
    let root = try_merge(&[&["d a", "f a/x 1"], &["f a/y 2"]]).unwrap();
    assert_eq!(
        (root.get("a").unwrap().mode, root.get("a").unwrap().layer),
        (0o711, 0)
    );
    let root = try_merge(&[&["f a/y 2"], &["d a"]]).unwrap();
    assert_eq!(
        (root.get("a").unwrap().mode, root.get("a").unwrap().layer),
        (0o711, 1)
    );
    let root = try_merge(&[&["d ./", "f x 1"]]).unwrap();
    assert_eq!(root.get("").unwrap().mode, 0o711);
    assert_eq!(
        try_merge(&[&["f x 1"]]).unwrap().get("").unwrap().mode,
        0o755
    );
}

#[test]
fn hard_links_share_content_and_need_their_target_in_the_same_layer() {
    let root = try_merge(&[&["f a/x 1", "h b ./a/x", "h c b"], &["f a/x 2"]]).unwrap();
    let content = |path: &str| match &root.get(path).unwrap().kind {
        NodeKind::File { content } => Arc::clone(content),
        other => panic!("{other:?}"),
    };
    assert!(Arc::ptr_eq(&content("b"), &content("c")));
    assert_eq!(
        (&content("b")[..], &content("a/x")[..]),
        (&b"1"[..], &b"2"[..]),
        "the old content stays"
    );
    let reason = "which is no file of the same layer";
    fails(
        &[&["f x 1"], &["h y x"]],
        &format!("layer 1 has `y`, which cannot be unpacked: it is a hard link to `x`, {reason}"),
    );
    fails(
        &[&["d x", "h y x"]],
        &format!("layer 0 has `y`, which cannot be unpacked: it is a hard link to `x`, {reason}"),
    );
    fails(
        &[&["f x 1", "h x x"]],
        "layer 0 has `x`, which cannot be unpacked: it is a hard link to itself",
    );
}

#[test]
fn hostile_names_are_kept_inside_and_reported() {
    let root = try_merge(&[&["f ../../etc/passwd 1", "f /abs 2"]]).unwrap();
    assert!(root.get("etc/passwd").is_some() && root.get("abs").is_some());
    let reported: Vec<String> = root
        .adjusted_names()
        .iter()
        .map(|found| format!("{}: {}", found.path, found.adjustment))
        .collect();
    assert_eq!(
        reported,
        [
            "etc/passwd: the name had `..` in it",
            "abs: the name was absolute"
        ]
    );
    fails(
        &[&["f a/.wh... "]],
        "layer 0 has `a/.wh...`, which cannot be unpacked: it deletes nothing that can have a name",
    );
    fails(
        &[&["f a/.wh. "]],
        "layer 0 has `a/.wh.`, which cannot be unpacked: it deletes nothing that can have a name",
    );
}

#[test]
fn children_are_the_names_in_a_directory() {
    let root = try_merge(&[&["f a/x 1", "f a/b/c 1", "f a.b 1", "f b 1"]]).unwrap();
    let names = |path: &str| {
        root.children(path)
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["a", "a.b", "b"]);
    assert_eq!(names("a"), ["b", "x"]);
    assert!(names("b").is_empty() && names("none").is_empty());
}

#[test]
fn another_layer_than_the_configuration_means_is_refused() {
    let tar = layer(&["f a 1"]);
    let wrong = Digest::of(b"another");
    let error = RootFilesystem::read([(&tar[..], media_type::LAYER, wrong)], Limits::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "expected layer 0 to hold {wrong} uncompressed, got {}",
            Digest::of(&tar)
        )
    );
}

#[test]
fn the_limits_are_for_all_layers_together() {
    let tar = layer(&["f a 1"]);
    let read = |limits| {
        RootFilesystem::read(
            [(); 3].map(|()| (&tar[..], media_type::LAYER, Digest::of(&tar))),
            limits,
        )
    };
    let enough = Limits {
        bytes: 3 * tar.len() as u64,
        entries: 3,
    };
    read(enough).unwrap();
    let error = read(Limits {
        bytes: enough.bytes - 1,
        ..enough
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "layer 2 could not be read");
    assert!(
        read(Limits {
            entries: 2,
            ..enough
        })
        .is_err()
    );
}

#[test]
fn an_image_is_read_back_from_the_store_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut config = ImageConfig::new(&Platform::linux("amd64"));
    let mut layers = Vec::new();
    for (text, compression) in [
        ("1", Compression::None),
        ("2", Compression::Gzip { level: 6 }),
    ] {
        let entries = [Entry::file(
            "etc/x",
            Content::bytes(text.as_bytes()),
            0o644,
            0,
        )];
        let layer = write_layer(&entries, 0, compression, 1, &store).unwrap();
        config.rootfs.diff_ids.push(layer.diff_id);
        layers.push(layer.descriptor);
    }
    let manifest = Manifest::new(Descriptor::of(media_type::CONFIG, b"{}"), layers);
    let read = |config: &ImageConfig| {
        RootFilesystem::from_store(&store, &manifest, config, Limits::default())
    };
    let root = read(&config).unwrap();
    assert_eq!(
        root.get("etc/x").unwrap().kind,
        NodeKind::File {
            content: Arc::from(&b"2"[..])
        }
    );
    let mut swapped = config.clone();
    swapped.rootfs.diff_ids.reverse();
    assert!(matches!(
        read(&swapped),
        Err(RootFilesystemError::DiffId { layer: 0, .. })
    ));
    swapped.rootfs.diff_ids.pop();
    assert!(matches!(
        read(&swapped),
        Err(RootFilesystemError::Count {
            layers: 2,
            diff_ids: 1
        })
    ));
    // One bit on disk: found although nothing asked for it.
    let path = store.path(&manifest.layers[0].digest);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[600] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(
        read(&config),
        Err(RootFilesystemError::Read { layer: 0, .. })
    ));
}

proptest! {
    #[test]
    fn merging_never_panics_and_every_path_has_its_parents(
        layers in proptest::collection::vec(proptest::collection::vec("[dflhp] (\\.\\./|/)?[ab](/(\\.wh\\.|\\.wh\\.\\.wh\\.\\.opq)?[ab]?){0,3} [ab](/[ab.]{1,2}){0,2}", 0..6), 0..4)
    ) {
        let lines: Vec<Vec<&str>> = layers.iter().map(|lines| lines.iter().map(String::as_str).collect()).collect();
        let slices: Vec<&[&str]> = lines.iter().map(|lines| &lines[..]).collect();
        if let Ok(root) = try_merge(&slices) {
            for (path, _) in root.iter().filter(|(path, _)| !path.is_empty()) {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                prop_assert_eq!(&root.get(parent).unwrap().kind, &NodeKind::Directory);
            }
        }
    }

    #[test]
    fn laying_a_layer_over_itself_changes_nothing_but_the_layer(paths in proptest::collection::btree_set("[ab](/[abc]){0,3}", 0..8)) {
        let entries: Vec<Entry> = paths.iter().map(|path| Entry { kind: EntryKind::Directory, ..Entry::directory(path, 0) }).collect();
        let mut tar = Vec::new();
        write_tar(&entries, 0, &mut tar).unwrap();
        let digest = Digest::of(&tar);
        let read = |times: usize| RootFilesystem::read((0..times).map(|_| (&tar[..], media_type::LAYER, digest)), Limits::default()).unwrap();
        let names = |root: &RootFilesystem| root.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(names(&read(1)), names(&read(3)));
    }
}
