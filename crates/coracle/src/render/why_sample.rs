//! Answers about services in which there is something of everything, for the tests of how they look.

use coracle_build::record::{Change, Compared, Kind, Layer as RecordedLayer};
use coracle_build::settings::Digest;
use coracle_build::why::rebuilt::Rebuilt;
use coracle_build::why::service::{
    Answer, Became, Brings, InImage, Library, Says, Source, SourcePackage, Way,
};
use coracle_build::why::{FileAnswer, Found, Layer, Use};

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn way(steps: &[&str], others: u64) -> Way {
    Way {
        steps: owned(steps),
        others,
        only_compiling: false,
    }
}

fn layer() -> Layer {
    Layer {
        number: 4,
        of: 7,
        digest: digest("layer"),
        bytes: 2_100_000,
        made_by: Some("coracle: libssl3t64@3.5.1-1".to_owned()),
    }
}

fn ssl() -> FileAnswer {
    FileAnswer {
        path: "/usr/lib/x86_64-linux-gnu/libssl.so.3".to_owned(),
        bytes: 850_100,
        uses: vec![Use {
            chain: owned(&["ENTRYPOINT", "/app/api", "libssl.so.3 (NEEDED)"]),
            why_found: Some("/etc/ld.so.cache".to_owned()),
        }],
        package: Some("libssl3t64 3.5.1-1".to_owned()),
        layer: Some(layer()),
    }
}

fn openssl(others: u64, asked: Option<&str>) -> Source {
    Source::Package {
        way: way(
            &["api 0.1.0", "native-tls 0.2.14", "openssl-sys 0.9.109"],
            others,
        ),
        links: Some("openssl".to_owned()),
        library: "libssl.so.3".to_owned(),
        asked: asked.map(str::to_owned),
    }
}

fn brings(library: &str, soname: Option<&str>, became: Became) -> Brings {
    Brings {
        by: "openssl-sys 0.9.109".to_owned(),
        asked: format!("cargo::rustc-link-lib={library}"),
        library: library.to_owned(),
        soname: soname.map(str::to_owned),
        became,
    }
}

fn package(name: &str, way: Option<Way>, brings: Vec<Brings>) -> SourcePackage {
    SourcePackage {
        name: name.to_owned(),
        links: name.contains("-sys").then(|| "openssl".to_owned()),
        cgo: false,
        way,
        brings,
    }
}

fn library(soname: &str, package: Option<&str>, source: Source) -> Library {
    Library {
        soname: soname.to_owned(),
        path: format!("/usr/lib/{soname}"),
        bytes: 850_100,
        package: package.map(str::to_owned),
        layer: Some(layer()),
        needed_by: None,
        sources: vec![source],
    }
}

fn answer(image: Option<&str>, says: Says) -> Answer {
    Answer {
        service: "api".to_owned(),
        platform: "linux/amd64".to_owned(),
        image: image.map(digest),
        says,
    }
}

/// A library of an image, crates of every kind, and all libraries.
pub(super) fn services() -> [Answer; 4] {
    let found = InImage {
        found: Found::File(ssl()),
        sources: vec![openssl(2, Some("cargo::rustc-link-lib=ssl"))],
    };
    let of_subject = Says::Subject {
        packages: Vec::new(),
        found: vec![found],
    };
    let compiling = Way {
        only_compiling: true,
        ..way(&["api 0.1.0", "serde_derive 1.0.228", "syn 2.0.106"], 0)
    };
    let short = way(&["api 0.1.0", "native-tls 0.2.14"], 0);
    let sys = way(
        &["api 0.1.0", "native-tls 0.2.14", "openssl-sys 0.9.109"],
        u64::MAX,
    );
    let file = Became::File(Box::new(ssl()));
    let of_crates = Says::Subject {
        packages: vec![
            package(
                "openssl-sys 0.9.109",
                Some(sys),
                vec![
                    brings("ssl", Some("libssl.so.3"), file),
                    brings("crypto", Some("libcrypto.so.3"), Became::Unneeded),
                    brings("static=z", None, Became::Inside),
                ],
            ),
            package("native-tls 0.2.14", Some(short), Vec::new()),
            package("syn 2.0.106", Some(compiling), Vec::new()),
            package("winapi 0.3.9", None, Vec::new()),
        ],
        found: Vec::new(),
    };
    let unbuilt = way(&["api 0.1.0", "openssl-sys 0.9.109"], 1);
    let of_source = Says::Subject {
        packages: vec![package(
            "openssl-sys 0.9.109",
            Some(unbuilt),
            vec![brings("ssl", None, Became::Unbuilt)],
        )],
        found: Vec::new(),
    };
    [
        answer(Some("image"), of_subject),
        answer(Some("image"), of_crates),
        answer(None, of_source),
        answer(Some("image"), Says::Libraries(libraries())),
    ]
}

