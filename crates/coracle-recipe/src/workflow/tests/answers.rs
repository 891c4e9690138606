//! What is answered of a workflow's jobs: matrices, runners, artifacts, docker's actions; and what single texts name.

use super::*;

#[test]
fn a_matrix_is_each_value_with_each_less_what_is_excluded_and_more_what_is_included() {
    let of = |matrix: &str| {
        let text = format!(
            "on: push\njobs: {{a: {{runs-on: x, strategy: {{matrix: {matrix}}}, steps: [run: x]}}}}\n"
        );
        let workflow = Workflow::read(&text).unwrap();
        let combinations = workflow.jobs[0]
            .combinations()
            .map_err(|error| error.to_string())?;
        let one = |combination: &Combination| {
            let values = combination.values.iter();
            let value = |(name, value): &(Text, MatrixValue)| {
                format!("{name}={}", value.text().map_or("…", Text::text))
            };
            values.map(value).collect::<Vec<_>>().join(" ")
        };
        Ok::<_, String>(combinations.iter().map(one).collect::<Vec<_>>())
    };
    assert_eq!(of("{a: [1, 2], b: [x]}").unwrap(), ["a=1 b=x", "a=2 b=x"]);
    assert_eq!(
        of("{a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}, {a: 2, b: X}]}").unwrap(),
        ["a=1 b=x", "a=2 b=y"]
    );
    // GitHub's own example, in its words.
    let fruit = "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}";
    assert_eq!(
        of(fruit).unwrap(),
        [
            "fruit=apple animal=cat color=pink shape=circle",
            "fruit=apple animal=dog color=green shape=circle",
            "fruit=pear animal=cat color=pink",
            "fruit=pear animal=dog color=green",
            "fruit=banana",
            "fruit=banana animal=cat",
        ]
    );
    assert_eq!(of("{include: [{a: 1}, {a: 2}]}").unwrap(), ["a=1", "a=2"]);
    assert_eq!(
        of("{a: \"${{ fromJSON(x) }}\"}").unwrap_err(),
        "`${{ fromJSON(x) }}` is only known when the workflow runs"
    );
    assert_eq!(
        of("\"${{ fromJSON(x) }}\"").unwrap_err(),
        "`${{ fromJSON(x) }}` is only known when the workflow runs"
    );
    let many = format!(
        "[{}]",
        (0..20)
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    );
    assert_eq!(
        of(&format!("{{a: {many}, b: {many}}}")).unwrap_err(),
        "a matrix makes at most 256 jobs, and this one makes more"
    );
}

#[test]
fn runners_are_one_a_combination_and_known_by_their_labels() {
    let workflow = sample();
    let runners = workflow.job("build").unwrap().runners();
    let labels: Vec<&str> = runners
        .iter()
        .map(|runner| runner.labels.as_ref().unwrap()[0].as_str())
        .collect();
    assert_eq!(labels, ["ubuntu-24.04", "ubuntu-24.04-arm"]);
    let arm = runners[1].hosted.clone().unwrap();
    assert_eq!(
        (arm.system, arm.version.as_deref(), arm.architecture),
        (System::Ubuntu, Some("24.04"), Architecture::Arm64)
    );
    let deploy = &workflow.job("deploy").unwrap().runners()[0];
    assert_eq!(
        deploy.labels,
        Ok(vec!["self-hosted".to_owned(), "linux".to_owned()])
    );
    assert_eq!(deploy.hosted, None);
    let latest = &workflow.job("image").unwrap().runners()[0];
    assert_eq!(latest.hosted.as_ref().unwrap().version, None);
    let of = |label: &str| Hosted::of(label).map(|hosted| hosted.architecture);
    assert_eq!(of("macos-13"), Some(Architecture::Amd64));
    assert_eq!(of("macos-15"), Some(Architecture::Arm64));
    assert_eq!(of("macos-15-large"), Some(Architecture::Amd64));
    assert_eq!(of("windows-11-arm"), Some(Architecture::Arm64));
    for other in [
        "ubuntu",
        "ubuntu-latest-8-cores",
        "ubuntu-x",
        "ubuntu-22.04.1.2",
        "linux-24.04",
        "",
    ] {
        assert_eq!(of(other), None, "{other}");
    }
}

#[test]
fn artifacts_have_the_names_that_the_matrix_gives_them() {
    let workflow = sample();
    let uploads = workflow.job("build").unwrap().uploads();
    assert_eq!(
        uploads[0].name.values,
        Ok(vec!["api-amd64".to_owned(), "api-arm64".to_owned()])
    );
    assert_eq!(
        texts(&uploads[0].paths),
        ["target/release/api", "!target/release/*.d"]
    );
    assert_eq!(at(SAMPLE, uploads[0].paths[0].span()), "target/release/api");
    let unknown = uploads[1].name.values.clone().unwrap_err();
    assert_eq!(unknown.expression, "github.sha");
    assert_eq!(at(SAMPLE, &unknown.span), "${{ github.sha }}");
    let downloads = workflow.job("image").unwrap().downloads();
    assert_eq!(downloads[0].pattern.as_ref().unwrap().text(), "api-*");
    assert_eq!(
        downloads[0].merge_multiple.as_ref().unwrap().boolean(),
        Some(true)
    );
    assert_eq!(
        (
            downloads[0].takes(&uploads[0]),
            downloads[0].takes(&uploads[1])
        ),
        (Some(true), None)
    );
    assert_eq!(downloads[1].takes(&uploads[0]), Some(false));
    assert_eq!(downloads[2].takes(&uploads[1]), Some(true));
    assert!(downloads[3].is_foreign);
    assert_eq!(downloads[3].takes(&uploads[0]), Some(false));
}

