//! The harness around BuildKit itself: the frontend that coracle built reads Dockerfiles, and the bases are what their names say.

use std::fs;

use coracle_testkit::buildkit::{Base, Build, Buildkit, Mirror, Output};

use crate::support::{Place, buildkit_tools};

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_dockerfile_with_stages_and_cache_mounts_is_built_by_the_frontend_that_coracle_made_in_a_full_run()
 {
    let place = Place::new();
    let mirror = Mirror::start(&buildkit_tools()).unwrap();
    let rust = mirror.push(&Base::rust("bookworm").unwrap()).unwrap();
    let go = mirror.push(&Base::golang("bookworm").unwrap()).unwrap();
    mirror.push(&Base::debian("bookworm")).unwrap();
    let buildkit = Buildkit::start(&mirror).unwrap();

    let context = place.path().join("context");
    fs::create_dir(&context).unwrap();
    fs::write(
        context.join("main.rs"),
        "fn main() { println!(\"rust\") }\n",
    )
    .unwrap();
    fs::write(
        context.join("main.go"),
        "package main\n\nfunc main() { println(\"go\") }\n",
    )
    .unwrap();
    let dockerfile = context.join("Dockerfile");
    let text = format!(
        "# syntax=docker/dockerfile:1\n\
         FROM {rust} AS rust\n\
         RUN --mount=type=bind,target=/src --mount=type=cache,target=/kept \\\n  rustc -o /kept/one /src/main.rs && cp /kept/one /one && cargo --version && python3 -m venv /venv\n\
         FROM {go} AS go\n\
         RUN --mount=type=bind,target=/src --mount=type=cache,target=/root/.cache go build -o /two /src/main.go\n\
         FROM debian:bookworm-slim\n\
         COPY --from=rust /one /app/one\n\
         COPY --from=go /two /app/two\n\
         USER 65532:65532\n\
         ENTRYPOINT [\"/app/one\"]\n"
    );
    fs::write(&dockerfile, text).unwrap();
    let archive = place.path().join("image.tar");
    let build = Build {
        output: Output::Archive(archive.clone()),
        ..Build::new(&context, &dockerfile)
    };
    let first = buildkit.build(&build).unwrap();
    assert!(
        first.log.contains("docker.io/docker/dockerfile:1"),
        "{}",
        first.log
    );
    let digest = first.digest.as_deref().unwrap();
    assert!(digest.starts_with("sha256:"), "{digest}");
    let compiled = |steps: Vec<&str>| {
        let compiled = steps.into_iter().filter(|step| step.contains("RUN"));
        compiled.count()
    };
    assert_eq!(compiled(first.done()), 2, "{}", first.log);

    let target = format!("oci-archive:{}", archive.display());
    let checked = place.coracle().args(["check", &target]).succeed().unwrap();
    assert!(checked.stdout.contains("/app/one"), "{}", checked.stdout);

    let second = buildkit.build(&build).unwrap();
    assert_eq!(compiled(second.cached()), 2, "{}", second.log);
}
