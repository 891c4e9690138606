//! One `.note.dlopen`: JSON that says what a file opens and for what
//! (<https://uapi-group.org/specifications/specs/elf_dlopen_metadata/>).

use serde::Deserialize;

use super::{Feature, Mention};

#[derive(Deserialize)]
struct Entry {
    soname: Vec<String>,
    feature: Option<String>,
    description: Option<String>,
    priority: Option<String>,
}

/// The features of one note; none of one that is not understood.
pub(super) fn features(text: &str, mention: &dyn Fn(String) -> Mention) -> Vec<Feature> {
    let entries: Vec<Entry> = serde_json::from_str(text).unwrap_or_default();
    let one = |entry: Entry| Feature {
        name: entry.feature,
        description: entry.description,
        priority: entry.priority.unwrap_or_else(|| "suggested".to_owned()),
        libraries: entry.soname.into_iter().map(mention).collect(),
    };
    entries
        .into_iter()
        .filter(|entry| !entry.soname.is_empty())
        .map(one)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::Presence;

    #[test]
    fn a_note_gives_its_features_and_a_broken_one_none() {
        let mention = |name: String| Mention {
            name,
            presence: Presence::There,
        };
        let text = r#"[{"feature":"lzma","description":"Support lzma","priority":"recommended","soname":["liblzma.so.5"]},
            {"soname":["liba.so.2","liba.so.1"],"later":1},{"soname":[]}]"#;
        let found = features(text, &mention);
        let names: Vec<_> = found
            .iter()
            .map(|feature| feature.name.as_deref())
            .collect();
        assert_eq!(names, [Some("lzma"), None]);
        assert_eq!(found[0].priority, "recommended");
        assert_eq!(found[1].priority, "suggested");
        assert_eq!(found[1].libraries[1].name, "liba.so.1");
        assert!(features("[{", &mention).is_empty());
        assert!(features(r#"{"soname":3}"#, &mention).is_empty());
    }
}
