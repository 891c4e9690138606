//! What is in the file, as a snapshot. That buildx reads it so is seen with the real one.

use super::*;
use crate::deployment::tests::plan;
use crate::plan::Decision;

#[test]
fn targets_are_services_and_groups_are_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let compose = "services:\n  worker:\n    profiles: [jobs, api]\n  db: {profiles: [jobs]}\n";
    std::fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    let mut plan = plan(&["api", "worker"]);
    plan.directory = folder.path().to_owned();
    plan.build_arguments.insert("SHA".to_owned());
    let label = |value: &str| Decision::new(value.to_owned(), "the test's");
    plan.services[0].labels = BTreeMap::from([
        (VERSION.to_owned(), label("1.2")),
        (REVISION.to_owned(), label("0123")),
        ("x".to_owned(), label("${NO} %{expression}")),
    ]);
    let files = files(&Subject {
        plan: &plan,
        proven: Vec::new(),
    });
    assert_eq!(files[0].path, PathBuf::from("docker-bake.json"));
    insta::assert_snapshot!(files[0].text, @r#"
    {
      "//": "written by `coracle eject bake`; the Dockerfiles are those of `coracle eject dockerfile`. docker buildx bake --push",
      "group": {
        "default": {
          "targets": [
            "api",
            "worker"
          ]
        },
        "jobs": {
          "targets": [
            "worker"
          ]
        }
      },
      "target": {
        "api": {
          "args": {
            "COMMIT_SHA": "${COMMIT_SHA == \"\" ? null : COMMIT_SHA}",
            "SHA": "${SHA == \"\" ? null : SHA}",
            "VERSION": "${VERSION == \"\" ? null : VERSION}"
          },
          "cache-from": [
            "type=registry,ref=${REPOSITORY}/api:buildcache"
          ],
          "cache-to": "${WRITE_CACHE ? [\"type=registry,ref=${REPOSITORY}/api:buildcache,mode=max\"] : []}",
          "context": ".",
          "dockerfile": "api.Dockerfile",
          "labels": {
            "org.opencontainers.image.revision": "${COMMIT_SHA == \"\" ? null : COMMIT_SHA}",
            "org.opencontainers.image.version": "${VERSION == \"\" ? \"1.2\" : VERSION}",
            "x": "$${NO} %%{expression}"
          },
          "output": [
            "type=image"
          ],
          "platforms": [
            "linux/amd64",
            "linux/arm64"
          ],
          "tags": [
            "${REPOSITORY}/api:${TAG}"
          ]
        },
        "worker": {
          "args": {
            "COMMIT_SHA": "${COMMIT_SHA == \"\" ? null : COMMIT_SHA}",
            "SHA": "${SHA == \"\" ? null : SHA}",
            "VERSION": "${VERSION == \"\" ? null : VERSION}"
          },
          "cache-from": [
            "type=registry,ref=${REPOSITORY}/worker:buildcache"
          ],
          "cache-to": "${WRITE_CACHE ? [\"type=registry,ref=${REPOSITORY}/worker:buildcache,mode=max\"] : []}",
          "context": ".",
          "dockerfile": "worker.Dockerfile",
          "labels": {
            "org.opencontainers.image.revision": "${COMMIT_SHA == \"\" ? null : COMMIT_SHA}"
          },
          "output": [
            "type=image"
          ],
          "platforms": [
            "linux/amd64",
            "linux/arm64"
          ],
          "tags": [
            "${REPOSITORY}/worker:${TAG}"
          ]
        }
      },
      "variable": {
        "COMMIT_SHA": {
          "default": "",
          "description": "an argument of the build"
        },
        "REPOSITORY": {
          "default": "ghcr.io/acme",
          "description": "what is before the service in an image's name"
        },
        "SHA": {
          "default": "",
          "description": "an argument of the build"
        },
        "TAG": {
          "default": "latest",
          "description": "the tag of every image"
        },
        "VERSION": {
          "default": "",
          "description": "an argument of the build"
        },
        "WRITE_CACHE": {
          "default": false,
          "description": "whether the registry's build cache is written: for whoever may push"
        }
      }
    }
    "#);
}

#[test]
fn one_service_without_a_registry_has_no_cache_and_one_dockerfile() {
    let mut plan = plan(&["my.api"]);
    plan.services[0].names.clear();
    let text = &files(&Subject {
        plan: &plan,
        proven: Vec::new(),
    })[0]
        .text;
    let bake: Value = serde_json::from_str(text).unwrap();
    let target = &bake["target"]["my_api"];
    assert_eq!(target["dockerfile"], "Dockerfile");
    assert_eq!(target["tags"], json!(["my.api:${TAG}"]));
    assert!(target["cache-to"].is_null());
}
