//! What workflows say, in many shapes of YAML; and that each place is in the text.

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as _;

use super::*;

mod answers;

const SAMPLE: &str = include_str!("../../tests/samples/workflow.yml");

fn sample() -> Workflow {
    let workflow = Workflow::read(SAMPLE).unwrap();
    assert_eq!(workflow.problems, []);
    assert_eq!(workflow.to_string(), SAMPLE);
    workflow
}

/// A workflow of one job with these steps.
fn steps(steps: &str) -> Vec<Step> {
    let text = format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}");
    let workflow = Workflow::read(&text).unwrap();
    assert_eq!(workflow.problems, [], "{text}");
    workflow.jobs[0].steps.clone()
}

fn texts(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(Text::text).collect()
}

fn at<'a>(text: &'a str, span: &Span) -> &'a str {
    &text[span.start..span.end]
}

#[test]
fn events_are_read_with_what_they_filter_and_give() {
    let workflow = sample();
    let push = workflow.trigger("push").unwrap();
    assert_eq!(texts(&push.branches), ["main", "release/**"]);
    assert_eq!(texts(&push.tags_ignore), ["*-rc*"]);
    let call = workflow.trigger("workflow_call").unwrap();
    assert_eq!(call.inputs[0].name.text(), "image");
    assert_eq!(
        call.inputs[0].required.as_ref().unwrap().boolean(),
        Some(true)
    );
    assert_eq!(
        call.outputs[0].value.as_ref().unwrap().text(),
        "${{ jobs.image.outputs.digest }}"
    );
    assert_eq!(texts(&call.secrets), ["token"]);
    let run = workflow.trigger("workflow_run").unwrap();
    assert_eq!(
        (texts(&run.workflows), texts(&run.types)),
        (vec!["CI"], vec!["completed"])
    );
    assert_eq!(
        texts(&workflow.trigger("schedule").unwrap().schedules),
        ["0 3 * * 1"]
    );
}

#[test]
fn on_is_read_in_each_of_its_forms() {
    for text in [
        "on: push\n",
        "\"on\": [push]\n",
        "'on': {push: }\n",
        "on:\n  - push\n",
        "on:\n  push:\n    branches:\n      - main\n",
    ] {
        let workflow = Workflow::read(text).unwrap();
        assert_eq!(workflow.triggers.len(), 1, "{text}");
        assert_eq!(at(text, workflow.triggers[0].span()), "push", "{text}");
    }
}

#[test]
fn permissions_are_the_job_s_or_the_workflow_s() {
    let workflow = sample();
    let build = workflow.job("build").unwrap();
    let permissions = workflow.permissions_of(build).unwrap();
    assert_eq!(permissions.access("contents"), Some(Access::Read));
    assert_eq!(permissions.access("packages"), Some(Access::None));
    let image = workflow
        .permissions_of(workflow.job("image").unwrap())
        .unwrap();
    assert_eq!(image.access("packages"), Some(Access::Write));
    assert!(Access::Write > Access::Read);
    let all = Workflow::read("on: push\npermissions: read-all\n").unwrap();
    assert_eq!(
        all.permissions.unwrap().access("id-token"),
        Some(Access::Read)
    );
    let none = Workflow::read("on: push\npermissions: {}\n").unwrap();
    assert_eq!(
        none.permissions.unwrap().access("contents"),
        Some(Access::None)
    );
}

#[test]
fn a_job_comes_after_what_it_needs_and_what_that_needs() {
    let workflow = sample();
    let before: Vec<&str> = workflow.before("deploy").into_iter().collect();
    assert_eq!(before, ["build", "image"]);
    let after: Vec<&str> = workflow.after("build").into_iter().collect();
    assert_eq!(after, ["deploy", "image", "scan"]);
    assert!(workflow.before("build").is_empty());
}

