//! A service in little: its source, what was written down, and its image.

use std::collections::BTreeSet;

use coracle_toolchain::BuildFile;
use coracle_toolchain::origin::{Origins, Package as Crate};

use super::*;
use crate::check::look::made::Made;

fn package(name: &str, links: Option<&str>, uses: &[&str]) -> Crate {
    Crate {
        name: name.to_owned(),
        links: links.map(str::to_owned),
        uses: uses.iter().map(|name| (*name).to_owned()).collect(),
        ..Crate::default()
    }
}

fn link(by: &str, asked: &str, library: &str, soname: Option<&str>) -> Link {
    Link {
        by: by.to_owned(),
        asked: asked.to_owned(),
        library: library.to_owned(),
        soname: soname.map(str::to_owned),
    }
}

fn known() -> Known {
    let main = Crate {
        compiled_with: BTreeSet::from(["derive 1.0.0".to_owned()]),
        ..package("api 0.1.0", None, &["tls 0.2.1", "sqlite-sys 0.3.0"])
    };
    let origins = [
        main,
        package("tls 0.2.1", None, &["openssl-sys 0.9.1"]),
        package("openssl-sys 0.9.1", Some("openssl"), &[]),
        package("sqlite-sys 0.3.0", Some("sqlite3"), &[]),
        package("derive 1.0.0", None, &[]),
    ];
    Known {
        service: "api".to_owned(),
        program: "/app/api".to_owned(),
        origins: Some(Origins::new("api 0.1.0".to_owned(), origins)),
        links: vec![
            link(
                "openssl-sys 0.9.1",
                "cargo::rustc-link-lib=crypto",
                "crypto",
                Some("libcrypto.so.3"),
            ),
            link(
                "openssl-sys 0.9.1",
                "cargo::rustc-link-lib=ssl",
                "ssl",
                Some("libssl.so.3"),
            ),
            link(
                "sqlite-sys 0.3.0",
                "cargo::rustc-link-lib=static=sqlite3",
                "sqlite3",
                None,
            ),
        ],
    }
}

/// `/app/api` needs libssl, which needs libz; and the C library.
fn seen() -> Seen {
    let status = "Package: libssl3t64\nStatus: install ok installed\nVersion: 3.5.1-1\n";
    let list = "/usr/lib/libssl.so.3\n";
    Made::new()
        .layer("base", 100, "")
        .layer("program", 20, "")
        .file(0, "var/lib/dpkg/status", status)
        .file(0, "var/lib/dpkg/info/libssl3t64.list", list)
        .data(0, "usr/lib/libssl.so.3", 700, 5)
        .data(0, "usr/lib/libz.so.1", 90, 5)
        .data(0, "usr/lib/libc.so.6", 2_000, 5)
        .data(1, "app/api", 10, 5)
        .program("/app/api", &["/usr/lib/libssl.so.3", "/usr/lib/libz.so.1"])
        .program("/app/api", &["/usr/lib/libc.so.6"])
        .seen()
}

fn subject(known: &Known, subject: &str) -> (Vec<SourcePackage>, Vec<InImage>) {
    let ask = Ask::Subject(subject.to_owned());
    match answer(&seen(), known, &ask).unwrap() {
        Says::Subject { packages, found } => (packages, found),
        other => panic!("{other:?}"),
    }
}

/// A source in words.
fn told(source: &Source) -> String {
    match source {
        Source::Package {
            way,
            links,
            library,
            asked,
        } => format!("{} {links:?} {library} {asked:?}", way.steps.join(" → ")),
        other => format!("{other:?}"),
    }
}

fn sources(known: &Known, name: &str) -> Vec<String> {
    let (_, found) = subject(known, name);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].sources.iter().map(told).collect()
}

const OPENSSL: &str = "api 0.1.0 → tls 0.2.1 → openssl-sys 0.9.1 Some(\"openssl\") libssl.so.3 \
                       Some(\"cargo::rustc-link-lib=ssl\")";

#[test]
fn a_library_comes_from_the_crate_whose_build_script_linked_it() {
    for name in ["libssl.so.3", "/usr/lib/libssl.so.3", "libssl3t64"] {
        assert_eq!(sources(&known(), name), [OPENSSL], "{name}");
    }
}

#[test]
fn what_another_library_needs_comes_from_whoever_asked_for_that_one() {
    assert_eq!(sources(&known(), "libz.so.1"), [OPENSSL]);
}

#[test]
fn the_c_library_and_the_program_are_told_as_what_they_are() {
    assert_eq!(sources(&known(), "libc.so.6"), ["CLibrary(\"libc.so.6\")"]);
    assert_eq!(sources(&known(), "/app/api"), ["Program(\"api 0.1.0\")"]);
}

#[test]
fn the_loader_is_of_the_c_library_by_whichever_path_it_is_named() {
    for step in [
        "/lib64/ld-linux-x86-64.so.2 (interpreter)",
        "ld-linux-aarch64.so.1 (NEEDED)",
    ] {
        let chain = ["ENTRYPOINT", "/app/api", step].map(str::to_owned);
        let sources = source::of_chain(&chain, &known());
        assert!(
            matches!(sources.as_slice(), [Source::CLibrary(_)]),
            "{sources:?}"
        );
    }
}

