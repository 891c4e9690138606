//! What Dockerfiles say, from the samples and from small ones.

use proptest::prelude::*;

use super::*;
use crate::health::Test;

const SERVER: &str = include_str!("../../tests/samples/Dockerfile.server");
const WORKER: &str = include_str!("../../tests/samples/Dockerfile.worker");

fn image_with(text: &str, target: Option<&str>, arguments: &[(&str, &str)]) -> Image {
    let arguments = arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    read(text).unwrap().image(target, &arguments).unwrap()
}

fn image(text: &str) -> Image {
    image_with(text, None, &[])
}

fn value_text(value: &Value) -> String {
    match &value.known {
        Ok(text) => format!("{}: {text}", value.span.line),
        Err(unknown) => format!("{}: {unknown}", value.span.line),
    }
}

/// `LINE key = value` of each.
fn entries(entries: &[Entry]) -> Vec<String> {
    let one = |entry: &Entry| {
        let value = entry.value.as_ref().map(|value| match &value.known {
            Ok(text) => text.clone(),
            Err(unknown) => format!("? {unknown}"),
        });
        format!(
            "{} {} = {}",
            entry.span.line,
            entry.key,
            value.unwrap_or_default()
        )
    };
    entries.iter().map(one).collect()
}

fn label(text: &str, key: &str) -> Result<String, String> {
    let image = image(text);
    let found = image.labels.into_iter().find(|entry| entry.key == key);
    let known = found.unwrap().value.unwrap().known;
    known.map_err(|unknown| unknown.to_string())
}

#[test]
fn labels_have_their_lines_and_values_without_guesses() {
    assert_eq!(
        entries(&image(SERVER).labels),
        [
            "23 org.opencontainers.image.source = https://example.com/acme/photos",
            "25 io.modelcontextprotocol.server.name = io.example.acme/photos",
            "26 org.opencontainers.image.version = ? VERSION has no value",
            "27 org.opencontainers.image.vendor = Acme Photographs",
            "28 maintainer = Jane Doe <jane@example.com>",
        ]
    );
    let declared = ["PORT", "REPOSITORY", "VERSION"].map(str::to_owned);
    assert_eq!(image(SERVER).arguments, BTreeSet::from(declared));
    let given = image_with(
        SERVER,
        None,
        &[("VERSION", "1.2"), ("TEAM", "never declared")],
    );
    assert!(entries(&given.labels)[2].ends_with("version = 1.2"));
    assert!(entries(&given.labels)[3].ends_with("Acme Photographs"));
}

#[test]
fn a_stage_inherits_what_the_stages_before_it_say() {
    let last = image(SERVER);
    assert_eq!(
        value_text(last.base.as_ref().unwrap()),
        "17: debian:trixie-slim"
    );
    let ports: Vec<String> = last
        .exposed
        .iter()
        .flat_map(|exposed| &exposed.ports)
        .map(Port::to_string)
        .collect();
    assert_eq!(
        ports,
        ["8080/tcp", "9090/tcp", "50051/tcp", "6000-6002/udp"]
    );
    let volumes: Vec<String> = last.volumes.iter().map(value_text).collect();
    assert_eq!(volumes, ["30: /data/photos", "30: /data/photos/thumbs"]);
    assert_eq!(value_text(last.user.as_ref().unwrap()), "39: nobody");
    assert_eq!(
        value_text(last.working_directory.as_ref().unwrap()),
        "38: /data/photos"
    );
    assert_eq!(
        entries(&last.environment),
        ["20 RUST_LOG = info", "22 DATA = /data/photos"]
    );
}

#[test]
fn an_entrypoint_drops_the_command_it_inherits_and_keeps_its_own() {
    let last = image(SERVER);
    assert_eq!(last.entrypoint.unwrap().words(), ["/usr/local/bin/server"]);
    assert_eq!(last.command, None);
    let kept = image("FROM a\nCMD [\"x\"]\nENTRYPOINT [\"y\"]\n");
    assert_eq!(kept.command.unwrap().words(), ["x"]);
}

#[test]
fn a_stage_is_taken_by_its_name_in_any_case_or_by_its_number() {
    let base = image_with(SERVER, Some("BASE"), &[]);
    assert_eq!(base.command.as_ref().unwrap().words(), ["--help"]);
    assert_eq!(image_with(SERVER, Some("2"), &[]), base);
    let error = read(SERVER)
        .unwrap()
        .image(Some("runtime"), &BTreeMap::new());
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "there is no stage runtime");
    assert_eq!(error.hint().unwrap(), "stages here: chef, builder, base");
}

#[test]
fn health_checks_keep_their_times() {
    let healthcheck = image(SERVER).healthcheck.unwrap();
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs());
    assert_eq!(healthcheck.span.line, 40);
    assert_eq!(seconds(healthcheck.interval), Some(30));
    assert_eq!(seconds(healthcheck.timeout), Some(3));
    assert_eq!(seconds(healthcheck.start_period), Some(90));
    assert_eq!(
        (seconds(healthcheck.start_interval), healthcheck.retries),
        (None, Some(5))
    );
    let Some(Test::Exec(words)) = healthcheck.test else {
        panic!("{:?}", healthcheck.test)
    };
    let words: Vec<String> = words.iter().map(value_text).collect();
    assert_eq!(words, ["41: /usr/local/bin/server", "41: health"]);
    assert_eq!(
        image("FROM a\nHEALTHCHECK NONE\n")
            .healthcheck
            .unwrap()
            .test,
        Some(Test::Off)
    );
}

