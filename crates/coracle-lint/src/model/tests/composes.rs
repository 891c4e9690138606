//! What compose files say beyond what stands at a service: what it extends, and Dockerfiles within.

use super::{DOCKERFILE, builds, repository};
use crate::model::{Model, wanted};

fn model(repository: &crate::Repository) -> Model<'_> {
    Model::of(repository, jiff::civil::date(2026, 11, 27))
}

#[test]
fn a_service_builds_what_the_one_that_it_extends_does() {
    let base =
        "services:\n  base:\n    platform: linux/arm64\n    build: {context: ., target: base}\n";
    let compose = "services:\n  api:\n    extends: {file: base/common.yml, service: base}\n  web:\n    extends: api\n    build: {target: api}\n";
    let got = builds(&[
        ("compose.yaml", compose),
        ("base/common.yml", base),
        ("base/Dockerfile", DOCKERFILE),
    ]);
    let expected = [
        "base/Dockerfile by the service api of compose.yaml: Ok(\"base\") Ok(Some(\"base\")) Ok([\"linux/arm64\"])",
        "base/Dockerfile by the service web of compose.yaml: Ok(\"base\") Ok(Some(\"api\")) Ok([\"linux/arm64\"])",
    ];
    assert_eq!(got, expected);
}

#[test]
fn what_cannot_be_followed_leaves_the_stage_and_the_platforms_unknown() {
    let compose =
        "services:\n  api:\n    extends: {file: ../shared/c.yml, service: base}\n    build: .\n";
    let got = builds(&[("compose.yaml", compose), ("Dockerfile", DOCKERFILE)]);
    assert_eq!(got.len(), 1);
    assert!(
        got[0].contains("Err(\"what the service api extends is not known: ../shared/c.yml: line 1"),
        "{}",
        got[0]
    );
}

#[test]
fn files_that_are_extended_are_wanted_and_then_what_they_build_is() {
    let compose = "services: {api: {extends: {file: common.yml, service: base}}}\n";
    let mut repository = repository(&[("compose.yaml", compose)]);
    repository.add("common.yml", 10);
    repository.add("docker/api.df", 10);
    assert_eq!(
        wanted(&repository).into_iter().collect::<Vec<_>>(),
        ["common.yml"]
    );
    let common = "services: {base: {build: {context: ., dockerfile: docker/api.df}}}\n";
    repository.add_text("common.yml", common);
    assert_eq!(
        wanted(&repository).into_iter().collect::<Vec<_>>(),
        ["docker/api.df"]
    );
}

#[test]
fn a_dockerfile_within_is_one_of_its_own_whose_places_are_in_the_compose_file() {
    let compose = "services:\n  a:\n    build:\n      dockerfile_inline: &d |\n        FROM debian AS one\n        RUN a \\\n          b\n  b:\n    build: {context: sub, dockerfile_inline: *d}\n";
    let repository = repository(&[("compose.yaml", compose), ("Dockerfile", DOCKERFILE)]);
    let model = model(&repository);
    let paths: Vec<_> = model
        .dockerfiles
        .iter()
        .map(|one| (one.file.path(), one.is_within(), one.builds.len()))
        .collect();
    assert_eq!(paths, [("Dockerfile", false, 0), ("compose.yaml", true, 2)]);
    let inline = &model.dockerfiles[1];
    let run = inline.document.instructions().nth(1).unwrap();
    let place = inline.place(&run.span);
    assert_eq!(inline.file.slice(place.start..place.start + 5), "RUN a");
    assert_eq!((place.line, place.column), (6, 9));
    assert_eq!(model.extent(inline.file, 6), 6..=7);
    assert_eq!(model.extent(inline.file, 8), 8..=9);
    assert_eq!(model.judged().count(), 2);
    let context = inline.builds[1].context.as_deref();
    assert_eq!(context, Ok("sub"));
}

#[test]
fn a_dockerfile_within_that_depends_on_the_environment_is_built_by_nobody_knows_what() {
    let compose = "services: {a: {build: {dockerfile_inline: \"FROM debian:$TAG\"}}}\n";
    let repository = repository(&[("compose.yaml", compose)]);
    let model = model(&repository);
    assert!(model.dockerfiles.is_empty());
    let because = model.other_builds[0].dockerfile.as_ref().unwrap_err();
    assert_eq!(because, "TAG has no value");
}
