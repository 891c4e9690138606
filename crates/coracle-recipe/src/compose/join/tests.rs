//! Files that are joined, extended and included.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::compose::{Joined, Service, join};
use crate::value::{Command, Entry, Value};

/// Joins the first files of a project; the others are looked up.
fn joined(names: &[&str], files: &[(&str, &str)]) -> Joined {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    join(names, &|name| {
        files.get(name).map(|text| (*text).to_owned())
    })
    .unwrap()
}

fn service(joined: &Joined, name: &str) -> Service {
    joined.compose.services[name].clone().unwrap()
}

fn two(base: &str, over: &str) -> Service {
    let file = |text: &str| format!("services:\n  a:\n    {}\n", text.replace('\n', "\n    "));
    let (base, over) = (file(base), file(over));
    let joined = joined(
        &["a.yaml", "b.yaml"],
        &[("a.yaml", &base), ("b.yaml", &over)],
    );
    assert_eq!(joined.problems, []);
    service(&joined, "a")
}

fn texts<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<String> {
    let values = values.into_iter();
    values.map(|value| value.written.clone()).collect()
}

fn entries(entries: &[Entry]) -> Vec<String> {
    let one = |entry: &Entry| {
        let value = entry.value.as_ref().map(|value| value.written.as_str());
        format!("{}={}", entry.key, value.unwrap_or("?"))
    };
    entries.iter().map(one).collect()
}

#[test]
fn mappings_are_joined_by_key_in_both_of_their_forms() {
    let service = two(
        "environment: [A=1, B=2, C]\nlabels: {x: 1}",
        "environment: {B: 3, D: 4}\nlabels: [y=2]",
    );
    assert_eq!(entries(&service.environment), ["A=1", "B=3", "C=?", "D=4"]);
    assert_eq!(entries(&service.labels), ["x=1", "y=2"]);
    let build = two(
        "build: {context: a, args: [V=1]}",
        "build: {target: t, args: {V: 2}}",
    )
    .build
    .unwrap();
    assert_eq!(
        (
            build.context.unwrap().written,
            build.target.unwrap().written
        ),
        ("a".to_owned(), "t".to_owned())
    );
    assert_eq!(entries(&build.arguments), ["V=2"]);
    let build = two("build: a", "build: {target: t}").build.unwrap();
    assert_eq!(build.context.unwrap().written, "a");
    let names = two(
        "depends_on: [x]",
        "depends_on: {y: {condition: service_healthy}}",
    )
    .depends_on;
    assert_eq!(texts(names.iter().map(|one| &one.service)), ["x", "y"]);
    assert_eq!(texts(&names[1].condition), ["service_healthy"]);
}

#[test]
fn lists_grow_but_for_commands_and_entries_with_a_name() {
    let service = two(
        "command: [a, b]\nhealthcheck: {test: [CMD, a], retries: 3}\nprofiles: [p]\nenv_file: a.env\nports: [\"80:80\"]\nvolumes: [\"./a:/x\", \"b:/y:ro\"]",
        "command: c\nhealthcheck: {test: [NONE]}\nprofiles: [p, q]\nenv_file: [b.env]\nports: [\"80:80\", \"81:80\"]\nvolumes: [\"./c:/x\"]",
    );
    assert!(matches!(service.command, Some(Command::Text(text)) if text.written == "c"));
    let healthcheck = service.healthcheck.unwrap();
    assert_eq!(
        (healthcheck.test, healthcheck.retries),
        (Some(crate::Test::Off), Some(3))
    );
    assert_eq!(texts(&service.profiles), ["p", "q"]);
    assert_eq!(texts(&service.env_files), ["a.env", "b.env"]);
    assert_eq!(
        texts(service.ports.iter().map(|port| &port.value)),
        ["80:80", "81:80"]
    );
    let sources: Vec<&str> = service
        .volumes
        .iter()
        .map(|one| one.source.as_ref().unwrap().written.as_str())
        .collect();
    assert_eq!(sources, ["./c", "b"]);
}

#[test]
fn a_file_may_take_away_and_replace() {
    let service = two(
        "ports: [\"80:80\"]\nimage: x\ncommand: [a]\nuser: u",
        "ports: !reset []\nimage: !reset null\nenvironment: !override {A: 1}\nuser:",
    );
    assert!(service.ports.is_empty());
    assert_eq!((service.image, service.user), (None, None));
    let service = two("ports: [\"80:80\"]", "ports: !override [\"81:81\"]");
    assert_eq!(
        texts(service.ports.iter().map(|port| &port.value)),
        ["81:81"]
    );
}

