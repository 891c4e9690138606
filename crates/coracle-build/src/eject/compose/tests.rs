//! Compose files as teams write them, and what becomes of each.

use std::sync::{Arc, Mutex};

use coracle_oci::config::Healthcheck;

use super::*;
use crate::deployment::tests::plan;
use crate::eject::{State, compare, write};
use crate::plan::Decision;

/// What becomes of a text, and what is told.
fn check(text: &str, plan: &Plan) -> (String, String) {
    let there = There {
        path: PathBuf::from("compose.yaml"),
        name: "compose.yaml".to_owned(),
        text: text.to_owned(),
    };
    let mut warnings = Vec::new();
    let changed = changed(&there, plan, &mut |text| warnings.push(text)).unwrap();
    (changed, warnings.join("\n"))
}

#[test]
fn one_image_with_every_service_in_it_becomes_one_a_service() {
    let text = r#"# The shop, as it runs everywhere.
x-app: &app
  image: ${REGISTRY:-registry.example/acme}/shop:${VERSION:-1.2}  # one for all
  build:
    context: .
    target: runtime
  restart: unless-stopped
  environment: {RUST_LOG: info}

services:
  api:
    <<: *app
    command: ["/usr/local/bin/api"]
    # Only on this machine.
    ports: ["127.0.0.1:${API_PORT:-8080}:8080"]
    healthcheck:
      test: ["CMD", "/usr/local/bin/api", "health"]

  worker:
    <<: *app
    profiles: [jobs]
    entrypoint: worker --once
    command:
      - --queue
      - 'redis://queue'   # the one below
    volumes:
      - data:/data

  db:
    image: postgres:18
volumes:
  data: # kept
"#;
    let (changed, warnings) = check(text, &plan(&["api", "worker", "cron"]));
    insta::assert_snapshot!(changed, @r#"
    # written by `coracle eject compose` from compose.yaml, which is the file to change
    # The shop, as it runs everywhere.
    x-app: &app
      image: ${REGISTRY:-registry.example/acme}/shop:${VERSION:-1.2}  # one for all
      restart: unless-stopped
      environment: {RUST_LOG: info}

    services:
      api:
        <<: *app
        image: ${REGISTRY:-registry.example/acme}/api:${VERSION:-1.2}
        # Only on this machine.
        ports: ["127.0.0.1:${API_PORT:-8080}:8080"]
        healthcheck:
          test: ["CMD", "/app/api", "health"]

      worker:
        <<: *app
        image: ${REGISTRY:-registry.example/acme}/worker:${VERSION:-1.2}
        profiles: [jobs]
        entrypoint: /app/worker --once
        command:
          - --queue
          - 'redis://queue'   # the one below
        volumes:
          - data:/data

      db:
        image: postgres:18
    volumes:
      data: # kept
    "#);
    insta::assert_snapshot!(warnings, @"compose.yaml has no service cron: nothing is written for it");
}

#[test]
fn a_command_goes_only_where_the_image_has_the_same() {
    let mut plan = plan(&["api"]);
    plan.services[0].arguments = vec!["serve".to_owned(), "--port=80".to_owned()];
    let of = |lines: &str| {
        let (changed, warnings) =
            check(&format!("services:\n  api:\n    build: .\n{lines}"), &plan);
        let kept = changed
            .lines()
            .skip(4)
            .map(|line| format!("{}\n", line.trim()));
        format!("{}{warnings}", kept.collect::<String>())
    };
    assert_eq!(of("    command: [serve, --port=80]\n"), "");
    assert_eq!(of("    command: serve --port=80\n"), "");
    assert_eq!(of("    command: /app/api serve --port=80\n"), "");
    assert_eq!(of("    command: [serve]\n"), "command: [serve]\n");
    assert_eq!(of("    command: [api, serve]\n"), "command: [serve]\n");
    assert_eq!(
        of("    command: api serve \"a b\"\n"),
        "command: serve \"a b\"\n"
    );
    assert_eq!(
        of("    command: '/bin/api migrate'\n"),
        "command: 'migrate'\n"
    );
    assert_eq!(
        of("    entrypoint: [/app/api]\n"),
        "entrypoint: [/app/api]\n"
    );
    assert_eq!(
        of("    entrypoint: [/bin/api]\n"),
        "entrypoint: [/app/api]\n"
    );
    assert_eq!(
        of("    entrypoint: /bin/api x\n"),
        "entrypoint: /app/api x\n"
    );
    insta::assert_snapshot!(of("    command: [api]\n"), @r#"
    command: [api]
    compose.yaml:4: the image starts /app/api with serve --port=80; write `command: []` for none
    "#);
    insta::assert_snapshot!(of("    entrypoint: /docker-entrypoint.sh\n"), @r#"
    entrypoint: /docker-entrypoint.sh
    compose.yaml:4: this starts `/docker-entrypoint.sh`, which the image of api may not have; its program is /app/api
    "#);
}

#[test]
fn what_a_service_shares_is_not_changed_for_it() {
    let text = "x-health: &health\n  test: [CMD, /bin/api, health]\nservices:\n  api:\n    image: ghcr.io/acme/api:v3\n    healthcheck: *health\n  other:\n    image: x/other\n    healthcheck: *health\n";
    let (changed, warnings) = check(text, &plan(&["api"]));
    assert_eq!(changed.split_once('\n').unwrap().1, text);
    assert!(warnings.is_empty());
}

#[test]
fn without_a_compose_file_the_plan_makes_one_that_is_read_as_it() {
    let mut plan = plan(&["api", "worker"]);
    for service in &mut plan.services {
        service.expose = vec![Decision::new("8080/tcp".to_owned(), "the test's")];
    }
    let api = &mut plan.services[0];
    api.expose
        .push(Decision::new("53/udp".to_owned(), "the test's"));
    api.volumes = vec!["/data/photos".to_owned()];
    let healthcheck = Healthcheck {
        test: ["CMD", "/app/api", "health", "$HOME"]
            .map(str::to_owned)
            .into(),
        interval: Some(10_000_000_000),
        timeout: Some(1_500_000_000),
        retries: Some(3),
        ..Healthcheck::default()
    };
    api.healthcheck = Some(Decision::new(healthcheck, "the test's"));
    let text = scratch::text(&plan);
    insta::assert_snapshot!(text, @r#"
    services:
      api:
        image: ghcr.io/acme/api:${TAG:-latest}
        ports:
          - "${API_PORT_8080:-8080}:8080"
          - "${API_PORT_53:-53}:53/udp"
        volumes:
          - "api-data-photos:/data/photos"
        healthcheck:
          test: ["CMD", "/app/api", "health", "$$HOME"]
          interval: 10s
          timeout: 1500ms
          retries: 3
      worker:
        image: ghcr.io/acme/worker:${TAG:-latest}
        ports:
          - "${WORKER_PORT:-8081}:8080"
    volumes:
      api-data-photos:
    "#);
    let read = coracle_recipe::compose::read(&text).unwrap();
    let api = read.services["api"].as_ref().unwrap();
    let Some(coracle_recipe::Test::Exec(words)) = &api.healthcheck.as_ref().unwrap().test else {
        panic!("{api:?}")
    };
    let words: Vec<_> = words.iter().map(|word| word.text()).collect();
    assert_eq!(words.last(), Some(&Some("$HOME")));
    assert_eq!(api.ports[1].port.as_ref().unwrap().to_string(), "53/udp");
}

#[test]
fn the_new_file_is_beside_the_old_one_and_known_again_when_it_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("docker-compose.yml");
    std::fs::write(&old, "services:\r\n  api:\r\n    build: .\r\n").unwrap();
    let mut plan = plan(&["api"]);
    plan.directory = folder.path().to_owned();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer: Arc<dyn Fn(&Event) + Send + Sync> = {
        let told = Arc::clone(&told);
        Arc::new(move |event| told.lock().unwrap().push(event.clone()))
    };
    let eject = || {
        let subject = Subject {
            plan: &plan,
            proven: Vec::new(),
        };
        files(&subject, &observer).unwrap()
    };
    let first = eject();
    assert_eq!(first[0].path, Path::new("compose.coracle.yaml"));
    assert_eq!(
        first[0].text,
        "# written by `coracle eject compose` from docker-compose.yml, which is the file to change\r\nservices:\r\n  api:\r\n    image: ghcr.io/acme/api:${TAG:-latest}\r\n"
    );
    write(&first, folder.path(), false).unwrap();
    assert_eq!(compare(&eject(), folder.path()).unwrap(), [State::Current]);
    std::fs::rename(folder.path().join("compose.coracle.yaml"), &old).unwrap();
    let again = eject();
    assert_eq!(again[0].path, Path::new("docker-compose.yml"));
    assert_eq!(compare(&again, folder.path()).unwrap(), [State::Current]);
    std::fs::remove_file(&old).unwrap();
    let from_plan = eject();
    assert_eq!(from_plan[0].path, Path::new("compose.yaml"));
    write(&from_plan, folder.path(), false).unwrap();
    assert_eq!(eject(), from_plan);
    assert!(told.lock().unwrap().is_empty());
}
