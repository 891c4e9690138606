//! Documents: every byte of them, and what is read of each instruction.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

mod oracle;
mod stages;

fn only(text: &str) -> (Document, Instruction) {
    let document = Document::read(text);
    let instruction = document.instructions().last().unwrap().clone();
    (document, instruction)
}

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

fn problems(text: &str) -> Vec<String> {
    let document = Document::read(text);
    let told = document.diagnostics.iter().map(|diagnostic| {
        let span = &diagnostic.span;
        let written = document.slice(span);
        format!(
            "{}:{} `{written}` {}",
            span.line, span.column, diagnostic.problem
        )
    });
    told.collect()
}

#[test]
fn directives_comments_and_blank_lines_are_items() {
    let text = "\u{feff}# syntax = docker/dockerfile:1\r\n#escape=`\n\n  # a \nFROM x\n# b\n";
    let document = Document::read(text);
    let kinds: Vec<&str> = document
        .items
        .iter()
        .map(|item| match item {
            Item::Directive(directive) => directive.value.text.as_str(),
            Item::Comment(comment) => comment.text.as_str(),
            Item::Blank(_) => "",
            Item::Instruction(instruction) => instruction.keyword.text.as_str(),
        })
        .collect();
    assert_eq!(kinds, ["docker/dockerfile:1", "`", "", "a", "FROM", "b"]);
    assert_eq!(document.escape, '`');
    assert_eq!(document.print(), text);
    let directive = document.directives().next().unwrap();
    assert_eq!(document.slice(&directive.value.span), "docker/dockerfile:1");
    let from = document.instructions().next().unwrap();
    assert_eq!(document.comments_above(from)[0].text, "a");
    let late = Document::read("\n# escape=`\nFROM x\n");
    assert_eq!((late.escape, late.directives().count()), ('\\', 0));
}

#[test]
fn flags_and_mounts_are_records_with_places() {
    let text = "FROM a\nRUN --mount=type=cache,target=/c,sharing=locked,id=\"x\" --network=none \\\n  \
                --mount=type=secret,id=t,required,env=T \\\n# c\n  make all\n";
    let (document, run) = only(text);
    assert!(
        document.diagnostics.is_empty(),
        "{:?}",
        document.diagnostics
    );
    let names: Vec<&str> = run.flags.iter().map(|flag| flag.name.as_str()).collect();
    assert_eq!(names, ["mount", "network", "mount"]);
    assert_eq!(document.slice(&run.flags[1].span), "--network=none");
    assert_eq!(run.comments[0].text, "c");
    let Arguments::Run(run) = run.arguments else {
        panic!()
    };
    let [cache, secret] = run.mounts.as_slice() else {
        panic!()
    };
    assert_eq!(cache.kind, MountKind::Cache);
    assert_eq!(document.slice(&cache.target.as_ref().unwrap().span), "/c");
    assert_eq!(cache.id.as_ref().unwrap().text, "x");
    assert_eq!(secret.kind, MountKind::Secret);
    assert!(secret.required);
    assert_eq!(secret.environment.as_ref().unwrap().text, "T");
    let Form::Shell(command) = run.form else {
        panic!()
    };
    assert_eq!(command.as_str(), "make all");
    assert_eq!(document.slice(&command.whole_span()), "make all");
}

#[test]
fn here_documents_belong_to_run_copy_and_add() {
    let text = "FROM a\nRUN <<-A cat > x <<'B' && y\n\tone\n\tA\ntwo\nB\nCOPY --chown=1 <<E /f\n$X\nE\nRUN echo \"<<C\"\n";
    let document = Document::read(text);
    assert!(
        document.diagnostics.is_empty(),
        "{:?}",
        document.diagnostics
    );
    let all: Vec<&Instruction> = document.instructions().collect();
    let [first, second] = all[1].heredocs.as_slice() else {
        panic!()
    };
    assert_eq!(
        (first.body.as_str(), first.expands, first.strips_tabs),
        ("one\n", true, true)
    );
    assert_eq!((second.body.as_str(), second.expands), ("two\n", false));
    assert_eq!(document.slice(&second.body.whole_span()), "two\n");
    let Arguments::Run(run) = &all[1].arguments else {
        panic!()
    };
    let script = run.script.as_ref().unwrap();
    assert_eq!(script.as_str(), "<<-A cat > x <<'B' && y\none\nA\ntwo\nB\n");
    let Arguments::Copy(copy) = &all[2].arguments else {
        panic!()
    };
    assert_eq!(copy.sources[0].heredoc, Some(0));
    assert_eq!(copy.destination.text, "/f");
    assert!(all[3].heredocs.is_empty());
    assert_eq!(document.print(), text);
}

