//! What is said of images that somebody made, whatever of it needs no program: `diff`, `why` and `explain`, and verdicts in
//! all their forms. The images are archives as `docker save` writes them, made here.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::Digest;
use coracle_testkit::command::Ended;
use serde_json::{Value, json};

use crate::commands::{error_of, show};
use crate::support::Place;

/// An image in the making: the files of each layer, and what a container starts with.
struct Made {
    layers: Vec<Vec<u8>>,
    config: Value,
    history: Vec<Value>,
}

impl Made {
    fn new(config: Value) -> Made {
        Made {
            layers: Vec::new(),
            config,
            history: Vec::new(),
        }
    }

    /// A layer of files, by path and content; those below `bin` are executable.
    fn layer(mut self, made_by: &str, files: &[(&str, &str)]) -> Made {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(if path.starts_with("bin/") {
                0o755
            } else {
                0o644
            });
            header.set_mtime(1_700_000_000);
            tar.append_data(&mut header, path, content.as_bytes())
                .unwrap();
        }
        self.layers.push(tar.into_inner().unwrap());
        self.history.push(json!({ "created_by": made_by }));
        self
    }

    /// A line of the history without a layer.
    fn step(mut self, made_by: &str) -> Made {
        self.history
            .push(json!({ "created_by": made_by, "empty_layer": true }));
        self
    }

    /// Writes the archive.
    fn write(self, folder: &Path, name: &str) -> PathBuf {
        let diff_ids: Vec<String> = self
            .layers
            .iter()
            .map(|layer| Digest::of(layer).to_string())
            .collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": self.config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": self.history,
        });
        let names: Vec<String> = (0..self.layers.len())
            .map(|at| format!("{at}/layer.tar"))
            .collect();
        let list =
            json!([{ "Config": "config.json", "RepoTags": ["acme/api:v1"], "Layers": names }]);
        let mut members = vec![
            ("config.json".to_owned(), config.to_string().into_bytes()),
            ("manifest.json".to_owned(), list.to_string().into_bytes()),
        ];
        members.extend(names.into_iter().zip(self.layers));
        let path = folder.join(name);
        let mut tar = tar::Builder::new(fs::File::create(&path).unwrap());
        for (name, content) in members {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, content.as_slice())
                .unwrap();
        }
        tar.finish().unwrap();
        path
    }
}

fn status(openssl: &str, more: &str) -> String {
    format!(
        "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: {openssl}\nDepends: libssl3t64 (>= 3)\n\n{more}"
    )
}

const SSL: &str =
    "Package: libssl3t64\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.5.1-1\n";

/// Two versions of an image whose script starts nothing.
fn images(place: &Place) -> [String; 2] {
    let base = [
        ("bin/sh", "#!/bin/missing\n"),
        ("etc/passwd", "root:x:0:0::/:/bin/sh\n"),
    ];
    let list = "/usr/share/ssl.txt\n";
    let old = Made::new(json!({
        "Entrypoint": ["/bin/api"],
        "Env": ["PATH=/bin", "LOG=info"],
        "Labels": { "org.example.version": "1" },
    }))
    .layer("ADD base / # by hand", &base)
    .layer(
        "RUN apt-get install openssl",
        &[
            ("var/lib/dpkg/status", &status("3.5.1-1", SSL)),
            ("var/lib/dpkg/info/libssl3t64:amd64.list", list),
            ("usr/share/ssl.txt", "certificates"),
        ],
    )
    .layer("COPY api /bin/api", &[("bin/api", "#!/bin/sh\necho one\n")])
    .step("LABEL org.example.version=1");
    let new = Made::new(json!({
        "Entrypoint": ["/bin/api"],
        "Env": ["PATH=/bin:/usr/bin", "LOG=info"],
        "Labels": { "org.example.version": "2" },
        "User": "65532:65532",
        "ExposedPorts": { "8080/tcp": {} },
    }))
    .layer("ADD base / # by hand", &base)
    .layer(
        "RUN apt-get install openssl",
        &[("var/lib/dpkg/status", &status("3.5.4-1", ""))],
    )
    .layer(
        "COPY api /bin/api",
        &[("bin/api", "#!/bin/sh\necho two, at last\n")],
    )
    .step("LABEL org.example.version=2");
    let named = |path: PathBuf| format!("docker-archive:{}", path.display());
    [
        named(old.write(place.path(), "old.tar")),
        named(new.write(place.path(), "new.tar")),
    ]
}

fn coracle(place: &Place, arguments: &[&str]) -> Ended {
    let quiet = place.coracle().args(["-q"]);
    quiet.args(arguments.iter().copied()).run().unwrap()
}

