//! The table of all images: by what was changed, and by what they were made of.

use std::collections::BTreeMap;

use coracle_testkit::agreement::{Sample, Table};

use super::{Agreement, Judged, Skipped, agreement};

const COLUMNS: [(Agreement, &str); 7] = [
    (Agreement::BothStart, "it starts, and we say so"),
    (Agreement::BothFail, "it fails, and we say why"),
    (Agreement::UndecidedFails, "not proven, and it fails"),
    (Agreement::UndecidedStarts, "not proven, and it starts"),
    (Agreement::OtherReason, "other reason"),
    (Agreement::Miss, "misses"),
    (Agreement::FalseAlarm, "false alarms"),
];

type Counts<'a> = BTreeMap<&'a str, BTreeMap<Agreement, usize>>;

/// The whole of it; a full run's is written where it is committed.
pub(super) fn of(sample: &Sample, judged: &[Judged], skipped: &[Skipped]) -> String {
    let mut table = Table::new(
        "images",
        "images_of_many_makes_are_judged_as_they_start",
        "Images, judged and started",
        "real starts, until the entry point, in the root that overlayfs (of Dockerfiles: the engine) makes of the layers",
        sample,
    );
    table.say(&format!(
        "{} images: roots of many makes with one layer over each, in which one thing was changed, and Dockerfiles that \
         BuildKit built; as OCI layouts, archives of layouts, archives of docker save, and in an engine.",
        judged.len()
    ));
    rows(&mut table, "made of", &counted(judged, |one| one.make));
    rows(&mut table, "change", &counted(judged, |one| one.change));
    let mut without: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for Skipped { make, change, why } in skipped {
        *without.entry((make, change, why)).or_default() += 1;
    }
    if !skipped.is_empty() {
        table.say(&format!(
            "{} changes had no meaning, and no image was made:",
            skipped.len()
        ));
        table.head(&["made of", "change", "why", "times"]);
    }
    for ((make, change, why), times) in without {
        table.row(&[make, change, why, &times.to_string()]);
    }
    table.finish().unwrap()
}

fn counted<'a>(judged: &'a [Judged], of: impl Fn(&'a Judged) -> &'a str) -> Counts<'a> {
    let mut counts = Counts::new();
    for one in judged {
        let agreement = agreement(&one.verdict, &one.account);
        let counts = counts.entry(of(one)).or_default();
        *counts.entry(agreement).or_default() += 1;
    }
    counts
}

fn rows(table: &mut Table, what: &str, counts: &Counts<'_>) {
    let heads: Vec<&str> = COLUMNS.iter().map(|(_, head)| *head).collect();
    table.head(&[&[what, "images"], heads.as_slice()].concat());
    for (of, counts) in counts {
        let total: usize = counts.values().sum();
        let cells = COLUMNS.map(|(agreement, _)| {
            let count = counts.get(&agreement).copied().unwrap_or_default();
            count.to_string()
        });
        let total = total.to_string();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        table.row(&[&[*of, &total], cells.as_slice()].concat());
    }
}
