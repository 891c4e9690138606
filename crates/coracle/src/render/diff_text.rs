//! What changed, for people: a block a platform, a line a change.

use std::fmt::Write as _;

use coracle_build::diff::{Change, Compared, Diff, FileChange, Files, Needs, Presence, Side};

use super::{plain, size};

/// Everything that was compared.
pub(crate) fn render(compared: &Compared) -> String {
    let blocks: Vec<String> = compared.diffs.iter().map(block).collect();
    let mut text = blocks.join("\n");
    let lines = [
        ("was only for", &compared.only_old),
        ("is now also for", &compared.only_new),
    ];
    for (what, platforms) in lines {
        for platform in platforms {
            let _ = writeln!(text, "\n{what} {platform}");
        }
    }
    text
}

fn block(diff: &Diff) -> String {
    let mut text = format!("old  {}\nnew  {}\n", named(&diff.old), named(&diff.new));
    if diff.old.digest.is_some() && diff.old.digest == diff.new.digest {
        text.push_str("  they are the same image\n");
        return text;
    }
    text.push_str(&sizes(diff));
    list(&mut text, "packages", diff.packages.iter().map(change));
    list(&mut text, "loads", diff.needs.iter().map(needs));
    list(
        &mut text,
        "configuration",
        diff.configuration.iter().map(change),
    );
    files(&mut text, &diff.files);
    if !diff.differs() {
        text.push_str(
            "  nothing differs in packages, files, what is loaded and the configuration\n",
        );
    }
    text
}

fn named(side: &Side) -> String {
    let digest = side.digest.map(|digest| format!("  {digest}"));
    let digest = digest.unwrap_or_default();
    format!("{}  {}{digest}", side.target, side.platform)
}

fn sizes(diff: &Diff) -> String {
    let (old, new) = (&diff.old, &diff.new);
    let mut text = String::new();
    let unpacked = from_to(old.unpacked, new.unpacked);
    // A folder has no layers.
    if old.layers > 0 && new.layers > 0 {
        let packed = from_to(old.packed, new.packed);
        let _ = writeln!(text, "  packed         {packed}");
        let _ = writeln!(text, "  unpacked       {unpacked}");
        let pull = &diff.pull;
        let _ = writeln!(
            text,
            "  pull           {}: {} of {} layers are not in the old one",
            size(pull.bytes),
            pull.layers.len(),
            new.layers
        );
    } else {
        let _ = writeln!(text, "  unpacked       {unpacked}");
    }
    text
}

fn from_to(old: u64, new: u64) -> String {
    let (sign, by) = match new >= old {
        true => ("+", new - old),
        false => ("-", old - new),
    };
    format!("{} → {} ({sign}{})", size(old), size(new), size(by))
}

/// Lines below one heading; nothing where there are none.
fn list(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    for (at, line) in lines.enumerate() {
        let heading = if at == 0 { heading } else { "" };
        let _ = writeln!(text, "  {heading:<14} {}", plain(&line));
    }
}

fn change(change: &Change) -> String {
    let name = &change.name;
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{name}: {old} → {new}"),
        (None, Some(new)) => format!("+ {name}: {new}"),
        (Some(old), None) => format!("- {name}: {old}"),
        (None, None) => name.clone(),
    }
}

fn needs(needs: &Needs) -> String {
    let program = match needs.presence {
        Presence::Both => needs.program.clone(),
        Presence::New => format!("+ {}", needs.program),
        Presence::Old => format!("- {}", needs.program),
    };
    let added = needs.added.iter().map(|name| format!("+{name}"));
    let removed = needs.removed.iter().map(|name| format!("-{name}"));
    let names: Vec<String> = added.chain(removed).collect();
    match names.as_slice() {
        [] => program,
        names => format!("{program}: {}", names.join(" ")),
    }
}

fn files(text: &mut String, files: &Files) {
    let Files {
        added,
        removed,
        changed,
        perhaps,
        largest,
    } = files;
    let listed = added + removed + changed;
    if listed + perhaps == 0 {
        return;
    }
    let perhaps = match perhaps {
        0 => String::new(),
        count => {
            format!(", {count} perhaps changed (of the same length; their content cannot be read)")
        }
    };
    let counts = format!("{added} added, {removed} removed, {changed} changed{perhaps}");
    let rest = listed.saturating_sub(largest.len());
    let rest = (rest > 0).then(|| format!("and {rest} smaller ones"));
    let lines = largest.iter().map(file).chain(rest);
    list(text, "files", std::iter::once(counts).chain(lines));
}

fn file(file: &FileChange) -> String {
    let path = &file.path;
    match (file.old, file.new) {
        (Some(old), Some(new)) => format!("{path}: {} → {}", size(old), size(new)),
        (None, Some(new)) => format!("+ {path}: {}", size(new)),
        (Some(old), None) => format!("- {path}: {}", size(old)),
        (None, None) => path.clone(),
    }
}