#[test]
fn a_here_document_alone_is_the_script_or_names_its_interpreter() {
    let run = |text| match only(text).1.arguments {
        Arguments::Run(run) => run,
        other => panic!("{other:?}"),
    };
    let shell = run("FROM a\nRUN <<E\nset -e\nE\n");
    assert_eq!(shell.script.unwrap().as_str(), "set -e\n");
    let python = run("FROM a\nRUN <<E\n#!/usr/bin/env python3\nprint()\nE\n");
    assert_eq!(python.interpreter.unwrap().text, "#!/usr/bin/env python3");
    assert_eq!(python.script, None);
    assert_eq!(run("FROM a\nRUN [\"a\", \"<<E\"]\n").script, None);
}

#[test]
fn both_forms_of_commands_have_their_words() {
    let (document, entrypoint) = only("FROM a\nENTRYPOINT [ \"a b\", \\\n \"c\" ]\n");
    let Arguments::Entrypoint(Form::Exec(words)) = entrypoint.arguments else {
        panic!()
    };
    assert_eq!(texts(&words), ["a b", "c"]);
    assert_eq!(document.slice(&words[1].span), "\"c\"");
    assert_eq!(words[1].span.line, 3);
    let (_, check) = only("FROM a\nHEALTHCHECK --interval=5s CMD curl -f x || exit 1\n");
    let Arguments::Healthcheck(Some(Form::Shell(text))) = check.arguments else {
        panic!()
    };
    assert_eq!(text.as_str(), "curl -f x || exit 1");
    let (_, none) = only("FROM a\nHEALTHCHECK NONE\n");
    assert_eq!(none.arguments, Arguments::Healthcheck(None));
}

#[test]
fn pairs_have_both_forms() {
    let (document, environment) = only("FROM a\nENV A=1 \\\n  B=\"2 3\" C=\n");
    let Arguments::Env(pairs) = environment.arguments else {
        panic!()
    };
    let read: Vec<(&str, &str)> = pairs
        .iter()
        .map(|pair| {
            (
                pair.key.text.as_str(),
                document.slice(&pair.value.as_ref().unwrap().span),
            )
        })
        .collect();
    assert_eq!(read, [("A", "1"), ("B", "\"2 3\""), ("C", "")]);
    let (_, label) = only("FROM a\nLABEL version  1.0 = x\n");
    let Arguments::Label(pairs) = label.arguments else {
        panic!()
    };
    assert!(pairs[0].is_old_form);
    assert_eq!(pairs[0].value.as_ref().unwrap().text, "1.0 = x");
    let (_, argument) = only("FROM a\nARG A B=2\n");
    let Arguments::Arg(pairs) = argument.arguments else {
        panic!()
    };
    assert_eq!(pairs[0].value, None);
    assert_eq!(pairs[1].value.as_ref().unwrap().text, "2");
}

#[test]
fn what_is_kept_for_later_is_an_instruction_with_its_here_documents() {
    let text = "FROM a\nONBUILD RUN --mount=target=/x <<E\nhi\nE\n";
    let (document, later) = only(text);
    let inner = later.innermost();
    assert_eq!(inner.name(), "RUN");
    assert_eq!(inner.heredocs[0].body.as_str(), "hi\n");
    assert_eq!(inner.flags.len(), 1);
    assert_eq!(document.slice(&inner.span), "RUN --mount=target=/x <<E");
    assert_eq!(document.print(), text);
}

#[test]
fn stages_have_names_and_platforms() {
    let (_, from) = only("from --platform=$BUILDPLATFORM rust:1 as build\n");
    let Arguments::From(from) = from.arguments else {
        panic!()
    };
    assert_eq!(from.image.text, "rust:1");
    assert_eq!(from.name.unwrap().text, "build");
    assert_eq!(from.platform.unwrap().text, "$BUILDPLATFORM");
}

