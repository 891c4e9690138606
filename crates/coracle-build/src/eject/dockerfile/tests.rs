//! Dockerfiles of made-up services, and whatever a user writes read back by our own reader of Dockerfiles.

mod examples;

use std::collections::BTreeMap;
use std::path::PathBuf;

use coracle_oci::Platform;
use coracle_recipe::dockerfile::{self, Image};
use coracle_toolchain::BackEnd;
use proptest::prelude::*;

use self::examples::{Example, go, rust};
use super::*;
use crate::plan::{Decision, FileCopy, Linkage, OpenText, Piece, UserId};
use crate::settings::LinkagePolicy;

fn text(files: &[File], name: &str) -> String {
    let file = files.iter().find(|file| file.path == Path::new(name));
    file.unwrap_or_else(|| panic!("{name} is not in {files:?}"))
        .text
        .clone()
}

#[test]
fn a_go_program_without_cgo_is_compiled_for_each_platform_from_what_was_cached() {
    let files = go().on(&["amd64", "arm64"]).files(Style::Compiled).unwrap();
    insta::assert_snapshot!("go", text(&files, "Dockerfile"));
    insta::assert_snapshot!("go-ignore", text(&files, ".dockerignore"));
}

#[test]
fn a_go_program_with_cgo_is_compiled_by_zig_against_the_packages_of_each_platform() {
    let mut example = go().on(&["amd64", "arm64"]);
    example.service.linkage = Decision::new(Linkage::Cgo, "a test");
    example.service.settings.tags = vec!["netgo".to_owned(), "osusergo".to_owned()];
    let flag = OpenText(vec![
        Piece::Text("-X main.version=\"".to_owned()),
        Piece::Variable("VERSION".to_owned()),
        Piece::Text("\"".to_owned()),
    ]);
    example.service.open.linker_flags = vec![flag];
    let example = example.with_libraries(&["libwebp7"], &["libwebp-dev"]);
    insta::assert_snapshot!(
        "cgo",
        text(&example.files(Style::Compiled).unwrap(), "Dockerfile")
    );
}

#[test]
fn a_rust_program_is_compiled_for_all_platforms_in_one_command() {
    let example = rust().on(&["amd64", "arm64"]);
    let libraries = ["libsqlite3-0", "libssl3t64", "ca-certificates"];
    let example = example.with_libraries(&libraries, &["libsqlite3-dev", "libssl-dev"]);
    insta::assert_snapshot!(
        "rust",
        text(&example.files(Style::Compiled).unwrap(), "Dockerfile")
    );
}

#[test]
fn a_static_rust_program_is_compiled_for_musl_and_needs_no_packages_of_the_suite() {
    let mut example = rust().on(&["amd64", "arm64"]);
    example.service.linkage = Decision::new(Linkage::Static, "a test");
    example.service.settings.policy.linkage = Some(LinkagePolicy::Static);
    let dockerfile = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
    insta::assert_snapshot!("rust-musl", dockerfile);
}

#[test]
fn a_program_of_ci_is_copied_by_its_platform() {
    let mut example = rust().on(&["amd64", "arm64"]);
    example.service.files = vec![copy(
        &example.plan.directory,
        "my migrations",
        "/app/m",
        true,
    )];
    let files = example.files(Style::Prebuilt).unwrap();
    insta::assert_snapshot!("prebuilt", text(&files, "prebuilt.Dockerfile"));
    let ignored = text(&files, "prebuilt.Dockerfile.dockerignore");
    insta::assert_snapshot!("prebuilt-ignore", ignored);
}

