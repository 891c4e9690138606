//! A verdict in which there is something of everything, for the tests of what is shown of it.

use coracle_build::check::{
    Contents, CrateKind, Embedded, EmbeddedCrate, Others, Package, Part, Release, Unneeded, Verdict,
};
use coracle_build::policy::Judgement;
use coracle_build::settings::Platform;
use coracle_build::start::{ProgramReport, Report};

use super::samples::{self, rule};

/// Of an image that starts, and that breaks its policy.
pub(super) fn verdict() -> Verdict {
    Verdict {
        target: "ghcr.io/acme/api:v1".to_owned(),
        platform: Platform::linux("amd64"),
        digest: None,
        report: Report {
            programs: vec![program()],
            ..Report::default()
        },
        others: Others {
            programs: 3,
            libraries: 17,
            findings: Vec::new(),
            notes: vec!["/opt/lib/liba.so needs libb.so".to_owned()],
        },
        contents: contents(),
        unneeded: Unneeded {
            parts: [
                ("coreutils", 17_478_000),
                ("perl-base", 7_746_000),
                ("bash", 6_470_000),
                ("/usr/local/lib/libspare.so.1", 2_000_000),
                ("dpkg", 1_500_000),
                ("sed", 900_000),
                ("tar", 800_000),
            ]
            .map(|(name, bytes)| Part {
                name: name.to_owned(),
                bytes,
            })
            .into(),
            unsaid: None,
        },
        crates: vec![Embedded {
            program: "/app/api".to_owned(),
            crates: vec![EmbeddedCrate {
                name: "serde".to_owned(),
                version: "1.0.228".to_owned(),
                source: "registry".to_owned(),
                kind: CrateKind::Runtime,
                root: false,
            }],
        }],
        judgement: Judgement {
            violations: vec![rule(
                "max-size",
                "the image unpacks to 80000000 bytes, expected at most 40000000",
            )],
            warnings: vec![rule("user", "it runs as root, expected another user")],
        },
    }
}

fn program() -> ProgramReport {
    ProgramReport {
        chain: vec!["ENTRYPOINT".to_owned(), "/app/api".to_owned()],
        ..samples::program("/app/api")
    }
}

fn contents() -> Contents {
    Contents {
        release: Some(Release {
            id: "debian".to_owned(),
            version: Some("12".to_owned()),
            codename: Some("bookworm".to_owned()),
        }),
        packages: vec![Package::default(); 88],
        unread: Vec::new(),
    }
}
