//! Edits of YAML: whatever a file is, an edit is refused, or another reader sees that and nothing else.

use coracle_recipe::yaml::{Change, Place, Yaml};

/// Only so many places of a file are tried, for each is read anew.
const PLACES: usize = 24;

/// A stream of documents, and edits at its first places.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(yaml) = Yaml::read(text) else {
        return;
    };
    assert_eq!(yaml.to_string(), text, "what is read is what is written");
    assert_eq!(yaml.edit(&[]).as_deref(), Ok(text));
    for (at, old) in yaml.scalars().into_iter().take(PLACES) {
        set(&yaml, text, &at, old);
    }
    for document in yaml.documents().take(4) {
        for (_, at) in yaml.entries(&document).into_iter().take(8) {
            let key = "image".to_owned();
            let text = "example.invalid/a:${B:-c}".to_owned();
            let (inserted, replaced) = (
                Change::InsertAfter {
                    key: key.clone(),
                    text: text.clone(),
                },
                Change::Replace { key, text },
            );
            for change in [Change::Remove, inserted, replaced] {
                changed(&yaml, &at, change);
            }
        }
    }
}

/// A text that is set is there, the others are as they were, and so are all bytes around it.
fn set(yaml: &Yaml, text: &str, at: &Place, old: &str) {
    const NEW: &str = "r.io/a@sha256:0";
    let Ok(changed) = yaml.edit(&[Change::Set(NEW.to_owned()).at(at.clone())]) else {
        return;
    };
    let read = read_again(&changed);
    let mut before: Vec<&str> = yaml.scalars().into_iter().map(|(_, text)| text).collect();
    let number = yaml.scalars().iter().position(|(place, _)| place == at);
    let number = number.unwrap_or_default();
    assert_eq!(before.get(number), Some(&old));
    if let Some(text) = before.get_mut(number) {
        *text = NEW;
    }
    let after: Vec<&str> = read
        .scalars()
        .into_iter()
        .map(|(_, text)| text.trim_end())
        .collect();
    let before: Vec<&str> = before.into_iter().map(str::trim_end).collect();
    assert_eq!(after, before);
    let same = |one: &str, other: &str| {
        let pairs = one.bytes().zip(other.bytes());
        pairs.take_while(|(one, other)| one == other).count()
    };
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    let kept = same(text, &changed) + same(&reversed(text), &reversed(&changed));
    let span = yaml.span(at).map_or(0, |span| span.end - span.start);
    assert!(kept + span >= text.len(), "{text:?} became {changed:?}");
}

fn changed(yaml: &Yaml, at: &Place, change: Change) {
    let grows = match &change {
        Change::Remove => -1,
        Change::Replace { .. } | Change::Set(_) => 0,
        Change::InsertAfter { .. } => 1,
    };
    let Ok(changed) = yaml.edit(&[change.at(at.clone())]) else {
        return;
    };
    let entries = |yaml: &Yaml| -> i64 {
        let documents: Vec<Place> = yaml.documents().collect();
        let counts = documents
            .iter()
            .map(|document| yaml.entries(document).len());
        i64::try_from(counts.sum::<usize>()).unwrap_or_default()
    };
    assert_eq!(entries(&read_again(&changed)), entries(yaml) + grows);
}

fn read_again(changed: &str) -> Yaml {
    match Yaml::read(changed) {
        Ok(yaml) => yaml,
        Err(error) => panic!("{error}: {changed:?}"),
    }
}
