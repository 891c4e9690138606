//! Why something is in the image of a service, for programs: JSON, version 1. These types are the format, and change only by
//! additions.

use coracle_build::why::service::{
    Answer, Became, Brings, InImage, Library, Says, Source, SourcePackage,
};
use serde::Serialize;

use super::why_json::{self, FileV1, FoundV1, LayerV1, TopV1};

#[derive(Serialize)]
struct OutputV1<'a> {
    version: u32,
    services: Vec<ServiceV1<'a>>,
}

#[derive(Serialize)]
struct ServiceV1<'a> {
    service: &'a str,
    platform: &'a str,
    /// None where none was built.
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packages: Option<Vec<PackageV1<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Vec<InImageV1<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    libraries: Option<Vec<LibraryV1<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<TopV1<'a>>,
}

/// A crate, or a Go package.
#[derive(Serialize)]
struct PackageV1<'a> {
    name: &'a str,
    links: Option<&'a str>,
    cgo: bool,
    way: Option<&'a [String]>,
    other_ways: u64,
    only_compiling: bool,
    brings: Vec<BringsV1<'a>>,
}

#[derive(Serialize)]
struct BringsV1<'a> {
    by: &'a str,
    asked: &'a str,
    library: &'a str,
    soname: Option<&'a str>,
    /// `file`, `inside`, `unneeded` or `unbuilt`.
    became: &'static str,
    file: Option<FileV1<'a>>,
}

#[derive(Serialize)]
struct InImageV1<'a> {
    #[serde(flatten)]
    found: FoundV1<'a>,
    sources: Vec<SourceV1<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum SourceV1<'a> {
    Package {
        library: &'a str,
        way: &'a [String],
        other_ways: u64,
        links: Option<&'a str>,
        /// None where only its name fits.
        asked: Option<&'a str>,
    },
    Program {
        package: &'a str,
    },
    CLibrary {
        library: &'a str,
    },
    Configuration {
        library: &'a str,
    },
    Unknown {
        library: &'a str,
    },
}

#[derive(Serialize)]
struct LibraryV1<'a> {
    soname: &'a str,
    path: &'a str,
    bytes: u64,
    package: Option<&'a str>,
    layer: Option<LayerV1<'a>>,
    needed_by: Option<&'a str>,
    sources: Vec<SourceV1<'a>>,
}

/// All answers, in their order.
pub(crate) fn render(answers: &[Answer]) -> String {
    let output = OutputV1 {
        version: 1,
        services: answers.iter().map(service).collect(),
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn service(answer: &Answer) -> ServiceV1<'_> {
    let mut written = ServiceV1 {
        service: &answer.service,
        platform: &answer.platform,
        image: answer.image.map(|digest| digest.to_string()),
        packages: None,
        found: None,
        libraries: None,
        top: None,
    };
    match &answer.says {
        Says::Subject { packages, found } => {
            written.packages = Some(packages.iter().map(package).collect());
            written.found = Some(found.iter().map(in_image).collect());
        }
        Says::Top(top) => written.top = Some(why_json::of_top(top)),
        Says::Libraries(libraries) => {
            written.libraries = Some(libraries.iter().map(library).collect());
        }
    }
    written
}

fn package(package: &SourcePackage) -> PackageV1<'_> {
    let way = package.way.as_ref();
    PackageV1 {
        name: &package.name,
        links: package.links.as_deref(),
        cgo: package.cgo,
        way: way.map(|way| way.steps.as_slice()),
        other_ways: way.map_or(0, |way| way.others),
        only_compiling: way.is_some_and(|way| way.only_compiling),
        brings: package.brings.iter().map(brings).collect(),
    }
}

fn brings(brings: &Brings) -> BringsV1<'_> {
    let (became, file) = match &brings.became {
        Became::File(file) => ("file", Some(why_json::of_file(file))),
        Became::Inside => ("inside", None),
        Became::Unneeded => ("unneeded", None),
        Became::Unbuilt => ("unbuilt", None),
    };
    BringsV1 {
        by: &brings.by,
        asked: &brings.asked,
        library: &brings.library,
        soname: brings.soname.as_deref(),
        became,
        file,
    }
}

fn in_image(found: &InImage) -> InImageV1<'_> {
    InImageV1 {
        found: why_json::of_found(&found.found),
        sources: found.sources.iter().map(source).collect(),
    }
}

fn source(source: &Source) -> SourceV1<'_> {
    match source {
        Source::Package {
            way,
            links,
            library,
            asked,
        } => SourceV1::Package {
            library,
            way: &way.steps,
            other_ways: way.others,
            links: links.as_deref(),
            asked: asked.as_deref(),
        },
        Source::Program(package) => SourceV1::Program { package },
        Source::CLibrary(library) => SourceV1::CLibrary { library },
        Source::Configuration(library) => SourceV1::Configuration { library },
        Source::Unknown(library) => SourceV1::Unknown { library },
    }
}

fn library(library: &Library) -> LibraryV1<'_> {
    LibraryV1 {
        soname: &library.soname,
        path: &library.path,
        bytes: library.bytes,
        package: library.package.as_deref(),
        layer: library.layer.as_ref().map(why_json::of_layer),
        needed_by: library.needed_by.as_deref(),
        sources: library.sources.iter().map(source).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::render::why_sample;

    #[test]
    fn every_answer_about_a_service_is_in_the_format() {
        insta::assert_snapshot!(super::render(&why_sample::services()));
    }
}