#[test]
fn another_escape_character_leaves_backslashes_alone() {
    let worker = image(WORKER);
    assert_eq!(
        entries(&worker.labels),
        ["8 a = 1", "8 b = $NOT_EXPANDED", "9 c = back\\slash"]
    );
    let Some(Command::Text(command)) = worker.command else {
        panic!("{:?}", worker.command)
    };
    assert_eq!(command.written, "/worker   --verbose");
    let Some(Test::Shell(test)) = worker.healthcheck.unwrap().test else {
        panic!("an exec form")
    };
    assert_eq!(
        value_text(&test),
        "11: wget -q -O- http://localhost:8080/healthz || exit 1"
    );
}

#[test]
fn arguments_are_global_only_where_a_stage_asks_for_them() {
    let cases = [
        ("ARG V=1\nFROM a\nARG V\nLABEL l=$V\n", Ok("1")),
        ("ARG V=1\nFROM a\nARG V=2\nLABEL l=$V\n", Ok("2")),
        ("ARG V=1\nFROM a\nLABEL l=$V\n", Err("V has no value")),
        ("FROM a\nARG V=1\nENV V=2\nLABEL l=$V\n", Ok("2")),
        ("FROM a\nENV V=2\nARG V=1\nLABEL l=$V\n", Ok("2")),
        (
            "FROM a\nARG V\nENV W=$V\nLABEL l=$W\n",
            Err("V has no value"),
        ),
        ("FROM a\nENV A=1 B=$A\nLABEL l=$B\n", Err("A has no value")),
        ("FROM a AS x\nARG V=1\nFROM x\nLABEL l=$V\n", Ok("1")),
        (
            "FROM a AS x\nARG V=1\nFROM b\nLABEL l=$V\n",
            Err("V has no value"),
        ),
        ("FROM a\r\nLABEL l=1\\\r\n2\r\n", Ok("12")),
        ("\u{feff}FROM a\nLABEL \"l\"='1 2'\n", Ok("1 2")),
        ("ARG S=x\nFROM a AS x\nLABEL l=1\nFROM $S\n", Ok("1")),
        ("FROM a\nLABEL l=1\nLABEL l=2\n", Ok("2")),
    ];
    for (text, expected) in cases {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(label(text, "l"), expected, "{text}");
    }
}

#[test]
fn mistakes_name_their_line_and_column() {
    let of = |text: &str| match read(text) {
        Err(error) => error.to_string(),
        Ok(read) => read.image(None, &BTreeMap::new()).unwrap_err().to_string(),
    };
    insta::assert_snapshot!(of("FROM a\nBOGUS x\n"), @"line 2, column 1: unknown instruction 'BOGUS'");
    insta::assert_snapshot!(of("FROM a\n\nEXPOSE 80 http\n"), @"line 3, column 11: a port cannot be `http`");
    insta::assert_snapshot!(of("FROM a\nHEALTHCHECK --interval=soon CMD x\n"), @"line 2, column 24: a time cannot be `soon`");
    insta::assert_snapshot!(of("# nothing\n"), @"line 1, column 1: expected at least one FROM instruction");
}

#[test]
fn spans_are_the_bytes_of_the_words() {
    let text = "\u{feff}FROM a\nLABEL a=\"b c\" \\\n  d=e\n";
    let image = image(text);
    let of = |span: &Span| &text[span.start..span.end];
    assert_eq!(of(&image.labels[0].span), "a");
    assert_eq!(of(&image.labels[0].value.as_ref().unwrap().span), "\"b c\"");
    assert_eq!(of(&image.labels[1].value.as_ref().unwrap().span), "e");
}

/// Pieces that Dockerfiles are made of, so that more than the first line is reached.
fn dockerfile_like() -> impl Strategy<Value = String> {
    let pieces = [
        "FROM a",
        "FROM ",
        " AS b",
        "\n",
        "\r\n",
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
        "# c\n",
        "# escape=`\n",
        "`",
        "HEALTHCHECK ",
        "--interval=",
        "CMD ",
        "[\"x\"]",
        "RUN <<E\n",
        "E\n",
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
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), like in dockerfile_like()) {
        for text in [text.clone(), format!("FROM a\nLABEL {text}"), like.clone(), format!("FROM a\n{like}")] {
            if let Ok(read) = read(&text) {
                for target in [None, Some("b"), Some("0")] {
                    let Ok(image) = read.image(target, &BTreeMap::new()) else { continue };
                    for entry in image.labels.iter().chain(&image.environment) {
                        prop_assert!(text.get(entry.span.start..entry.span.end).is_some());
                    }
                }
            }
        }
    }
}
