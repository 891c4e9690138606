//! Stages: what they are from, what their instructions see, what was set where.

use std::collections::BTreeMap;

use super::super::*;
use crate::value::{Unknown, Value};

const FILE: &str = "\
ARG TAG=1.2
ARG DIGEST
FROM --platform=$BUILDPLATFORM rust:${TAG:-x} AS Build
ARG TAG
ARG TARGETARCH
ENV OUT=/out/$TAG
CMD [\"build\"]
WORKDIR /src
ONBUILD USER nobody
COPY --from=$OTHER a $OUT/b
FROM build AS test
ENTRYPOINT [\"test\"]
FROM debian@$DIGEST
ARG TARGETARCH=amd64
COPY --from=0 /x /y/$TARGETARCH
COPY --from=BUILD /x $NOWHERE
FROM scratch
";

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn each_stage_says_what_it_is_from() {
    let document = Document::read(FILE);
    let stages = document.stages(&given(&[]));
    let bases: Vec<String> = stages
        .stages
        .iter()
        .map(|stage| match &stage.base {
            Base::Stage(index) => format!("stage {index}"),
            Base::Scratch => "scratch".to_owned(),
            Base::Image(name) => name.clone(),
            Base::Unknown(unknown) => format!("? {unknown}"),
        })
        .collect();
    assert_eq!(
        bases,
        ["rust:1.2", "stage 0", "? DIGEST has no value", "scratch"]
    );
    assert_eq!(stages.chain(1), [0, 1]);
    assert_eq!(stages.base(1), Some(&Base::Image("rust:1.2".to_owned())));
    assert_eq!(
        (
            stages.target("BUILD"),
            stages.target("2"),
            stages.target("x")
        ),
        (Some(0), Some(2), None)
    );
    assert_eq!(stages.target("9"), None);
    let platform = stages.stages[0].platform.as_ref().unwrap();
    assert_eq!(
        platform.known,
        Err(Unknown::PerPlatform {
            variable: "BUILDPLATFORM".to_owned()
        })
    );
    let given = document.stages(&given(&[("TAG", "9"), ("DIGEST", "sha256:0")]));
    assert_eq!(given.stages[0].base, Base::Image("rust:9".to_owned()));
    assert_eq!(
        given.stages[2].base,
        Base::Image("debian@sha256:0".to_owned())
    );
}

fn words(step: &Step<'_>) -> Vec<String> {
    let told = |word: Value| word.known.unwrap_or_else(|unknown| format!("? {unknown}"));
    step.words().into_iter().map(told).collect()
}

#[test]
fn each_instruction_sees_its_variables() {
    let document = Document::read(FILE);
    let stages = document.stages(&given(&[]));
    let [build, test, last, _] = stages.stages.as_slice() else {
        panic!()
    };
    let copy = build.steps.last().unwrap();
    assert_eq!(words(copy), ["? OTHER has no value", "a", "/out/1.2/b"]);
    assert_eq!(copy.scope.value("TAG"), Some(Ok("1.2")));
    assert!(matches!(
        copy.scope.value("TARGETARCH"),
        Some(Err(Unknown::PerPlatform { .. }))
    ));
    assert_eq!(build.steps[0].scope.value("TAG"), None);
    assert_eq!(test.end.value("OUT"), Some(Ok("/out/1.2")));
    assert_eq!(words(&last.steps[1]), ["0", "/x", "/y/amd64"]);
    assert_eq!(words(&last.steps[2])[2], "? NOWHERE has no value");
    let environment: Vec<&str> = test.end.environment().map(|(name, _)| name).collect();
    assert_eq!(environment, ["OUT"]);
}

#[test]
fn what_is_copied_is_from_a_stage_or_an_image() {
    let document = Document::read(FILE);
    let stages = document.stages(&given(&[]));
    let base = |stage: usize, step: usize| {
        let step = &stages.stages[stage].steps[step];
        let Arguments::Copy(copy) = &step.instruction.arguments else {
            panic!()
        };
        stages.source(stage, &step.scope.expand(copy.from.as_ref().unwrap()))
    };
    assert_eq!(base(2, 1), Base::Stage(0));
    assert_eq!(base(2, 2), Base::Stage(0));
    assert!(matches!(base(0, 6), Base::Unknown(_)));
}

#[test]
fn what_an_image_says_was_set_somewhere() {
    let document = Document::read(FILE);
    let stages = document.stages(&given(&[]));
    let line = |setting: Option<Setting<'_>>| {
        setting.map(|found| (found.stage, found.step.instruction.span.line))
    };
    let build = stages.settings(0);
    assert_eq!(line(build.command), Some((0, 7)));
    assert_eq!(line(build.user), None);
    let test = stages.settings(1);
    assert_eq!(line(test.working_directory), Some((0, 8)));
    assert_eq!(line(test.entrypoint), Some((1, 12)));
    assert_eq!(line(test.command), None);
    let user = test.user.unwrap();
    assert_eq!(
        (
            user.stage,
            user.step.instruction.span.line,
            user.step.is_trigger
        ),
        (1, 9, true)
    );
    assert_eq!(line(stages.settings(9).user), None);
}
