//! What compose files say, from the sample and from small ones.

use proptest::prelude::*;

use super::*;
use crate::health::Test;

const SAMPLE: &str = include_str!("../../tests/samples/compose.yaml");

fn service(name: &str) -> Service {
    read(SAMPLE).unwrap().services[name].clone().unwrap()
}

/// The only service of a text.
fn only(text: &str) -> Result<Service, String> {
    let text = format!("services:\n  a:\n    {text}\n");
    let mut services = read(&text).map_err(|error| error.to_string())?.services;
    services
        .remove("a")
        .unwrap()
        .map_err(|error| error.to_string())
}

fn text(value: &Value) -> String {
    match &value.known {
        Ok(text) => text.clone(),
        Err(unknown) => format!("? {unknown}"),
    }
}

fn entries(entries: &[Entry]) -> Vec<String> {
    let one = |entry: &Entry| {
        let value = entry.value.as_ref().map(text);
        format!("{} {} = {value:?}", entry.span.line, entry.key)
    };
    entries.iter().map(one).collect()
}

fn ports(ports: &[Published]) -> Vec<String> {
    let one = |published: &Published| {
        let port = published.port.as_ref();
        let port = port.map_or_else(|| text(&published.value), Port::to_string);
        format!("{} {port}", published.value.span.line)
    };
    ports.iter().map(one).collect()
}

#[test]
fn ports_are_the_container_s_in_every_syntax() {
    let server = service("server");
    assert_eq!(
        ports(&server.ports),
        [
            "27 8080/tcp",
            "28 9000-9002/udp",
            "29 3000/tcp",
            "30 ? ADMIN_PORT has no value",
            "31 50051/tcp"
        ]
    );
    assert_eq!(ports(&server.expose), ["35 7000/tcp"]);
}

#[test]
fn a_build_is_a_folder_or_a_mapping() {
    let build = service("server").build.unwrap();
    assert_eq!(text(build.context.as_ref().unwrap()), "./backend");
    assert_eq!(
        text(build.dockerfile.as_ref().unwrap()),
        "docker/Dockerfile.server"
    );
    assert_eq!(text(build.target.as_ref().unwrap()), "runtime");
    assert_eq!(
        entries(&build.arguments),
        ["22 VERSION = Some(\"1.10\")", "23 COMMIT = None"]
    );
    assert_eq!(
        entries(&build.labels),
        ["25 io.modelcontextprotocol.server.name = Some(\"io.example.acme/photos\")"]
    );
    let short = service("worker").build.unwrap();
    assert_eq!(
        (text(short.context.as_ref().unwrap()), short.dockerfile),
        ("./worker".to_owned(), None)
    );
}

#[test]
fn anchors_and_merge_keys_are_followed_and_explicit_keys_win() {
    let server = service("server");
    assert_eq!(
        entries(&server.labels),
        [
            "9 traefik.enable = Some(\"true\")",
            "10 com.example.version = Some(\"1.10\")"
        ]
    );
    assert_eq!(
        entries(&server.environment),
        ["12 RUST_LOG = Some(\"info\")", "13 TOKEN = None"]
    );
    let healthcheck = server.healthcheck.unwrap();
    let seconds = |time: Option<std::time::Duration>| time.unwrap().as_secs();
    assert_eq!((healthcheck.span.line, healthcheck.retries), (38, Some(3)));
    assert_eq!(
        (
            seconds(healthcheck.interval),
            seconds(healthcheck.start_period)
        ),
        (10, 90)
    );
    let Some(Test::Exec(words)) = healthcheck.test else {
        panic!("{:?}", healthcheck.test)
    };
    let words: Vec<String> = words.iter().map(text).collect();
    assert_eq!(words, ["/app/server", "health", "--port=8080"]);
    let merged = only("<<: {image: b}\n    image: c").unwrap();
    assert_eq!(text(&merged.image.unwrap()), "c");
}

