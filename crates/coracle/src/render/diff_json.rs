//! What changed, for programs: JSON, version 1. These types are the format, and change only by additions.

use coracle_build::diff::{Change, Compared, Diff, FileChange, Needs, Presence, Side};
use serde::Serialize;

#[derive(Serialize)]
struct OutputV1<'a> {
    version: u32,
    differs: bool,
    platforms: Vec<PlatformV1<'a>>,
    only_old: Vec<String>,
    only_new: Vec<String>,
}

#[derive(Serialize)]
struct PlatformV1<'a> {
    old: SideV1<'a>,
    new: SideV1<'a>,
    packages: Vec<ChangeV1<'a>>,
    files: FilesV1<'a>,
    needs: Vec<NeedsV1<'a>>,
    configuration: Vec<ChangeV1<'a>>,
    pull: PullV1,
}

#[derive(Serialize)]
struct SideV1<'a> {
    target: &'a str,
    platform: String,
    digest: Option<String>,
    layers: usize,
    packed_bytes: u64,
    unpacked_bytes: u64,
    files: usize,
}

#[derive(Serialize)]
struct ChangeV1<'a> {
    name: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

#[derive(Serialize)]
struct FilesV1<'a> {
    added: usize,
    removed: usize,
    changed: usize,
    perhaps_changed: usize,
    largest: Vec<FileV1<'a>>,
}

#[derive(Serialize)]
struct FileV1<'a> {
    path: &'a str,
    old_bytes: Option<u64>,
    new_bytes: Option<u64>,
}

#[derive(Serialize)]
struct NeedsV1<'a> {
    program: &'a str,
    started_by: &'static str,
    added: &'a [String],
    removed: &'a [String],
}

#[derive(Serialize)]
struct PullV1 {
    bytes: u64,
    layers: Vec<LayerV1>,
    layers_there: usize,
}

#[derive(Serialize)]
struct LayerV1 {
    digest: String,
    bytes: u64,
}

/// Everything that was compared.
pub(crate) fn render(compared: &Compared) -> String {
    let output = OutputV1 {
        version: 1,
        differs: compared.differs(),
        platforms: compared.diffs.iter().map(platform).collect(),
        only_old: compared.only_old.iter().map(ToString::to_string).collect(),
        only_new: compared.only_new.iter().map(ToString::to_string).collect(),
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn platform(diff: &Diff) -> PlatformV1<'_> {
    let files = &diff.files;
    let layers = diff.pull.layers.iter().map(|(digest, bytes)| LayerV1 {
        digest: digest.to_string(),
        bytes: *bytes,
    });
    PlatformV1 {
        old: side(&diff.old),
        new: side(&diff.new),
        packages: diff.packages.iter().map(change).collect(),
        files: FilesV1 {
            added: files.added,
            removed: files.removed,
            changed: files.changed,
            perhaps_changed: files.perhaps,
            largest: files.largest.iter().map(file).collect(),
        },
        needs: diff.needs.iter().map(needs).collect(),
        configuration: diff.configuration.iter().map(change).collect(),
        pull: PullV1 {
            bytes: diff.pull.bytes,
            layers: layers.collect(),
            layers_there: diff.pull.shared,
        },
    }
}

fn side(side: &Side) -> SideV1<'_> {
    SideV1 {
        target: &side.target,
        platform: side.platform.to_string(),
        digest: side.digest.map(|digest| digest.to_string()),
        layers: side.layers,
        packed_bytes: side.packed,
        unpacked_bytes: side.unpacked,
        files: side.files,
    }
}

fn change(change: &Change) -> ChangeV1<'_> {
    ChangeV1 {
        name: &change.name,
        old: change.old.as_deref(),
        new: change.new.as_deref(),
    }
}

fn file(file: &FileChange) -> FileV1<'_> {
    FileV1 {
        path: &file.path,
        old_bytes: file.old,
        new_bytes: file.new,
    }
}

fn needs(needs: &Needs) -> NeedsV1<'_> {
    NeedsV1 {
        program: &needs.program,
        started_by: match needs.presence {
            Presence::Both => "both",
            Presence::New => "new",
            Presence::Old => "old",
        },
        added: &needs.added,
        removed: &needs.removed,
    }
}
