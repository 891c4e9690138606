//! What jobs build beyond their own steps: local actions, workflows that are called, and scripts with values of a matrix.

use coracle_recipe::workflow::Architecture;

use super::{DOCKERFILE, builds, repository};
use crate::model::{Model, Written};

const ACTION: &str = "name: x\ninputs:\n  File: {required: true}\n  target: {default: api}\n  platforms: {}\nruns:\n  using: composite\n  steps:\n    - uses: ./other\n      with: {where: sub}\n    - uses: docker/build-push-action@v6\n      with: {context: ., file: \"${{ inputs.file }}\", target: \"${{ inputs.target }}\", platforms: \"${{ inputs.platforms }}\"}\n";

const OTHER: &str = "name: y\ninputs: {where: {}}\nruns:\n  using: composite\n  steps:\n    - run: docker build --target base ${{ inputs.where }}\n      shell: bash\n    - uses: ./other\n";

fn job(steps: &str) -> String {
    format!(
        "on: push\njobs:\n  image:\n    runs-on: ubuntu-24.04-arm\n    defaults: {{run: {{working-directory: no}}}}\n    steps:\n{steps}"
    )
}

#[test]
fn the_steps_of_a_local_action_are_the_job_s_with_what_it_is_given() {
    let workflow = job(
        "      - run: x\n      - uses: ./.github/actions/image\n        with: {file: docker/api.df, platforms: \"linux/amd64,linux/arm64\"}\n",
    );
    let files = [
        (".github/workflows/ci.yml", workflow.as_str()),
        (".github/actions/image/action.yml", ACTION),
        ("other/action.yaml", OTHER),
        ("docker/api.df", DOCKERFILE),
        ("sub/Dockerfile", DOCKERFILE),
    ];
    let expected = [
        "docker/api.df by the job image of .github/workflows/ci.yml: Ok(\"\") Ok(Some(\"api\")) Ok([\"linux/amd64\", \"linux/arm64\"])",
        "sub/Dockerfile by the job image of .github/workflows/ci.yml: Ok(\"sub\") Ok(Some(\"base\")) Ok([])",
    ];
    assert_eq!(builds(&files), expected);
    let repository = repository(&files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let build = &model.dockerfiles[0].builds[0];
    assert_eq!(build.place.file, ".github/actions/image/action.yml");
    assert_eq!(build.machines, [Architecture::Arm64]);
    let places: Vec<_> = model
        .steps(&model.workflows[0], &model.workflows[0].workflow.jobs[0])
        .iter()
        .map(|taken| (taken.number, taken.place().file.clone()))
        .take(4)
        .collect();
    let at = |number, file: &str| (number, file.to_owned());
    let expected = [
        at(0, ".github/workflows/ci.yml"),
        at(1, ".github/workflows/ci.yml"),
        at(1, ".github/actions/image/action.yml"),
        at(1, "other/action.yaml"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn an_input_that_is_only_known_at_run_time_leaves_the_file_unknown() {
    let workflow =
        job("      - uses: ./.github/actions/image\n        with: {file: \"${{ vars.FILE }}\"}\n");
    let repository = repository(&[
        (".github/workflows/ci.yml", &workflow),
        (".github/actions/image/action.yml", ACTION),
    ]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let because = model.other_builds[0].dockerfile.as_ref().unwrap_err();
    assert_eq!(because, "`vars.FILE` is only known when the workflow runs");
}

#[test]
fn a_workflow_that_is_only_called_builds_what_its_callers_give_it() {
    let called = |on: &str| {
        format!(
            "on: {on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {{context: \"${{{{ inputs.folder }}}}\", target: \"${{{{ inputs.target }}}}\"}}\n"
        )
    };
    let inputs = "{workflow_call: {inputs: {folder: {type: string}, target: {type: string, default: base}}}}";
    let caller = "on: push\njobs:\n  all:\n    strategy: {matrix: {folder: [api, web]}}\n    uses: ./.github/workflows/image.yml\n    with: {folder: \"${{ matrix.folder }}\"}\n";
    let folders = |called: &str| {
        let repository = repository(&[
            (".github/workflows/ci.yml", caller),
            (".github/workflows/image.yml", called),
            ("api/Dockerfile", DOCKERFILE),
            ("web/Dockerfile", DOCKERFILE),
        ]);
        let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
        let all = model.dockerfiles.iter().flat_map(|one| &one.builds);
        let told = all.map(|build| match &build.dockerfile {
            Ok(Written::File(path)) => format!("{path} {:?} {}", build.target, build.user.title()),
            other => format!("{other:?}"),
        });
        (told.collect::<Vec<_>>(), model.other_builds.len())
    };
    let title = "Ok(Some(\"base\")) the job image of .github/workflows/image.yml";
    let both = vec![
        format!("api/Dockerfile {title}"),
        format!("web/Dockerfile {title}"),
    ];
    assert_eq!(folders(&called(inputs)), (both.clone(), 0));
    // By hand anything may be given.
    let also_by_hand = inputs.replacen('{', "{workflow_dispatch: {}, ", 1);
    assert_eq!(folders(&called(&also_by_hand)), (both, 1));
}

#[test]
fn a_script_is_read_with_the_values_of_its_matrix_and_each_on_its_own_machine() {
    let workflow = "on: push\njobs:\n  image:\n    runs-on: ${{ matrix.on }}\n    strategy: {matrix: {include: [{on: ubuntu-24.04, name: api}, {on: ubuntu-24.04-arm, name: web}]}}\n    steps:\n      - run: docker build --platform linux/${{ github.x }} -t a \"${{ matrix.name }}\"\n";
    let repository = repository(&[
        (".github/workflows/ci.yml", workflow),
        ("api/Dockerfile", DOCKERFILE),
        ("web/Dockerfile", DOCKERFILE),
    ]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let machines: Vec<_> = model
        .dockerfiles
        .iter()
        .map(|one| (one.file.path(), one.builds[0].machines.clone()))
        .collect();
    let expected = [
        ("api/Dockerfile", vec![Architecture::Amd64]),
        ("web/Dockerfile", vec![Architecture::Arm64]),
    ];
    assert_eq!(machines, expected);
    assert!(model.dockerfiles[0].builds[0].platforms.is_err());
}

const COMPOSE: &str = "services:\n  api:\n    build: {context: ../api, target: api}\n    platform: linux/arm64\n  web:\n    build: ../web\n  debug:\n    profiles: [debug]\n    build: {context: ../web, target: debug}\n";

/// What a job builds by this script, with compose files in `deploy`.
fn composed(script: &str) -> Vec<String> {
    let workflow = job(&format!("      - run: {script}\n"))
        .replace("    defaults: {run: {working-directory: no}}\n", "");
    let files = [
        (".github/workflows/ci.yml", workflow.as_str()),
        ("deploy/compose.yaml", COMPOSE),
        (
            "deploy/other.yaml",
            "services:\n  web: {build: {target: x}}\n",
        ),
        ("api/Dockerfile", DOCKERFILE),
        ("web/Dockerfile", DOCKERFILE),
    ];
    let repository = repository(&files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let known = model.dockerfiles.iter().flat_map(|one| &one.builds);
    let by_job = known
        .chain(&model.other_builds)
        .filter(|build| build.user.is_job());
    let told = by_job.map(|build| {
        let path = match &build.dockerfile {
            Ok(Written::File(path)) => path.clone(),
            other => format!("{other:?}"),
        };
        let (target, platforms) = (build.target.as_ref(), build.platforms.as_ref());
        let target = target.ok().and_then(Option::as_deref).unwrap_or("?");
        let platforms = platforms.map_or("?".to_owned(), |list| list.join(","));
        let service = build
            .service
            .as_ref()
            .map_or("?", |(_, service)| service.as_str());
        format!(
            "{path} {target} {platforms} {service} {:?} {:?}",
            build.arguments, build.machines
        )
    });
    told.collect()
}

#[test]
fn services_that_a_job_has_compose_build_are_built_by_it_on_its_machine() {
    let api = "api/Dockerfile api linux/arm64 api {} [Arm64]";
    let web = "web/Dockerfile ?  web {} [Arm64]";
    let both = [api, web];
    let named = "docker compose -f deploy/compose.yaml";
    assert_eq!(composed(&format!("{named} build")), both);
    assert_eq!(
        composed(&format!("{named} --progress plain build --pull api")),
        [api]
    );
    assert_eq!(
        composed(&format!("{named} up --build -d --scale api=2 web")),
        [web]
    );
    assert_eq!(
        composed(&format!("{named} run --build web web sh -c true")),
        [web]
    );
    assert_eq!(
        composed(&format!("{named} build --build-arg A=1 debug")),
        ["web/Dockerfile debug  debug {\"A\": Ok(\"1\")} [Arm64]"]
    );
    let default = "docker-compose --project-name x build";
    let workflow = format!("{default}\n        working-directory: deploy");
    assert_eq!(composed(&workflow), both);
}

#[test]
fn what_compose_builds_is_not_known_where_files_or_variables_say_more() {
    let named = "docker compose -f deploy/compose.yaml";
    // Nothing is built, or perhaps nothing.
    for other in ["up -d", "build --print", "logs build", "exec api build"] {
        assert!(composed(&format!("{named} {other}")).is_empty(), "{other}");
    }
    let because = |script: &str| {
        let told = composed(script);
        assert_eq!(told.len(), 1, "{told:?}");
        told[0].split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(
        because("docker compose build"),
        "compose finds no file where it runs"
    );
    assert_eq!(
        because("docker compose -f none.yaml build"),
        "none.yaml is not read as a compose file"
    );
    assert_eq!(
        because(&format!("{named} build\n        env: {{COMPOSE_FILE: x}}")),
        "COMPOSE_FILE is set for compose"
    );
    assert_eq!(
        because(&format!("COMPOSE_PROFILES=debug {named} build")),
        "the script sets COMPOSE_PROFILES"
    );
    assert_eq!(
        because(&format!("{named} --project-directory x build")),
        "compose is told another folder"
    );
}

#[test]
fn docker_s_default_platform_is_the_one_that_no_flag_names() {
    let workflow = job(
        "      - run: docker build --platform linux/amd64 api\n      - run: docker build web\n",
    )
    .replace(
        "defaults: {run: {working-directory: no}}",
        "env: {DOCKER_DEFAULT_PLATFORM: linux/arm64}",
    );
    let title = "by the job image of .github/workflows/ci.yml";
    assert_eq!(
        builds(&[
            (".github/workflows/ci.yml", workflow.as_str()),
            ("api/Dockerfile", DOCKERFILE),
            ("web/Dockerfile", DOCKERFILE),
        ]),
        [
            format!("api/Dockerfile {title}: Ok(\"api\") Ok(None) Ok([\"linux/amd64\"])"),
            format!("web/Dockerfile {title}: Ok(\"web\") Ok(None) Ok([\"linux/arm64\"])"),
        ]
    );
    let own = job("      - run: DOCKER_DEFAULT_PLATFORM=$x docker build web\n")
        .replace("    defaults: {run: {working-directory: no}}\n", "");
    assert_eq!(
        builds(&[
            (".github/workflows/ci.yml", own.as_str()),
            ("web/Dockerfile", DOCKERFILE),
        ]),
        [format!(
            "web/Dockerfile {title}: Ok(\"web\") Ok(None) Err(\"the script sets DOCKER_DEFAULT_PLATFORM\")"
        )]
    );
}

#[test]
fn an_action_that_runs_in_an_image_is_built_by_the_jobs_that_use_it() {
    let workflow = job("      - uses: ./actions/check\n      - uses: ./actions/ready\n");
    let files = [
        (".github/workflows/ci.yml", workflow.as_str()),
        (
            "actions/check/action.yml",
            "runs: {using: docker, image: image/Dockerfile}\n",
        ),
        (
            "actions/ready/action.yml",
            "runs: {using: docker, image: \"docker://alpine:3\"}\n",
        ),
        ("actions/check/image/Dockerfile", DOCKERFILE),
    ];
    assert_eq!(
        builds(&files),
        [
            "actions/check/image/Dockerfile by the job image of .github/workflows/ci.yml: Ok(\"actions/check/image\") Ok(None) Ok([])"
        ]
    );
    let repository = repository(&files);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    assert!(model.is_of_action(&model.dockerfiles[0]));
}

#[test]
fn a_called_workflow_runs_where_its_caller_says() {
    let called = "on: {workflow_call: {inputs: {on: {type: string}}}}\njobs:\n  image:\n    runs-on: ${{ inputs.on }}\n    steps:\n      - run: docker build .\n";
    let machines = |on: &str| {
        let caller = format!(
            "on: push\njobs:\n  all:\n    uses: ./.github/workflows/image.yml\n    with: {{on: {on}}}\n"
        );
        let repository = repository(&[
            (".github/workflows/ci.yml", caller.as_str()),
            (".github/workflows/image.yml", called),
            ("Dockerfile", DOCKERFILE),
        ]);
        let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
        model.dockerfiles[0].builds[0].machines.clone()
    };
    assert_eq!(machines("ubuntu-24.04-arm"), [Architecture::Arm64]);
    assert_eq!(machines("ubuntu-24.04"), [Architecture::Amd64]);
    assert_eq!(machines("our-own"), []);
}

/// A Dockerfile in a script, and what becomes of a build of it.
fn here(script: &str) -> Vec<String> {
    let script = script.replace('\n', "\n          ");
    let workflow = job(&format!("      - run: |\n          {script}\n"))
        .replace("    defaults: {run: {working-directory: no}}\n", "");
    let repository = repository(&[(".github/workflows/ci.yml", workflow.as_str())]);
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let found = model.dockerfiles.iter().map(|one| {
        let first = one.document.instructions().next().unwrap();
        let place = one.place(&first.span);
        let contexts: Vec<_> = one.builds.iter().map(|build| &build.context).collect();
        format!(
            "{}:{} {:?} {contexts:?}",
            place.file,
            place.line,
            one.text()
        )
    });
    let others = model.other_builds.iter();
    let others = others.map(|build| format!("? {:?}", build.dockerfile));
    found.chain(others).collect()
}

#[test]
fn a_dockerfile_that_a_script_writes_is_judged_where_it_stands() {
    let text = "FROM alpine:3\\nRUN true\\n";
    let file = ".github/workflows/ci.yml";
    assert_eq!(
        here(
            "cat > ci.Dockerfile <<'EOF'\nFROM alpine:3\nRUN true\nEOF\ndocker build -f ci.Dockerfile ."
        ),
        [format!("{file}:8 \"{text}\" [Ok(\"\")]")]
    );
    assert_eq!(
        here("mkdir x\ntee x/Dockerfile <<EOF\nFROM alpine:3\nRUN true\nEOF\npodman build x"),
        [format!("{file}:9 \"{text}\" [Ok(\"x\")]")]
    );
    assert_eq!(
        here("docker build -f- . <<'EOF'\nFROM alpine:3\nRUN true\nEOF"),
        [format!("{file}:8 \"{text}\" [Ok(\"\")]")]
    );
    let temporary = here(
        "cat <<'EOF' >/tmp/Containerfile\nFROM alpine:3\nRUN true\nEOF\nbuildah bud --file /tmp/Containerfile .",
    );
    assert_eq!(temporary, [format!("{file}:8 \"{text}\" [Ok(\"\")]")]);
}

#[test]
fn a_dockerfile_that_a_script_changes_before_it_writes_it_is_not_known() {
    let because = |script: &str, expected: &str| {
        assert_eq!(here(script), [format!("? Err(\"{expected}\")")]);
    };
    because(
        "cat > Dockerfile <<EOF\nFROM alpine:$VERSION\nEOF\ndocker build .",
        "the shell changes the Dockerfile in .github/workflows/ci.yml",
    );
    because(
        "cat > Dockerfile <<'EOF'\nFROM alpine:${{ inputs.version }}\nEOF\ndocker build .",
        "a Dockerfile in .github/workflows/ci.yml is filled in when it runs",
    );
    because(
        "cat > Dockerfile <<'EOF'\nFROM alpine:3\nEOF\ncat > Dockerfile <<'EOF'\nFROM alpine:2\nEOF\ndocker build .",
        ".github/workflows/ci.yml writes ./Dockerfile twice",
    );
}
