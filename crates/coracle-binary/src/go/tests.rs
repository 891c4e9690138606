//! Build information: blobs written here, and what `go version -m` prints of real programs.

mod oracle;

use super::{BuildInfo, Error, Module};
use crate::elf::writer::{BASE, Elf};

const START: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(0x80 | u8::try_from(value & 0x7f).unwrap());
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// An inline blob as the linker of Go 1.18 and later writes it.
pub(crate) fn blob(version: &str, modules: &str) -> Vec<u8> {
    let modules = [START, modules.as_bytes(), END].concat();
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    bytes.extend(varint(version.len()));
    bytes.extend(version.as_bytes());
    bytes.extend(varint(modules.len()));
    bytes.extend(modules);
    bytes
}

/// A program with the blob at a multiple of 16, in a writable segment as Go's linker has it.
pub(crate) fn in_data(extra: &[u8]) -> Vec<u8> {
    let mut bytes = program(extra);
    let headers = bytes[64..].chunks_exact_mut(56);
    let load = headers.map(|header| &mut header[..8]);
    let load = load.into_iter().find(|header| header[0] == 1).unwrap();
    load[4] = 7;
    bytes
}

/// A program with the blob at a multiple of 16.
pub(crate) fn program(extra: &[u8]) -> Vec<u8> {
    let probe = Elf {
        extra: vec![0xaa],
        ..Elf::fixed()
    }
    .build();
    let at = probe.len() - 1;
    let extra = [vec![0; at.next_multiple_of(16) - at].as_slice(), extra].concat();
    Elf {
        extra,
        ..Elf::fixed()
    }
    .build()
}

const MODULES: &str = "path\texample.org/shop/cmd/worker
mod\texample.org/shop\tv1.2.3\th1:abc=
dep\tgolang.org/x/sys\tv0.30.0\th1:def=
dep\texample.org/local\tv0.0.0
=>\t../local\t(devel)\t
build\t-buildmode=exe
build\t-tags=netgo,osusergo
build\t-ldflags=\"-s -w\\t-X 'main.v=\\u00e9'\"
build\tCGO_ENABLED=0
build\tGOARCH=amd64
build\tGOAMD64=v3
";

#[test]
fn an_inline_blob_is_read() {
    let info = BuildInfo::read(&program(&blob("go1.24.2", MODULES)))
        .unwrap()
        .unwrap();
    assert_eq!(info.go_version, "go1.24.2");
    assert_eq!(info.path.as_deref(), Some("example.org/shop/cmd/worker"));
    let main = info.main.as_ref().unwrap();
    assert_eq!(
        (main.path.as_str(), main.version.as_str(), main.sum.as_str()),
        ("example.org/shop", "v1.2.3", "h1:abc=")
    );
    let [sys, local] = info.deps.as_slice() else {
        panic!("{:?}", info.deps)
    };
    assert_eq!((sys.version.as_str(), &sys.replace), ("v0.30.0", &None));
    let replace = Module {
        path: "../local".to_owned(),
        version: "(devel)".to_owned(),
        sum: String::new(),
        replace: None,
    };
    assert_eq!(local.replace.as_deref(), Some(&replace));
    assert_eq!(info.cgo_enabled(), Some(false));
    assert_eq!(info.tags(), ["netgo", "osusergo"]);
    assert_eq!(info.cpu_level(), Some(("GOAMD64", "v3")));
    assert_eq!(info.settings["-ldflags"], "-s -w\t-X 'main.v=é'");
}

