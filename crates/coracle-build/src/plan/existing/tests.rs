//! What is taken of small files, and what is said about the rest.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use coracle_oci::Platform;
use coracle_toolchain::{GoProgram, Inputs, Language, Program};

use super::*;
use crate::settings::ServiceSettings;

/// A folder with one or more Go programs and files, and what is said while it is read.
struct Place {
    folder: tempfile::TempDir,
    settings: Settings,
    said: Vec<String>,
}

fn program(folder: &Path, name: &str) -> Program {
    let directory = folder.join("cmd").join(name);
    Program {
        name: name.to_owned(),
        package: format!("m/cmd/{name}"),
        version: None,
        description: None,
        license: None,
        homepage: None,
        repository: None,
        authors: Vec::new(),
        language: Language::Go(GoProgram {
            module_directory: folder.to_owned(),
            module_path: "m".to_owned(),
            import_path: format!("m/cmd/{name}"),
            directory,
        }),
        inputs: Inputs::default(),
    }
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let folder = tempfile::TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let directory = folder.path().to_owned();
        let store = directory.join("store");
        let settings = Settings::new(
            directory,
            Platform::linux("amd64"),
            store,
            SystemTime::UNIX_EPOCH,
        );
        Place {
            folder,
            settings,
            said: Vec::new(),
        }
    }

    /// Reads `api` in a project of these programs.
    fn read(&mut self, programs: &[&str], own: ServiceSettings) -> Existing {
        let root = self.folder.path().to_owned();
        let project = Project {
            programs: programs.iter().map(|name| program(&root, name)).collect(),
            root: root.clone(),
            ..Project::default()
        };
        let said = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&said);
        let observer: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(move |event| {
            let text = match event {
                Event::Note { text, .. } => format!("note: {text}"),
                Event::Warning { text, .. } => format!("warning: {text}"),
                _ => return,
            };
            sink.lock().unwrap().push(text);
        });
        let files = Files::find(&self.settings, &observer);
        let service = selection::Service {
            programs: std::collections::BTreeMap::new(),
            name: "api".to_owned(),
            program: program(&root, "api"),
            settings: own,
        };
        let entrypoint = ["/app/api".to_owned()];
        let none = BTreeMap::new();
        let existing = read(
            &files,
            &project,
            &self.settings,
            &service,
            (&entrypoint, &none),
            &observer,
        );
        self.said = said.lock().unwrap().clone();
        existing
    }
}

fn compose_with(healthcheck: &str) -> String {
    format!("services:\n  api:\n    healthcheck:\n      test: {healthcheck}\n      interval: 5s\n")
}

/// The test that the image gets of a compose file with this one, and what is said.
fn health(test: &str, packages: &[&str]) -> (Option<Vec<String>>, Vec<String>) {
    let mut place = Place::new(&[("compose.yaml", &compose_with(test))]);
    let own = ServiceSettings {
        packages: packages.iter().map(|name| (*name).to_owned()).collect(),
        ..ServiceSettings::default()
    };
    let existing = place.read(&["api"], own);
    let test = existing.healthcheck.map(|decision| decision.value.test);
    (test, place.said)
}

