//! `PT_NOTE`: the build ID, the kernel a library asks for, the instruction set, and what it says it opens.
//!
//! Notes are hints: a malformed one is left out and is no error, as the loader does it.

use super::{Segment, SegmentKind};
use crate::bytes::Words;

const GNU_ABI_TAG: u32 = 1;
const GNU_BUILD_ID: u32 = 3;
const GNU_PROPERTIES: u32 = 5;
const FDO_DLOPEN: u32 = 0x407c_0c0a;
const X86_ISA_1_NEEDED: u32 = 0xc000_8002;
/// More notes than any file has; what follows them is left out.
const NOTES_LIMIT: usize = 4096;

/// No note that is read here is longer; a hostile file gets no more work than this out of one.
const CONTENT_LIMIT: usize = 65_536;

/// What a file's notes say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// `NT_GNU_BUILD_ID` in hexadecimal.
    pub build_id: Option<String>,
    /// `NT_GNU_ABI_TAG`: the operating system (0 is Linux) and its least version.
    pub abi: Option<[u32; 4]>,
    /// `GNU_PROPERTY_X86_ISA_1_NEEDED`: bit 0 baseline, 1 x86-64-v2, 2 v3, 3 v4.
    pub isa_needed: Option<u32>,
    /// `.note.dlopen` (owner FDO): the JSON texts, as written.
    pub dlopen: Vec<String>,
}

pub(super) fn read(words: Words<'_>, segments: &[Segment]) -> Notes {
    let mut notes = Notes::default();
    let mut left = NOTES_LIMIT;
    for segment in segments
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Note)
    {
        if let Some(bytes) = words.slice(segment.offset, segment.file_size) {
            let alignment = if segment.alignment == 8 { 8 } else { 4 };
            notes.read_segment(
                Words {
                    bytes,
                    trace: None,
                    ..words
                },
                alignment,
                &mut left,
            );
        }
    }
    notes
}

impl Notes {
    fn read_segment(&mut self, raw: Words<'_>, alignment: u64, left: &mut usize) {
        let mut at = 0;
        while let (Some(name_size), Some(size), Some(kind)) =
            (raw.u32(at), raw.u32(at + 4), raw.u32(at + 8))
        {
            if *left == 0 {
                return;
            }
            *left -= 1;
            let name_at = at + 12;
            let content_at = (name_at + u64::from(name_size)).next_multiple_of(alignment);
            let (Some(name), Some(content)) = (
                raw.slice(name_at, name_size.into()),
                raw.slice(content_at, size.into()),
            ) else {
                return;
            };
            self.take(
                name,
                kind,
                Words {
                    bytes: content,
                    ..raw
                },
            );
            at = (content_at + u64::from(size)).next_multiple_of(alignment);
        }
    }

    fn take(&mut self, name: &[u8], kind: u32, content: Words<'_>) {
        match (name, kind) {
            (b"GNU\0", GNU_ABI_TAG) => {
                let field = |index: u64| content.u32(index * 4);
                if let (Some(system), Some(major), Some(minor), Some(patch)) =
                    (field(0), field(1), field(2), field(3))
                {
                    self.abi = Some([system, major, minor, patch]);
                }
            }
            _ if content.bytes.len() > CONTENT_LIMIT => {}
            (b"GNU\0", GNU_BUILD_ID) => {
                self.build_id = Some(
                    content
                        .bytes
                        .iter()
                        .map(|byte| format!("{byte:02x}"))
                        .collect(),
                );
            }
            (b"GNU\0", GNU_PROPERTIES) => self.take_properties(content),
            (b"FDO\0", FDO_DLOPEN) => {
                let text = String::from_utf8_lossy(content.bytes);
                self.dlopen.push(text.trim_end_matches('\0').to_owned());
            }
            _ => {}
        }
    }

    fn take_properties(&mut self, content: Words<'_>) {
        let mut at = 0;
        while let (Some(kind), Some(size)) = (content.u32(at), content.u32(at + 4)) {
            if kind == X86_ISA_1_NEEDED && size == 4 {
                self.isa_needed = content.u32(at + 8);
            }
            at = (at + 8 + u64::from(size)).next_multiple_of(content.word_size());
        }
    }
}
