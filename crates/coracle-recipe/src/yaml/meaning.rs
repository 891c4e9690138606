//! What a stream means, without its bytes; and what it is to mean after edits. The two are compared.

use std::collections::BTreeMap;

use super::change::{Change, Edit};
use super::{Kind, Node, Place, Style, Yaml, scalar};

/// What a piece of YAML means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    what: What,
    tag: Option<String>,
    anchor: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// `may_be_typed` where it is plain and may be read as something else than a text.
    Scalar {
        text: String,
        may_be_typed: bool,
    },
    List(Vec<Meaning>),
    Map(Vec<(Meaning, Meaning)>),
    /// The anchor's number in the order of the text.
    Alias(Option<usize>),
}

impl Meaning {
    fn text(text: &str) -> Meaning {
        Meaning {
            what: What::Scalar {
                text: text.to_owned(),
                may_be_typed: false,
            },
            tag: None,
            anchor: None,
        }
    }

    fn entry(key: &str, text: &str) -> (Meaning, Meaning) {
        (Meaning::text(key), Meaning::text(text))
    }
}

/// What the documents mean.
pub(super) fn of(yaml: &Yaml) -> Vec<Meaning> {
    after(yaml, &[])
}

/// What the documents are to mean after these edits.
pub(super) fn after(yaml: &Yaml, edits: &[Edit]) -> Vec<Meaning> {
    let mut by_place: BTreeMap<&Place, Vec<&Change>> = BTreeMap::new();
    for edit in edits {
        by_place.entry(&edit.at).or_default().push(&edit.change);
    }
    let changer = Changer { by_place };
    let documents = yaml.documents.iter().enumerate();
    let mut meanings: Vec<Meaning> = documents
        .map(|(number, node)| changer.meaning(node, &Place(vec![number])))
        .collect();
    number_anew(&mut meanings);
    meanings
}

struct Changer<'a> {
    by_place: BTreeMap<&'a Place, Vec<&'a Change>>,
}

impl Changer<'_> {
    fn at(&self, place: &Place) -> &[&Change] {
        self.by_place.get(place).map_or(&[], Vec::as_slice)
    }

    fn meaning(&self, node: &Node, place: &Place) -> Meaning {
        let set = self.at(place).iter().find_map(|change| match change {
            Change::Set(text) => Some(text),
            _ => None,
        });
        if let Some(text) = set {
            let is_alias = matches!(node.kind, Kind::Alias { .. });
            return Meaning {
                tag: node.tag.clone().filter(|_| !is_alias),
                anchor: node.anchor,
                ..Meaning::text(text)
            };
        }
        let what = match &node.kind {
            Kind::Scalar { text, style } => What::Scalar {
                text: text.clone(),
                may_be_typed: *style == Style::Plain && scalar::is_typed(text),
            },
            Kind::Alias { anchor } => What::Alias(Some(*anchor)),
            Kind::List { items, .. } => {
                let mut meanings = Vec::new();
                for (number, item) in items.iter().enumerate() {
                    let place = place.child(number);
                    if !self.at(&place).contains(&&Change::Remove) {
                        meanings.push(self.meaning(item, &place));
                    }
                }
                What::List(meanings)
            }
            Kind::Map { entries, .. } => {
                let mut meanings = Vec::new();
                for (number, entry) in entries.iter().enumerate() {
                    self.entry(entry, &place.child(number), &mut meanings);
                }
                What::Map(meanings)
            }
        };
        Meaning {
            what,
            tag: node.tag.clone(),
            anchor: node.anchor,
        }
    }

    fn entry(&self, entry: &super::Entry, place: &Place, into: &mut Vec<(Meaning, Meaning)>) {
        let changes = self.at(place);
        let replaced = changes.iter().find_map(|change| match change {
            Change::Replace { key, text } => Some(Meaning::entry(key, text)),
            _ => None,
        });
        match replaced {
            Some(replaced) => into.push(replaced),
            None if changes.contains(&&Change::Remove) => {}
            None => {
                // Keys are not changed.
                let unchanged = Changer {
                    by_place: BTreeMap::new(),
                };
                let key = unchanged.meaning(&entry.key, place);
                into.push((key, self.meaning(&entry.value, place)));
            }
        }
        for change in changes {
            if let Change::InsertAfter { key, text } = change {
                into.push(Meaning::entry(key, text));
            }
        }
    }
}

/// Numbers anchors in their order, for some may be gone; an alias of one that is gone has none, which no text can mean.
fn number_anew(meanings: &mut [Meaning]) {
    let mut numbers = BTreeMap::new();
    for meaning in meanings {
        number(meaning, &mut numbers);
    }
}

fn number(meaning: &mut Meaning, numbers: &mut BTreeMap<usize, usize>) {
    if let Some(anchor) = meaning.anchor {
        let next = numbers.len() + 1;
        meaning.anchor = Some(*numbers.entry(anchor).or_insert(next));
    }
    match &mut meaning.what {
        What::Scalar { .. } => {}
        What::Alias(anchor) => {
            *anchor = anchor.and_then(|anchor| numbers.get(&anchor).copied());
        }
        What::List(items) => items.iter_mut().for_each(|item| number(item, numbers)),
        What::Map(entries) => {
            for (key, value) in entries {
                number(key, numbers);
                number(value, numbers);
            }
        }
    }
}