#[test]
fn health_checks_are_lists_texts_or_off() {
    let test = |name: &str| service(name).healthcheck.unwrap().test.unwrap();
    assert!(matches!(test("worker"), Test::Shell(text) if text.written.starts_with("wget -q")));
    assert_eq!(test("quiet"), Test::Off);
    assert_eq!(test("db"), Test::Off);
    let times = only("healthcheck: {interval: 5s}").unwrap();
    assert_eq!(times.healthcheck.unwrap().test, None);
    let shell = only("healthcheck: {test: [CMD-SHELL, curl x], retries: $N}")
        .unwrap()
        .healthcheck
        .unwrap();
    assert!(matches!(shell.test, Some(Test::Shell(_))));
    assert_eq!(shell.retries, None);
}

#[test]
fn volumes_commands_and_the_rest_are_read() {
    let server = service("server");
    let volumes: Vec<String> = server
        .volumes
        .iter()
        .map(|volume| {
            format!(
                "{:?} {}",
                volume.source.as_ref().map(text),
                text(&volume.target)
            )
        })
        .collect();
    assert_eq!(
        volumes,
        [
            "Some(\"./data\") /data/photos",
            "Some(\"cache\") /cache",
            "None /scratch"
        ]
    );
    assert_eq!(
        server.profiles.iter().map(text).collect::<Vec<_>>(),
        ["full"]
    );
    assert_eq!(text(&server.user.unwrap()), "1000:1000");
    assert_eq!(server.command.unwrap().words(), ["--verbose"]);
    let worker = service("worker");
    assert!(
        matches!(worker.entrypoint, Some(Command::Text(text)) if text.written == "/app/worker --once")
    );
    assert_eq!(
        entries(&worker.environment),
        [
            "54 QUEUE = Some(\"redis://queue:6379/0\")",
            "55 SECRET = None"
        ]
    );
    assert_eq!(
        text(&service("quiet").image.unwrap()),
        "registry.example/quiet:latest"
    );
}

#[test]
fn more_of_a_build_and_of_a_service_is_read_with_its_places() {
    let whole = "services:\n  a:\n    build:\n      context: .\n      platforms: [linux/amd64, linux/arm64]\n      dockerfile_inline: |\n        FROM x\n        RUN y\n      additional_contexts: [base=docker-image://b]\n      cache_from: [\"type=gha\"]\n      cache_to: [\"type=gha,mode=max\"]\n      pull: true\n    platform: linux/arm64\n    depends_on: [db]\n    env_file: [{path: a.env, required: false}, b.env]\n    x-note: 1\n    working_dir: /srv\nx-top: {}\n";
    let compose = read(whole).unwrap();
    let service = compose.service("a").unwrap();
    let build = service.build.clone().unwrap();
    let platforms: Vec<String> = build.platforms.iter().map(text).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    assert_eq!(
        entries(&build.additional_contexts),
        ["9 base = Some(\"docker-image://b\")"]
    );
    assert_eq!(
        (text(&build.cache_from[0]), text(&build.cache_to[0])),
        ("type=gha".to_owned(), "type=gha,mode=max".to_owned())
    );
    assert_eq!(build.key("pull").unwrap().line, 12);
    assert_eq!(service.key("x-note").unwrap().line, 16);
    assert_eq!(compose.key("x-top").unwrap().line, 18);
    assert_eq!(service.name.line, 2);
    let names: Vec<String> = service.env_files.iter().map(text).collect();
    assert_eq!(names, ["a.env", "b.env"]);
    assert_eq!(text(&service.depends_on[0].service), "db");
    assert_eq!(text(service.platform.as_ref().unwrap()), "linux/arm64");
    // A text of several lines has the places of its characters in the YAML.
    let yaml = crate::yaml::Yaml::read(whole).unwrap();
    let inline = yaml
        .scalar_at(&build.dockerfile_inline.unwrap().span)
        .unwrap();
    let at = inline.text().find("RUN").unwrap();
    assert_eq!(
        (
            inline.span_of(at..at + 3).line,
            inline.span_of(at..at + 3).column
        ),
        (8, 9)
    );
}

