//! Why something is in an image, for people: a block a platform, and in it a block a thing of that name.

use std::fmt::Write as _;

use coracle_build::start::Finding;
use coracle_build::why::{
    Answer, FileAnswer, Found, Item, LabelAnswer, Layer, PackageAnswer, Top, Use,
};

use super::{counted, plain, size};

/// A package may have many files that are loaded.
const MOST: usize = 20;

/// All answers, in their order.
pub(crate) fn render(answers: &[Answer]) -> String {
    let blocks: Vec<String> = answers.iter().map(block).collect();
    blocks.join("\n")
}

fn block(answer: &Answer) -> String {
    let mut text = format!("{}  {}\n", answer.target, answer.platform);
    for found in &answer.found {
        of_found(&mut text, found, "");
    }
    if let Some(top) = &answer.top {
        of_top(&mut text, top);
    }
    text
}

/// One thing of the image; `first` goes before all that the image says of it.
pub(super) fn of_found(text: &mut String, found: &Found, first: &str) {
    match found {
        Found::File(file) => of_file(text, file, first),
        Found::Package(package) => of_package(text, package, first),
        Found::Label(label) => of_label(text, label),
        Found::Missing(finding) => of_missing(text, finding, first),
    }
}

pub(super) fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "    {name:<10} {}", plain(value));
}

fn of_file(text: &mut String, file: &FileAnswer, first: &str) {
    let _ = writeln!(text, "  {}  {}", plain(&file.path), size(file.bytes));
    text.push_str(first);
    if file.uses.is_empty() {
        row(text, "used by", "nothing that a start leads to");
    }
    for one in &file.uses {
        row(text, "used by", &of_use(one));
    }
    let package = file.package.as_deref();
    row(
        text,
        "package",
        package.unwrap_or("none that the image lists"),
    );
    if let Some(layer) = &file.layer {
        row(text, "layer", &of_layer(layer));
    }
}

fn of_use(one: &Use) -> String {
    let chain = one.chain.join(" → ");
    match &one.why_found {
        Some(rule) => format!("{chain}  (found by {rule})"),
        None => chain,
    }
}

fn of_layer(layer: &Layer) -> String {
    let made = layer.made_by.as_deref().map(|made| {
        let line: String = made.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(100).collect();
        match line.chars().count() > 100 {
            true => format!(", {short}…"),
            false => format!(", {short}"),
        }
    });
    format!(
        "{} of {}, {}, {}{}",
        layer.number,
        layer.of,
        layer.digest,
        size(layer.bytes),
        made.unwrap_or_default()
    )
}

fn of_package(text: &mut String, package: &PackageAnswer, first: &str) {
    let _ = writeln!(
        text,
        "  package {} {}  {}, {}",
        plain(&package.name),
        plain(&package.version),
        counted(package.files, "file"),
        size(package.bytes)
    );
    text.push_str(first);
    for file in package.used.iter().take(MOST) {
        row(text, "loaded", &file.path);
        for one in &file.uses {
            row(text, "", &format!("by {}", of_use(one)));
        }
    }
    if let Some(more @ 1..) = package.used.len().checked_sub(MOST) {
        row(text, "", &format!("and {more} more"));
    }
    if package.used.is_empty() {
        row(text, "loaded", "none of its files by what a start leads to");
    }
    match package.needed_by.as_slice() {
        [] => row(text, "needed by", "no other package of the image"),
        names => row(text, "needed by", &names.join(", ")),
    }
    for layer in &package.layers {
        row(text, "layer", &of_layer(layer));
    }
}

fn of_label(text: &mut String, label: &LabelAnswer) {
    let _ = writeln!(
        text,
        "  label {} = {}",
        plain(&label.key),
        plain(&label.value)
    );
    let unknown = "nothing in the history says what set it";
    row(text, "set by", label.made_by.as_deref().unwrap_or(unknown));
}

fn of_missing(text: &mut String, finding: &Finding, first: &str) {
    let _ = writeln!(text, "  {} is asked for and cannot be had", finding.subject);
    text.push_str(first);
    text.push_str(&super::check_text::of_finding(finding));
}

pub(super) fn of_top(text: &mut String, top: &Top) {
    let packed = match top.packed {
        0 => String::new(),
        bytes => format!(", {} as packed", size(bytes)),
    };
    let _ = writeln!(text, "  all files  {}{packed}", size(top.unpacked));
    for (heading, items) in [("packages", &top.packages), ("files", &top.files)] {
        if !items.is_empty() {
            let _ = writeln!(text, "  {heading}");
        }
        for item in items {
            let _ = writeln!(text, "    {}", plain(&of_item(item)));
        }
    }
}

fn of_item(item: &Item) -> String {
    let more = item.more.as_deref().map(|more| format!("  {more}"));
    let layer = item.layer.as_ref();
    let layer = layer.map(|layer| format!("  layer {} of {}", layer.number, layer.of));
    format!(
        "{:>9}  {}{}{}",
        size(item.bytes),
        item.name,
        more.unwrap_or_default(),
        layer.unwrap_or_default()
    )
}