#[test]
fn docker_s_actions_are_told_what_stands_in_their_lists() {
    let workflow = sample();
    let image = workflow.job("image").unwrap();
    let actions: Vec<DockerAction> = image.docker().iter().map(|step| step.action).collect();
    assert_eq!(
        actions,
        [
            DockerAction::SetupQemu,
            DockerAction::SetupBuildx,
            DockerAction::Metadata,
            DockerAction::BuildPush
        ]
    );
    let build = image.docker().pop().unwrap();
    let told = BuildPush::of(build.step).unwrap();
    assert_eq!(texts(&told.platforms), ["linux/amd64", "linux/arm64"]);
    assert_eq!(at(SAMPLE, told.platforms[1].span()), "linux/arm64");
    assert_eq!(
        texts(&told.tags),
        [
            "ghcr.io/acme/api:latest",
            "${{ join(steps.meta.outputs.tags, ',') }}"
        ]
    );
    assert_eq!(texts(&told.arguments), ["VERSION=1", "NAME=a, b"]);
    assert_eq!(texts(&told.cache_to), ["type=gha,mode=max"]);
    assert_eq!(told.push.unwrap().boolean(), None);
    assert_eq!(BuildPush::of(&image.steps[0]), None);
}

#[test]
fn uses_are_taken_apart() {
    let of = |written: &str| {
        steps(&format!("      - uses: {written}\n"))[0]
            .uses
            .clone()
            .unwrap()
    };
    let codeql = of("github/codeql-action/init@v3.1");
    assert_eq!(
        (codeql.name(), codeql.reference(), codeql.major()),
        (Some("github/codeql-action/init"), Some("v3.1"), Some(3))
    );
    assert!(
        matches!(&codeql.target, Target::Repository { owner, repository, path: Some(path), .. } if owner == "github" && repository == "codeql-action" && path == "init")
    );
    assert_eq!(
        of("actions/checkout@0123456789abcdef0123456789abcdef01234567").major(),
        None
    );
    assert!(of("Actions/Checkout@v4").is("actions/checkout"));
    assert!(
        matches!(of("./.github/actions/x/").target, Target::Local { path } if path == ".github/actions/x")
    );
    assert!(
        matches!(of("docker://alpine:3").target, Target::Docker { image } if image == "alpine:3")
    );
    let workflow = sample();
    let called = workflow.job("scan").unwrap();
    assert_eq!(
        called.uses.as_ref().unwrap().local_workflow(),
        Some(".github/workflows/scan.yml")
    );
    assert!(matches!(called.secrets, Some(Secrets::Inherit(_))));
    assert_eq!(
        called.with.get("image").unwrap().text(),
        "${{ needs.image.outputs.digest }}"
    );
}

#[test]
fn expressions_name_what_they_read() {
    let of = |written: &str| {
        let text = steps(&format!("      - run: \"{written}\"\n"))[0]
            .run
            .clone()
            .unwrap()
            .text;
        text.expressions()
            .iter()
            .map(Expression::reference)
            .collect::<Vec<_>>()
    };
    let name = |name: &str| name.to_owned();
    assert_eq!(
        of("${{ matrix.a.b }} ${{env.X}}"),
        [
            Some(Reference::Matrix(name("a.b"))),
            Some(Reference::Environment(name("X")))
        ]
    );
    assert_eq!(
        of("${{ needs.a-b.outputs.c }}"),
        [Some(Reference::Need {
            job: name("a-b"),
            output: Some(name("c"))
        })]
    );
    assert_eq!(
        of("${{ steps.x.outcome }}"),
        [Some(Reference::Step {
            id: name("x"),
            output: None
        })]
    );
    assert_eq!(
        of("${{ secrets['X'] }}${{ github.ref_name }}"),
        [
            Some(Reference::Secret(name("X"))),
            Some(Reference::GitHub(name("ref_name")))
        ]
    );
    assert_eq!(
        of("${{ inputs.x }} ${{ vars.Y }} ${{ runner.os }}"),
        [
            Some(Reference::Input(name("x"))),
            Some(Reference::Variable(name("Y"))),
            Some(Reference::Other(name("runner.os")))
        ]
    );
    assert_eq!(
        of("${{ true }} ${{ 'a }} b' }} ${{ !env.X }} ${{ f(env.X) }} ${{ open"),
        [None, None, None, None]
    );
    let text = steps(
        "      - if: always() && needs.a.result == 'needs.b' && f(matrix.c)\n        run: x\n",
    );
    let condition = text[0].condition.clone().unwrap();
    assert_eq!(
        condition.expressions()[0].mentions(),
        [
            Reference::Need {
                job: name("a"),
                output: None
            },
            Reference::Matrix(name("c"))
        ]
    );
}