#[test]
fn a_service_extends_others_in_its_file_and_in_others_and_paths_stay_true() {
    let files = [
        (
            "app/compose.yaml",
            "services:\n  api:\n    extends: {file: ../base/b.yaml, service: mid}\n    command: [api]\n  own:\n    extends: api\n    command: [own]\n",
        ),
        (
            "base/b.yaml",
            "services:\n  root:\n    build: {context: ., additional_contexts: {x: ./y, z: docker-image://q}}\n    env_file: [e.env]\n    volumes: [\"./data:/data\", \"named:/n\"]\n  mid:\n    extends: root\n    image: acme/mid\n",
        ),
    ];
    let joined = joined(&["app/compose.yaml"], &files);
    assert_eq!(joined.problems, []);
    let own = service(&joined, "own");
    assert_eq!(own.command.unwrap().words(), ["own"]);
    let image = own.image.unwrap();
    let (source, span) = joined.locate(&image.span).unwrap();
    assert_eq!(
        (source.name.as_str(), &source.text[span.start..span.end]),
        ("base/b.yaml", "acme/mid")
    );
    let build = own.build.unwrap();
    assert_eq!(build.context.unwrap().text(), Some("../base"));
    assert_eq!(
        entries(&build.additional_contexts),
        ["x=../base/y", "z=docker-image://q"]
    );
    assert_eq!(texts(&own.env_files), ["../base/e.env"]);
    let sources: Vec<&str> = own
        .volumes
        .iter()
        .map(|one| one.source.as_ref().unwrap().written.as_str())
        .collect();
    assert_eq!(sources, ["../base/data", "named"]);
}

#[test]
fn what_is_included_is_there_and_one_s_own_wins() {
    let files = [
        (
            "compose.yaml",
            "include:\n  - db/compose.yaml\n  - {path: [x.yaml, y.yaml]}\n  - gone.yaml\nservices: {api: {image: own}}\n",
        ),
        (
            "db/compose.yaml",
            "include: [../more.yaml]\nservices: {db: {build: .}, api: {image: other}}\n",
        ),
        (
            "more.yaml",
            "include: [db/compose.yaml]\nservices: {more: {image: m}}\n",
        ),
        ("x.yaml", "services: {x: {image: one, user: u}}\n"),
        ("y.yaml", "services: {x: {image: two}}\n"),
    ];
    let joined = joined(&["compose.yaml"], &files);
    let names: Vec<&String> = joined.compose.services.keys().collect();
    assert_eq!(names, ["api", "db", "more", "x"]);
    assert_eq!(texts(&service(&joined, "api").image), ["own"]);
    assert_eq!(texts(&service(&joined, "x").image), ["two"]);
    assert_eq!(
        texts(&service(&joined, "db").build.unwrap().context),
        ["db"]
    );
    let problems: Vec<String> = joined.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "compose.yaml: line 2, column 3: `include` is not followed: gone.yaml: line 1, column 1: it is not there"
        ]
    );
}

#[test]
fn what_cannot_be_followed_is_told_and_the_rest_is_there() {
    let text = "services:\n  a: {extends: b, image: x}\n  b: {extends: a}\n  c: {extends: {file: no.yaml, service: a}, image: y}\n  d: {extends: nobody}\n  e: {extends: {file: $X, service: a}}\n  f: {ports: [x]}\n";
    let joined = joined(&["c.yaml"], &[("c.yaml", text)]);
    assert_eq!(texts(&service(&joined, "b").image), ["x"]);
    assert_eq!(texts(&service(&joined, "c").image), ["y"]);
    let problems: Vec<String> = joined.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    c.yaml: line 7, column 15: `x` is no port
    c.yaml: line 2, column 16: the service `a` extends itself, or too many in a row
    c.yaml: line 3, column 16: the service `b` extends itself, or too many in a row
    c.yaml: line 4, column 16: `extends` is not followed: no.yaml: line 1, column 1: it is not there
    c.yaml: line 5, column 16: c.yaml has no service `nobody`
    c.yaml: line 6, column 16: `extends` is not followed: X has no value
    ");
    assert!(join(&["no.yaml"], &|_| None).is_err());
    assert!(join(&[], &|_| None).unwrap().compose.services.is_empty());
}

fn compose_like() -> impl Strategy<Value = String> {
    let pieces = [
        "services:\n",
        "  a:\n",
        "  b:\n",
        "    extends: ",
        "a\n",
        "b\n",
        "{file: x, service: a}\n",
        "    build: ",
        ".\n",
        "{context: .}\n",
        "    environment: ",
        "[A=1]\n",
        "{A: 2}\n",
        "include: ",
        "[x]\n",
        "[y]\n",
        "!reset ",
        "!override ",
        "    ports: ",
        "[80]\n",
        "    <<: ",
        "*a\n",
        "&a ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|pieces| format!("services:\n  a:\n{}", pieces.concat()))
}

proptest! {
    #[test]
    fn any_files_end_and_their_places_are_known(x in compose_like(), y in compose_like()) {
        let lookup = |name: &str| match name {
            "x" => Some(x.clone()),
            "y" => Some(y.clone()),
            _ => None,
        };
        if let Ok(joined) = join(&["x", "y"], &lookup) {
            for service in joined.compose.services.values().flatten() {
                let (source, span) = joined.locate(&service.name).unwrap();
                prop_assert!(source.text.get(span.start..span.end).is_some());
            }
        }
    }
}