#[test]
fn a_script_knows_the_places_of_its_words_through_indentation() {
    let workflow = sample();
    let run = workflow
        .job("image")
        .unwrap()
        .steps
        .iter()
        .find_map(|step| step.run.as_ref())
        .unwrap();
    let start = run.text.text().find("COPY").unwrap();
    let span = run.text.span_of(start..start + 4);
    assert_eq!(at(SAMPLE, &span), "COPY");
    let line = SAMPLE.lines().nth(span.line - 1).unwrap();
    assert!(line[span.column - 1..].starts_with("COPY api"), "{line}");
    assert_eq!(
        workflow
            .shell(workflow.job("image").unwrap(), run)
            .unwrap()
            .text(),
        "bash"
    );
}

#[test]
fn mistakes_are_told_and_all_else_is_there() {
    let of = |text: &str| {
        let workflow = Workflow::read(text).unwrap();
        let one = |problem: &Problem| {
            format!(
                "{}:{} {}",
                problem.span.line, problem.span.column, problem.message
            )
        };
        (
            workflow.jobs.len(),
            workflow
                .problems
                .iter()
                .map(one)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    };
    let text = "on: push\njobs:\n  a:\n    needs: [b, c]\n    runs-on: x\n    steps:\n      - name: y\n      - uses: actions/checkout\n      - {uses: x, run: y}\n  b:\n    needs: a\n    runs-on: [[x]]\n    permissions: {contents: all}\n    steps: {}\n    env: [x]\n  b: 1\n";
    let (jobs, problems) = of(text);
    assert_eq!(jobs, 3);
    insta::assert_snapshot!(problems, @r"
    3:3 the job `a` waits for itself
    4:16 there is no job `c`
    7:9 a step has neither `uses` nor `run`
    8:15 `actions/checkout` has no `@` with a tag, a branch or a commit
    9:16 `x` names no action
    9:16 a step has both `uses` and `run`
    10:3 a job has no steps
    10:3 the job `b` waits for itself
    12:15 `runs-on` is a text, and here is a list
    13:29 `all` is no permission
    14:12 `steps` is a list, and here is a mapping
    15:10 `env` is a mapping, and here is a list
    16:3 the key `b` is here twice
    16:3 a job has neither `runs-on` nor `uses`
    16:3 the job `b` waits for itself
    16:6 a job is a mapping, and here is a text
    ");
    insta::assert_snapshot!(of("on: push\n---\non: pull\n").1, @"3:1 a workflow is one document");
    insta::assert_snapshot!(of("x: &x {contents: read}\npermissions: {<<: *x, 1: {}, [a]: b}\n").1, @r"
    2:15 GitHub does not know merge keys
    2:26 `1` of `permissions` is a text, and here is a mapping
    2:30 a key is a text
    ");
    insta::assert_snapshot!(of("- a\n").1, @"1:1 a workflow is a mapping, and here is a list");
    assert_eq!(of(""), (0, String::new()));
}

#[test]
fn a_tab_that_indents_is_no_yaml() {
    let error = Workflow::read("on: push\njobs:\n\ta: {}\n").unwrap_err();
    assert_eq!(error.line, 3);
}

#[test]
fn anchors_are_followed_and_a_bomb_ends() {
    let text = "on: push\njobs:\n  a: &a\n    runs-on: x\n    steps: &s\n      - run: y\n  b: *a\n  c:\n    runs-on: z\n    steps: *s\n";
    let workflow = Workflow::read(text).unwrap();
    assert_eq!(workflow.problems, []);
    assert_eq!(workflow.jobs[1].steps, workflow.jobs[0].steps);
    assert_eq!(workflow.jobs[2].steps[0].head().line, 6);
    let mut bomb = "on: push\nx0: &x0 [y, y, y, y, y, y, y, y, y, y]\n".to_owned();
    for level in 1..12 {
        let before = format!("*x{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("x{level}: &x{level} [{before}]\n"));
    }
    bomb.push_str("jobs: {a: {runs-on: x, strategy: {matrix: {a: *x11}}, steps: [run: x]}}\n");
    let workflow = Workflow::read(&bomb).unwrap();
    assert_eq!(
        workflow.problems[0].message,
        "its aliases name more than is read"
    );
    assert!(Workflow::read("on: &a [*a]\njobs: &b {c: *b}\n").is_ok());
}

#[test]
fn an_action_of_steps_is_read_like_a_job() {
    let text = "name: x\ninputs:\n  tag: {description: y, default: \"1\"}\noutputs:\n  d: {value: \"${{ steps.a.outputs.d }}\"}\nruns:\n  using: composite\n  steps:\n    - id: a\n      shell: bash\n      run: docker build .\n";
    let action = Action::read(text).unwrap();
    assert_eq!(
        (action.problems.len(), action.to_string().as_str()),
        (0, text)
    );
    assert_eq!(action.inputs[0].default.as_ref().unwrap().text(), "1");
    assert_eq!(
        action.outputs[0]
            .value
            .as_ref()
            .unwrap()
            .expressions()
            .len(),
        1
    );
    let run = action.runs.steps[0].run.clone().unwrap();
    assert_eq!(run.shell.as_ref().unwrap().text(), "bash");
    let docker = Action::read("runs: {using: docker, image: Dockerfile, args: [a]}\n").unwrap();
    assert_eq!(docker.runs.image.unwrap().text(), "Dockerfile");
}

/// Pieces that workflows are made of.
fn workflow_like() -> impl proptest::strategy::Strategy<Value = String> {
    let pieces = [
        "on: push\n",
        "jobs:\n",
        "  a:\n",
        "    runs-on: ",
        "ubuntu-24.04\n",
        "    steps:\n",
        "      - run: ",
        "|\n",
        "        ",
        "x\n",
        "${{ ",
        " }}",
        "matrix.a",
        "    strategy: {matrix: {a: [1, 2]}}\n",
        "    needs: [a, b]\n",
        "      - uses: ",
        "actions/upload-artifact@v4\n",
        "        with: {name: \"",
        "\"}\n",
        "'",
        "\"",
        "&a ",
        "*a",
        "<<: ",
        "- ",
        ": ",
        "[",
        "]",
        "cat > Dockerfile <<EOF\n",
        "<<-'E'\n",
        "EOF\n",
        "E\n",
        "ä",
        "\t",
        "---\n",
        "\u{feff}",
        "docker build . ",
        "\\",
        ">-\n",
        "\r\n",
        "permissions: ",
        "write\n",
        "#",
        "(",
        ")",
        "$(",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// The start, end and line of each span that something is told with.
fn spans(told: &str) -> Vec<[usize; 3]> {
    let number = |part: &str, name: &str| {
        let digits = part
            .split(name)
            .nth(1)?
            .split(|one: char| !one.is_ascii_digit())
            .next()?;
        digits.parse().ok()
    };
    let span = |part| {
        Some([
            number(part, "start: ")?,
            number(part, "end: ")?,
            number(part, "line: ")?,
        ])
    };
    told.split("Span {").skip(1).filter_map(span).collect()
}

proptest! {
    #[test]
    fn any_text_is_printed_as_it_was_and_its_places_are_in_it(text in any::<String>(), like in workflow_like()) {
        let script = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          {}", like.replace('\n', "\n          "));
        for text in [text, like, script] {
            let Ok(workflow) = Workflow::read(&text) else { continue };
            prop_assert_eq!(workflow.to_string(), text.as_str());
            let mut told = format!("{:?}{:?}{:?}", workflow.triggers, workflow.jobs, workflow.problems);
            for job in &workflow.jobs {
                let runs = job.steps.iter().filter_map(|step| step.run.as_ref());
                let scripts = runs.map(|run| format!("{:?}", run.heredocs()));
                told.extend(scripts);
                told.push_str(&format!("{:?}{:?}{:?}", job.uploads(), job.downloads(), job.runners()));
            }
            for [start, end, line] in spans(&told) {
                prop_assert!(text.get(start..end).is_some(), "{start}..{end} of {text:?}");
                prop_assert_eq!(line, text[..start].matches('\n').count() + 1, "{} of {:?}", start, text);
            }
        }
    }
}