#[test]
fn what_was_compiled_elsewhere_is_copied_from_where_the_configuration_has_it() {
    let mut example = go().on(&["amd64", "arm64"]);
    let directory = example.plan.directory.clone();
    let program =
        coracle_toolchain::Program::prebuilt("server", &directory.join("a/server"), &directory);
    example.service.program = program;
    let programs = [("amd64", "a/server"), ("arm64", "b/server")];
    let programs = programs.map(|(name, path)| (Platform::linux(name), directory.join(path)));
    example.service.programs = programs.into();
    let dockerfile = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
    for expected in [
        "FROM scratch AS program-arm64\nCOPY b/server /program\n",
        "FROM program-$TARGETARCH$TARGETVARIANT AS program\n",
        "COPY --from=program --chmod=0755 /program /app/server\n",
    ] {
        assert!(dockerfile.contains(expected), "{dockerfile}");
    }
}

#[test]
fn several_services_have_a_file_each_and_only_that_is_hidden_which_nobody_compiles() {
    let first = go().on(&["amd64"]);
    let mut plan = first.plan.clone();
    plan.services = vec![first.service.clone(), rust().service];
    let proven = Proven {
        service: &plan.services[0],
        images: first.images.clone(),
    };
    let subject = Subject {
        plan: &plan,
        proven: vec![proven],
    };
    let files = dockerfiles(&subject, Style::Compiled).unwrap();
    let names: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let expected = ["worker.Dockerfile", "worker.Dockerfile.dockerignore"].map(Path::new);
    assert_eq!(names, expected);
    assert!(!files[1].text.contains("Cargo") && !files[1].text.contains("go.sum"));
}

#[test]
fn what_zig_cannot_link_is_refused_with_what_to_do() {
    let mut example = rust().on(&["amd64"]);
    example.images[0].compiled.cxx = true;
    let error = example.files(Style::Compiled).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @r"
    cannot write a Dockerfile that compiles api: it links the C++ library, and the Dockerfile's cross-compiler, zig, cannot link C++ libraries of the suite
    compile outside, for example by `coracle build` or on a machine of each platform: --prebuilt writes a Dockerfile that copies the program
    ");
    example.images[0].compiled.cxx = false;
    example.images[0].compiled.back_end = Some(BackEnd::Clang);
    assert!(matches!(
        example.files(Style::Compiled),
        Err(Error::Cxx { .. })
    ));
    assert!(example.files(Style::Prebuilt).is_ok());
}

#[test]
fn a_toolchain_without_an_official_image_is_refused() {
    for toolchain in [
        "rustc 1.97.0-nightly (1 2026-01-01)",
        "go version devel go1.27-x linux/amd64",
        "",
    ] {
        let mut example = rust().on(&["amd64"]);
        toolchain.clone_into(&mut example.images[0].compiled.toolchain);
        let error = example.files(Style::Compiled).unwrap_err();
        assert!(
            matches!(error, Error::Toolchain { .. }),
            "{toolchain}: {error}"
        );
    }
}

#[test]
fn what_no_line_can_hold_is_refused_by_its_name() {
    let mut example = go().on(&["amd64"]);
    example.service.environment = [("NOTE".to_owned(), "one\ntwo".to_owned())].into();
    let error = example.files(Style::Compiled).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @r"
    cannot write a Dockerfile for worker: the variable NOTE holds '\n', which no line of a Dockerfile can hold
    write the value on one line
    ");
}

#[test]
fn packages_of_one_platform_are_told_from_those_of_all() {
    let mut example = go().on(&["amd64", "arm64"]);
    example.images[1]
        .packages
        .push(examples::installed("libatomic1", "14.2.0-19"));
    let dockerfile = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
    let expected =
        "case $TARGETARCH in\narm64) packages=\"$packages\nlibatomic1=14.2.0-19\n\" ;;\nesac\n";
    assert!(dockerfile.contains(expected), "{dockerfile}");
}

#[test]
fn the_revision_is_a_build_argument_whether_the_sources_are_committed_or_not() {
    let mut example = go().on(&["amd64"]);
    let clean = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
    let key = "org.opencontainers.image.revision".to_owned();
    let reason = "the last commit that touched its sources";
    let label = Decision::new("0123abcd".to_owned(), reason);
    example.service.labels.insert(key.clone(), label);
    let dirty = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
    assert_eq!(clean, dirty);
    let given = [("COMMIT_SHA".to_owned(), "4567".to_owned())].into();
    let label = read(&clean, &given).labels;
    let label = label.iter().find(|label| label.key == key).unwrap();
    assert_eq!(label.value.as_ref().unwrap().text(), Some("4567"));
}

