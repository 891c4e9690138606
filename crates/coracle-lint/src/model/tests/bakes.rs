//! What bake files build: by themselves, with compose files beside them, and as jobs ask for them.

use std::collections::BTreeSet;

use super::{DOCKERFILE, builds, repository};
use crate::model::{Model, wanted};

const HCL: &str = "variable \"PLATFORMS\" { default = \"linux/amd64\" }\ngroup \"default\" { targets = [\"api\"] }\ntarget \"_all\" {\n  context = \".\"\n  platforms = split(\",\", PLATFORMS)\n}\ntarget \"api\" {\n  inherits = [\"_all\"]\n  dockerfile = \"docker/api.df\"\n  target = \"api\"\n  platforms = [\"linux/amd64\"]\n}\ntarget \"tool\" {\n  dockerfile-inline = \"FROM debian\\nCMD x\\n\"\n}\n";

fn job(step: &str) -> String {
    format!("on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04\n    steps:\n{step}")
}

#[test]
fn the_targets_of_a_bake_file_are_builds_of_its_dockerfiles_and_of_those_within() {
    let got = builds(&[
        ("docker-bake.hcl", HCL),
        ("docker/api.df", DOCKERFILE),
        ("Dockerfile", DOCKERFILE),
    ]);
    let expected = [
        "docker-bake.hcl by the target tool of docker-bake.hcl: Ok(\"\") Ok(None) Ok([])",
        "docker/api.df by the target api of docker-bake.hcl: Ok(\"\") Ok(Some(\"api\")) Ok([\"linux/amd64\"])",
    ];
    assert_eq!(got, expected);
}

#[test]
fn a_bake_file_in_a_folder_is_run_from_where_its_dockerfiles_are() {
    let bake = "{\"target\": {\"a\": {}, \"b\": {\"dockerfile\": \"b.df\"}, \"c\": {\"dockerfile\": \"c.df\"}}}";
    let files = [
        ("ci/docker-bake.json", bake),
        ("ci/Dockerfile", DOCKERFILE),
        ("b.df", DOCKERFILE),
        ("ci/c.df", DOCKERFILE),
        ("c.df", DOCKERFILE),
    ];
    let got = builds(&files);
    let expected = [
        "b.df by the target b of ci/docker-bake.json: Ok(\"\") Ok(None) Ok([])",
        "ci/Dockerfile by the target a of ci/docker-bake.json: Ok(\"ci\") Ok(None) Ok([])",
    ];
    assert_eq!(got, expected);
    let repository = repository(&files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let because = model.other_builds[0].dockerfile.as_ref().unwrap_err();
    assert_eq!(
        because,
        "nobody says from which folder ci/docker-bake.json is run"
    );
}

#[test]
fn a_target_lies_over_the_service_of_its_name() {
    let compose =
        "services: {api: {build: {context: sub, dockerfile: x.df, target: base, args: {A: 1}}}}\n";
    let got = builds(&[
        ("compose.yaml", compose),
        (
            "docker-bake.json",
            "{\"target\": {\"api\": {\"platforms\": [\"linux/arm64\"]}}}",
        ),
        ("sub/x.df", DOCKERFILE),
    ]);
    let expected = [
        "sub/x.df by the service api of compose.yaml: Ok(\"sub\") Ok(Some(\"base\")) Ok([])",
        "sub/x.df by the target api of docker-bake.json: Ok(\"sub\") Ok(Some(\"base\")) Ok([\"linux/arm64\"])",
    ];
    assert_eq!(got, expected);
}

#[test]
fn a_job_bakes_what_it_names_with_what_it_sets() {
    let check = |step: &str, expected: &[&str]| {
        let workflow = job(step);
        let files = [
            (".github/workflows/ci.yml", workflow.as_str()),
            ("ci/images.hcl", HCL),
            ("docker/api.df", DOCKERFILE),
        ];
        let told = builds(&files);
        let title = "docker/api.df by the job image of .github/workflows/ci.yml: ";
        let told: Vec<&str> = told
            .iter()
            .map(|one| one.strip_prefix(title).unwrap_or(one))
            .collect();
        assert_eq!(told, expected, "{step}");
    };
    check(
        "      - uses: docker/bake-action@v6\n        with: {files: ci/images.hcl, set: \"*.platform=linux/amd64,linux/arm64\\napi.target=base\"}\n",
        &["Ok(\"\") Ok(Some(\"base\")) Ok([\"linux/amd64\", \"linux/arm64\"])"],
    );
    check(
        "      - run: docker buildx bake -f ci/images.hcl --set 'a*.platform=linux/s390x' --push api\n",
        &["Ok(\"\") Ok(Some(\"api\")) Ok([\"linux/s390x\"])"],
    );
    check(
        "      - run: docker buildx bake -f ci/images.hcl --print api\n",
        &[],
    );
    check(
        "      - run: docker buildx bake -f ci/images.hcl other\n",
        &[],
    );
}

#[test]
fn variables_of_the_job_come_before_defaults_and_those_of_the_script_are_not_known() {
    let check = |step: &str, expected: &str| {
        let workflow = job(step);
        let bake = "{\"variable\": {\"STAGE\": {\"default\": \"base\"}}, \"target\": {\"default\": {\"target\": \"${STAGE}\"}}}";
        let repository = repository(&[
            (".github/workflows/ci.yml", &workflow),
            ("docker-bake.json", bake),
            ("Dockerfile", DOCKERFILE),
        ]);
        let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
        let builds = &model.dockerfiles[0].builds;
        let build = builds.iter().find(|build| build.user.is_job()).unwrap();
        assert_eq!(format!("{:?}", build.target), expected, "{step}");
    };
    check(
        "      - uses: docker/bake-action@v6\n        env: {STAGE: api}\n",
        "Ok(Some(\"api\"))",
    );
    check(
        "      - run: STAGE=api docker buildx bake\n",
        "Ok(Some(\"api\"))",
    );
    check("      - run: docker buildx bake\n", "Ok(Some(\"base\"))");
    let unknown = "Err(\"`STAGE` cannot be expanded\")";
    check(
        "      - run: |\n          export STAGE=api\n          docker buildx bake\n",
        unknown,
    );
    check(
        "      - uses: docker/bake-action@v6\n        env: {STAGE: \"${{ vars.S }}\"}\n",
        unknown,
    );
}

#[test]
fn a_bake_file_that_a_job_names_is_wanted_and_then_what_it_builds_is() {
    let workflow =
        job("      - uses: docker/bake-action@v6\n        with: {files: ci/images.hcl}\n");
    let mut repository = repository(&[(".github/workflows/ci.yml", &workflow)]);
    repository.add("ci/images.hcl", 10);
    repository.add("docker/api.df", 10);
    assert_eq!(
        wanted(&repository),
        BTreeSet::from(["ci/images.hcl".to_owned()])
    );
    repository.add_text("ci/images.hcl", HCL);
    assert_eq!(
        wanted(&repository),
        BTreeSet::from(["docker/api.df".to_owned()])
    );
}
