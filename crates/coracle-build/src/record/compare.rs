//! What differs from one record to the next.

use std::collections::BTreeSet;

use coracle_oci::Digest;

use super::{Inputs, Kind, Layer, Record};

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The inputs that are others, by kind and name.
    pub changes: Vec<Change>,
    /// Whether the program is the same, byte for byte.
    pub same_program: bool,
    /// The image before, and after.
    pub images: [Digest; 2],
    /// The layers of the new image that the old one has not.
    pub made_anew: Vec<Layer>,
    /// How many layers the new one has.
    pub layers: usize,
}

/// One input that is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of input.
    pub kind: Kind,
    /// Which.
    pub name: String,
    /// What it was; none where it is new.
    pub before: Option<String>,
    /// What it is; none where it is gone.
    pub after: Option<String>,
}

/// Compares a record with the one before it.
pub fn compare(before: &Record, after: &Record) -> Compared {
    let had: BTreeSet<&Digest> = digests(before);
    let layers = after.made.layers.iter();
    let anew = layers.filter(|layer| !had.contains(&layer.digest));
    Compared {
        changes: changes(&before.inputs, &after.inputs),
        same_program: before.made.program == after.made.program,
        images: [before.made.image, after.made.image],
        made_anew: anew.cloned().collect(),
        layers: after.made.layers.len(),
    }
}

fn digests(record: &Record) -> BTreeSet<&Digest> {
    record
        .made
        .layers
        .iter()
        .map(|layer| &layer.digest)
        .collect()
}

fn changes(before: &Inputs, after: &Inputs) -> Vec<Change> {
    let kinds: BTreeSet<Kind> = before.0.keys().chain(after.0.keys()).copied().collect();
    let mut changes: Vec<Change> = Vec::new();
    for kind in kinds {
        let all = [before, after].map(|inputs| inputs.0.get(&kind).cloned().unwrap_or_default());
        let [old, new] = all;
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (before, after) = (old.get(name).cloned(), new.get(name).cloned());
            if before != after {
                let name = name.clone();
                changes.push(Change {
                    kind,
                    name,
                    before,
                    after,
                });
            }
        }
    }
    // The sysroot is another because its packages are: once is enough.
    let of_kind = |kind: Kind| changes.iter().any(|change| change.kind == kind);
    if of_kind(Kind::BuildPackage) {
        changes.retain(|change| change.kind != Kind::Sysroot);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::super::Made;
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn record(inputs: &[(Kind, &str, &str)], program: &str, layers: &[(&str, u64)]) -> Record {
        let mut all = Inputs::default();
        for (kind, name, value) in inputs {
            all.add(*kind, *name, *value);
        }
        let layer = |(holds, bytes): &(&str, u64)| Layer {
            digest: digest(holds),
            bytes: *bytes,
            holds: (*holds).to_owned(),
        };
        let image = digest(&format!("{program} {layers:?}"));
        Record {
            inputs: all,
            made: Made {
                language: "rust".to_owned(),
                program: digest(program),
                layers: layers.iter().map(layer).collect(),
                image,
                root: image,
            },
            links: Vec::new(),
        }
    }

    #[test]
    fn what_is_new_gone_or_another_is_told_by_kind_and_name() {
        let before = record(
            &[
                (Kind::Package, "libssl3t64", "3.5.1-1"),
                (Kind::Source, "src/main.rs", "sha256:1"),
                (Kind::Source, "src/old.rs", "sha256:2"),
                (Kind::Dependency, "syn", "1.0.0"),
                (Kind::Dependency, "syn", "2.0.0"),
            ],
            "a",
            &[("libssl3t64@3.5.1-1", 10), ("program a", 5)],
        );
        let after = record(
            &[
                (Kind::Package, "libssl3t64", "3.5.2-1"),
                (Kind::Source, "src/main.rs", "sha256:3"),
                (Kind::Source, "src/new.rs", "sha256:4"),
                (Kind::Dependency, "syn", "1.0.0"),
                (Kind::Dependency, "syn", "2.0.1"),
            ],
            "b",
            &[("libssl3t64@3.5.1-1", 10), ("program b", 6)],
        );
        let compared = compare(&before, &after);
        let told = |change: &Change| {
            let [before, after] = [&change.before, &change.after]
                .map(|value| value.clone().unwrap_or_else(|| "-".to_owned()));
            format!("{} {} {before} {after}", change.kind.as_str(), change.name)
        };
        let told: Vec<String> = compared.changes.iter().map(told).collect();
        let expected = [
            "source src/main.rs sha256:1 sha256:3",
            "source src/new.rs - sha256:4",
            "source src/old.rs sha256:2 -",
            "dependency syn 1.0.0, 2.0.0 1.0.0, 2.0.1",
            "package libssl3t64 3.5.1-1 3.5.2-1",
        ];
        assert_eq!(told, expected);
        assert!(!compared.same_program);
        let anew: Vec<u64> = compared.made_anew.iter().map(|layer| layer.bytes).collect();
        assert_eq!((anew, compared.layers), (vec![6], 2));
    }

    #[test]
    fn another_sysroot_is_told_only_where_no_package_of_it_says_why() {
        let of = |version: &str, key: &str| {
            let inputs = [
                (Kind::BuildPackage, "libssl-dev", version),
                (Kind::Sysroot, "key", key),
            ];
            record(&inputs, "a", &[])
        };
        let kinds = |before: &Record, after: &Record| -> Vec<Kind> {
            let changes = compare(before, after).changes;
            changes.iter().map(|change| change.kind).collect()
        };
        assert_eq!(kinds(&of("1", "a"), &of("2", "b")), [Kind::BuildPackage]);
        assert_eq!(kinds(&of("1", "a"), &of("1", "b")), [Kind::Sysroot]);
    }

    #[test]
    fn another_root_alone_makes_no_other_record() {
        let one = record(&[], "a", &[]);
        let mut other = one.clone();
        other.made.root = digest("an index");
        assert!(one.is_like(&other));
        other.made.image = digest("another");
        assert!(!one.is_like(&other));
    }
}
