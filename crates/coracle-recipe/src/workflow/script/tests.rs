//! Heredocs and image builds of scripts.

use crate::workflow::{Goes, Heredoc, Run, Workflow};

/// A script as a step has it, in a file whose bytes are given, too.
fn run(script: &str) -> (String, Run) {
    let script = script.trim_end().replace('\n', "\n          ");
    let text = format!(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          {script}\n"
    );
    let mut workflow = Workflow::read(&text).unwrap();
    let run = workflow.jobs[0].steps[0].run.take().unwrap();
    (text, run)
}

fn heredocs(script: &str) -> Vec<Heredoc> {
    run(script).1.heredocs()
}

fn goes(script: &str) -> Vec<String> {
    let one = |heredoc: &Heredoc| match &heredoc.goes {
        Goes::File { path, .. } => path.clone(),
        Goes::Input { line } => format!("< {line}"),
    };
    heredocs(script).iter().map(one).collect()
}

#[test]
fn the_file_of_a_heredoc_is_found_in_each_form() {
    let ends = "\nFROM x\nEOF\n";
    let cases = [
        ("cat > Dockerfile <<EOF", "Dockerfile"),
        ("cat <<'EOF' >\"$dir/Dockerfile\"", "$dir/Dockerfile"),
        (
            "cat <<\"EOF\" >> a/Containerfile.b 2>&1",
            "a/Containerfile.b",
        ),
        ("sudo tee -a Dockerfile <<\\EOF >/dev/null", "Dockerfile"),
        ("cat <<EOF | tee api.Dockerfile", "api.Dockerfile"),
        ("docker build -t x - <<EOF", "< docker build -t x - <<EOF"),
    ];
    for (line, expected) in cases {
        let script = format!("{line}{ends}");
        assert_eq!(goes(&script), [expected], "{line}");
        let found = run(&script).1.dockerfiles();
        assert_eq!(found.len(), 1, "{line}");
        assert_eq!(found[0].body.text(), "FROM x\n");
    }
    let script = "cat > notes <<EOF\nDockerfile\nEOF\ncat <<E\nx\nE\n";
    assert_eq!(goes(script), ["notes", "< cat <<E"]);
    assert!(run(script).1.dockerfiles().is_empty());
}

#[test]
fn what_is_no_heredoc_is_none() {
    for script in [
        "cat <<<EOF\nEOF\n",
        "echo $((1 << 2))\n",
        "echo '<<EOF'\n",
        "echo \"<<EOF\"\n",
        "# <<EOF\n",
    ] {
        assert!(heredocs(script).is_empty(), "{script}");
    }
    assert_eq!(heredocs("x=\"$(cat <<EOF\na\nEOF\n)\"\n").len(), 1);
    assert_eq!(
        heredocs("cat <<A <<B\n1\nA\n2\nB\n")
            .iter()
            .map(|one| one.body.text().to_owned())
            .collect::<Vec<_>>(),
        ["1\n", "2\n"]
    );
    assert_eq!(heredocs("cat <<A\nno end\n")[0].body.text(), "no end\n");
}

#[test]
fn each_line_of_a_heredoc_knows_its_place_and_stripped_tabs_are_left_out() {
    let (text, run) =
        run("if x; then\n\tcat >Dockerfile <<-EOF\n\tFROM $BASE\n\t\tRUN y\n\tEOF\nfi\n");
    let found = &run.dockerfiles()[0];
    assert!(found.is_expanded);
    assert_eq!(found.body.text(), "FROM $BASE\nRUN y\n");
    let span = found.body.span_of(11..14);
    assert_eq!(
        (&text[span.start..span.end], span.line, span.column),
        ("RUN", 10, 13)
    );
    assert_eq!(
        &text[found.command.start..found.command.end],
        "\tcat >Dockerfile <<-EOF"
    );
}