#[test]
fn what_changed_from_one_image_to_another_is_told_in_text_and_json() {
    let place = Place::new();
    let [old, new] = images(&place);
    let text = coracle(&place, &["diff", &old, &new]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    show("diff", &place, &text.stdout);
    let json = coracle(&place, &["diff", "--format", "json", &old, &new]);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (document["version"].clone(), document["differs"].clone()),
        (json!(1), json!(true))
    );
    show("diff-json", &place, &json.stdout);
    let asked = coracle(&place, &["diff", "--exit-code", &old, &new]);
    assert_eq!(asked.code, 1);
    show("diff-exit-code", &place, &asked.stderr);
    let same = coracle(&place, &["diff", "--exit-code", &old, &old]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    show("diff-same", &place, &same.stdout);
}

#[test]
fn why_something_is_in_an_image_is_told_in_text_and_json() {
    let place = Place::new();
    let [old, _] = images(&place);
    let mut told = String::new();
    for subject in ["libssl3t64", "openssl", "/bin/api", "org.example.version"] {
        let ended = coracle(&place, &["why", &old, subject]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        told.push_str(&format!(
            "$ coracle why IMAGE {subject}\n{}\n",
            ended.stdout
        ));
    }
    show("why", &place, &told);
    let top = coracle(&place, &["why", "--top=3", &old]);
    show("why-top", &place, &top.stdout);
    let json = coracle(&place, &["why", "--format", "json", &old, "libssl3t64"]);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["images"][0]["found"][0]["kind"], "package");
    show("why-json", &place, &json.stdout);
    let nowhere = coracle(&place, &["why", &old, "libssl3"]);
    assert_eq!(nowhere.code, 2);
    show("why-nowhere", &place, error_of(&nowhere));
    let service = coracle(&place, &["why", "api", "libssl.so.3"]);
    assert_eq!(service.code, 2);
    show("why-service", &place, error_of(&service));
}

#[test]
fn an_error_text_is_explained_and_looked_for_in_an_image() {
    let place = Place::new();
    let [old, _] = images(&place);
    let text = "version `GLIBC_2.39' not found (required by /app/api)";
    let text = format!("/app/api: /lib/x86_64-linux-gnu/libc.so.6: {text}");
    let alone = coracle(&place, &["explain", &text]);
    assert_eq!(alone.code, 0, "{}", alone.stderr);
    show("explain", &place, &alone.stdout);
    let shown = coracle(
        &place,
        &["explain", "exec /bin/api: no such file or directory", &old],
    );
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    show("explain-image", &place, &shown.stdout);
    let unknown = coracle(&place, &["explain", "connection refused"]);
    assert_eq!(unknown.code, 2);
    show("explain-unknown", &place, error_of(&unknown));
}

#[test]
fn verdicts_are_written_for_code_scanning_and_for_workflows() {
    let place = Place::new();
    let [old, _] = images(&place);
    let github = coracle(&place, &["check", "--format", "github", &old]);
    assert_eq!(github.code, 1);
    show("check-github", &place, &github.stdout);
    let sarif = coracle(&place, &["check", "--format", "sarif", &old]);
    assert_eq!(sarif.code, 1);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], rules[0]["id"]);
}

#[test]
fn what_all_of_an_image_came_to_is_kept_with_its_layers() {
    let place = Place::new();
    let [old, new] = images(&place);
    let first = coracle(&place, &["check", "--all", &old]);
    let kept = |end: &str| {
        let folder = place.path().join("store/known-layers");
        let versions = fs::read_dir(folder).unwrap();
        let files = versions.flat_map(|version| fs::read_dir(version.unwrap().path()).unwrap());
        let paths = files.map(|file| file.unwrap().path());
        let paths = paths.filter(|path| path.extension().is_some_and(|own| own == end));
        paths.collect::<Vec<PathBuf>>()
    };
    assert_eq!((kept("layer").len(), kept("proofs").len()), (3, 1));
    let again = coracle(&place, &["check", "--all", &old]);
    assert_eq!((first.code, &first.stdout), (again.code, &again.stdout));
    // As if it had found seven programs, and nothing against them.
    fs::write(&kept("proofs")[0], [7, 0, 0, 0]).unwrap();
    let from_there = coracle(&place, &["check", "--all", &old]).stdout;
    assert!(
        from_there.contains("  others     7 programs that no start leads to\n"),
        "{from_there}"
    );
    // What cannot be read is found again, and another image has its own.
    fs::write(&kept("proofs")[0], [7]).unwrap();
    let found = coracle(&place, &["check", "--all", &old]).stdout;
    assert_eq!(found, first.stdout);
    coracle(&place, &["check", "--all", &new]);
    assert_eq!((kept("layer").len(), kept("proofs").len()), (5, 2));
}