#[test]
fn flags_and_braces_are_cut_as_buildkit_cuts_them() {
    let (document, run) = only("FROM a\nRUN --mount='id=\"x' --\"\" <<E ${X:-\nE\n");
    assert_eq!(run.name(), "E");
    let run = document.instructions().nth(1).unwrap();
    assert_eq!(run.flags[0].value.as_ref().unwrap().text, "id=\"x");
    assert_eq!((run.flags.len(), run.heredocs.len()), (1, 0));
    let (_, copy) = only("FROM a\nCOPY a\u{a0}b c\n");
    let Arguments::Copy(copy) = copy.arguments else {
        panic!()
    };
    assert_eq!(copy.sources[0].word.text, "a\u{a0}b");
}

#[test]
fn mistakes_are_told_and_everything_else_is_there() {
    let text = "RUN x\nFROM a b\nBOGUS y\nCOPY --fro=x a\nENV A=1 B\nRUN --mount=type=disk --network \\\n\n x\n\
                CMD ['a']\nLABEL a='b\nONBUILD FROM x\nSHELL sh\nHEALTHCHECK x\nFROM c AS 1\nEXPOSE [1, 2]\nCMD [\"a\", 1]\n\
                RUN [ -f x ]\nRUN <<E\n";
    insta::assert_snapshot!(problems(text).join("\n"));
    let document = Document::read(text);
    assert_eq!(document.print(), text);
    assert_eq!(document.instructions().count(), 16);
    assert_eq!(problems(""), ["1:1 `` there is no FROM"]);
}

/// Pieces that Dockerfiles are made of, so that more than the first line is reached.
pub(super) fn dockerfile_like() -> impl Strategy<Value = String> {
    let pieces = [
        "FROM a",
        "FROM ",
        " AS b",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "ARG X",
        "=",
        "ENV ",
        "LABEL ",
        "EXPOSE ",
        "$X",
        "${X:-",
        "}",
        "\"",
        "'",
        "\\",
        "\\\n",
        "\\ \n",
        "# c\n",
        "# escape=`\n",
        "# syntax=x\n",
        "`",
        "`\n",
        "HEALTHCHECK ",
        "--interval=",
        "CMD ",
        "[\"x\"]",
        "[",
        "RUN <<E\n",
        "RUN --mount=type=cache,target=/x,",
        "COPY <<-E <<F /\n",
        "\tE\n",
        "E\n",
        "F\n",
        "ä",
        "\u{feff}",
        "80",
        " ",
        "VOLUME ",
        "USER ",
        "WORKDIR ",
        "SHELL ",
        "ONBUILD ",
        "ENTRYPOINT ",
        "--",
        "--from=",
        "COPY ",
        "<<",
        "\t",
        "\u{a0}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

fn check_whole(text: &str) {
    let document = Document::read(text);
    assert_eq!(document.print(), text);
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    at = at.min('\u{feff}'.len_utf8());
    for item in &document.items {
        assert_eq!(item.lines().start, at, "{text:?}");
        at = item.lines().end;
    }
    assert_eq!(at, text.len(), "{text:?}");
    for instruction in document.instructions() {
        let inner = instruction.innermost();
        // A word may go on behind a continuation.
        if inner.keyword.span.end - inner.keyword.span.start == inner.keyword.text.len() {
            assert_eq!(
                document.slice(&inner.keyword.span),
                inner.keyword.text,
                "{text:?}"
            );
        }
        for flag in &inner.flags {
            assert!(text.get(flag.span.start..flag.span.end).is_some());
        }
    }
    for stage in &document.stages(&BTreeMap::new()).stages {
        for step in &stage.steps {
            for word in step.words() {
                assert!(text.get(word.span.start..word.span.end).is_some());
            }
        }
    }
    for diagnostic in &document.diagnostics {
        assert!(
            text.get(diagnostic.span.start..diagnostic.span.end)
                .is_some(),
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_printed_as_it_is(text in any::<String>(), like in dockerfile_like()) {
        for text in [text.clone(), like.clone(), format!("FROM a\n{text}"), format!("FROM a\n{like}")] {
            check_whole(&text);
        }
    }
}
