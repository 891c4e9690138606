//! Which inputs of a service changed, for programs: JSON, version 1. These types are the format, and change only by
//! additions.

use coracle_build::record::{Change, Compared, Layer};
use coracle_build::why::rebuilt::Rebuilt;
use serde::Serialize;

#[derive(Serialize)]
struct OutputV1<'a> {
    version: u32,
    builds: Vec<BuildV1<'a>>,
}

#[derive(Serialize)]
struct BuildV1<'a> {
    service: &'a str,
    platform: &'a str,
    image: String,
    /// How many builds gave it again.
    again: u64,
    compared: Option<ComparedV1<'a>>,
}

#[derive(Serialize)]
struct ComparedV1<'a> {
    image_before: String,
    same_image: bool,
    same_program: bool,
    changes: Vec<ChangeV1<'a>>,
    layers: usize,
    made_anew: Vec<LayerV1<'a>>,
}

#[derive(Serialize)]
struct ChangeV1<'a> {
    kind: &'static str,
    name: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct LayerV1<'a> {
    digest: String,
    bytes: u64,
    holds: &'a str,
}

/// All answers, in their order.
pub(crate) fn render(answers: &[Rebuilt]) -> String {
    let output = OutputV1 {
        version: 1,
        builds: answers.iter().map(build).collect(),
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn build(answer: &Rebuilt) -> BuildV1<'_> {
    BuildV1 {
        service: &answer.service,
        platform: &answer.platform,
        image: answer.image.to_string(),
        again: answer.again,
        compared: answer.compared.as_ref().map(compared),
    }
}

fn compared(compared: &Compared) -> ComparedV1<'_> {
    let [before, after] = compared.images;
    ComparedV1 {
        image_before: before.to_string(),
        same_image: before == after,
        same_program: compared.same_program,
        changes: compared.changes.iter().map(change).collect(),
        layers: compared.layers,
        made_anew: compared.made_anew.iter().map(layer).collect(),
    }
}

fn change(change: &Change) -> ChangeV1<'_> {
    ChangeV1 {
        kind: change.kind.as_str(),
        name: &change.name,
        before: change.before.as_deref(),
        after: change.after.as_deref(),
    }
}

fn layer(layer: &Layer) -> LayerV1<'_> {
    LayerV1 {
        digest: layer.digest.to_string(),
        bytes: layer.bytes,
        holds: &layer.holds,
    }
}

#[cfg(test)]
mod tests {
    use crate::render::why_sample;

    #[test]
    fn every_outcome_of_two_builds_is_in_the_format() {
        insta::assert_snapshot!(super::render(&why_sample::builds()));
    }
}