fn copy(directory: &Path, from: &str, to: &str, is_folder: bool) -> FileCopy {
    FileCopy {
        written: PathBuf::from(from),
        from: directory.join(from),
        to: to.to_owned(),
        is_folder,
        owner: UserId { user: 7, group: 8 },
        mode: None,
    }
}

fn read(text: &str, given: &BTreeMap<String, String>) -> Image {
    let read = dockerfile::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    read.image(None, given).unwrap()
}

/// One line of whatever people write.
fn line() -> impl Strategy<Value = String> {
    let odd = proptest::string::string_regex("[ -~]{0,24}").unwrap();
    let likely = "[ab\\\\\"'$`{}#= \\[\\]*?-]{0,16}";
    prop_oneof![
        odd,
        proptest::string::string_regex(likely).unwrap(),
        "[ä→\t]{0,4}"
    ]
}

proptest! {
    #[test]
    fn whatever_a_user_writes_is_read_back(
        values in proptest::collection::vec((line(), line()), 1..4),
        words in proptest::collection::vec(line(), 1..4),
        folder in line(),
    ) {
        let mut example = go().on(&["amd64"]);
        let service = &mut example.service;
        service.labels.clear();
        for (at, (label, variable)) in values.iter().enumerate() {
            let key = format!("label {at}\"$'");
            service.labels.insert(key, Decision::new(label.clone(), "a test"));
            service.environment.insert(format!("NAME_{at}"), variable.clone());
        }
        service.entrypoint = Decision::new(words.clone(), "a test");
        service.arguments.clone_from(&words);
        service.volumes = words.iter().map(|word| format!("/v{word}")).collect();
        service.working_directory = format!("/w{folder}");
        let written = text(&example.files(Style::Compiled).unwrap(), "Dockerfile");
        let image = read(&written, &BTreeMap::new());
        let service = &example.service;
        let known = |value: &coracle_recipe::Value| value.text().map(str::to_owned);
        for (key, label) in &service.labels {
            let found = image.labels.iter().find(|entry| entry.key == *key);
            let found = found.and_then(|entry| known(entry.value.as_ref()?));
            prop_assert_eq!(found.as_ref(), Some(&label.value), "{}", written);
        }
        for (name, value) in &service.environment {
            let found = image.environment.iter().find(|entry| entry.key == *name);
            let found = found.and_then(|entry| known(entry.value.as_ref()?));
            prop_assert_eq!(found.as_ref(), Some(value), "{}", written);
        }
        let (entrypoint, command) = (image.entrypoint.unwrap(), image.command.unwrap());
        prop_assert_eq!(entrypoint.words(), words.clone());
        prop_assert_eq!(command.words(), words);
        let volumes: Vec<String> = image.volumes.iter().filter_map(known).collect();
        prop_assert_eq!(&volumes, &service.volumes);
        let folder = image.working_directory.as_ref().and_then(known);
        prop_assert_eq!(folder.as_ref(), Some(&service.working_directory), "{}", written);
    }

    #[test]
    fn a_shell_s_word_is_one_word(word in line()) {
        let quoted = quote::shell(&word);
        // Between single quotes a shell takes everything as it is, and a quote stands outside of them.
        let read = match quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(inner) => inner.replace("'\\''", "'"),
            None => quoted,
        };
        prop_assert_eq!(read, word);
    }
}

impl Example {
    fn files(&self, style: Style) -> Result<Vec<File>, Error> {
        let mut plan = self.plan.clone();
        plan.services = vec![self.service.clone()];
        let proven = Proven {
            service: &plan.services[0],
            images: self.images.clone(),
        };
        let subject = Subject {
            plan: &plan,
            proven: vec![proven],
        };
        dockerfiles(&subject, style)
    }
}
