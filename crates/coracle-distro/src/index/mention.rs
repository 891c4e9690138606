//! Where an index says a name first: as a package or in a relation of one. apt numbers packages in this order, and
//! takes the highest number of several that it has no other reason to prefer.

use memchr::{memmem, memrchr};

use super::Index;

/// Where a name stands: its stanza, the rank of the field in it, the place in the text.
pub(crate) type Mention = (usize, usize, usize);

/// The fields in the order in which apt reads them.
const FIELDS: [&[u8]; 10] = [
    b"Package",
    b"Pre-Depends",
    b"Depends",
    b"Conflicts",
    b"Breaks",
    b"Recommends",
    b"Suggests",
    b"Replaces",
    b"Enhances",
    b"Provides",
];

impl Index {
    /// The first mention of a name.
    pub(crate) fn first_mention(&self, name: &str) -> Option<Mention> {
        let text = self.text.as_slice();
        let mut mentions = memmem::find_iter(text, name.as_bytes())
            .filter_map(|place| Some((field(text, place, name.len())?, place)));
        let first = mentions.next()?;
        let rest = text.get(first.1..).unwrap_or_default();
        let end = memmem::find(rest, b"\n\n").map_or(text.len(), |length| first.1 + length);
        let in_stanza = mentions.take_while(|(_, place)| *place < end);
        let (rank, place) = in_stanza.fold(first, Ord::min);
        Some((end, rank, place))
    }
}

/// The rank of the field that a name stands in, if what stands there is a package's whole name.
fn field(text: &[u8], place: usize, length: usize) -> Option<usize> {
    let (before, from) = text.split_at_checked(place)?;
    // `name:any` is a name of its own.
    let ends = match from.get(length..)? {
        [] | [b' ' | b',' | b'\n' | b'(', ..] => true,
        [b':', rest @ ..] => !rest.starts_with(b"any"),
        _ => false,
    };
    if !ends || before.last() != Some(&b' ') {
        return None;
    }
    let line = memrchr(b'\n', before).map_or(0, |line| line + 1);
    let line = before.get(line..)?;
    // `a (>= b)` mentions no b, and no version is a name after a space but there.
    let named = line.split(|byte| *byte == b':').next()?;
    FIELDS.iter().position(|field| *field == named)
}

#[cfg(test)]
mod tests {
    use super::super::Index;
    use crate::ArchiveName;

    #[test]
    fn a_name_is_first_where_apt_reads_it_first() {
        let text =
            "Package: aa\nProvides: vv\nDepends: xx-y, cc:any | bb (>= 1)\nDescription: of dd\n\n\
                    Package: bb\nDepends: cc, dd\n\nPackage: cc\n"
                .to_owned();
        let index = Index::checked(text.into_bytes(), ArchiveName::Main);
        let mut names = vec!["dd", "cc", "bb", "vv", "aa"];
        names.sort_by_key(|name| index.first_mention(name));
        assert_eq!(names, ["aa", "bb", "vv", "cc", "dd"]);
        assert_eq!(index.first_mention("xx"), None);
    }
}
