//! Why something is in an image, for programs: JSON, version 1. These types are the format, and change only by additions.

use coracle_build::why::{Answer, FileAnswer, Found, Item, Layer, Top};
use serde::Serialize;

#[derive(Serialize)]
struct OutputV1<'a> {
    version: u32,
    images: Vec<ImageV1<'a>>,
}

#[derive(Serialize)]
struct ImageV1<'a> {
    target: &'a str,
    platform: String,
    found: Vec<FoundV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<TopV1<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum FoundV1<'a> {
    File(FileV1<'a>),
    Package {
        name: &'a str,
        version: &'a str,
        files: usize,
        bytes: u64,
        used: Vec<FileV1<'a>>,
        needed_by: &'a [String],
        layers: Vec<LayerV1<'a>>,
    },
    Label {
        key: &'a str,
        value: &'a str,
        made_by: Option<&'a str>,
    },
    Missing {
        subject: &'a str,
        code: &'static str,
        explanation: &'a str,
        chain: &'a [String],
        ways_out: &'a [String],
    },
}

#[derive(Serialize)]
pub(super) struct FileV1<'a> {
    path: &'a str,
    bytes: u64,
    uses: Vec<UseV1<'a>>,
    package: Option<&'a str>,
    layer: Option<LayerV1<'a>>,
}

#[derive(Serialize)]
struct UseV1<'a> {
    chain: &'a [String],
    why_found: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct LayerV1<'a> {
    number: usize,
    of: usize,
    digest: String,
    bytes: u64,
    made_by: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct TopV1<'a> {
    unpacked_bytes: u64,
    packed_bytes: u64,
    packages: Vec<ItemV1<'a>>,
    files: Vec<ItemV1<'a>>,
}

#[derive(Serialize)]
struct ItemV1<'a> {
    name: &'a str,
    /// The version of a package, or the package of a file.
    of: Option<&'a str>,
    bytes: u64,
    layer: Option<LayerV1<'a>>,
}

/// All answers, in their order.
pub(crate) fn render(answers: &[Answer]) -> String {
    let output = OutputV1 {
        version: 1,
        images: answers.iter().map(image).collect(),
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn image(answer: &Answer) -> ImageV1<'_> {
    ImageV1 {
        target: &answer.target,
        platform: answer.platform.to_string(),
        found: answer.found.iter().map(of_found).collect(),
        top: answer.top.as_ref().map(of_top),
    }
}

pub(super) fn of_found(found: &Found) -> FoundV1<'_> {
    match found {
        Found::File(file) => FoundV1::File(of_file(file)),
        Found::Package(package) => FoundV1::Package {
            name: &package.name,
            version: &package.version,
            files: package.files,
            bytes: package.bytes,
            used: package.used.iter().map(of_file).collect(),
            needed_by: &package.needed_by,
            layers: package.layers.iter().map(of_layer).collect(),
        },
        Found::Label(label) => FoundV1::Label {
            key: &label.key,
            value: &label.value,
            made_by: label.made_by.as_deref(),
        },
        Found::Missing(finding) => FoundV1::Missing {
            subject: &finding.subject,
            code: finding.code.as_str(),
            explanation: &finding.explanation,
            chain: &finding.chain,
            ways_out: &finding.ways_out,
        },
    }
}

pub(super) fn of_file(file: &FileAnswer) -> FileV1<'_> {
    let uses = file.uses.iter().map(|one| UseV1 {
        chain: &one.chain,
        why_found: one.why_found.as_deref(),
    });
    FileV1 {
        path: &file.path,
        bytes: file.bytes,
        uses: uses.collect(),
        package: file.package.as_deref(),
        layer: file.layer.as_ref().map(of_layer),
    }
}

pub(super) fn of_layer(layer: &Layer) -> LayerV1<'_> {
    LayerV1 {
        number: layer.number,
        of: layer.of,
        digest: layer.digest.to_string(),
        bytes: layer.bytes,
        made_by: layer.made_by.as_deref(),
    }
}

pub(super) fn of_top(top: &Top) -> TopV1<'_> {
    TopV1 {
        unpacked_bytes: top.unpacked,
        packed_bytes: top.packed,
        packages: top.packages.iter().map(of_item).collect(),
        files: top.files.iter().map(of_item).collect(),
    }
}

fn of_item(item: &Item) -> ItemV1<'_> {
    ItemV1 {
        name: &item.name,
        of: item.more.as_deref(),
        bytes: item.bytes,
        layer: item.layer.as_ref().map(of_layer),
    }
}