#[test]
fn a_health_check_of_the_program_itself_becomes_the_image_s() {
    let (test, said) = health(r#"["CMD", "/app/api", "health"]"#, &[]);
    assert_eq!(test.unwrap(), ["CMD", "/app/api", "health"]);
    assert!(said.is_empty(), "{said:?}");
    let mut place = Place::new(&[("compose.yaml", &compose_with("[CMD, /app/api]"))]);
    let decision = place.read(&["api"], ServiceSettings::default()).healthcheck;
    let decision = decision.unwrap();
    assert_eq!(decision.value.interval, Some(5_000_000_000));
    assert_eq!(decision.reason, "compose.yaml:4");
}

#[test]
fn a_health_check_that_cannot_work_in_the_image_is_warned_of_with_the_ways_out() {
    let said = |test: &str| {
        let (kept, said) = health(test, &[]);
        assert_eq!(kept, None);
        said.join("\n")
    };
    insta::assert_snapshot!(said("[CMD, curl, -f, http://localhost/]"), @r#"warning: compose.yaml:4: with this health check every container stays unhealthy: it runs `curl`, which the image does not have; let it run the program itself, test: ["CMD", "/app/api", …], or set packages = ["curl"] in [services.api]"#);
    insta::assert_snapshot!(said("curl -f http://localhost/ || exit 1"), @r#"warning: compose.yaml:4: with this health check every container stays unhealthy: it runs `curl` in a shell, and the image has neither; let it run the program itself, test: ["CMD", "/app/api", …], or set packages = ["dash", "curl"] in [services.api]"#);
    insta::assert_snapshot!(said("[CMD, /usr/local/bin/api, health]"), @r#"warning: compose.yaml:4: with this health check every container stays unhealthy: it runs `/usr/local/bin/api`, and in the image the program is /app/api; let it run the program itself, test: ["CMD", "/app/api", …]"#);
    insta::assert_snapshot!(said("/app/api health || exit 1"), @r#"warning: compose.yaml:4: with this health check every container stays unhealthy: it needs a shell, and the image has none; let it run the program itself, test: ["CMD", "/app/api", …], or set packages = ["dash"] in [services.api]"#);
    insta::assert_snapshot!(said("[CMD, pg_isready]"), @r#"warning: compose.yaml:4: with this health check every container stays unhealthy: it runs `pg_isready`, which the image does not have; let it run the program itself, test: ["CMD", "/app/api", …], or add the package that has it to `packages` in [services.api]"#);
}

#[test]
fn a_warning_goes_away_on_each_of_the_ways_out() {
    let cases: [(&str, &[&str]); 6] = [
        ("[CMD, curl, x]", &["curl"]),
        ("curl x || exit 1", &["dash", "curl"]),
        ("test -f /tmp/ready", &["dash"]),
        ("[CMD, pg_isready]", &["postgresql-client"]),
        ("[NONE]", &[]),
        ("[CMD, \"${PROBE}\"]", &[]),
    ];
    for (test, packages) in cases {
        assert_eq!(health(test, packages), (None, Vec::new()), "{test}");
    }
}

#[test]
fn a_dockerfile_s_check_is_kept_where_it_runs_what_its_entrypoint_runs() {
    let with = |lines: &str| {
        let mut place = Place::new(&[("Dockerfile", &format!("FROM scratch\n{lines}\n"))]);
        let decision = place.read(&["api"], ServiceSettings::default()).healthcheck;
        (
            decision.map(|decision| decision.value.test),
            place.said.join("\n"),
        )
    };
    let kept = with("ENTRYPOINT [\"/bin/api\"]\nHEALTHCHECK CMD [\"/bin/api\", \"health\"]");
    assert_eq!(kept.0.unwrap(), ["CMD", "/app/api", "health"]);
    assert_eq!(kept.1, "");
    let lost = with("ENTRYPOINT [\"/bin/api\"]\nHEALTHCHECK CMD wget -q http://localhost/");
    assert_eq!(lost.0, None);
    insta::assert_snapshot!(lost.1, @r#"note: Dockerfile:3: this health check is not kept: it runs `wget` in a shell, and the image has neither; let it run the program itself, HEALTHCHECK CMD ["/bin/api", …]"#);
    let other = with("ENTRYPOINT [\"/entry.sh\"]\nHEALTHCHECK CMD [\"/entry.sh\", \"health\"]");
    assert_eq!(other.0, None);
    insta::assert_snapshot!(other.1, @r#"note: Dockerfile:3: this health check is not kept: it runs `/entry.sh`, which the image does not have; let it run the program itself, HEALTHCHECK CMD ["/app/api", …]"#);
    assert_eq!(with("HEALTHCHECK NONE"), (None, String::new()));
}

#[test]
fn compose_s_check_stands_before_the_dockerfile_s_and_its_times_alone_do_not() {
    let dockerfile =
        "FROM scratch\nENTRYPOINT [\"/app/api\"]\nHEALTHCHECK CMD [\"/app/api\", \"a\"]\n";
    let with = |compose: &str| {
        let mut place = Place::new(&[("Dockerfile", dockerfile), ("compose.yaml", compose)]);
        let decision = place.read(&["api"], ServiceSettings::default()).healthcheck;
        decision.map(|decision| decision.reason)
    };
    assert_eq!(
        with(&compose_with("[CMD, /app/api, b]")).unwrap(),
        "compose.yaml:4"
    );
    assert_eq!(with(&compose_with("[NONE]")), None);
    let times = "services: {api: {healthcheck: {interval: 1s}}}\n";
    assert_eq!(with(times).unwrap(), "Dockerfile:3");
}

#[test]
fn the_dockerfile_is_compose_s_then_the_program_s_then_one_by_name_then_the_only_one() {
    let label = |place: &str| format!("FROM scratch\nLABEL place={place}\n");
    let all = [
        "elsewhere/Custom",
        "cmd/api/Dockerfile",
        "api.Dockerfile",
        "Dockerfile",
    ];
    let compose = "services: {api: {build: {context: ./elsewhere, dockerfile: Custom}}}\n";
    let check = |present: &[&str], programs: &[&str], expected: Option<&str>| {
        let texts: Vec<(&str, String)> = present.iter().map(|path| (*path, label(path))).collect();
        let mut files: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        if present.contains(&all[0]) {
            files.push(("docker-compose.yml", compose));
        }
        let existing = Place::new(&files).read(programs, ServiceSettings::default());
        let found = existing
            .labels
            .get("place")
            .map(|label| label.value.as_str());
        assert_eq!(found, expected, "{present:?}");
    };
    check(&all, &["api", "b"], Some(all[0]));
    check(&all[1..], &["api", "b"], Some(all[1]));
    check(&all[2..], &["api", "b"], Some(all[2]));
    check(&all[3..], &["api", "b"], None);
    check(&all[3..], &["api"], Some(all[3]));
}

#[test]
fn labels_that_were_true_of_one_build_only_are_not_taken() {
    let text = "FROM scratch\nLABEL org.opencontainers.image.created=x org.opencontainers.image.revision=x \
                org.opencontainers.image.base.name=x maintainer=me\n";
    let existing = Place::new(&[("Dockerfile", text)]).read(&["api"], ServiceSettings::default());
    assert_eq!(existing.labels.keys().collect::<Vec<_>>(), ["maintainer"]);
}

#[test]
fn what_is_not_known_is_noted_with_the_way_to_tell_it() {
    let dockerfile = "FROM scratch\nARG V\nLABEL a=$V b=$W\nEXPOSE $V 1-9999\n";
    let compose = "services: {api: {build: {context: ., labels: {c: $W}}}}\n";
    let mut place = Place::new(&[("Dockerfile", dockerfile), ("compose.yaml", compose)]);
    let existing = place.read(&["api"], ServiceSettings::default());
    assert!(existing.labels.is_empty() && existing.expose.is_empty());
    insta::assert_snapshot!(place.said.join("\n"), @r#"
    note: Dockerfile:3: the label a is not kept: V has no value; give it one with --build-arg V=…
    note: Dockerfile:3: the label b is not kept: W has no value; write the label into coracle.toml
    note: compose.yaml:1: the label c is not kept: W has no value; write the label into coracle.toml
    note: Dockerfile:4: the port $V is not taken: V has no value; write `expose` into coracle.toml
    note: Dockerfile:4: the ports 1-9999/tcp are not taken: more than 256
    "#);
}

#[test]
fn a_configured_compose_service_that_is_not_there_is_warned_of() {
    let own = ServiceSettings {
        compose: Some("wbe".to_owned()),
        ..ServiceSettings::default()
    };
    let mut place = Place::new(&[("compose.yaml", "services: {web: {}, db: {}}\n")]);
    place.read(&["api"], own.clone());
    insta::assert_snapshot!(place.said.join("\n"), @r#"warning: `compose = "wbe"` names no service of compose.yaml; services there: db, web"#);
    let mut place = Place::new(&[]);
    place.read(&["api"], own);
    insta::assert_snapshot!(place.said.join("\n"), @r#"warning: `compose = "wbe"` names a service of a compose file, and none was read"#);
}

#[test]
fn configured_ports_are_the_only_ones() {
    let compose = "services: {api: {ports: [\"1:80\"], expose: [81, 80]}}\n";
    let ports = |expose: Vec<String>| {
        let own = ServiceSettings {
            expose,
            ..ServiceSettings::default()
        };
        let existing = Place::new(&[("compose.yaml", compose)]).read(&["api"], own);
        let ports = existing.expose.into_iter().map(|port| port.value);
        ports.collect::<Vec<_>>()
    };
    assert_eq!(ports(Vec::new()), ["80/tcp", "81/tcp"]);
    assert!(ports(vec!["90/tcp".to_owned()]).is_empty());
}