#[test]
fn what_is_not_followed_is_told_with_its_place() {
    let extends = service("worker").extends.unwrap();
    assert_eq!(extends.span.line, 51);
    assert_eq!(text(&extends.file.unwrap()), "common.yaml");
    assert_eq!(text(&extends.service), "base");
    let include = read(SAMPLE).unwrap().include;
    assert_eq!(
        (include[0].span.line, text(&include[0].paths[0])),
        (69, "other.yaml".to_owned())
    );
}

#[test]
fn a_service_that_cannot_be_read_spoils_none_of_the_others() {
    let odd = read(SAMPLE).unwrap().services.remove("odd").unwrap();
    assert_eq!(
        odd.unwrap_err().to_string(),
        "line 63, column 13: `http` is no port"
    );
}

#[test]
fn mistakes_name_their_line_and_column() {
    let of = |text: &str| read(text).unwrap_err().to_string();
    insta::assert_snapshot!(of("services: [a]\n"), @"line 1, column 11: `services` is a mapping, and here is a list");
    insta::assert_snapshot!(of("a: [1\nb: 2\n"), @"line 2, column 2: illegal placement of ':' indicator");
    insta::assert_snapshot!(of("a: 1\na: 2\n"), @"line 2, column 1: duplicate mapping key: a");
    insta::assert_snapshot!(of("a: *b\n"), @"line 1, column 4: while parsing node, found unknown anchor");
    let of = |text: &str| only(text).unwrap_err();
    insta::assert_snapshot!(of("build: [x]"), @"line 3, column 12: `build` is a text, and here is a list");
    insta::assert_snapshot!(of("healthcheck: {interval: soon}"), @"line 3, column 29: `interval` cannot be `soon`");
    insta::assert_snapshot!(of("healthcheck: {test: [CMD]}"), @"line 3, column 25: `test` names no program");
    insta::assert_snapshot!(of("healthcheck: {test: [curl, x]}"), @"line 3, column 25: `test` begins with `curl`, expected CMD, CMD-SHELL or NONE");
    insta::assert_snapshot!(of("ports: [{published: 80}]"), @"line 3, column 13: an entry of `ports` has no `target`");
}

#[test]
fn an_empty_file_says_nothing() {
    assert_eq!(read("").unwrap(), Compose::default());
    assert_eq!(read("services:\n").unwrap().services, BTreeMap::new());
    assert!(only("").unwrap().build.is_none());
}

#[test]
fn deep_files_and_alias_bombs_end_in_an_error() {
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read(&"{a: ".repeat(100_000)).is_err());
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(read(&bomb).is_err());
}

/// Pieces that compose files are made of.
fn compose_like() -> impl Strategy<Value = String> {
    let pieces = [
        "services:\n",
        "  a:\n",
        "    build: ",
        "    ports:\n",
        "      - ",
        "80",
        "${X:-",
        "}",
        "$",
        "[",
        "]",
        "{",
        "target: ",
        "*a",
        "&a ",
        "<<: ",
        "    healthcheck: ",
        "test: ",
        "\n",
        "\"",
        "'",
        "|\n",
        "- ",
        ": ",
        "~",
        "ä",
        "1.10",
        "!!str ",
        "# c\n",
        "\t",
        "---\n",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), like in compose_like()) {
        for text in [text.clone(), format!("services:\n  a:\n    build: {text}\n"), like.clone(), format!("services:\n  a:\n{like}")] {
            if let Ok(read) = read(&text) {
                for service in read.services.values().flatten() {
                    for published in &service.ports {
                        let span = &published.value.span;
                        prop_assert!(text.get(span.start..span.end).is_some());
                    }
                }
            }
        }
    }
}
