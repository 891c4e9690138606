//! Which inputs of a service changed, for people.

use std::fmt::Write as _;

use coracle_build::record::{Change, Compared, Kind};
use coracle_build::why::rebuilt::Rebuilt;

use super::{counted, plain, size};

/// Another suite changes every package: more than these are counted.
const MOST: usize = 40;

/// All answers, in their order.
pub(crate) fn render(answers: &[Rebuilt]) -> String {
    let blocks: Vec<String> = answers.iter().map(block).collect();
    blocks.join("\n")
}

fn block(answer: &Rebuilt) -> String {
    let mut text = format!("{}  {}  ", answer.service, answer.platform);
    let Some(compared) = &answer.compared else {
        let _ = writeln!(text, "{}", answer.image);
        match answer.again {
            0 => text.push_str("  built once: there is nothing to compare with\n"),
            again => {
                let _ = writeln!(text, "  built {} times: nothing changed", again + 1);
            }
        }
        return text;
    };
    let [before, after] = compared.images;
    match before == after {
        true => {
            let _ = writeln!(text, "{after}, as before");
        }
        false => {
            let _ = writeln!(text, "{before} → {after}");
        }
    }
    of_changes(&mut text, compared);
    if before != after {
        of_bytes(&mut text, compared);
    } else if compared.same_program {
        row(&mut text, "image", "the same, byte for byte");
    } else {
        // A program that is another makes a layer that is another.
        row(
            &mut text,
            "image",
            "the same, although the program's file is another",
        );
    }
    if answer.again > 0 {
        let again = counted(usize::try_from(answer.again).unwrap_or(usize::MAX), "build");
        row(
            &mut text,
            "since",
            &format!("nothing changed: {again} gave this image again"),
        );
    }
    text
}

fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<10} {}", plain(value));
}

fn of_changes(text: &mut String, compared: &Compared) {
    if compared.changes.is_empty() {
        row(
            text,
            "changed",
            "no input that coracle knows, and the bytes are others all the same:",
        );
        let why = "the build is not reproducible, or it reads what coracle does not see (the time, the network, a file that \
                   no package lists)";
        row(text, "", why);
    }
    let mut name = "changed";
    for change in compared.changes.iter().take(MOST) {
        row(text, name, &of_change(change));
        name = "";
    }
    if let Some(more @ 1..) = compared.changes.len().checked_sub(MOST) {
        row(
            text,
            "",
            &format!("and {more} more, which --format json lists"),
        );
    }
}

fn of_change(change: &Change) -> String {
    let name = change.name.as_str();
    let values = values(change);
    match change.kind {
        Kind::Source | Kind::Dependency | Kind::Package => format!("{name}{values}"),
        Kind::Toolchain | Kind::Coracle => match (&change.before, &change.after) {
            (Some(before), Some(after)) if change.kind == Kind::Toolchain => {
                format!("{before} → {after}")
            }
            _ => format!("{name}{values}"),
        },
        Kind::Option => format!("option {name}{values}"),
        Kind::Argument => format!("build argument {name}{values}"),
        Kind::Variable => format!("{name} in the environment{values}"),
        Kind::BuildPackage => format!("{name}{values}, which it is compiled against"),
        Kind::Sysroot => "what it is compiled against".to_owned(),
        Kind::Suite => format!("suite{values}"),
        Kind::Setting => format!("setting {name}{values}"),
    }
}

/// ` 1.0.219 → 1.0.220`; of what only the digest is known of, nothing but whether it is new or gone.
fn values(change: &Change) -> String {
    let is_hidden = |value: &&String| value.starts_with("sha256:");
    let shown = |value: &Option<String>| {
        let value = value.as_ref().filter(|value| !is_hidden(value));
        value.map(|value| format!(" {value}")).unwrap_or_default()
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if is_hidden(&before) || is_hidden(&after) => String::new(),
        (Some(before), Some(after)) => format!(" {before} → {after}"),
        (None, after) => format!("{} (new)", shown(after)),
        (before, None) => format!("{} (gone)", shown(before)),
    }
}

fn of_bytes(text: &mut String, compared: &Compared) {
    let program = match compared.same_program {
        true => "the same, byte for byte",
        false => "another",
    };
    row(text, "program", program);
    let anew = &compared.made_anew;
    if anew.is_empty() {
        let words = "no layer: only what the image says of itself is another";
        return row(text, "made anew", words);
    }
    let bytes = size(anew.iter().map(|layer| layer.bytes).sum());
    let layers = counted(compared.layers, "layer");
    row(
        text,
        "made anew",
        &format!("{} of {layers}, {bytes}", anew.len()),
    );
    for layer in anew {
        let holds: String = layer.holds.chars().take(80).collect();
        row(text, "", &format!("{:>9}  {holds}", size(layer.bytes)));
    }
}

#[cfg(test)]
mod tests {
    use crate::render::why_sample;

    #[test]
    fn every_outcome_of_two_builds_is_told_plainly() {
        insta::assert_snapshot!(super::render(&why_sample::builds()));
    }
}