fn libraries() -> Vec<Library> {
    let named = |name: &str| name.to_owned();
    let deeper = Library {
        needed_by: Some("libssl.so.3".to_owned()),
        ..library(
            "libz.so.1",
            Some("zlib1g 1:1.3"),
            openssl(0, Some("cargo::rustc-link-lib=ssl")),
        )
    };
    vec![
        library(
            "libc.so.6",
            Some("libc6 2.41-12"),
            Source::CLibrary(named("libc.so.6")),
        ),
        library(
            "libnss_x.so.2",
            None,
            Source::Configuration(named("libnss_x.so.2")),
        ),
        library("libssl.so.3", Some("libssl3t64 3.5.1-1"), openssl(0, None)),
        library("libudev.so.1", None, Source::Unknown(named("libudev.so.1"))),
        deeper,
    ]
}

fn change(kind: Kind, name: &str, before: Option<&str>, after: Option<&str>) -> Change {
    Change {
        kind,
        name: name.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

fn compared(changes: Vec<Change>, images: [&str; 2], same_program: bool) -> Compared {
    let anew = [("libssl3t64@3.5.2-1", 1_100_000), ("the program", 100_000)];
    let layer = |(holds, bytes): (&str, u64)| RecordedLayer {
        digest: digest(holds),
        bytes,
        holds: holds.to_owned(),
    };
    Compared {
        changes,
        same_program,
        images: images.map(digest),
        made_anew: match images[0] == images[1] {
            true => Vec::new(),
            false => anew.map(layer).into(),
        },
        layers: 7,
    }
}

fn every_change() -> Vec<Change> {
    let hidden = |text: &str| Some(digest(text).to_string());
    let [one, other] = ["one", "other"].map(hidden);
    let [one, other] = [one.as_deref(), other.as_deref()];
    vec![
        change(Kind::Source, "src/main.rs", one, other),
        change(Kind::Source, "src/new.rs", None, one),
        change(Kind::Source, "src/old.rs", one, None),
        change(Kind::Dependency, "serde", Some("1.0.219"), Some("1.0.220")),
        change(
            Kind::Toolchain,
            "rust",
            Some("rustc 1.95.0"),
            Some("rustc 1.96.0"),
        ),
        change(Kind::Option, "profile", Some("release"), Some("small")),
        change(Kind::Argument, "VERSION", one, other),
        change(Kind::Variable, "RUSTFLAGS", None, one),
        change(
            Kind::BuildPackage,
            "libssl-dev",
            Some("3.5.1-1"),
            Some("3.5.2-1"),
        ),
        change(Kind::Sysroot, "sysroot", Some("a"), Some("b")),
        change(
            Kind::Suite,
            "suite",
            Some("debian/bookworm"),
            Some("debian/trixie"),
        ),
        change(
            Kind::Package,
            "libssl3t64",
            Some("3.5.1-1"),
            Some("3.5.2-1"),
        ),
        change(Kind::Package, "tzdata", None, Some("2026b-1")),
        change(Kind::Setting, "user", Some("65532:65532"), Some("0:0")),
        change(Kind::Coracle, "coracle", Some("0.1.0"), Some("0.2.0")),
    ]
}

/// Builds of every outcome.
pub(super) fn builds() -> [Rebuilt; 6] {
    let build = |again, compared: Option<Compared>| Rebuilt {
        service: "api".to_owned(),
        platform: "linux/amd64".to_owned(),
        image: compared
            .as_ref()
            .map_or_else(|| digest("new"), |it| it.images[1]),
        again,
        compared,
    };
    let comment = vec![change(
        Kind::Source,
        "src/main.rs",
        Some("sha256:1"),
        Some("sha256:2"),
    )];
    let label = vec![change(Kind::Setting, "label a", Some("1"), Some("2"))];
    let only_label = Compared {
        made_anew: Vec::new(),
        ..compared(label, ["old", "new"], true)
    };
    [
        build(0, None),
        build(2, None),
        build(1, Some(compared(every_change(), ["old", "new"], false))),
        build(0, Some(compared(comment, ["new", "new"], true))),
        build(0, Some(compared(Vec::new(), ["old", "new"], false))),
        build(0, Some(only_label)),
    ]
}
