//! Files with services in them, and what they become.

use std::path::Path;

use coracle_oci::Platform;

use super::*;
use crate::plan::{Decision, ImageName};
use crate::settings::{ServiceSettings, Suite};

/// A plan with services of these names and nothing else.
pub(crate) fn plan(names: &[&str]) -> Plan {
    let service = |name: &&str| {
        let mut service = ServicePlan::alone(name, Path::new("/dist"), ServiceSettings::default());
        let image = ImageName::parse(format!("ghcr.io/acme/{name}:latest"));
        service.names = vec![image.unwrap()];
        service
    };
    Plan {
        directory: PathBuf::from("/work"),
        suite: Decision::new(Suite::parse("trixie").unwrap(), "the test's"),
        other_suites: Vec::new(),
        platforms: vec![Platform::linux("amd64"), Platform::linux("arm64")],
        left_out_platforms: Vec::new(),
        lock: Decision::new(PathBuf::from("/work/coracle.lock"), "the test's"),
        services: names.iter().map(service).collect(),
        build_arguments: BTreeSet::new(),
        left_out: Vec::new(),
    }
}

fn find(text: &str) -> Result<Deployment, Error> {
    let source = Source {
        path: Some(PathBuf::from("deploy.yaml")),
        text: text.to_owned(),
    };
    Deployment::find(source, &plan(&["api", "worker"]))
}

/// What becomes of a text, and its warnings.
fn resolved(text: &str) -> (String, Vec<String>) {
    let deployment = find(text).unwrap();
    let digest = "0".repeat(6);
    let reference = |name: &str| (name.to_owned(), format!("r.io/{name}@sha256:{digest}"));
    let references = deployment.services().into_iter().map(reference).collect();
    (
        deployment.written(&references).unwrap(),
        deployment.warnings().to_vec(),
    )
}

fn refused(text: &str) -> String {
    let error = find(text).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let lines = [Some(error.to_string()), cause, error.hint()];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mention_anywhere_in_kubernetes_files_becomes_a_digest_and_all_else_stays() {
    let text = "# The shop.\napiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        \
        - name: api   # first\n          image: 'coracle://api'\n        - {name: w, image: coracle://dist:worker}\n      \
        initContainers: &init\n        - image: \"coracle://API\" # again\n---\nkind: List\nitems:\n- spec: {of: [coracle://worker]}\n...\n";
    let (changed, warnings) = resolved(&text.replace("dist:worker", "worker"));
    insta::assert_snapshot!(changed, @r#"
    # The shop.
    apiVersion: apps/v1
    kind: Deployment
    spec:
      template:
        spec:
          containers:
            - name: api   # first
              image: 'r.io/api@sha256:000000'
            - {name: w, image: r.io/worker@sha256:000000}
          initContainers: &init
            - image: "r.io/api@sha256:000000" # again
    ---
    kind: List
    items:
    - spec: {of: [r.io/worker@sha256:000000]}
    ...
    "#);
    assert!(warnings.is_empty());
    let named = find(text).map(|found| found.services().into_iter().map(str::to_owned).collect());
    assert_eq!(
        named.unwrap_or_else(|error: Error| vec![error.to_string()]),
        ["api", "worker"]
    );
}

#[test]
fn a_compose_service_that_is_built_here_is_pointed_at_its_image() {
    let text = "# The shop.\nx-common: &common\n  restart: always\nservices:\n  api:\n    <<: *common\n    build:   # here\n      context: .\n      \
        target: api\n    pull_policy: build\n    ports: [\"80:80\"] # web\n  worker:\n    image: ${R:-acme}/mono\n    build: .\n  \
        db:\n    image: postgres:18\n  tool: {build: ./tool}\n  other: {image: coracle://api}\n";
    let (changed, warnings) = resolved(text);
    insta::assert_snapshot!(changed, @r#"
    # The shop.
    x-common: &common
      restart: always
    services:
      api:
        <<: *common
        image: r.io/api@sha256:000000   # here
        ports: ["80:80"] # web
      worker:
        image: r.io/worker@sha256:000000
      db:
        image: postgres:18
      tool: {build: ./tool}
      other: {image: r.io/api@sha256:000000}
    "#);
    assert!(warnings.is_empty());
}

#[test]
fn a_build_that_services_merge_goes_when_nobody_else_uses_it() {
    let text = "x-build: &build\n  build: .\n  init: true\nservices:\n  api:\n    <<: *build\n  worker:\n    <<: [*build]\n    user: root\n";
    let (changed, warnings) = resolved(text);
    insta::assert_snapshot!(changed, @r#"
    x-build: &build
      init: true
    services:
      api:
        <<: *build
        image: r.io/api@sha256:000000
      worker:
        <<: [*build]
        image: r.io/worker@sha256:000000
        user: root
    "#);
    assert!(warnings.is_empty());
    let (changed, warnings) = resolved(&format!("{text}  tool:\n    <<: *build\n"));
    assert!(changed.contains("build: .\n"), "{changed}");
    insta::assert_snapshot!(warnings.join("\n"), @"deploy.yaml:2: this `build` stays, for tool uses it, and so the services that merge it have both `image` and `build`; move it into tool");
    let (changed, _) =
        resolved("services:\n  api: &api\n    build: .\n    init: true\n  worker:\n    <<: *api\n");
    insta::assert_snapshot!(changed, @r#"
    services:
      api: &api
        image: r.io/api@sha256:000000
        init: true
      worker:
        <<: *api
        image: r.io/worker@sha256:000000
    "#);
}

#[test]
fn what_cannot_be_resolved_says_where_and_what_was_meant() {
    insta::assert_snapshot!(refused("kind: Pod\nimage: coracle://apo\n"), @r#"
    deploy.yaml:2:8: `coracle://apo` names no service of this repository
    did you mean `coracle://api`? services here: api, worker
    "#);
    insta::assert_snapshot!(refused("kind: Pod\nimage: coracle://\n"), @r#"
    deploy.yaml:2:8: `coracle://` names no service of this repository
    services here: api, worker
    "#);
    insta::assert_snapshot!(refused("services: {api: &api {build: .}, worker: *api}\n"), @r#"
    deploy.yaml:1: worker is an alias, so that it cannot have an image of its own
    write `worker:` with `<<: *ANCHOR` below it instead
    "#);
    insta::assert_snapshot!(refused("services:\n  api:\n    build: &b .\n  x:\n    build: *b\n"), @r#"
    cannot change deploy.yaml
    once changed it could not be read any more: line 5, column 12: while parsing node, found unknown anchor
    nothing was changed; write this part in a simpler way (no anchors or flow style there), or change it by hand
    "#);
    insta::assert_snapshot!(refused("a: [\n"), @r#"
    cannot read deploy.yaml as YAML
    line 1, column 4: unclosed bracket '['
    "#);
}

#[test]
fn a_mention_within_a_longer_text_is_left_and_told() {
    let (changed, warnings) = resolved("args: [--image=coracle://api]\n");
    assert_eq!(changed, "args: [--image=coracle://api]\n");
    insta::assert_snapshot!(warnings.join("\n"), @"deploy.yaml:1:8: `coracle://` within a longer text is left as it is");
    assert!(
        find("services: {db: {image: postgres}}\n")
            .unwrap()
            .services()
            .is_empty()
    );
}
