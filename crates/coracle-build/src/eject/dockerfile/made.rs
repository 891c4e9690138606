//! What no package holds as a file: folders, links, users' names. As `resolve` made it for the native image.

use std::collections::{BTreeMap, BTreeSet};

use coracle_oci::layer::{Content, EntryKind};

use super::ProvenImage;
use super::packages::BUNDLE;
use super::quote::shell;
use crate::resolve::RootFile;

/// How it is made.
#[derive(Default)]
pub(super) struct Made {
    /// Shell commands before packages are unpacked: links that those lead through.
    pub(super) before: String,
    /// And after.
    pub(super) after: String,
    /// Instructions for files.
    pub(super) texts: String,
}

/// One thing that is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Making {
    Folder {
        mode: u32,
        user: u64,
        group: u64,
        path: String,
    },
    Link {
        path: String,
        target: String,
    },
    Text {
        path: String,
        text: String,
    },
}

/// What of it is made on all platforms, and on some.
pub(super) fn of(images: &[ProvenImage]) -> Made {
    let mut on: BTreeMap<Making, BTreeSet<&str>> = BTreeMap::new();
    for image in images {
        for making in image.made.iter().filter_map(making) {
            let platforms = on.entry(making).or_default();
            platforms.insert(&image.platform.architecture);
        }
    }
    let mut made = Made::default();
    let architectures = images
        .iter()
        .map(|image| image.platform.architecture.as_str());
    let all: BTreeSet<&str> = architectures.collect();
    let common: Vec<&Making> = of_exactly(&on, &all);
    let is_first = |making: &&Making| match making {
        Making::Link { path, .. } => !path.contains('/'),
        _ => false,
    };
    let (first, rest): (Vec<&Making>, Vec<&Making>) = common.into_iter().partition(is_first);
    made.before = lines([merged(&first)]);
    made.after = lines([folders(&rest), links(&rest)]);
    for making in on.keys() {
        if let Making::Text { path, text } = making {
            made.texts.push_str(&file(path, text));
        }
    }
    for architecture in all {
        let own: Vec<&Making> = of_exactly(&on, &[architecture].into());
        let own = if images.len() > 1 { own } else { Vec::new() };
        let (first, rest): (Vec<&Making>, Vec<&Making>) = own.into_iter().partition(is_first);
        for (to, commands) in [
            (&mut made.before, lines([merged(&first)])),
            (&mut made.after, lines([folders(&rest), links(&rest)])),
        ] {
            if !commands.is_empty() {
                let line = if to.is_empty() { "" } else { "\n" };
                let commands = commands.replace('\n', "; ");
                to.push_str(&format!(
                    "{line}case $TARGETARCH in {architecture}) {commands} ;; esac"
                ));
            }
        }
    }
    made
}

fn of_exactly<'a>(
    on: &'a BTreeMap<Making, BTreeSet<&str>>,
    platforms: &BTreeSet<&str>,
) -> Vec<&'a Making> {
    let found = on.iter().filter(|(_, on)| *on == platforms);
    found.map(|(making, _)| making).collect()
}

fn lines<const N: usize>(parts: [String; N]) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn making(file: &RootFile) -> Option<Making> {
    let entry = &file.entry;
    let path = entry.path.clone();
    match &entry.kind {
        EntryKind::Directory => Some(Making::Folder {
            mode: entry.mode,
            user: entry.uid,
            group: entry.gid,
            path,
        }),
        EntryKind::Symlink(target) => Some(Making::Link {
            path,
            target: target.clone(),
        }),
        EntryKind::File(Content::Bytes(bytes)) if path != BUNDLE => Some(Making::Text {
            path,
            text: String::from_utf8_lossy(bytes).into_owned(),
        }),
        _ => None,
    }
}

/// Links at the top, and the folders that they lead to, before anything is put through them.
fn merged(links: &[&Making]) -> String {
    let mut folders = Vec::new();
    let mut commands = Vec::new();
    for making in links {
        if let Making::Link { path, target } = making {
            folders.push(shell(target.trim_start_matches('/')));
            commands.push(format!("ln -s {} {}", shell(target), shell(path)));
        }
    }
    match commands.is_empty() {
        true => String::new(),
        false => format!("mkdir -p {}\n{}", folders.join(" "), commands.join("\n")),
    }
}

/// A command for all folders of one owner and mode.
fn folders(made: &[&Making]) -> String {
    let mut alike: BTreeMap<(u32, u64, u64), Vec<String>> = BTreeMap::new();
    for making in made {
        if let Making::Folder {
            mode,
            user,
            group,
            path,
        } = making
        {
            alike
                .entry((*mode, *user, *group))
                .or_default()
                .push(shell(path));
        }
    }
    let command = |((mode, user, group), paths): ((u32, u64, u64), Vec<String>)| {
        let owner = match (user, group) {
            (0, 0) => String::new(),
            _ => format!(" -o {user} -g {group}"),
        };
        format!("install -d -m {mode:o}{owner} {}", paths.join(" "))
    };
    alike
        .into_iter()
        .map(command)
        .collect::<Vec<_>>()
        .join("\n")
}

fn links(made: &[&Making]) -> String {
    let mut folders = BTreeSet::new();
    let mut commands = Vec::new();
    for making in made {
        if let Making::Link { path, target } = making {
            folders.extend(path.rsplit_once('/').map(|(folder, _)| shell(folder)));
            commands.push(format!("ln -sfn {} {}", shell(target), shell(path)));
        }
    }
    match folders.is_empty() {
        true => commands.join("\n"),
        false => {
            let folders: Vec<String> = folders.into_iter().collect();
            format!("mkdir -p {}\n{}", folders.join(" "), commands.join("\n"))
        }
    }
}

fn file(path: &str, text: &str) -> String {
    let line = if text.ends_with('\n') { "" } else { "\n" };
    format!("COPY <<\"EOF\" /image/{path}\n{text}{line}EOF\n")
}