#[test]
fn where_nothing_was_written_down_the_name_tells_or_nothing_is_known() {
    let mut unwritten = known();
    unwritten.links.clear();
    assert_eq!(
        sources(&unwritten, "libssl.so.3"),
        ["Unknown(\"libssl.so.3\")"]
    );
    let asking = Crate {
        asks: vec![BuildFile::Library("ssl".to_owned())],
        ..package("m/tls", None, &[])
    };
    let go = [package("m", None, &["m/tls"]), asking];
    unwritten.origins = Some(Origins::new("m".to_owned(), go));
    assert_eq!(
        sources(&unwritten, "libssl.so.3"),
        ["m → m/tls None libssl.so.3 None"]
    );
    unwritten.origins = None;
    assert_eq!(sources(&unwritten, "libssl.so.3"), [""; 0]);
}

#[test]
fn a_crate_is_told_with_its_way_and_with_what_came_of_what_it_uses() {
    let (packages, found) = subject(&known(), "tls");
    assert_eq!((packages.len(), found.len()), (1, 0));
    assert_eq!(
        packages[0].way.as_ref().unwrap().steps,
        ["api 0.1.0", "tls 0.2.1"]
    );
    let became = |brings: &Brings| {
        let became = match &brings.became {
            Became::File(file) => format!("{} {:?}", file.path, file.package),
            other => format!("{other:?}"),
        };
        format!("{} {:?}: {became}", brings.library, brings.soname)
    };
    let told: Vec<String> = packages[0].brings.iter().map(became).collect();
    let expected = [
        "crypto Some(\"libcrypto.so.3\"): Unneeded",
        "ssl Some(\"libssl.so.3\"): /usr/lib/libssl.so.3 Some(\"libssl3t64 3.5.1-1\")",
    ];
    assert_eq!(told, expected);
    let (packages, _) = subject(&known(), "sqlite-sys");
    assert_eq!(packages[0].brings[0].became, Became::Inside);
    let (packages, _) = subject(&known(), "derive");
    assert!(packages[0].way.as_ref().unwrap().only_compiling);
}

#[test]
fn all_libraries_are_told_by_name_with_the_one_that_needs_them() {
    let Says::Libraries(libraries) = answer(&seen(), &known(), &Ask::Libraries).unwrap() else {
        panic!("no libraries");
    };
    let line = |library: &Library| {
        let sources: Vec<String> = library.sources.iter().map(told).collect();
        let Library {
            soname,
            bytes,
            needed_by,
            ..
        } = library;
        format!("{soname} {bytes} {needed_by:?} {}", sources.join(" "))
    };
    let lines: Vec<String> = libraries.iter().map(line).collect();
    let expected = [
        "libc.so.6 2000 None CLibrary(\"libc.so.6\")".to_owned(),
        format!("libssl.so.3 700 None {OPENSSL}"),
        format!("libz.so.1 90 Some(\"libssl.so.3\") {OPENSSL}"),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn before_an_image_is_built_only_the_source_answers() {
    let ask = |subject: &str| of_source(&known(), &Ask::Subject(subject.to_owned()));
    let Ok(Says::Subject { packages, .. }) = ask("openssl-sys") else {
        panic!("no crate");
    };
    assert!(
        packages[0]
            .brings
            .iter()
            .all(|brings| brings.became == Became::Unbuilt)
    );
    for error in [
        ask("libssl.so.3").unwrap_err(),
        of_source(&known(), &Ask::Libraries).unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "no image of api was built yet that the local store has"
        );
        assert!(error.hint().unwrap().contains("coracle build api"));
    }
}

#[test]
fn what_is_nowhere_is_told_with_what_image_or_source_have_nearly_so() {
    let ask = Ask::Subject("openssl-sy".to_owned());
    let error = answer(&seen(), &known(), &ask).unwrap_err();
    insta::assert_snapshot!(error, @"api has no `openssl-sy`: neither its image nor its source");
    insta::assert_snapshot!(error.hint().unwrap(), @"it has openssl-sys");
}

#[test]
fn a_word_that_names_neither_is_told_with_the_nearest_service_and_how_images_are_written() {
    let check = |word: &str, known: &[&str]| {
        let known = known.iter().map(|name| (*name).to_owned()).collect();
        let error = Error::no_service(word, known);
        format!("{error}\n{}", error.hint().unwrap())
    };
    insta::assert_snapshot!(check("wroker", &["api", "worker"]), @"
    `wroker` is no service of this repository, and no image
    did you mean `worker`? services here: worker, api. An image has a : or a / in it: wroker:latest, ghcr.io/acme/wroker, oci:FOLDER, docker-archive:FILE, rootfs:FOLDER
    ");
    insta::assert_snapshot!(check("debian", &[]), @"
    `debian` is no service of this repository, and no image
    there is no service here. An image has a : or a / in it: debian:latest, ghcr.io/acme/debian, oci:FOLDER, docker-archive:FILE, rootfs:FOLDER
    ");
}