#[test]
fn a_blob_of_pointers_is_read() {
    // The header at +0; the two Go strings at +32 and +48; their bytes after that.
    for (wide, little) in [(true, true), (true, false), (false, true), (false, false)] {
        let probe = Elf {
            wide,
            little,
            extra: vec![0xaa],
            ..Elf::fixed()
        }
        .build();
        let at = (probe.len() - 1).next_multiple_of(16);
        let pad = at - (probe.len() - 1);
        let word = |value: u64| -> Vec<u8> {
            let mut bytes = value.to_be_bytes()[if wide { 0 } else { 4 }..].to_vec();
            if little {
                bytes.reverse();
            }
            bytes
        };
        let address = |offset: usize| BASE + (at + offset) as u64;
        let modules = [START, b"path\tx\nmod\tm\t(devel)\t\n".as_slice(), END].concat();
        let size = if wide { 8 } else { 4 };
        let mut bytes = vec![0; pad];
        bytes.extend(b"\xff Go buildinf:");
        bytes.extend([size, u8::from(!little)]);
        bytes.extend(word(address(64)));
        bytes.extend(word(address(80)));
        bytes.resize(pad + 64, 0);
        bytes.extend(word(address(96)));
        bytes.extend(word(6));
        bytes.resize(pad + 80, 0);
        bytes.extend(word(address(102)));
        bytes.extend(word(modules.len() as u64));
        bytes.resize(pad + 96, 0);
        bytes.extend(b"go1.17");
        bytes.extend(&modules);
        let file = Elf {
            wide,
            little,
            extra: bytes,
            ..Elf::fixed()
        }
        .build();
        let info = BuildInfo::read(&file).unwrap().unwrap();
        assert_eq!(
            (info.go_version.as_str(), info.path.as_deref()),
            ("go1.17", Some("x")),
            "{wide} {little}"
        );
        assert_eq!(info.main.unwrap().version, "(devel)");
    }
}

#[test]
fn a_program_of_another_language_has_none() {
    assert_eq!(BuildInfo::read(&program(b"nothing here")), Ok(None));
    // The magic at an odd address is text in somebody's data, not a blob.
    let odd = [b"x".as_slice(), &blob("go1.24", "path\tx\n")].concat();
    assert_eq!(BuildInfo::read(&program(&odd)), Ok(None));
}

#[test]
fn a_program_that_has_the_magic_among_its_texts_is_no_go_program() {
    let mut text = b"\xff Go buildinf: is what comes before".to_vec();
    text.resize(64, 0);
    assert_eq!(BuildInfo::read(&program(&text)), Ok(None));
}

#[test]
fn a_broken_blob_is_an_error_and_a_whole_one_after_it_is_read() {
    let mut broken = b"\xff Go buildinf:\x08\x02".to_vec();
    broken.resize(32, 0);
    broken.extend([0xff; 16]);
    let error = BuildInfo::read(&program(&broken)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Malformed {
                what: "no version string",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.hint().is_some());
    let both = [broken, blob("go1.24", "path\tx\n")].concat();
    assert_eq!(
        BuildInfo::read(&program(&both))
            .unwrap()
            .unwrap()
            .go_version,
        "go1.24"
    );
}

#[test]
fn text_that_is_no_build_information_is_refused() {
    let check = |modules: &str, what: &str| {
        let error = BuildInfo::read(&program(&blob("go1.24", modules))).unwrap_err();
        assert!(error.to_string().ends_with(what), "{error}");
    };
    check("=>\tx\tv1\t\n", "a replacement of nothing");
    check("build\tCGO_ENABLED\n", "a build setting without =");
    check("build\tA=\"b\n", "a quoted build setting without an end");
    check("build\tA=\"\\q\"\n", "an unknown escape in a build setting");
    check(
        "build\tA=\"\\ud800\"\n",
        "a broken escape in a build setting",
    );
    check("mod\t\n", "a module without a path");
}

#[test]
fn modules_without_sentinels_are_left_out_as_go_does() {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    bytes.extend(b"\x06go1.24\x00");
    let info = BuildInfo::read(&program(&bytes)).unwrap().unwrap();
    assert_eq!(
        (info.go_version.as_str(), info.path, info.main),
        ("go1.24", None, None)
    );
}

#[test]
fn what_is_no_elf_file_is_an_error() {
    assert!(matches!(BuildInfo::read(b"MZ"), Err(Error::Elf { .. })));
}
