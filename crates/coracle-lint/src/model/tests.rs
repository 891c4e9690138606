//! Who builds which Dockerfile, from where and up to which stage.

mod bakes;
mod composes;
mod jobs;

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn repository(files: &[(&str, &str)]) -> Repository {
    let mut repository = Repository::new();
    for (path, text) in files {
        repository.add_text(*path, *text);
    }
    repository
}

fn builds(files: &[(&str, &str)]) -> Vec<String> {
    let repository = repository(files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let mut told = Vec::new();
    for dockerfile in &model.dockerfiles {
        for build in &dockerfile.builds {
            let file = dockerfile.file.path();
            let (context, target) = (&build.context, &build.target);
            told.push(format!(
                "{file} by {}: {context:?} {target:?} {:?}",
                build.user.title(),
                build.platforms
            ));
        }
    }
    told
}

const DOCKERFILE: &str = "FROM debian AS base\nFROM base AS api\n";

#[test]
fn a_compose_service_builds_from_its_folder_or_the_one_it_names() {
    let compose = "services:\n  api:\n    build: {context: .., dockerfile: docker/api.df, target: api}\n  web:\n    build: .\n";
    let got = builds(&[
        ("deploy/compose.yaml", compose),
        ("docker/api.df", DOCKERFILE),
        ("deploy/Dockerfile", DOCKERFILE),
    ]);
    let expected = [
        "deploy/Dockerfile by the service web of deploy/compose.yaml: Ok(\"deploy\") Ok(None) Ok([])",
        "docker/api.df by the service api of deploy/compose.yaml: Ok(\"\") Ok(Some(\"api\")) Ok([])",
    ];
    assert_eq!(got, expected);
}

#[test]
fn a_job_builds_once_for_each_value_of_its_matrix_that_matters() {
    let workflow = "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {name: [api, web], go: [1, 2]}}\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {context: ., file: \"${{ matrix.name }}/Dockerfile\", platforms: \"linux/amd64,linux/arm64\", target: \"${{ inputs.target }}\"}\n";
    let got = builds(&[
        (".github/workflows/ci.yml", workflow),
        ("api/Dockerfile", DOCKERFILE),
        ("web/Dockerfile", DOCKERFILE),
    ]);
    assert_eq!(got.len(), 2, "{got:#?}");
    assert!(
        got[0].starts_with(
            "api/Dockerfile by the job image of .github/workflows/ci.yml: Ok(\"\") Err("
        )
    );
    assert!(got[0].ends_with("Ok([\"linux/amd64\", \"linux/arm64\"])"));
    assert!(got[1].starts_with("web/Dockerfile"));
}

#[test]
fn a_file_that_is_referred_to_is_wanted_until_it_is_there() {
    let compose = "services: {api: {build: {context: ., dockerfile: docker/api.df}}}\n";
    let mut repository = repository(&[("compose.yaml", compose)]);
    assert!(wanted(&repository).is_empty());
    repository.add("docker/api.df", 12);
    assert_eq!(
        wanted(&repository),
        BTreeSet::from(["docker/api.df".to_owned()])
    );
    repository.add_text("docker/api.df", DOCKERFILE);
    assert!(wanted(&repository).is_empty());
}

#[test]
fn what_is_not_what_its_name_says_is_told_and_judged_by_nobody() {
    let files = [
        ("Dockerfile", "{% if x %}\nFROM a\n"),
        ("compose.yaml", "services: [\n"),
        (".github/workflows/ci.yml", "a: b: c\n"),
    ];
    let repository = repository(&files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let told: Vec<&str> = model.unread().iter().map(|one| one.file.as_str()).collect();
    assert_eq!(
        told,
        [".github/workflows/ci.yml", "Dockerfile", "compose.yaml"]
    );
    assert_eq!(model.judged().count(), 0);
}

#[test]
fn images_are_the_last_stage_and_every_target() {
    let repository = repository(&[
        ("Dockerfile", DOCKERFILE),
        (
            "compose.yaml",
            "services: {a: {build: {context: ., target: base}}, b: {build: .}, c: {build: {context: ., target: none}}}\n",
        ),
    ]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let dockerfile = &model.dockerfiles[0];
    let stages = dockerfile.stages();
    let outputs = dockerfile.outputs(&stages);
    assert_eq!(outputs.stages, BTreeSet::from([0, 1]));
    assert_eq!(outputs.unknown.as_deref(), Some("there is no stage none"));
    assert_eq!(dockerfile.builds_of(&stages, 0).len(), 1);
    assert_eq!(dockerfile.contexts(), [Ok(String::new())]);
}

#[test]
fn a_script_builds_from_where_it_runs_and_what_it_computes_is_not_known() {
    let workflow = "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - working-directory: api\n        run: |\n          docker buildx build --push -t x:${{ github.sha }} --platform linux/amd64,linux/arm64 \\\n            --build-arg=V=1 --target api -f ../docker/Dockerfile .\n      - run: docker build -f docker/Dockerfile \"$DIRECTORY\"\n";
    let repository = repository(&[
        (".github/workflows/ci.yml", workflow),
        ("docker/Dockerfile", DOCKERFILE),
        ("api/x.go", ""),
    ]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let [first, second] = &model.dockerfiles[0].builds[..] else {
        panic!("{:#?} {:#?}", model.dockerfiles, model.other_builds);
    };
    assert_eq!(first.context, Ok("api".to_owned()));
    assert_eq!(first.target, Ok(Some("api".to_owned())));
    assert_eq!(
        first.platforms,
        Ok(vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()])
    );
    assert_eq!(
        first.given(),
        BTreeMap::from([("V".to_owned(), "1".to_owned())])
    );
    let words = |build: &Build| {
        let source = repository.source(".github/workflows/ci.yml").unwrap();
        (
            build.place.line,
            source.slice(build.place.start..build.place.end).to_owned(),
        )
    };
    assert_eq!(words(first), (8, "build".to_owned()));
    assert_eq!(words(second), (10, "build".to_owned()));
    assert!(second.context.is_err());
}

#[test]
fn the_ignore_file_beside_the_dockerfile_comes_before_that_of_the_context() {
    let repository = repository(&[
        ("api/Dockerfile", DOCKERFILE),
        ("api/Dockerfile.dockerignore", "a\n"),
        ("web/Dockerfile", DOCKERFILE),
        (".dockerignore", "b\n"),
    ]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let of = |index: usize| model.ignore_of(&model.dockerfiles[index], "").unwrap();
    assert!(of(0).ignore.is_hidden("a") && !of(0).ignore.is_hidden("b"));
    assert_eq!(of(1).file.path(), ".dockerignore");
    assert!(model.ignore_of(&model.dockerfiles[1], "web").is_none());
}
