//! Embedded lists: a file with the section that `cargo auditable` writes.

use std::io::Write as _;

use super::{CrateKind, EmbeddedCrate, Error, embedded_crates};
use crate::elf::writer::Elf;
use crate::reduce::Reduced;

/// An ELF file that is section headers and little else: a null one, the list, and their names.
fn with_section(name: &str, content: &[u8]) -> Vec<u8> {
    let names = format!("\0{name}\0.shstrtab\0");
    let (content_at, names_at) = (64_u64, 64 + content.len() as u64);
    let table = (names_at + names.len() as u64).next_multiple_of(8);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(table.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    bytes.extend(content);
    bytes.extend(names.as_bytes());
    bytes.resize(usize::try_from(table).unwrap() + 64, 0);
    let rows = [
        (1_u32, 1_u32, content_at, content.len()),
        (
            u32::try_from(name.len()).unwrap() + 2,
            3,
            names_at,
            names.len(),
        ),
    ];
    for (name, kind, offset, size) in rows {
        bytes.extend(name.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(offset.to_le_bytes());
        bytes.extend((size as u64).to_le_bytes());
        bytes.extend([0; 24]);
    }
    bytes
}

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

const LIST: &str = r#"{"packages":[
  {"name":"worker","version":"0.1.0","source":"local","dependencies":[1,2],"root":true},
  {"name":"serde","version":"1.0.228","source":"registry"},
  {"name":"cc","version":"1.2.0","source":"git","kind":"build"}]}"#;

#[test]
fn an_embedded_list_is_read_and_sorted() {
    let crates = embedded_crates(&with_section(".dep-v0", &compressed(LIST)))
        .unwrap()
        .unwrap();
    let row = |name: &str, version: &str, source: &str, kind, root| EmbeddedCrate {
        name: name.to_owned(),
        version: version.to_owned(),
        source: source.to_owned(),
        kind,
        root,
    };
    let expected = [
        row("cc", "1.2.0", "git", CrateKind::Build, false),
        row("serde", "1.0.228", "registry", CrateKind::Runtime, false),
        row("worker", "0.1.0", "local", CrateKind::Runtime, true),
    ];
    assert_eq!(crates, expected);
}

#[test]
fn a_file_without_the_section_has_no_list() {
    assert!(
        embedded_crates(&with_section(".data", b"x"))
            .unwrap()
            .is_none()
    );
    assert!(embedded_crates(b"\x7fELF").unwrap().is_none());
    assert!(embedded_crates(b"").unwrap().is_none());
}

#[test]
fn a_broken_list_is_an_error() {
    let broken = with_section(".dep-v0", b"not zlib");
    let error = embedded_crates(&broken).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }));
    assert!(error.hint().unwrap().contains("cargo auditable build"));
}

#[test]
fn a_list_that_unpacks_to_more_than_the_limit_is_an_error() {
    let bomb = compressed(&" ".repeat(9 << 20));
    assert!(bomb.len() < 100_000);
    assert!(embedded_crates(&with_section(".dep-v0", &bomb)).is_err());
}

/// A program with a list in the middle of much that nobody reads.
fn program_with_list(list: &[u8]) -> Vec<u8> {
    let mut bytes = Elf::program(&["libc.so.6"]).build();
    bytes.extend([0xaa; 10_000]);
    let list_at = bytes.len() as u64;
    bytes.extend(list);
    bytes.extend([0xaa; 10_000]);
    let names_at = bytes.len() as u64;
    bytes.extend(b"\0.text\0.dep-v0\0.shstrtab\0");
    bytes.extend([0xaa; 10_000]);
    let table_at = bytes.len().next_multiple_of(8);
    bytes.resize(table_at, 0);
    let rows = [
        (0_u32, 0, 0, 0),
        (1, 1, 64, 5000),
        (7, 1, list_at, list.len() as u64),
        (15, 3, names_at, 25),
    ];
    for (name, kind, offset, size) in rows {
        bytes.extend(name.to_le_bytes());
        bytes.extend(u32::to_le_bytes(kind));
        bytes.extend([0; 16]);
        bytes.extend(offset.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend([0; 24]);
    }
    bytes.extend([0xaa; 10_000]);
    bytes[40..48].copy_from_slice(&(table_at as u64).to_le_bytes());
    bytes[58..64].copy_from_slice(&[64, 0, 4, 0, 3, 0]);
    bytes
}

#[test]
fn a_reduced_file_has_the_same_list() {
    let whole = program_with_list(&compressed(LIST));
    let reduced = Reduced::of(&whole).unwrap();
    assert!(reduced.kept() < 10_000, "{} bytes are kept", reduced.kept());
    let filled = reduced.fill(Vec::new());
    let expected = embedded_crates(&whole).unwrap().unwrap();
    assert_eq!(expected.len(), 3);
    assert_eq!(embedded_crates(&filled).unwrap().unwrap(), expected);
}

#[test]
fn a_reduced_file_with_a_broken_list_still_has_a_broken_list() {
    let whole = program_with_list(b"not zlib");
    let filled = Reduced::of(&whole).unwrap().fill(Vec::new());
    assert!(embedded_crates(&filled).is_err());
    // Section headers that lead nowhere are no reason to keep or to fail.
    let mut lying = whole.clone();
    lying[40..48].copy_from_slice(&u64::MAX.to_le_bytes());
    let filled = Reduced::of(&lying).unwrap().fill(Vec::new());
    assert_eq!(
        embedded_crates(&filled).unwrap(),
        embedded_crates(&lying).unwrap()
    );
}
