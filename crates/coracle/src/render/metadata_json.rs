//! What was built as JSON, version 1, for `--metadata-file`: types of its own that do not change when the records do.
//!
//! Fields may be added in version 1; none is renamed, removed or given another meaning.

use std::time::Duration;

use coracle_build::{Built, BuiltImage};
use serde::Serialize;

use super::summary;
use crate::timings::Timing;

#[derive(Serialize)]
struct MetadataV1 {
    version: u8,
    images: Vec<ImageV1>,
    stages: Vec<StageV1>,
}

/// A service's image.
#[derive(Serialize)]
struct ImageV1 {
    service: String,
    language: &'static str,
    suite: String,
    /// As on stdout.
    reference: String,
    /// Of the index, or of the manifest where there is one platform.
    digest: String,
    platforms: Vec<PlatformV1>,
}

#[derive(Serialize)]
struct PlatformV1 {
    platform: String,
    digest: String,
    /// What its files weigh.
    unpacked_bytes: u64,
    /// What its layers weigh as they are pulled.
    pull_bytes: u64,
    /// How many packages are in it.
    packages: usize,
}

/// What a stage took. Platforms run side by side and wait for each other's compilers, so that sums may be more than the
/// time of the run.
#[derive(Serialize)]
struct StageV1 {
    stage: &'static str,
    /// None where it is for all services at once.
    service: Option<String>,
    /// None where it is for all platforms at once.
    platform: Option<String>,
    seconds: f64,
}

/// Renders it, with a final line break.
pub(crate) fn render(built: &[Built], timings: &[Timing]) -> String {
    let document = MetadataV1 {
        version: 1,
        images: built.iter().map(image).collect(),
        stages: timings
            .iter()
            .map(|timing| stage(timing, only_platform(built)))
            .collect(),
    };
    // Strings, numbers and lists: there is nothing in it that JSON could refuse.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn image(built: &Built) -> ImageV1 {
    ImageV1 {
        service: built.service.clone(),
        language: built.language,
        suite: built.suite.clone(),
        reference: summary::reference(built),
        digest: built.digest.to_string(),
        platforms: built.images.iter().map(platform).collect(),
    }
}

fn platform(image: &BuiltImage) -> PlatformV1 {
    let packages = image.packages.iter();
    PlatformV1 {
        platform: image.platform.to_string(),
        digest: image.digest.to_string(),
        unpacked_bytes: image.unpacked_size,
        pull_bytes: image.compressed_size,
        packages: packages.filter(|installed| installed.in_image).count(),
    }
}

/// The platform of all images, where they have one: no stage names it then.
fn only_platform(built: &[Built]) -> Option<String> {
    let [image] = built.first()?.images.as_slice() else {
        return None;
    };
    Some(image.platform.to_string())
}

fn stage(timing: &Timing, only: Option<String>) -> StageV1 {
    let named = timing.platform.as_ref().map(ToString::to_string);
    StageV1 {
        stage: timing.stage.name(),
        service: timing.service.clone(),
        platform: named.or_else(|| only.filter(|_| timing.service.is_some())),
        seconds: seconds(timing.took),
    }
}

/// To the millisecond.
fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}
